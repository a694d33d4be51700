package media

import (
	"image"
	"math/rand/v2"
	"time"

	"parley/backend/media/testcard"
)

// clip draws the pictures of a synthetic film.
type clip struct {
	width, height int
	card          *testcard.Card
	noise         []int8       // nil for none
	wide          *image.YCbCr // what a pan moves over, nil for none
}

// newPan is a camera that moves over a detailed scene, with noise: as hard a
// picture as a call has.
func newPan(width, height int) *clip {
	c := newClip(width, height, true)
	c.wide = image.NewYCbCr(image.Rect(0, 0, 2*width, height), image.YCbCrSubsampleRatio420)
	r := rand.New(rand.NewPCG(3, 4))
	texture := func(pix []byte, stride, octaves int, amplitude float64) {
		for i := range pix {
			pix[i] = 128
		}
		for o := range octaves {
			cell := 4 << o
			grid := make([]float64, (stride/cell+2)*(len(pix)/stride/cell+2))
			for i := range grid {
				grid[i] = (r.Float64() - 0.5) * amplitude * float64(o+1) / float64(octaves)
			}
			for i := range pix {
				x, y := i%stride, i/stride
				gx, gy, w := x/cell, y/cell, stride/cell+2
				fx, fy := float64(x%cell)/float64(cell), float64(y%cell)/float64(cell)
				top := grid[gy*w+gx]*(1-fx) + grid[gy*w+gx+1]*fx
				low := grid[(gy+1)*w+gx]*(1-fx) + grid[(gy+1)*w+gx+1]*fx
				pix[i] = uint8(min(max(float64(pix[i])+top*(1-fy)+low*fy, 16), 235))
			}
		}
	}
	texture(c.wide.Y, c.wide.YStride, 5, 90)
	texture(c.wide.Cb, c.wide.CStride, 4, 30)
	texture(c.wide.Cr, c.wide.CStride, 4, 30)
	return c
}

// newClip is the test card, with as much noise as a cheap camera in a dim room
// has, if wanted.
func newClip(width, height int, noisy bool) *clip {
	c := &clip{width: width, height: height, card: testcard.New(width, height)}
	if noisy {
		r := rand.New(rand.NewPCG(1, 2))
		c.noise = make([]int8, 1<<20+7)
		for i := range c.noise {
			c.noise[i] = int8(r.NormFloat64() * 4)
		}
	}
	return c
}

//go:norace
func (c *clip) draw(dst *image.YCbCr, n int, at time.Time) {
	if c.wide == nil {
		c.card.Draw(dst, at)
	} else {
		x := n * 6 % (2 * c.width)
		if x > c.width {
			x = 2*c.width - x
		}
		x &^= 1
		for y := range c.height {
			copy(dst.Y[y*dst.YStride:][:c.width], c.wide.Y[y*c.wide.YStride+x:])
		}
		for y := range c.height / 2 {
			copy(dst.Cb[y*dst.CStride:][:c.width/2], c.wide.Cb[y*c.wide.CStride+x/2:])
			copy(dst.Cr[y*dst.CStride:][:c.width/2], c.wide.Cr[y*c.wide.CStride+x/2:])
		}
	}
	if c.noise == nil {
		return
	}
	o := n * 7919 % len(c.noise)
	for i, y := range dst.Y {
		if o++; o == len(c.noise) {
			o = 0
		}
		dst.Y[i] = uint8(min(max(int(y)+int(c.noise[o]), 0), 255))
	}
}
