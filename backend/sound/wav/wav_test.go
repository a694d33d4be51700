package wav

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// file makes a WAV file of a sine of -20 dBov, the same in all channels.
func file(tag, bits, channels, rate, hz, samples int) []byte {
	le := binary.LittleEndian
	var data []byte
	for i := range samples {
		v := 0.1 * math.Sqrt2 * math.Sin(2*math.Pi*float64(hz)*float64(i)/float64(rate))
		for range channels {
			switch {
			case tag == formatFloat:
				data = le.AppendUint32(data, math.Float32bits(float32(v)))
			case bits == 16:
				data = le.AppendUint16(data, uint16(int16(v*(1<<15))))
			case bits == 24:
				s := int32(v * (1 << 23))
				data = append(data, byte(s), byte(s>>8), byte(s>>16))
			default:
				data = le.AppendUint32(data, uint32(int32(v*(1<<31))))
			}
		}
	}
	align := channels * bits / 8
	b := append([]byte("RIFF"), 0, 0, 0, 0)
	b = append(b, "WAVEJUNK"...)
	b = append(le.AppendUint32(b, 3), 1, 2, 3, 0) // odd, and padded
	b = append(b, "fmt "...)
	b = le.AppendUint32(b, 16)
	b = le.AppendUint16(b, uint16(tag))
	b = le.AppendUint16(b, uint16(channels))
	b = le.AppendUint32(b, uint32(rate))
	b = le.AppendUint32(b, uint32(rate*align))
	b = le.AppendUint16(b, uint16(align))
	b = le.AppendUint16(b, uint16(bits))
	b = append(b, "data"...)
	b = le.AppendUint32(b, uint32(len(data)))
	return append(b, data...)
}

type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }

func open(b []byte) (*Reader, error) { return newReader(memory{bytes.NewReader(b)}) }

func level(pcm []int16) float64 {
	sum := 0.0
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return 20 * math.Log10(math.Sqrt(sum/float64(len(pcm)))/32768)
}

// power is how much of pcm's energy is at hz, 0 to 1.
func power(pcm []int16, hz float64) float64 {
	var re, im, all float64
	for i, v := range pcm {
		s, c := math.Sincos(2 * math.Pi * hz * float64(i) / Rate)
		re += float64(v) * c
		im += float64(v) * s
		all += float64(v) * float64(v)
	}
	return 2 * (re*re + im*im) / float64(len(pcm)) / all
}

func TestRead(t *testing.T) {
	for _, c := range []struct{ tag, bits, channels, rate int }{
		{formatPCM, 16, 1, 48000},
		{formatPCM, 16, 2, 44100},
		{formatPCM, 24, 2, 48000},
		{formatPCM, 32, 1, 8000},
		{formatFloat, 32, 2, 96000},
		{formatFloat, 32, 1, 22051},
		{formatPCM, 16, 1, 384000},
	} {
		// One second, so that the second time follows without a break.
		r, err := open(file(c.tag, c.bits, c.channels, c.rate, 440, c.rate))
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		pcm := make([]int16, 3*Rate)
		if err := r.Read(pcm); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
		pcm = pcm[Rate/10:]
		if l := level(pcm); math.Abs(l+20) > 0.1 {
			t.Errorf("%+v: %.2f dBov, want -20", c, l)
		}
		if p := power(pcm, 440); p < 0.9999 {
			t.Errorf("%+v: %.5f of the energy is at 440 Hz", c, p)
		}
	}
}

func TestNoAliases(t *testing.T) {
	r, err := open(file(formatPCM, 16, 1, 96000, 30000, 96000))
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, Rate)
	_ = r.Read(pcm)
	if l := level(pcm[1000:]); l > -70 {
		t.Errorf("30 kHz comes through with %.0f dBov", l)
	}
}

func TestExtensible(t *testing.T) {
	b := file(formatPCM, 16, 1, Rate, 440, 100)
	i := bytes.Index(b, []byte("fmt "))
	ext := append([]byte{22, 0, 16, 0, 4, 0, 0, 0, formatPCM, 0}, make([]byte, 14)...)
	long := append(append(append([]byte{}, b[:i+24]...), ext...), b[i+24:]...)
	binary.LittleEndian.PutUint32(long[i+4:], 40)
	binary.LittleEndian.PutUint16(long[i+8:], formatExtensible)
	if _, err := open(long); err != nil {
		t.Error(err)
	}
}

func TestHostile(t *testing.T) {
	good := file(formatPCM, 16, 1, Rate, 440, 100)
	at := bytes.Index(good, []byte("fmt ")) + 8
	with := func(offset int, bytes ...byte) []byte {
		b := append([]byte{}, good...)
		copy(b[at+offset:], bytes)
		return b
	}
	for name, b := range map[string][]byte{
		"empty":            {},
		"other":            []byte("ID3 is an mp3, not a wave file"),
		"cut header":       good[:at+7],
		"no data":          good[:at+16],
		"empty data":       good[:at+24],
		"no channels":      with(2, 0, 0),
		"many channels":    with(2, 0xff, 0xff),
		"no rate":          with(4, 0, 0, 0, 0),
		"huge rate":        with(4, 0xff, 0xff, 0xff, 0xff),
		"MP3 inside":       with(0, 0x55, 0),
		"8 bits":           with(14, 8, 0),
		"wrong alignment":  with(12, 1, 0),
		"format too short": with(-4, 2, 0, 0, 0),
		"chunk too long":   with(-4, 0xff, 0xff, 0xff, 0xff),
	} {
		if _, err := open(b); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(t.TempDir()); err == nil {
		t.Error("a folder was opened")
	}
	pipe := filepath.Join(t.TempDir(), "pipe.wav")
	if exec.Command("mkfifo", pipe).Run() == nil {
		if _, err := Open(pipe); !errors.Is(err, ErrFormat) { // it would wait for a writer
			t.Errorf("a pipe: %v", err)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none.wav")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestWriteAndRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.wav")
	w, err := Create(path, 2)
	if err != nil {
		t.Fatal(err)
	}
	block := make([]int16, 960)
	for i := range block {
		block[i] = int16(i - 480)
	}
	for range 250 {
		if err := w.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	// As a crash would leave it: the header tells of 2 s of 2.5.
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if f, err := parse(bytes.NewReader(b)); err != nil || f.length != 2*Rate*4 {
		t.Errorf("before Close: %+v, %v", f, err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if err := w.Write(block); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Write after Close: %v", err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if p, err := parse(f); err != nil || p.length != 250*960*2 || p.channels != 2 || p.rate != Rate {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := Create(filepath.Join(path, "below a file"), 1); err == nil {
		t.Error("a file below a file was made")
	}
}

func TestDiskFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full")
	}
	if w, err := Create("/dev/full", 1); err == nil {
		_ = w.Close()
		t.Error("a full disk took the header")
	}
}

func BenchmarkResampleOneSecond(b *testing.B) {
	r, err := open(file(formatPCM, 16, 2, 44100, 440, 44100))
	if err != nil {
		b.Fatal(err)
	}
	pcm := make([]int16, Rate)
	for b.Loop() {
		_ = r.Read(pcm)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(file(formatPCM, 24, 2, 44100, 440, 10))
	f.Add(file(formatFloat, 32, 1, 8000, 440, 10))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := open(b)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("%v is no ErrFormat", err)
			}
			return
		}
		if err := r.Read(make([]int16, 2000)); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatal(err)
		}
	})
}
