package opus

import (
	"errors"
	"math"
	"testing"
)

// tone fills pcm with a sine of 440 Hz at -20 dBov, from sample at on.
func tone(pcm []int16, at int) {
	for i := range pcm {
		pcm[i] = int16(4634 * math.Sin(2*math.Pi*440*float64(at+i)/Rate))
	}
}

func level(pcm []int16) float64 {
	var sum float64
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return 20 * math.Log10(math.Sqrt(sum/float64(len(pcm)))/32768)
}

func pair(t testing.TB, o EncoderOptions) (*Encoder, *Decoder) {
	t.Helper()
	e, err := NewEncoder(o)
	if err != nil {
		t.Fatal(err)
	}
	d, err := NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close(); d.Close(); e.Close(); d.Close() })
	return e, d
}

func TestThereAndBack(t *testing.T) {
	e, d := pair(t, EncoderOptions{Bitrate: 32000, Complexity: 5})
	pcm, packet, out := make([]int16, FrameSize), make([]byte, MaxPacket), make([]int16, 2*MaxFrame)
	total := 0
	for i := range 100 {
		tone(pcm, i*FrameSize)
		n, err := e.Encode(pcm, packet)
		if err != nil {
			t.Fatal(err)
		}
		total += n
		got, err := d.Decode(packet[:n], out)
		if err != nil || got != FrameSize {
			t.Fatalf("decode: %d samples, %v", got, err)
		}
		if l := level(out[:2*got]); i > 5 && math.Abs(l+20) > 1 {
			t.Fatalf("packet %d: %.1f dBov, want -20", i, l)
		}
	}
	if rate := total * 8 / 2; rate < 20000 || rate > 40000 {
		t.Errorf("%d bit/s, want about 32000", rate)
	}
}

// TestBitrate: a bitrate that is set holds from then on.
func TestBitrate(t *testing.T) {
	e, _ := pair(t, EncoderOptions{Bitrate: 32000, Complexity: 5})
	pcm, packet := make([]int16, FrameSize), make([]byte, MaxPacket)
	for _, x := range []struct{ set, least, most int }{{0, 20000, 40000}, {16000, 10000, 20000}} {
		if x.set > 0 {
			if err := e.SetBitrate(x.set); err != nil {
				t.Fatal(err)
			}
		}
		bits := 0
		for i := range 100 {
			tone(pcm, i*FrameSize)
			n, err := e.Encode(pcm, packet)
			if err != nil {
				t.Fatal(err)
			}
			bits += 8 * n
		}
		if rate := bits / 2; rate < x.least || rate > x.most {
			t.Errorf("%d bit/s after SetBitrate(%d)", rate, x.set)
		}
	}
}

// TestRecoverALostPacket: what a lost packet held comes back from the next one.
// The tone beats like syllables, for the encoder keeps copies of voice alone.
func TestRecoverALostPacket(t *testing.T) {
	e, d := pair(t, EncoderOptions{Bitrate: 32000, Complexity: 5})
	reference, err := NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	defer reference.Close()
	if err := e.SetLoss(20); err != nil {
		t.Fatal(err)
	}
	pcm, out, want := make([]int16, FrameSize), make([]int16, 2*MaxFrame), make([]int16, 2*MaxFrame)
	var lost []int16 // as it would have been heard
	recovered := 0
	for i := range 300 {
		tone(pcm, i*FrameSize)
		for j := range pcm {
			pcm[j] = int16(float64(pcm[j]) * (0.55 + 0.45*math.Sin(2*math.Pi*4*float64(i*FrameSize+j)/Rate)))
		}
		packet := make([]byte, MaxPacket)
		n, err := e.Encode(pcm, packet)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := reference.Decode(packet[:n], want); err != nil {
			t.Fatal(err)
		}
		if i%10 == 5 {
			lost = append([]int16{}, want[:2*FrameSize]...)
			continue
		}
		if i%10 == 6 {
			if err := d.Recover(packet[:n], out[:2*FrameSize]); err != nil {
				t.Fatal(err)
			}
			if math.Abs(level(out[:2*FrameSize])-level(lost)) < 3 {
				recovered++
			}
		}
		if _, err := d.Decode(packet[:n], out); err != nil {
			t.Fatal(err)
		}
	}
	if recovered < 20 {
		t.Errorf("%d of 30 lost packets came back", recovered)
	}
}

func TestSilenceIsDTX(t *testing.T) {
	e, _ := pair(t, EncoderOptions{Bitrate: 32000, Complexity: 5})
	if err := e.SetDTX(true); err != nil {
		t.Fatal(err)
	}
	pcm, packet := make([]int16, FrameSize), make([]byte, MaxPacket)
	sent := 0
	for i := range 200 {
		n, err := e.Encode(pcm, packet)
		if err != nil {
			t.Fatal(err)
		}
		if i >= 50 && n > 2 {
			sent++
		}
	}
	if sent > 15 {
		t.Errorf("%d of 150 silent packets are to be sent", sent)
	}
}

func TestBadInput(t *testing.T) {
	e, d := pair(t, EncoderOptions{Bitrate: 32000})
	out := make([]int16, 2*MaxFrame)
	if _, err := d.Decode(nil, out); err == nil {
		t.Error("an empty packet was decoded")
	}
	if _, err := d.Decode([]byte{0xff, 0xff, 0xff}, out); err == nil {
		t.Error("a broken packet was decoded")
	} else if _, ok := errors.AsType[Error](err); !ok {
		t.Errorf("%v is not an Error", err)
	}
	if _, err := e.Encode(out[:10], make([]byte, 10)); err == nil {
		t.Error("ten samples were encoded")
	}
	e.Close()
	d.Close()
	if _, err := e.Encode(out[:FrameSize], make([]byte, 10)); !errors.Is(err, ErrClosed) {
		t.Errorf("closed encoder: %v", err)
	}
	if err := d.Conceal(out[:960]); !errors.Is(err, ErrClosed) {
		t.Errorf("closed decoder: %v", err)
	}
}

func BenchmarkOneSecond(b *testing.B) {
	e, d := pair(b, EncoderOptions{Bitrate: 32000, Complexity: 5})
	_ = e.SetLoss(5)
	pcm, packet, out := make([]int16, FrameSize), make([]byte, MaxPacket), make([]int16, 2*MaxFrame)
	at := 0
	for b.Loop() {
		for range 50 {
			tone(pcm, at)
			at += FrameSize
			n, err := e.Encode(pcm, packet)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := d.Decode(packet[:n], out); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{0x78, 1, 2, 3, 4, 5}, []byte{0xff, 0x81, 3})
	f.Fuzz(func(t *testing.T, a, b []byte) {
		_, d := pair(t, EncoderOptions{Bitrate: 32000})
		out := make([]int16, 2*MaxFrame)
		for _, p := range [][]byte{a, b, a} {
			if n, err := d.Decode(p, out); err == nil && (n <= 0 || n > MaxFrame) {
				t.Fatalf("%d samples", n)
			}
			_ = d.Recover(p, out[:2*FrameSize])
			_ = d.Conceal(out[:2*FrameSize])
		}
	})
}
