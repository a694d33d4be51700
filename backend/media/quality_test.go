package media

import (
	"fmt"
	"image"
	"math"
	"testing"
	"time"

	"parley/backend/frame"
	"parley/backend/media/i420"
)

// newTalk is a film of somebody who talks: a detailed wall that stands still, a
// head that sways before it, and the noise of a camera. It is drawn larger, so
// that things move by parts of a pixel.
func newTalk(width, height, pictures int) film {
	w, h := width*3/2, height*3/2
	wall := newPan(w, h).wide
	noise := newClip(16, 16, true).noise
	large := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	var c i420.Converter
	f := make(film, pictures)
	for n := range f {
		at := float64(n) / 30
		dx, dy := int(float64(w)*0.04*math.Sin(2*at)), int(float64(h)*0.03*math.Sin(3.1*at+1))
		for y := range h {
			copyRow(large, wall, 0, w, y, 0, 0)
			if fy := float64(y-h/2-dy) / (0.33 * float64(h)); fy*fy < 1 {
				half := int(0.14 * float64(w) * math.Sqrt(1-fy*fy))
				copyRow(large, wall, w/2+dx-half, w/2+dx+half, y, w/2-dx, -dy)
			}
		}
		f[n] = image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
		if err := c.Convert(f[n], large); err != nil {
			panic(err) // both are even 4:2:0
		}
		for i, v := range f[n].Y {
			f[n].Y[i] = uint8(min(max(int(v)+int(noise[(n*7919+i)%len(noise)])/2, 0), 255))
		}
	}
	return f
}

// copyRow copies columns x0 to x1 of row y from what is (dx, dy) away in from.
func copyRow(to, from *image.YCbCr, x0, x1, y, dx, dy int) {
	sy := min(max(y+dy, 0), from.Rect.Dy()-1)
	copy(to.Y[to.YOffset(x0, y):to.YOffset(x1, y)], from.Y[from.YOffset(x0+dx, sy):])
	if y%2 == 0 {
		copy(to.Cb[to.COffset(x0, y):to.COffset(x1, y)], from.Cb[from.COffset(x0+dx, sy):])
		copy(to.Cr[to.COffset(x0, y):to.COffset(x1, y)], from.Cr[from.COffset(x0+dx, sy):])
	}
}

// ssim is the mean structural similarity of luma over blocks of 8x8 (Wang et
// al., IEEE Transactions on Image Processing 13, 2004).
//
//go:norace
func ssim(a, b *image.YCbCr) float64 {
	const side, n, c1, c2 = 8, 64.0, 6.5025, 58.5225
	sum, blocks := 0.0, 0
	for y := 0; y+side <= a.Rect.Dy(); y += side {
		for x := 0; x+side <= a.Rect.Dx(); x += side {
			var sa, sb, saa, sbb, sab int
			for i := range side {
				ra, rb := a.Y[a.YOffset(x, y+i):][:side], b.Y[b.YOffset(x, y+i):][:side]
				for j, va := range ra {
					va, vb := int(va), int(rb[j])
					sa, sb, saa, sbb, sab = sa+va, sb+vb, saa+va*va, sbb+vb*vb, sab+va*vb
				}
			}
			ma, mb := float64(sa)/n, float64(sb)/n
			va, vb, cov := float64(saa)/n-ma*ma, float64(sbb)/n-mb*mb, float64(sab)/n-ma*mb
			sum += (2*ma*mb + c1) * (2*cov + c2) / ((ma*ma + mb*mb + c1) * (va + vb + c2))
			blocks++
		}
	}
	return sum / float64(blocks)
}

// BenchmarkQuality prints the table that the ladder was chosen from: how much of
// a 720p30 film is left at each size and bitrate, when the picture is shown at
// 720p again. Two seconds are encoded, and the next two scored. The dB and the
// SSIM are of the pictures that were shown; fps are those that came through,
// and first is how long the first frame takes on a line of that bitrate.
//
//	go test -run '^$' -bench Quality -benchtime 1x ./backend/media
func BenchmarkQuality(b *testing.B) {
	films := []struct {
		name string
		film film
	}{{"talk", newTalk(1280, 720, 60)}, {"pan", newFilm(newPan(1280, 720), 60)}}
	for _, content := range films {
		for _, s := range []struct {
			height, every int // every so many pictures of the film
		}{{720, 1}, {540, 1}, {360, 1}, {270, 1}, {180, 1}, {270, 2}, {180, 2}, {180, 4}} {
			scaled := content.film.scaled(b, s.height*16/9&^1, s.height)
			for _, kbps := range []int{30, 45, 60, 100, 150, 250, 400, 600, 900, 1300, 2000} {
				if kbps*1000 < s.height*s.height/3 || s.height < 300 && kbps > 700 { // of no interest
					continue
				}
				for _, c := range []frame.Codec{frame.VP8, frame.H264} {
					b.Run(fmt.Sprintf("%s/%s/%04dk/%dp%d", content.name, c, kbps, s.height, 30/s.every), func(b *testing.B) {
						for b.Loop() {
							quality(b, content.film, scaled, c, kbps*1000, s.every)
						}
					})
				}
			}
		}
	}
}

func (f film) scaled(t testing.TB, width, height int) film {
	var c i420.Converter
	out := make(film, len(f))
	for i, p := range f {
		out[i] = image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
		if err := c.Convert(out[i], p); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func quality(b *testing.B, original, scaled film, c frame.Codec, bitrate, every int) {
	r := newRunner(b, scaled, c, bitrate, 30)
	r.announce(30 / float64(every))
	var frames [][]byte
	var shown []int // which picture of the film
	bits, fps := 0, 0
	for n := 0; n < 120; n += every {
		r.n = n
		f := r.next()
		if len(f.Data) == 0 {
			continue
		}
		frames, shown = append(frames, f.Data), append(shown, n)
		if n >= 60 {
			bits, fps = bits+8*len(f.Data), fps+1
		}
	}
	if fps == 0 {
		b.ReportMetric(0, "fps")
		return
	}
	size := original[0].Rect.Size()
	whole := decode(b, c, scaled[0].Rect.Dx(), scaled[0].Rect.Dy(), frames, "-vf", fmt.Sprintf("scale=%d:%d:flags=bilinear", size.X, size.Y))
	similar, db := 0.0, 0.0
	for i, p := range whole[len(whole)-fps:] {
		o := original.at(shown[len(whole)-fps+i])
		similar += ssim(o, p)
		db += psnr(o, p)
	}
	b.ReportMetric(similar/float64(fps), "SSIM")
	b.ReportMetric(db/float64(fps), "dB")
	b.ReportMetric(float64(bits)/2000, "kbit/s")
	b.ReportMetric(float64(fps)/2, "fps")
	b.ReportMetric(float64(len(frames[0])*8)/float64(bitrate)*float64(time.Second/time.Millisecond), "first-ms")
}
