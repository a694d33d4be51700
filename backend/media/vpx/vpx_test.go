package vpx

import (
	"errors"
	"image"
	"testing"

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

func TestOtherSizesAreRefused(t *testing.T) {
	for _, s := range [][2]int{{0, 0}, {-2, -2}, {20000, 16}} {
		if _, err := (Params{}).BuildVideoEncoder(nil, size(s[0], s[1])); !errors.Is(err, guard.ErrPicture) {
			t.Errorf("%v: %v", s, err)
		}
	}
}

func TestKeyFrameOnDemand(t *testing.T) {
	e := build(t, 65, 49) // VP8 takes odd sizes
	for i := range 6 {
		if i == 3 {
			_ = e.Controller().(codec.KeyFrameController).ForceKeyFrame()
		}
		data, _, err := e.Read()
		if err != nil {
			t.Fatal(err)
		}
		if KeyFrame(data) != (i%3 == 0) {
			t.Errorf("frame %d: key %v", i, KeyFrame(data))
		}
	}
	if KeyFrame(nil) {
		t.Error("nothing is a key frame")
	}
}
