package guard_test

import (
	"errors"
	"image"
	"io"
	"sync"
	"testing"

	"github.com/pion/mediadevices/pkg/codec"
	"github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"

	"parley/backend/media/guard"
	"parley/backend/media/openh264"
	"parley/backend/media/vpx"
)

var builders = map[string]codec.VideoEncoderBuilder{
	"vp8":  vpx.Params{Bitrate: 300_000},
	"h264": openh264.Params{Bitrate: 300_000},
}

func give(img image.Image) video.Reader {
	return video.ReaderFunc(func() (image.Image, func(), error) { return img, func() {}, nil })
}

func picture(w, h int, ratio image.YCbCrSubsampleRatio) *image.YCbCr {
	return image.NewYCbCr(image.Rect(0, 0, w, h), ratio)
}

// build is for 64x48.
func build(t *testing.T, b codec.VideoEncoderBuilder, r video.Reader) codec.ReadCloser {
	t.Helper()
	e, err := b.BuildVideoEncoder(r, prop.Media{Video: prop.Video{Width: 64, Height: 48, FrameRate: 30}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func TestControlsAreSafeAtAnyTime(t *testing.T) {
	for name, b := range builders {
		t.Run(name, func(t *testing.T) {
			e := build(t, b, give(picture(64, 48, image.YCbCrSubsampleRatio420)))
			var wg sync.WaitGroup
			for range 3 {
				wg.Go(func() {
					for i := range 200 {
						_ = e.Controller().(codec.BitRateController).SetBitRate(100_000 + i*1000)
						_ = e.Controller().(codec.KeyFrameController).ForceKeyFrame()
						if i == 150 {
							_ = e.Close()
						}
					}
				})
			}
			for {
				if _, _, err := e.Read(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatal(err)
				}
			}
			wg.Wait()
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestOtherPicturesAreRefused(t *testing.T) {
	i420 := image.YCbCrSubsampleRatio420
	short, narrow := picture(64, 48, i420), picture(64, 48, i420)
	short.Cr = short.Cr[:len(short.Cr)-1]
	narrow.YStride = 32
	lost := errors.New("lost")
	for name, tc := range map[string]struct {
		r    video.Reader
		want error
	}{
		"4:2:2":   {give(picture(64, 48, image.YCbCrSubsampleRatio422)), guard.ErrPicture},
		"smaller": {give(picture(32, 48, i420)), guard.ErrPicture},
		"short":   {give(short), guard.ErrPicture},
		"narrow":  {give(narrow), guard.ErrPicture},
		"grey":    {give(image.NewGray(image.Rect(0, 0, 64, 48))), guard.ErrPicture},
		"lost":    {video.ReaderFunc(func() (image.Image, func(), error) { return nil, nil, lost }), lost},
	} {
		for codec, b := range builders {
			if _, _, err := build(t, b, tc.r).Read(); !errors.Is(err, tc.want) {
				t.Errorf("%s, %s: %v", codec, name, err)
			}
		}
	}
	// A part of a larger picture is as good as a whole one.
	part := picture(100, 100, i420).SubImage(image.Rect(36, 52, 100, 100))
	for codec, b := range builders {
		if data, _, err := build(t, b, give(part)).Read(); err != nil || len(data) == 0 {
			t.Errorf("%s, part: %v", codec, err)
		}
	}
}
