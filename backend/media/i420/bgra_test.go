package i420

import (
	"errors"
	"image"
	"image/color"
	"testing"
)

// The primaries of ITU-R BT.601 in the range of video.
func TestColoursOfAScreen(t *testing.T) {
	for _, c := range []struct {
		b, g, r byte
		want    color.YCbCr
	}{
		{0, 0, 0, color.YCbCr{Y: 16, Cb: 128, Cr: 128}},
		{255, 255, 255, color.YCbCr{Y: 235, Cb: 128, Cr: 128}},
		{0, 0, 255, color.YCbCr{Y: 81, Cb: 90, Cr: 240}},
		{0, 255, 0, color.YCbCr{Y: 145, Cb: 54, Cr: 34}},
		{255, 0, 0, color.YCbCr{Y: 41, Cb: 240, Cr: 110}},
	} {
		p := &BGRA{Width: 35, Height: 17}
		for range p.Width * p.Height {
			p.Pix = append(p.Pix, c.b, c.g, c.r, 99)
		}
		dst := image.NewYCbCr(image.Rect(0, 0, 34, 16), image.YCbCrSubsampleRatio420)
		var conv Converter
		if err := conv.Convert(dst, p); err != nil {
			t.Fatal(err)
		}
		for _, at := range []image.Point{{0, 0}, {33, 15}} {
			if got := dst.YCbCrAt(at.X, at.Y); got != c.want {
				t.Errorf("%v became %v, want %v", p.At(0, 0), got, c.want)
			}
		}
	}
}

// A column of one pixel keeps its place and its brightness.
func TestPixelsOfAScreenStayWhereTheyAre(t *testing.T) {
	p := &BGRA{Pix: make([]byte, 4*32*16), Width: 32, Height: 16}
	for y := range 16 {
		copy(p.Pix[4*(y*32+7):], []byte{255, 255, 255})
	}
	dst := image.NewYCbCr(image.Rect(0, 0, 32, 16), image.YCbCrSubsampleRatio420)
	var c Converter
	if err := c.Convert(dst, p); err != nil {
		t.Fatal(err)
	}
	for x := range 32 {
		want := uint8(16)
		if x == 7 {
			want = 235
		}
		if got := dst.YCbCrAt(x, 9).Y; got != want {
			t.Errorf("column %d is %d, want %d", x, got, want)
		}
	}
	// What comes next has the same size and another form.
	if err := c.Convert(dst, image.NewGray(image.Rect(0, 0, 32, 16))); err != nil {
		t.Fatal(err)
	}
	p.Pix = p.Pix[:100]
	if err := c.Convert(dst, p); !errors.Is(err, ErrPicture) {
		t.Errorf("cut short: %v", err)
	}
}

func BenchmarkConvertScreen(b *testing.B) {
	p := &BGRA{Pix: make([]byte, 4*1920*1080), Width: 1920, Height: 1080}
	dst := image.NewYCbCr(image.Rect(0, 0, 1920, 1080), image.YCbCrSubsampleRatio420)
	var c Converter
	for b.Loop() {
		if err := c.Convert(dst, p); err != nil {
			b.Fatal(err)
		}
	}
}
