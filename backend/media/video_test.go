package media

import (
	"context"
	"errors"
	"image"
	"io"
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

func TestKeyframeRequestsAreGathered(t *testing.T) {
	v, frames, _ := start(t, Options{Camera: Test, Width: 160, Height: 96})
	wait(t, frames, "frame")
	var keys []time.Time
	var asked time.Time
	for len(keys) < 3 {
		f := wait(t, frames, "frame")
		if f.Key {
			keys = append(keys, f.Captured)
		}
		if asked.IsZero() {
			asked = f.Captured
		}
		v.Keyframe() // a flood: one for each frame
	}
	if late := keys[0].Sub(asked); late > time.Second/2 {
		t.Errorf("the first one came after %v", late)
	}
	for i := range 2 {
		if gap := keys[i+1].Sub(keys[i]); gap < keyInterval || gap > keyInterval+time.Second/2 {
			t.Errorf("key frames %v apart", gap)
		}
	}
}

// stepSource gives a picture for each value in step, 1/30 s after the one
// before.
type stepSource struct {
	step chan struct{}
	done chan struct{}
	n    int
}

func (s *stepSource) name() string     { return "steps" }
func (s *stepSource) size() (int, int) { return 64, 64 }
func (s *stepSource) rate() float64    { return 30 }
func (s *stepSource) live() bool       { return false }
func (s *stepSource) close() error     { close(s.done); return nil }

func (s *stepSource) next(*image.YCbCr) (time.Time, error) {
	select {
	case <-s.step:
		s.n++
		return begin.Add(time.Duration(s.n) * time.Second / 30), nil
	case <-s.done:
		return time.Time{}, io.EOF
	}
}

func TestBlockedOutDropsWholePictures(t *testing.T) {
	block, got := make(chan struct{}), make(chan frame.Video, 10)
	o, err := Options{Out: func(f frame.Video) {
		got <- f
		<-block
	}}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	src := &stepSource{step: make(chan struct{}), done: make(chan struct{})}
	v := newVideo(o, src)
	go v.capture()
	go v.run()
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
	path := writeFile(t, "F60:1", 64, 48, 6, "C420")
	v, frames, _ := start(t, Options{Camera: path, FrameRate: 30})
	first := wait(t, frames, "frame")
	var last frame.Video
	for range 15 {
		last = wait(t, frames, "frame")
	}
	if took := last.Captured.Sub(first.Captured); took < 440*time.Millisecond {
		t.Errorf("16 frames in %v", took)
	}
	if d := v.Stats().Dropped; d > 5 {
		t.Errorf("pictures that nobody wants count as dropped: %d", d)
	}
}
