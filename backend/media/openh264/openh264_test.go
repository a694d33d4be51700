package openh264

import (
	"bytes"
	"errors"
	"image"
	"testing"
	"time"

	"github.com/pion/mediadevices/pkg/codec"
	"github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"

	"parley/backend/media/guard"
)

var _ codec.VideoEncoderBuilder = Params{}

func size(w, h int) prop.Media {
	return prop.Media{Video: prop.Video{Width: w, Height: h, FrameRate: 30}}
}

func still(w, h int) video.Reader {
	img := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	return video.ReaderFunc(func() (image.Image, func(), error) { return img, func() {}, nil })
}

func build(t *testing.T, w, h int) codec.ReadCloser {
	t.Helper()
	e, err := Params{Bitrate: 300_000}.BuildVideoEncoder(still(w, h), size(w, h))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// A receiver that joins late needs the parameter sets of its key frame, and the
// profile that the offer names: 42e0, constrained baseline.
func TestKeyFramesCarryTheirParameterSets(t *testing.T) {
	e := build(t, 64, 48)
	for i := range 6 {
		if i == 3 {
			_ = e.Controller().(codec.KeyFrameController).ForceKeyFrame()
		}
		unit, _, err := e.Read()
		if err != nil {
			t.Fatal(err)
		}
		var types []byte
		for _, nal := range bytes.Split(unit, []byte{0, 0, 0, 1})[1:] {
			types = append(types, nal[0]&0x1f)
			if nal[0]&0x1f == 7 && (nal[1] != 66 || nal[2]&0xc0 != 0xc0) {
				t.Errorf("profile %x, constraints %x", nal[1], nal[2])
			}
		}
		want := []byte{1}
		if i%3 == 0 {
			want = []byte{7, 8, 5}
		}
		if !bytes.Equal(types, want) || KeyFrame(unit) != (i%3 == 0) {
			t.Errorf("frame %d: NAL units %v, want %v; key %v", i, types, want, KeyFrame(unit))
		}
	}
}

func TestOtherSizesAreRefused(t *testing.T) {
	for _, s := range [][2]int{{0, 0}, {15, 16}, {17, 16}, {16, 17}, {-2, -2}, {10000, 16}} {
		if _, err := (Params{}).BuildVideoEncoder(nil, size(s[0], s[1])); !errors.Is(err, guard.ErrPicture) {
			t.Errorf("%v: %v", s, err)
		}
	}
}

func TestPaceFollowsTheRate(t *testing.T) {
	p := newPace(30)
	at := time.Unix(0, 0)
	run := func(fps, seconds int) {
		for range fps * seconds {
			at = at.Add(time.Second / time.Duration(fps))
			p.add(at)
		}
	}
	for _, fps := range []int{30, 15, 5, 60, 30} {
		run(fps, 8)
		if p.fps < 0.95*float64(fps) || p.fps > 1.05*float64(fps) {
			t.Errorf("%.1f at %d", p.fps, fps)
		}
	}
	changes := 0
	for i := range 300 { // a camera's jitter of 5 ms changes nothing
		at = at.Add(time.Second/30 + time.Duration(i%2*10-5)*time.Millisecond)
		if _, changed := p.add(at); changed {
			changes++
		}
	}
	if changes > 1 {
		t.Errorf("%d changes for jitter", changes)
	}
}

func FuzzKeyFrame(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x65})
	f.Add([]byte{0, 0, 1})
	f.Fuzz(func(t *testing.T, unit []byte) { KeyFrame(unit) })
}
