// Package i420 turns the pictures of cameras, screens and files into I420 (planar YCbCr
// 4:2:0) of another size.
package i420

import (
	"errors"
	"fmt"
	"image"
	"image/color"
)

// ErrPicture is returned for a picture that is empty, or shorter than its own
// size says.
var ErrPicture = errors.New("malformed picture")

// Converter draws pictures into I420. It keeps its tables and buffers from one
// picture to the next; it is for one goroutine.
type Converter struct {
	luma, chroma scaler
	scratch      *image.YCbCr // of a picture that is not YCbCr
}

// plane is one component of a picture.
type plane struct {
	pix           []byte
	stride        int
	width, height int
}

func (p plane) valid() bool {
	return p.width > 0 && p.height > 0 && p.stride >= p.width && len(p.pix) >= (p.height-1)*p.stride+p.width
}

// Convert draws src into dst, scaled to dst's size. dst must be 4:2:0 with even
// sides. An odd last row or column of src is left out.
func (c *Converter) Convert(dst *image.YCbCr, src image.Image) error {
	if dst.SubsampleRatio != image.YCbCrSubsampleRatio420 || dst.Rect.Dx()%2 != 0 || dst.Rect.Dy()%2 != 0 {
		return fmt.Errorf("%w: destination is not even 4:2:0", ErrPicture)
	}
	from, err := c.planes(src)
	if err != nil {
		return err
	}
	to, err := planes(dst)
	if err != nil {
		return err
	}
	c.luma.scale(to[0], from[0])
	c.chroma.scale(to[1], from[1])
	c.chroma.scale(to[2], from[2])
	return nil
}

func (c *Converter) planes(src image.Image) ([3]plane, error) {
	switch img := src.(type) {
	case nil:
		return [3]plane{}, ErrPicture
	case *image.YCbCr:
		return planes(img)
	case *BGRA:
		return c.ofScreen(img)
	}
	// No camera driver gives these but for a grey JPEG; slow is good enough.
	b := src.Bounds()
	if b.Empty() {
		return [3]plane{}, ErrPicture
	}
	if c.scratch == nil || c.scratch.Rect.Size() != b.Size() || c.scratch.SubsampleRatio != image.YCbCrSubsampleRatio444 {
		c.scratch = image.NewYCbCr(image.Rect(0, 0, b.Dx(), b.Dy()), image.YCbCrSubsampleRatio444)
	}
	s := c.scratch
	for y := range b.Dy() {
		for x := range b.Dx() {
			r, g, bl, _ := src.At(b.Min.X+x, b.Min.Y+y).RGBA()
			i := y*s.YStride + x
			s.Y[i], s.Cb[i], s.Cr[i] = color.RGBToYCbCr(uint8(r>>8), uint8(g>>8), uint8(bl>>8))
		}
	}
	return planes(s)
}

func planes(img *image.YCbCr) ([3]plane, error) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if w > 1 {
		w &^= 1
	}
	if h > 1 {
		h &^= 1
	}
	dx, dy := subsampling(img.SubsampleRatio)
	if w <= 0 || h <= 0 || dx == 0 {
		return [3]plane{}, fmt.Errorf("%w: %dx%d, %v", ErrPicture, w, h, img.SubsampleRatio)
	}
	y, c := img.YOffset(img.Rect.Min.X, img.Rect.Min.Y), img.COffset(img.Rect.Min.X, img.Rect.Min.Y)
	if y < 0 || c < 0 || y > len(img.Y) || c > len(img.Cb) || c > len(img.Cr) {
		return [3]plane{}, fmt.Errorf("%w: %dx%d, %v", ErrPicture, w, h, img.SubsampleRatio)
	}
	cw, ch := (w+dx-1)/dx, (h+dy-1)/dy
	p := [3]plane{
		{img.Y[y:], img.YStride, w, h},
		{img.Cb[c:], img.CStride, cw, ch},
		{img.Cr[c:], img.CStride, cw, ch},
	}
	for _, p := range p {
		if !p.valid() {
			return [3]plane{}, fmt.Errorf("%w: %dx%d, %v is cut short", ErrPicture, w, h, img.SubsampleRatio)
		}
	}
	return p, nil
}

// subsampling tells how many luma samples share a chroma sample, across and
// down.
func subsampling(r image.YCbCrSubsampleRatio) (dx, dy int) {
	switch r {
	case image.YCbCrSubsampleRatio444:
		return 1, 1
	case image.YCbCrSubsampleRatio422:
		return 2, 1
	case image.YCbCrSubsampleRatio420:
		return 2, 2
	case image.YCbCrSubsampleRatio440:
		return 1, 2
	case image.YCbCrSubsampleRatio411:
		return 4, 1
	case image.YCbCrSubsampleRatio410:
		return 4, 2
	}
	return 0, 0
}
