package pitch

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os/exec"
	"slices"
	"testing"
)

// spoken is the sound of a time, and the readings of a microphone that began it at
// 1e12 + 40 ms, in portions of 10 ms whose times jitter.
func spoken(ms int, random *rand.Rand) (pcm []int16, list []Reading) {
	for i := range ms * perMs {
		pcm = append(pcm, int16(32767*At(float64(i)/perMs)))
		if i%(10*perMs) == 0 {
			at := float64(i) / perMs
			list = append(list, Reading{1e12 + 40 + at + 3*random.ExpFloat64(), math.Mod(at, Period)})
		}
	}
	return pcm, list
}

// marksOf are those of a speaker that takes portions of 10 ms from a time on.
func marksOf(pcm []int16, begin float64, random *rand.Rand) (list []Mark) {
	for i := 0; i < len(pcm); i += 10 * perMs {
		list = append(list, Mark{i, begin + float64(i)/perMs + 3*random.ExpFloat64()})
	}
	return list
}

// figures are the median, the smallest and the largest of delays.
func figures(list []Delay) (median, least, most float64) {
	values := make([]float64, len(list))
	for i, d := range list {
		values[i] = d.Ms
	}
	slices.Sort(values)
	if len(values) == 0 {
		return 0, 0, 0
	}
	return values[len(values)/2], values[0], values[len(values)-1]
}

func TestKnownDelayComesBack(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pcm, said := spoken(10_000, random)
	noisy := slices.Clone(pcm)
	for i := range noisy { // 20 dB below the tone
		noisy[i] += int16(350 * random.NormFloat64())
	}
	// Of a hundred packets of 20 ms, ten are made up: the last pitch goes on.
	madeUp := slices.Clone(pcm)
	for p := 5; p < len(pcm)/(20*perMs); p += 10 {
		from, last := p*20*perMs, (p*20%Period)*perMs-1
		hz := (low + rise*float64(last)/Rate) / Rate
		for i := range 20 * perMs {
			madeUp[from+i] = int16(6000 * math.Sin(turn*hz*float64(i)))
		}
	}
	for _, test := range []struct {
		name  string
		pcm   []int16
		delay float64
		share float64 // least of the tenths of a second that can be read
	}{
		{"clean", pcm, 130, 0.9}, {"at once", pcm, 0, 0.9}, {"very late", pcm, 1800, 0.9},
		{"noise", noisy, 130, 0.9}, {"made up", madeUp, 250, 0.8},
	} {
		list := Delays(said, Read(test.pcm, marksOf(test.pcm, 1e12+40+test.delay, random)))
		median, least, most := figures(list)
		if math.Abs(median-test.delay) > 1 || least < test.delay-4 || most > test.delay+4 || float64(len(list)) < 100*test.share {
			t.Errorf("%s: %.1f ms, %.1f to %.1f in %d, want %v", test.name, median, least, most, len(list), test.delay)
		}
	}
}

// A jitter buffer that takes 100 ms more from one moment on, and a microphone that
// skipped half a second.
func TestDelayChanges(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	pcm, said := spoken(12_000, random)
	heard := slices.Concat(pcm[:4000*perMs], make([]int16, 100*perMs), pcm[4000*perMs:])
	list := Delays(said, Read(heard, marksOf(heard, 1e12+40+80, random)))
	for _, d := range list {
		want := 80.0
		if d.At > 1e12+4220 {
			want = 180
		}
		if math.Abs(d.Ms-want) > 4 && math.Abs(d.At-1e12-4120) > 200 {
			t.Errorf("%.0f ms at %.0f, want %v", d.Ms, d.At-1e12, want)
		}
	}
	skipped := slices.Clone(said[600:])
	for i := range skipped {
		skipped[i].At -= 500
	}
	heard = slices.Concat(pcm[:5500*perMs], pcm[6000*perMs:])
	list = Delays(slices.Concat(said[:550], skipped), Read(heard, marksOf(heard, 1e12+40+80, random)))
	if median, least, most := figures(list); len(list) < 100 || math.Abs(median-80) > 2 || least < 70 || most > 90 {
		t.Errorf("after a skip: %.1f ms, %.1f to %.1f in %d", median, least, most, len(list))
	}
}

// What is no clock tells no time: silence, noise, another tone, sound that stands still.
func TestNothingIsReadFromOtherSound(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	_, said := spoken(4000, random)
	for name, sound := range map[string]func(i int) float64{
		"silence":   func(int) float64 { return 0 },
		"noise":     func(int) float64 { return 3000 * random.NormFloat64() },
		"low tone":  func(i int) float64 { return 8000 * math.Sin(turn*440*float64(i)/Rate) },
		"same tone": func(i int) float64 { return 8000 * math.Sin(turn*1440*float64(i)/Rate) },
	} {
		pcm := make([]int16, 4000*perMs)
		for i := range pcm {
			pcm[i] = int16(max(-32768, min(32767, sound(i))))
		}
		if list := Delays(said, Read(pcm, marksOf(pcm, 1e12, random))); len(list) > 0 {
			t.Errorf("%s: %d delays", name, len(list))
		}
	}
	if Read(nil, nil) != nil || Delays(nil, []Reading{{1, 1}, {21, 21}}) != nil {
		t.Error("something is read from nothing")
	}
}

// TestCodec: what Opus makes of the sound, at the most and the least that a call takes,
// says the same. Encoder and decoder look 6.5 ms ahead together, which ffmpeg undoes.
func TestCodec(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("no ffmpeg: build/deps.sh lab installs it")
	}
	random := rand.New(rand.NewPCG(7, 8))
	pcm, said := spoken(6000, random)
	raw := make([]byte, 0, 2*len(pcm))
	for _, v := range pcm {
		raw = binary.LittleEndian.AppendUint16(raw, uint16(v))
	}
	format := []string{"-f", "s16le", "-ar", "48000", "-ac", "1"}
	pipe := func(in []byte, arguments ...string) []byte {
		c := exec.Command("ffmpeg", append([]string{"-v", "error"}, arguments...)...)
		c.Stdin = bytes.NewReader(in)
		var wrong bytes.Buffer
		c.Stderr = &wrong
		out, err := c.Output()
		if err != nil {
			t.Fatalf("ffmpeg: %v: %s", err, wrong.String())
		}
		return out
	}
	for _, rate := range []string{"32k", "10k"} {
		coded := pipe(raw, slices.Concat(format, []string{"-i", "-", "-c:a", "libopus", "-application", "voip", "-b:a", rate, "-f", "ogg", "-"})...)
		out := pipe(coded, slices.Concat([]string{"-i", "-"}, format, []string{"-"})...)
		heard := make([]int16, len(out)/2)
		for i := range heard {
			heard[i] = int16(binary.LittleEndian.Uint16(out[2*i:]))
		}
		list := Delays(said, Read(heard, marksOf(heard, 1e12+40+100, random)))
		median, least, most := figures(list)
		t.Logf("%sbit/s: %.1f ms, %.1f to %.1f in %d", rate, median, least, most, len(list))
		if math.Abs(median-100) > 2 || least < 92 || most > 108 || len(list) < 50 {
			t.Errorf("%sbit/s: %.1f ms, %.1f to %.1f in %d, want 100", rate, median, least, most, len(list))
		}
	}
}

func BenchmarkRead(b *testing.B) {
	random := rand.New(rand.NewPCG(9, 10))
	pcm, _ := spoken(1000, random)
	marks := marksOf(pcm, 0, random)
	for b.Loop() {
		Read(pcm, marks)
	}
}
