package i420

import (
	"fmt"
	"image"
	"image/color"
)

// BGRA is a picture of a screen: four bytes a pixel, of which the last has no
// meaning, and rows without a gap.
type BGRA struct {
	Pix           []byte
	Width, Height int
}

// ColorModel implements image.Image.
func (p *BGRA) ColorModel() color.Model { return color.RGBAModel }

// Bounds implements image.Image.
func (p *BGRA) Bounds() image.Rectangle { return image.Rect(0, 0, p.Width, p.Height) }

// At implements image.Image.
func (p *BGRA) At(x, y int) color.Color {
	at := p.Pix[4*(y*p.Width+x):]
	return color.RGBA{at[2], at[1], at[0], 255}
}

// ofScreen is a screen's picture in the range of video (ITU-R BT.601, 16 to 235),
// as decoders expect: black letters on white stay that.
func (c *Converter) ofScreen(p *BGRA) ([3]plane, error) {
	w, h := p.Width&^1, p.Height&^1
	if w <= 0 || h <= 0 || len(p.Pix) < 4*p.Width*p.Height {
		return [3]plane{}, fmt.Errorf("%w: %dx%d in %d bytes", ErrPicture, p.Width, p.Height, len(p.Pix))
	}
	if c.scratch == nil || c.scratch.Rect.Size() != image.Pt(w, h) || c.scratch.SubsampleRatio != image.YCbCrSubsampleRatio420 {
		c.scratch = image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	}
	for y := 0; y < h; y += 2 {
		c.twoRows(p.Pix[4*y*p.Width:][:4*w], p.Pix[4*(y+1)*p.Width:][:4*w], y)
	}
	return planes(c.scratch)
}

// twoRows converts two rows of pixels, which share their chroma. The weights are
// BT.601's times 2^16; chroma is that of the sum of four pixels.
func (c *Converter) twoRows(upper, lower []byte, y int) {
	s := c.scratch
	luma := [2][]byte{s.Y[y*s.YStride:][:len(upper)/4], s.Y[(y+1)*s.YStride:][:len(upper)/4]}
	cb, cr := s.Cb[y/2*s.CStride:][:len(upper)/8], s.Cr[y/2*s.CStride:][:len(upper)/8]
	for x := range cb {
		var r, g, b int
		for row, pix := range [2][]byte{upper[8*x:][:8], lower[8*x:][:8]} {
			b0, g0, r0, b1, g1, r1 := int(pix[0]), int(pix[1]), int(pix[2]), int(pix[4]), int(pix[5]), int(pix[6])
			luma[row][2*x] = uint8((16829*r0 + 33039*g0 + 6416*b0 + 16<<16 + 1<<15) >> 16)
			luma[row][2*x+1] = uint8((16829*r1 + 33039*g1 + 6416*b1 + 16<<16 + 1<<15) >> 16)
			b, g, r = b+b0+b1, g+g0+g1, r+r0+r1
		}
		cb[x] = uint8((-9714*r - 19070*g + 28784*b + 128<<18 + 1<<17) >> 18)
		cr[x] = uint8((28784*r - 24103*g - 4681*b + 128<<18 + 1<<17) >> 18)
	}
}
