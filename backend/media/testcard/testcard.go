// Package testcard draws a test picture in I420: colour bars, a disc that
// moves, and a clock with milliseconds, to measure delays by eye or camera.
package testcard

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"time"
)

// The bars of SMPTE RP 219, at 75 %, and the colours of what lies below them.
var (
	bars = []color.YCbCr{
		rgb(191, 191, 191), rgb(191, 191, 0), rgb(0, 191, 191), rgb(0, 191, 0),
		rgb(191, 0, 191), rgb(191, 0, 0), rgb(0, 0, 191),
	}
	panel = rgb(18, 22, 33)
	dim   = rgb(33, 39, 54)
	light = rgb(236, 240, 248)
	disc  = rgb(255, 122, 69)
)

// rgb is in the range of video (ITU-R BT.601, 16 to 235), as decoders expect.
func rgb(r, g, b float64) color.YCbCr {
	return color.YCbCr{
		Y:  uint8(16.5 + (65.481*r+128.553*g+24.966*b)/255),
		Cb: uint8(128.5 + (-37.797*r-74.203*g+112*b)/255),
		Cr: uint8(128.5 + (112*r-93.786*g-18.214*b)/255),
	}
}

// Card is a test picture of one size.
type Card struct {
	still *image.YCbCr
	clock image.Rectangle
	track image.Rectangle // where the disc moves
}

// New draws what does not move. Both sides are even.
func New(width, height int) *Card {
	c := &Card{still: image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)}
	top, ramp := height*62/100, height*70/100
	for i, b := range bars {
		fill(c.still, image.Rect(i*width/len(bars), 0, (i+1)*width/len(bars), top), b)
	}
	for x := 0; x < width; x += 2 {
		fill(c.still, image.Rect(x, top, x+2, ramp), color.YCbCr{Y: uint8(16 + 219*x/width), Cb: 128, Cr: 128})
	}
	fill(c.still, image.Rect(0, ramp, width, height), panel)

	c.track = image.Rect(0, ramp, width, height)
	// Twelve places of five units each and gaps of one.
	unit := max(width/120, 1)
	w, h := len(layout)*6*unit, 10*unit
	c.clock = image.Rect(0, 0, w, h).Add(image.Pt((width-w)/2, top/2-h/2))
	fill(c.still, c.clock.Inset(-3*unit), panel)
	return c
}

// Draw draws the picture of a moment into dst, which has the card's size. The
// clock shows local time, the disc crosses the picture in four seconds.
func (c *Card) Draw(dst *image.YCbCr, at time.Time) {
	copy(dst.Y, c.still.Y)
	copy(dst.Cb, c.still.Cb)
	copy(dst.Cr, c.still.Cr)

	phase := float64(at.UnixMilli()%8000) / 4000 // there in 0 to 1, back in 1 to 2
	if phase > 1 {
		phase = 2 - phase
	}
	r := c.track.Dy() * 2 / 5
	x := c.track.Min.X + r + int(phase*float64(c.track.Dx()-2*r))
	bounce := math.Abs(math.Sin(float64(at.UnixMilli()%2000) / 2000 * 2 * math.Pi))
	y := c.track.Max.Y - r - int(bounce*float64(c.track.Dy()-2*r))
	fillDisc(dst, x, y, r, disc)

	text := fmt.Sprintf("%s.%03d", at.Format("15:04:05"), at.Nanosecond()/1e6)
	drawClock(dst, c.clock, text)
}

func fill(img *image.YCbCr, r image.Rectangle, c color.YCbCr) {
	r = r.Intersect(img.Rect)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		fillRow(img, r.Min.X, r.Max.X, y, c)
	}
}

func fillDisc(img *image.YCbCr, cx, cy, radius int, c color.YCbCr) {
	for dy := -radius; dy <= radius; dy++ {
		if y := cy + dy; y >= img.Rect.Min.Y && y < img.Rect.Max.Y {
			w := int(math.Sqrt(float64(radius*radius - dy*dy)))
			fillRow(img, max(cx-w, img.Rect.Min.X), min(cx+w, img.Rect.Max.X), y, c)
		}
	}
}

// fillRow sets the chroma on even rows: it is shared with the row below.
func fillRow(img *image.YCbCr, x0, x1, y int, c color.YCbCr) {
	if x0 >= x1 {
		return
	}
	set(img.Y[img.YOffset(x0, y):img.YOffset(x1-1, y)+1], c.Y)
	if y%2 == 0 {
		o, end := img.COffset(x0, y), img.COffset(x1-1, y)+1
		set(img.Cb[o:end], c.Cb)
		set(img.Cr[o:end], c.Cr)
	}
}

func set(b []byte, v byte) {
	for i := range b {
		b[i] = v
	}
}
