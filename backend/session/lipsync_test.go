package session

import (
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/call"
	"parley/backend/frame"
	"parley/backend/sound/wav"
)

// shown are the times at which pictures are to be drawn.
type shown []time.Time

func (s *shown) Write(_ frame.Video, present time.Time) { *s = append(*s, present) }
func (*shown) Clear()                                   {}

// hum is the path of a recording: so many samples of silence, then of 600 Hz.
func hum(t *testing.T, silent, loud int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "said.wav")
	w, err := wav.Create(path, 1)
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, silent+loud)
	for i := silent; i < len(pcm); i++ {
		pcm[i] = int16(i/40%2*16_000 - 8_000)
	}
	if err := errors.Join(w.Write(pcm), w.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// A picture is drawn soon before the sound is heard that was captured with it: here a
// call with oneself, over a network that takes 70 ms, from a clock that is two
// days off, of a second of silence and then a tone.
func TestPictureIsDrawnWhenItsSoundIsHeard(t *testing.T) {
	const rate, transit, off = 48_000, 70 * time.Millisecond, 48 * time.Hour
	heard := filepath.Join(t.TempDir(), "heard.wav")
	said := hum(t, rate, 2*rate)
	synctest.Test(t, func(t *testing.T) {
		s := &Session{log: slog.New(slog.DiscardHandler), devices: testDevices(t)}
		drawn := &shown{}
		s.remote = drawn
		picture := func(captured time.Time) (present time.Time) {
			s.receiveVideo(frame.Video{Captured: captured})
			return (*drawn)[len(*drawn)-1]
		}
		now := time.Now()
		if at := picture(now); !at.IsZero() {
			t.Errorf("without a speaker it waits until %v", at)
		}
		var first time.Time // captured, on the other side's clock
		var sequence uint16
		s.devices.audio = func(a frame.Audio) {
			sequence++
			a.Sequence, a.Captured = sequence, a.Captured.Add(off)
			if first.IsZero() {
				first = a.Captured
			}
			time.AfterFunc(transit, func() { s.receiveAudio(a) })
		}
		s.devices.Apply(t.Context(), call.Want{Sound: true, Choice: call.Choice{Microphone: said, Speaker: heard}})
		opened := time.Now()
		if at := picture(now.Add(off)); !at.IsZero() {
			t.Errorf("before any sound it waits until %v", at)
		}
		time.Sleep(2 * time.Second)
		if at := picture(time.Time{}); !at.IsZero() {
			t.Errorf("captured nobody knows when, it waits until %v", at)
		}
		tone := picture(first.Add(time.Second))
		s.devices.Apply(t.Context(), call.Want{})
		r, err := wav.Open(heard)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		begins := 0
		for block := make([]int16, 1); begins < 2*rate; begins++ {
			if err := r.Read(block); err != nil && !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			if block[0] > 2_000 || block[0] < -2_000 {
				break
			}
		}
		want := opened.Add(time.Duration(begins) * time.Second / rate)
		if early := want.Sub(tone); (early - beforeSound).Abs() > 20*time.Millisecond {
			t.Errorf("the picture is drawn %v before its sound, which is heard %v after the opening", early, want.Sub(opened))
		} else {
			t.Logf("the picture is drawn %v before its sound", early)
		}
	})
}

// A picture that is held for long holds its sound, too: it is shown 20 ms before that at
// most, and 60 ms after. One that nothing holds is not shown later than it must.
func TestHeldPictureHoldsItsSound(t *testing.T) {
	const transit, off = 70 * time.Millisecond, 48 * time.Hour
	said := hum(t, 0, 10*48_000)
	synctest.Test(t, func(t *testing.T) {
		s := &Session{log: slog.New(slog.DiscardHandler), devices: testDevices(t)}
		drawn := &shown{}
		s.remote = drawn
		var sequence uint16
		s.devices.audio = func(a frame.Audio) {
			sequence++
			a.Sequence, a.Captured = sequence, a.Captured.Add(off)
			time.AfterFunc(transit, func() { s.receiveAudio(a) })
		}
		s.devices.Apply(t.Context(), call.Want{Sound: true, Choice: call.Choice{Microphone: said, Speaker: filepath.Join(t.TempDir(), "heard.wav")}})
		tick := time.NewTicker(time.Second / 30)
		defer tick.Stop()
		// What was captured now comes after the transit, and is shown and heard so long after that.
		film := func(pictures int, held time.Duration) (picture, sound time.Duration) {
			for range pictures {
				captured := (<-tick.C).Add(-transit)
				due := time.Time{}
				if held > 0 {
					due = captured.Add(transit + held)
				}
				s.receiveVideo(frame.Video{Captured: captured.Add(off), Due: due})
				heard, known := s.devices.speaker().PlayTime(captured.Add(off))
				if known {
					picture, sound = (*drawn)[len(*drawn)-1].Sub(captured)-transit, heard.Sub(captured)-transit
				}
				if d := picture - sound; known && (d < -beforeSound || d > 60*time.Millisecond) {
					t.Fatalf("shown after %v, its sound is heard after %v", picture, sound)
				}
			}
			return picture, sound
		}
		_, usual := film(60, 0)
		picture, sound := film(90, 150*time.Millisecond)
		if picture < 145*time.Millisecond || picture > 155*time.Millisecond || sound < 85*time.Millisecond {
			t.Errorf("held for 150 ms, a picture is shown after %v, its sound is heard after %v", picture, sound)
		}
		if picture, sound := film(120, 0); picture != sound-beforeSound || (sound-usual).Abs() > 25*time.Millisecond {
			t.Errorf("no longer held, a picture is shown after %v, its sound is heard after %v, before that after %v", picture, sound, usual)
		}
		s.devices.Apply(t.Context(), call.Want{})
	})
}
