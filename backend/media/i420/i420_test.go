package i420

import (
	"errors"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"
)

var ratios = []image.YCbCrSubsampleRatio{
	image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420,
	image.YCbCrSubsampleRatio440, image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410,
}

// painted is a picture whose left half has another colour than its right one.
func painted(r image.Rectangle, ratio image.YCbCrSubsampleRatio, left, right color.YCbCr) *image.YCbCr {
	img := image.NewYCbCr(r, ratio)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			c := left
			if x-r.Min.X >= r.Dx()/2 {
				c = right
			}
			img.Y[img.YOffset(x, y)] = c.Y
			img.Cb[img.COffset(x, y)], img.Cr[img.COffset(x, y)] = c.Cb, c.Cr
		}
	}
	return img
}

// Whatever comes in, colours stay where they were.
func TestConvertKeepsTheColours(t *testing.T) {
	red, blue := color.YCbCr{Y: 81, Cb: 90, Cr: 240}, color.YCbCr{Y: 41, Cb: 240, Cr: 110}
	var c Converter
	for _, ratio := range ratios {
		for _, from := range []image.Rectangle{
			image.Rect(0, 0, 64, 32), image.Rect(8, 4, 72, 36), image.Rect(0, 0, 65, 33), image.Rect(0, 0, 200, 98), image.Rect(0, 0, 96, 48), image.Rect(0, 0, 40, 20),
		} {
			dst := image.NewYCbCr(image.Rect(0, 0, 64, 32), image.YCbCrSubsampleRatio420)
			if err := c.Convert(dst, painted(from, ratio, red, blue)); err != nil {
				t.Fatalf("%v %v: %v", ratio, from, err)
			}
			for _, p := range []struct {
				x, y int
				want color.YCbCr
			}{{0, 0, red}, {20, 31, red}, {44, 0, blue}, {63, 31, blue}, {63, 16, blue}} {
				if got := dst.YCbCrAt(p.x, p.y); got != p.want {
					t.Errorf("%v %v at %d,%d: %v, want %v", ratio, from, p.x, p.y, got, p.want)
				}
			}
		}
	}
}

func TestConvertOfTheSameSizeIsACopy(t *testing.T) {
	src := image.NewYCbCr(image.Rect(0, 0, 34, 18), image.YCbCrSubsampleRatio420)
	for i := range src.Y {
		src.Y[i] = byte(i * 7)
	}
	for i := range src.Cb {
		src.Cb[i], src.Cr[i] = byte(i*5), byte(i*3)
	}
	dst := image.NewYCbCr(src.Rect, src.SubsampleRatio)
	var c Converter
	if err := c.Convert(dst, src); err != nil {
		t.Fatal(err)
	}
	if string(dst.Y) != string(src.Y) || string(dst.Cb) != string(src.Cb) || string(dst.Cr) != string(src.Cr) {
		t.Error("differs")
	}
}

func TestScaleIsTheMean(t *testing.T) {
	var s scaler
	from := plane{[]byte{0, 100, 200, 50, 10, 20, 30, 40, 255, 255, 255, 255}, 4, 4, 3}
	to := plane{make([]byte, 2), 2, 2, 1}
	s.scale(to, from)
	if want := [2]byte{107, 138}; [2]byte(to.pix) != want { // (0+100+10+20+255+255)/6, ...
		t.Errorf("got %v, want %v", to.pix, want)
	}
	// White stays white at any ratio: no weight is lost to rounding.
	white := make([]byte, 97*61)
	for i := range white {
		white[i] = 255
	}
	for w := 1; w < 120; w += 7 {
		out := plane{make([]byte, w*40), w, w, 40}
		s.scale(out, plane{white, 97, 97, 61})
		for _, v := range out.pix {
			if v != 255 {
				t.Fatalf("white became %d at width %d", v, w)
			}
		}
	}
}

// Each output is the mean of what it covers, reckoned here in one go.
func TestScaleIsTheMeanAtAnyRatio(t *testing.T) {
	const fromW, fromH = 48, 36
	random := rand.New(rand.NewPCG(1, 2))
	from := plane{make([]byte, fromW*fromH), fromW, fromW, fromH}
	for i := range from.pix {
		from.pix[i] = byte(random.Uint32())
	}
	// covered is the part of input j that lies in output i, in inputs.
	covered := func(i, from, to, j int) float64 {
		begin, end := float64(i*from)/float64(to), float64((i+1)*from)/float64(to)
		return max(min(end, float64(j+1))-max(begin, float64(j)), 0)
	}
	for _, size := range [][2]int{{36, 27}, {24, 18}, {32, 24}, {18, 18}, {36, 13}, {12, 9}, {48, 27}, {60, 40}} {
		w, h := size[0], size[1]
		var s scaler
		to := plane{make([]byte, w*h), w, w, h}
		s.scale(to, from)
		for i, got := range to.pix {
			sum, weight := 0.0, 0.0
			for j, v := range from.pix {
				part := covered(i%w, fromW, w, j%fromW) * covered(i/w, fromH, h, j/fromW)
				sum, weight = sum+part*float64(v), weight+part
			}
			if math.Abs(sum/weight-float64(got)) > 1 {
				t.Fatalf("%dx%d: pixel %d is %d, the mean is %.2f", w, h, i, got, sum/weight)
			}
		}
	}
}

func TestOtherPicturesWork(t *testing.T) {
	grey := image.NewGray(image.Rect(3, 3, 35, 19))
	for i := range grey.Pix {
		grey.Pix[i] = 77
	}
	dst := image.NewYCbCr(image.Rect(0, 0, 32, 16), image.YCbCrSubsampleRatio420)
	var c Converter
	if err := c.Convert(dst, grey); err != nil {
		t.Fatal(err)
	}
	if got := dst.YCbCrAt(31, 15); got != (color.YCbCr{Y: 77, Cb: 128, Cr: 128}) {
		t.Errorf("got %v", got)
	}
}

func TestMalformedPicturesAreRefused(t *testing.T) {
	good := func() *image.YCbCr { return image.NewYCbCr(image.Rect(0, 0, 16, 16), image.YCbCrSubsampleRatio422) }
	short, strange, empty := good(), good(), &image.YCbCr{}
	short.Cr = short.Cr[:20]
	strange.SubsampleRatio = 99
	dst := image.NewYCbCr(image.Rect(0, 0, 16, 16), image.YCbCrSubsampleRatio420)
	var c Converter
	for name, src := range map[string]image.Image{
		"short": short, "strange": strange, "empty": empty, "nil": nil, "grey": image.NewGray(image.Rectangle{}),
	} {
		if err := c.Convert(dst, src); !errors.Is(err, ErrPicture) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := c.Convert(good(), good()); !errors.Is(err, ErrPicture) {
		t.Error("drew into 4:2:2")
	}
}

func FuzzConvert(f *testing.F) {
	f.Add(16, 16, 16, 8, uint8(2), 256)
	f.Add(3, 5, 3, 1, uint8(1), 10)
	f.Fuzz(func(t *testing.T, w, h, ystride, cstride int, ratio uint8, n int) {
		if n < 0 || n > 1<<16 || w > 1<<10 || h > 1<<10 {
			return
		}
		pix := make([]byte, n)
		dst := image.NewYCbCr(image.Rect(0, 0, 16, 16), image.YCbCrSubsampleRatio420)
		var c Converter
		_ = c.Convert(dst, &image.YCbCr{
			Y: pix, Cb: pix, Cr: pix, YStride: ystride, CStride: cstride,
			SubsampleRatio: image.YCbCrSubsampleRatio(ratio), Rect: image.Rectangle{Max: image.Pt(w, h)},
		})
	})
}

func BenchmarkConvert(b *testing.B) {
	picture := func(w, h int, r image.YCbCrSubsampleRatio) *image.YCbCr {
		return image.NewYCbCr(image.Rect(0, 0, w, h), r)
	}
	full, packed := image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio422
	for _, bench := range []struct {
		name     string
		src, dst *image.YCbCr
	}{
		{"422 same size", picture(1280, 720, packed), picture(1280, 720, full)},
		{"1080p to 720p", picture(1920, 1080, packed), picture(1280, 720, full)},
		{"720p to 540p", picture(1280, 720, full), picture(960, 540, full)},
		{"720p to 360p", picture(1280, 720, full), picture(640, 360, full)},
		{"720p to 270p", picture(1280, 720, full), picture(480, 270, full)},
		{"720p to 180p", picture(1280, 720, full), picture(320, 180, full)},
	} {
		b.Run(bench.name, func(b *testing.B) {
			var c Converter
			for b.Loop() {
				if err := c.Convert(bench.dst, bench.src); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
