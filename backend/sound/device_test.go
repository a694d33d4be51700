package sound

import (
	"errors"
	"testing"
	"time"

	"github.com/gen2brain/malgo"
	"pgregory.net/rapid"

	"parley/backend/sound/jitter"
	"parley/backend/sound/opus"
)

// TestCallback: whatever portions a device likes, each captured sample leaves
// once and in order, and each block that was decoded is played once, 10 ms later.
func TestCallback(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, err := opus.NewDecoder()
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		s := &Sound{jitter: jitter.New(d), blocks: make(chan block, 1000)}
		for i := range s.played {
			s.played[i] = int16(i/2 + 1)
		}
		total := 0
		var played []int16
		for _, frames := range rapid.SliceOfN(rapid.IntRange(1, 2000), 1, 30).Draw(t, "portions") {
			in, out := make([]int16, frames), make([]int16, 2*frames)
			for i := range in {
				in[i] = int16(total + i)
			}
			s.callback(out, in, frames)
			clear(in) // the device uses its buffer again
			total += frames
			played = append(played, out...)
		}
		if len(s.blocks) != total/blockSize {
			t.Fatalf("%d blocks of %d samples", len(s.blocks), total)
		}
		for i := range len(s.blocks) {
			b := <-s.blocks
			if b.timestamp != uint32(i*blockSize) || b.pcm[0] != int16(i*blockSize) || b.pcm[blockSize-1] != int16((i+1)*blockSize-1) {
				t.Fatalf("block %d has timestamp %d, samples %d to %d", i, b.timestamp, b.pcm[0], b.pcm[blockSize-1])
			}
		}
		for i, v := range played {
			want := int16(0)
			if i < 2*blockSize {
				want = int16(i/2 + 1)
			}
			if v != want {
				t.Fatalf("played sample %d is %d, want %d", i, v, want)
			}
		}
	})
}

// TestCaptureTimes: what the device kept counts, for what was captured alone.
func TestCaptureTimes(t *testing.T) {
	d, err := opus.NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	s := &Sound{jitter: jitter.New(d), blocks: make(chan block, 1)}
	s.age.Store(int64(time.Hour))
	s.callback(make([]int16, 2*blockSize), make([]int16, blockSize), blockSize)
	if ago := s.anchor.Sub((<-s.blocks).captured); ago != time.Hour+blockTime {
		t.Errorf("the block was captured %v before the next one's turn", ago)
	}
}

func TestSmoothCaptureTimes(t *testing.T) {
	s := &Sound{}
	begun := time.Now()
	for i := range 1000 {
		late := time.Duration(i%4) * 5 * time.Millisecond // the device tells of samples in fours
		want := begun.Add(time.Duration(i) * blockTime)
		got := s.smooth(want.Add(late))
		if off := got.Sub(want); i > 300 && (off < 4*time.Millisecond || off > 11*time.Millisecond) {
			t.Fatalf("block %d is %v off, want the mean of 7.5 ms", i, off)
		}
	}
	woken := begun.Add(time.Hour)
	if got := s.smooth(woken); !got.Equal(woken) {
		t.Errorf("after the machine slept, a block is %v off", got.Sub(woken))
	}
}

func TestChoose(t *testing.T) {
	devices := []found{
		{Device: Device{ID: "hw:0", Name: "Built-in"}},
		{Device: Device{ID: "hw:1", Name: "Headset", Default: true}},
	}
	for wanted, id := range map[string]string{"": "hw:1", "hw:0": "hw:0", "Headset": "hw:1", "built-IN": "hw:0", "Else": ""} {
		if f, ok := choose(devices, wanted); f.ID != id || ok != (id != "") {
			t.Errorf("%q: %q, %v", wanted, f.ID, ok)
		}
	}
	if f, ok := choose(devices[:1], ""); !ok || f.ID != "hw:0" {
		t.Errorf("without a default: %q, %v", f.ID, ok)
	}
	if _, ok := choose(nil, ""); ok {
		t.Error("one of none was chosen")
	}
}

func TestIDString(t *testing.T) {
	var pulse, windows malgo.DeviceID
	copy(pulse[:], "alsa_input.usb")
	copy(windows[:], []byte{'{', 0, '0', 0})
	if s := idString(pulse); s != "alsa_input.usb" {
		t.Error(s)
	}
	if s := idString(windows); s != windows.String() {
		t.Error(s)
	}
}

func TestMicrophoneErrors(t *testing.T) {
	for cause, want := range map[error]error{
		malgo.ErrBusy:         ErrMicrophoneBusy,
		malgo.ErrAccessDenied: ErrMicrophoneRefused,
		malgo.ErrNoDevice:     ErrNoMicrophone,
		malgo.ErrGeneric:      ErrBadDevice,
	} {
		if err := microphoneError(cause); !errors.Is(err, want) || !errors.Is(err, cause) {
			t.Errorf("%v becomes %v", cause, err)
		}
	}
}
