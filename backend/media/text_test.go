package media

import (
	"image"
	"math/rand/v2"
	"testing"
	"time"

	"parley/backend/frame"
)

// newPage is a page of what looks like small print, dark on white, in which a line
// is written every half second.
func newPage(width, height, pictures int) film {
	const cellW, cellH = 8, 16
	r := rand.New(rand.NewPCG(5, 6))
	glyphs := make([][cellH]uint8, 60) // rows of 8 pixels each
	for i := range glyphs {
		for range 5 { // strokes
			x, y := 1+r.IntN(5), 3+r.IntN(9)
			for n := range 4 {
				if i%2 == 0 {
					glyphs[i][min(y+n, cellH-2)] |= 1 << x
				} else {
					glyphs[i][y] |= 1 << min(x+n, 6)
				}
				y += r.IntN(2)
			}
		}
	}
	page := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	fill(page.Y, 235)
	fill(page.Cb, 128)
	fill(page.Cr, 128)
	write := func(row int) {
		for cell := 2; cell < width/cellW-2; cell++ {
			g := glyphs[r.IntN(len(glyphs))]
			if r.IntN(6) == 0 {
				g = [cellH]uint8{} // between words
			}
			for y, line := range g {
				for x := range cellW {
					v := uint8(235)
					if line>>x&1 == 1 {
						v = 16
					}
					page.Y[page.YOffset(cell*cellW+x, row*cellH+y)] = v
				}
			}
		}
	}
	rows := height / cellH
	for row := 1; row < rows-1; row++ {
		write(row)
	}
	f := make(film, pictures)
	for n := range f {
		if n%8 == 7 {
			write(1 + n/8%(rows-2))
		}
		f[n] = image.NewYCbCr(page.Rect, page.SubsampleRatio)
		copy(f[n].Y, page.Y)
		copy(f[n].Cb, page.Cb)
		copy(f[n].Cr, page.Cr)
	}
	return f
}

// At the same few bits a page is read in a screen's settings, and cannot be in a
// camera's: those make it smaller.
func TestTextStaysSharp(t *testing.T) {
	const seconds, rate, bitrate = 5, 15, 300_000
	page := newPage(1280, 720, seconds*rate)
	sharp := map[bool]float64{}
	for _, screen := range []bool{false, true} {
		o := Options{Width: 1280, Height: 720, FrameRate: rate, Bitrate: bitrate}
		if screen {
			o.Screen = Test
		}
		r := newRunnerWith(t, page, o)
		size := r.enc.ladder.format()
		r.film = page.scaled(t, size.width, size.height)
		var frames [][]byte
		var shown []int
		bits := 0
		for n := range page {
			f := r.next()
			if len(f.Data) > 0 {
				frames, shown = append(frames, f.Data), append(shown, n)
				bits += 8 * len(f.Data)
			}
		}
		pictures := decode(t, frame.VP8, size.width, size.height, frames, "-vf", "scale=1280:720:flags=bilinear")
		// What is seen, at each moment of the last two seconds.
		at, moments := 0, 0
		for n := 3 * rate; n < len(page); n++ {
			for at+1 < len(shown) && shown[at+1] <= n {
				at++
			}
			sharp[screen] += ssim(page[n], pictures[at])
			moments++
		}
		sharp[screen] /= float64(moments)
		first := time.Duration(float64(len(frames[0])*8) / float64(bitrate) * float64(time.Second))
		t.Logf("screen %v at %d kbit/s: %dx%d, %d frames, %d kbit/s, the first takes %v, SSIM %.3f, the last %.3f", screen, bitrate/1000,
			size.width, size.height, len(frames), bits/seconds/1000, first.Round(time.Millisecond), sharp[screen], ssim(page[shown[len(shown)-1]], pictures[len(pictures)-1]))
	}
	if sharp[true] < 0.9 || sharp[false] > 0.7 {
		t.Errorf("at %d bit/s an SSIM of %.3f as a screen, %.3f as a camera", bitrate, sharp[true], sharp[false])
	}
}

func TestScreenKeepsItsSize(t *testing.T) {
	own := format{1920, 1080, 15}
	for _, tc := range []struct {
		bitrate int
		want    string
	}{
		{2_000_000, "1920x1080@15"}, {500_000, "1920x1080@10"}, {150_000, "1920x1080@5"}, {40_000, "1920x1080@2"}, {20_000, "paused"},
	} {
		c := &climber{newLadder(own, tc.bitrate, true), begin, tc.bitrate, func(format) time.Duration { return time.Millisecond }}
		if c.String() != tc.want {
			t.Errorf("at %d bit/s %v, want %s", tc.bitrate, c, tc.want)
		}
	}
	c := &climber{newLadder(own, 2_000_000, true), begin, 2_000_000, func(format) time.Duration { return 60 * time.Millisecond }}
	if steps := c.run(10*time.Second, steady(2_000_000)); c.format().width != 1920 || c.format().rate >= 15 {
		t.Errorf("a busy processor leaves %v: %s", c, steps)
	}
}

// A window that changes its shape stays in its own, in the middle.
func TestOtherShapesAreShownWhole(t *testing.T) {
	dst := image.NewYCbCr(image.Rect(0, 0, 320, 200), image.YCbCrSubsampleRatio420)
	for _, tc := range []struct {
		w, h int
		want image.Rectangle
	}{
		{640, 400, image.Rect(0, 0, 320, 200)},
		{641, 399, image.Rect(0, 0, 320, 200)},
		{100, 200, image.Rect(110, 0, 210, 200)},
		{400, 100, image.Rect(0, 60, 320, 140)},
		{16, 4000, image.Rect(158, 0, 160, 200)},
	} {
		if got := placeFor(dst, tc.w, tc.h).Rect; got != tc.want {
			t.Errorf("%dx%d in %v, want %v", tc.w, tc.h, got, tc.want)
		}
	}
}
