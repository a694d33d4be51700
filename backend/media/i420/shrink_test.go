package i420

import (
	"errors"
	"image"
	"math"
	"testing"
)

// A picture that changes smoothly is what Converter, which takes all pixels, makes of it.
func TestShrinkIsLikeTheMean(t *testing.T) {
	src := image.NewYCbCr(image.Rect(0, 0, 1280, 720), image.YCbCrSubsampleRatio420)
	wave := func(x, y int) byte { return byte(128 + 100*math.Sin(float64(x)/40)*math.Cos(float64(y)/50)) }
	for y := range 720 {
		for x := range 1280 {
			src.Y[src.YOffset(x, y)] = wave(x, y)
			src.Cb[src.COffset(x, y)], src.Cr[src.COffset(x, y)] = wave(x/3, y), wave(x, y/3)
		}
	}
	for _, size := range []image.Point{{224, 126}, {712, 400}, {1280, 720}, {104, 60}, {2, 2}} {
		got := image.NewYCbCr(image.Rectangle{Max: size}, image.YCbCrSubsampleRatio420)
		want := image.NewYCbCr(got.Rect, got.SubsampleRatio)
		var s Shrinker
		var c Converter
		if err := errors.Join(s.Shrink(got, src), c.Convert(want, src)); err != nil {
			t.Fatal(err)
		}
		worst := 0
		for i := range got.Y {
			d := int(got.Y[i]) - int(want.Y[i])
			worst = max(worst, d, -d)
		}
		for i := range got.Cb {
			d, e := int(got.Cb[i])-int(want.Cb[i]), int(got.Cr[i])-int(want.Cr[i])
			worst = max(worst, d, -d, e, -e)
		}
		limit := 5
		if size.X < 100 {
			limit = 80 // nine pixels for all
		}
		if worst > limit {
			t.Errorf("%v: off by %d", size, worst)
		}
	}
}

func TestShrinkKeepsWhite(t *testing.T) {
	src := image.NewYCbCr(image.Rect(0, 0, 96, 64), image.YCbCrSubsampleRatio420)
	for _, pix := range [][]byte{src.Y, src.Cb, src.Cr} {
		for i := range pix {
			pix[i] = 255
		}
	}
	var s Shrinker
	for w := 2; w <= 96; w += 2 {
		dst := image.NewYCbCr(image.Rect(0, 0, w, w*2/3&^1+2), image.YCbCrSubsampleRatio420)
		if err := s.Shrink(dst, src); err != nil {
			t.Fatal(err)
		}
		for _, pix := range [][]byte{dst.Y, dst.Cb, dst.Cr} {
			for _, v := range pix {
				if v != 255 {
					t.Fatalf("white became %d at width %d", v, w)
				}
			}
		}
	}
}

func TestShrinkRefusesMalformedPictures(t *testing.T) {
	short := image.NewYCbCr(image.Rect(0, 0, 16, 16), image.YCbCrSubsampleRatio420)
	short.Cr = short.Cr[:20]
	dst := image.NewYCbCr(image.Rect(0, 0, 8, 8), image.YCbCrSubsampleRatio420)
	var s Shrinker
	if err := s.Shrink(dst, short); !errors.Is(err, ErrPicture) {
		t.Error(err)
	}
	if err := s.Shrink(&image.YCbCr{}, dst); !errors.Is(err, ErrPicture) {
		t.Error(err)
	}
}

func BenchmarkShrink(b *testing.B) {
	src := image.NewYCbCr(image.Rect(0, 0, 1280, 720), image.YCbCrSubsampleRatio420)
	dst := image.NewYCbCr(image.Rect(0, 0, 224, 126), image.YCbCrSubsampleRatio420)
	var s Shrinker
	for b.Loop() {
		if err := s.Shrink(dst, src); err != nil {
			b.Fatal(err)
		}
	}
}
