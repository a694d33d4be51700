package media

import (
	"context"
	"errors"
	"image"
	"io"
	"slices"
	"testing"
	"time"

	"parley/backend/frame"
)

func TestFramesComeInOrderAndInTime(t *testing.T) {
	v, frames, _ := start(t, Options{Camera: Test, Width: 320, Height: 180})
	first := wait(t, frames, "frame")
	if !first.Key {
		t.Error("the first frame is no key frame")
	}
	last := first
	for range 20 {
		f := wait(t, frames, "frame")
		if f.Key {
			t.Error("a key frame that nobody asked for")
		}
		if !f.Captured.After(last.Captured) {
			t.Error("time went back")
		}
		// Modulo 2^32: the timestamp begins anywhere.
		ticks := int64(f.Timestamp - first.Timestamp)
		want := f.Captured.Sub(first.Captured).Nanoseconds() * 9 / 100_000
		if d := ticks - want; d < -1 || d > 1 {
			t.Errorf("timestamp %d ticks after the first, want %d", ticks, want)
		}
		last = f
	}
	if age := time.Since(last.Captured); age < 0 || age > 10*time.Second {
		t.Errorf("captured %v ago", age)
	}
	s := v.Stats()
	if s.Encoded < 21 || s.Captured < s.Encoded || s.KeyFrames != 1 || s.Width != 320 || s.Height != 180 ||
		s.Codec != frame.VP8 || s.Target != 600_000 || s.EncodeP50 <= 0 || s.EncodeP95 < s.EncodeP50 || s.FrameRate < 1 || s.Bitrate < 1 {
		t.Errorf("stats: %+v", s)
	}
}

func TestTimestampsBeginAnywhere(t *testing.T) {
	seen := map[uint32]bool{}
	for range 3 {
		v, frames, _ := start(t, Options{Camera: Test, Width: 64, Height: 64})
		seen[wait(t, frames, "frame").Timestamp] = true
		_ = v.Close()
	}
	if len(seen) < 2 {
		t.Error("always the same")
	}
}

func TestSetCodecSwitchesWithAKeyFrame(t *testing.T) {
	v, frames, _ := start(t, Options{Camera: Test, Width: 320, Height: 180, Codec: frame.H264})
	before := wait(t, frames, "frame")
	if before.Codec != frame.H264 {
		t.Fatalf("begins with %v", before.Codec)
	}
	if err := v.SetCodec("av1"); !errors.Is(err, ErrBadCodec) {
		t.Errorf("av1: %v", err)
	}
	if _, err := Start(context.Background(), Options{Camera: Test, Codec: frame.Opus}); !errors.Is(err, ErrBadCodec) {
		t.Errorf("start with Opus: %v", err)
	}
	for _, c := range []frame.Codec{frame.VP8, frame.H264} {
		if err := v.SetCodec(c); err != nil {
			t.Fatal(err)
		}
		f := wait(t, frames, "frame")
		for f.Codec != c {
			f = wait(t, frames, "frame in the new codec")
		}
		if !f.Key {
			t.Errorf("%v begins without a key frame", c)
		}
		if ticks := f.Timestamp - before.Timestamp; ticks > 90_000*20 {
			t.Errorf("timestamps do not go on: %d ticks", ticks)
		}
	}
}

// stepSource gives a picture for each value in step, at fps by its own clock.
type stepSource struct {
	fps  int
	step chan struct{}
	done chan struct{}
	n    int
}

func (s *stepSource) name() string     { return "steps" }
func (s *stepSource) size() (int, int) { return 64, 64 }
func (s *stepSource) rate() float64    { return float64(s.fps) }
func (s *stepSource) live() bool       { return false }
func (s *stepSource) close() error     { close(s.done); return nil }

func (s *stepSource) next(*image.YCbCr) (time.Time, error) {
	select {
	case <-s.step:
		s.n++
		return begin.Add(time.Duration(s.n) * time.Second / time.Duration(s.fps)), nil
	case <-s.done:
		return time.Time{}, io.EOF
	}
}

// startSteps starts a video of stepped pictures until the test ends.
func startSteps(t *testing.T, fps int, out func(frame.Video)) (*Video, *stepSource) {
	t.Helper()
	o, err := Options{Out: out}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	src := &stepSource{fps: fps, step: make(chan struct{}), done: make(chan struct{})}
	v := newVideo(o, src)
	go v.capture()
	go v.run()
	t.Cleanup(func() { _ = v.Close() })
	return v, src
}

func TestKeyframeRequestsAreGathered(t *testing.T) {
	frames := make(chan frame.Video, 1)
	v, src := startSteps(t, 30, func(f frame.Video) { frames <- f })
	var keys []int
	for n := 1; n <= 62; n++ {
		if n > 1 {
			v.Keyframe() // a flood: one for each picture
		}
		src.step <- struct{}{}
		if wait(t, frames, "frame").Key {
			keys = append(keys, n)
		}
	}
	// The first frame is one anyway; what is asked for comes at once, then once a second.
	if want := []int{1, 2, 32, 62}; !slices.Equal(keys, want) {
		t.Errorf("key frames %v, want %v", keys, want)
	}
}

func TestBlockedOutDropsWholePictures(t *testing.T) {
	block, got := make(chan struct{}), make(chan frame.Video, 10)
	v, src := startSteps(t, 30, func(f frame.Video) {
		got <- f
		<-block
	})
	src.step <- struct{}{}
	wait(t, got, "frame")
	for range 11 { // the last is in the slot or about to be
		src.step <- struct{}{}
	}
	close(block)
	if f := wait(t, got, "frame"); f.Captured.Before(begin.Add(11 * time.Second / 30)) {
		t.Errorf("the picture of %v is an old one", f.Captured.Sub(begin))
	}
	if err := v.Close(); err != nil {
		t.Error(err)
	}
	// The last picture may have come after Close.
	if s := v.Stats(); s.Captured < 11 || s.Captured > 12 || s.Dropped < 9 || s.Encoded+s.Dropped > s.Captured || s.Encoded+s.Dropped < s.Captured-1 {
		t.Errorf("stats %+v", s)
	}
}

func TestNothingComesAfterClose(t *testing.T) {
	v, frames, failed := start(t, Options{Camera: Test, Width: 64, Height: 64})
	wait(t, frames, "frame")
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	n := len(frames)
	v.Keyframe()
	v.SetBitrate(100_000)
	if err := v.SetCodec(frame.H264); err != nil {
		t.Error(err)
	}
	if len(frames) != n || len(failed) > 0 {
		t.Error("still alive")
	}
}

func TestFasterSourceIsThinned(t *testing.T) {
	frames := make(chan frame.Video, 1)
	v, src := startSteps(t, 60, func(f frame.Video) { frames <- f })
	for n := 1; n <= 31; n += 2 {
		src.step <- struct{}{}
		f := wait(t, frames, "frame")
		if want := begin.Add(time.Duration(n) * time.Second / 60); !f.Captured.Equal(want) {
			t.Fatalf("the picture of %v, want that of %v", f.Captured.Sub(begin), want.Sub(begin))
		}
		src.step <- struct{}{} // is left out
	}
	if d := v.Stats().Dropped; d != 0 {
		t.Errorf("pictures that nobody wants count as dropped: %d", d)
	}
}
