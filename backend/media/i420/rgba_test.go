package i420

import (
	"image"
	"testing"
)

// What a screen shows comes back as it was, but for what 4:2:0 and rounding take.
func TestRGBAIsWhatWasConverted(t *testing.T) {
	for _, want := range [][3]int{
		{0, 0, 0}, {255, 255, 255}, {255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {128, 128, 128}, {200, 150, 120}, {3, 60, 250},
	} {
		p := &BGRA{Width: 8, Height: 4}
		for range p.Width * p.Height {
			p.Pix = append(p.Pix, byte(want[2]), byte(want[1]), byte(want[0]), 7)
		}
		var c Converter
		small := image.NewYCbCr(image.Rect(0, 0, 6, 2), image.YCbCrSubsampleRatio420)
		if err := c.Convert(small, p); err != nil {
			t.Fatal(err)
		}
		out := RGBA(small)
		if len(out) != 4*6*2 {
			t.Fatalf("%d bytes", len(out))
		}
		for at := 0; at < len(out); at += 4 {
			for i := range 3 {
				if d := int(out[at+i]) - want[i]; d < -3 || d > 3 {
					t.Fatalf("%v became %v", want, out[at:at+4])
				}
			}
			if out[at+3] != 255 {
				t.Fatalf("opacity %d", out[at+3])
			}
		}
	}
}

// What lies beyond the range of video is black and white, and does not wrap.
func TestRGBAClamps(t *testing.T) {
	p := image.NewYCbCr(image.Rect(0, 0, 2, 2), image.YCbCrSubsampleRatio420)
	p.Y[0], p.Y[1] = 0, 255
	p.Cb[0], p.Cr[0] = 128, 128
	out := RGBA(p)
	if [4]byte(out) != [4]byte{0, 0, 0, 255} || [4]byte(out[4:]) != [4]byte{255, 255, 255, 255} {
		t.Errorf("%v", out[:8])
	}
	p.Cb[0], p.Cr[0] = 255, 255
	if out = RGBA(p); [4]byte(out[4:]) != [4]byte{255, 125, 255, 255} {
		t.Errorf("%v", out[4:8])
	}
}

// A pixel keeps its place.
func TestRGBAKeepsPlaces(t *testing.T) {
	p := image.NewYCbCr(image.Rect(0, 0, 6, 4), image.YCbCrSubsampleRatio420)
	for i := range p.Cb {
		p.Cb[i], p.Cr[i] = 128, 128
	}
	p.Cr[p.COffset(4, 2)] = 240
	p.Y[p.YOffset(3, 1)] = 235
	out := RGBA(p)
	for y := range 4 {
		for x := range 6 {
			at := 4 * (y*6 + x)
			white, red := x == 3 && y == 1, x >= 4 && y >= 2
			if (out[at+1] == 255) != white || (out[at] > 0) != (white || red) {
				t.Errorf("%d, %d is %v", x, y, out[at:at+4])
			}
		}
	}
}

func BenchmarkRGBA(b *testing.B) {
	p := image.NewYCbCr(image.Rect(0, 0, 224, 126), image.YCbCrSubsampleRatio420)
	for b.Loop() {
		RGBA(p)
	}
}
