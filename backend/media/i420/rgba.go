package i420

import "image"

// RGBA is a picture in the range of video (ITU-R BT.601, 16 to 235) as a screen
// wants it: a byte each of red, green, blue and opacity, rows without a gap. p is
// 4:2:0 with even sides that begins at 0, 0, such as Convert makes.
func RGBA(p *image.YCbCr) []byte {
	w, h := p.Rect.Dx(), p.Rect.Dy()
	out := make([]byte, 4*w*h)
	for y := range h {
		luma := p.Y[y*p.YStride:][:w]
		cb, cr := p.Cb[y/2*p.CStride:][:w/2], p.Cr[y/2*p.CStride:][:w/2]
		row := out[4*y*w:][:4*w]
		for i := range cb {
			// The weights are BT.601's times 2^16.
			u, v := int32(cb[i])-128, int32(cr[i])-128
			r, g, b := 104597*v, -25675*u-53279*v, 132201*u
			two, pix := luma[2*i:][:2], row[8*i:][:8]
			for k := range 2 {
				l := 76309*(int32(two[k])-16) + 1<<15
				pix[4*k], pix[4*k+1], pix[4*k+2], pix[4*k+3] = clamp(l+r), clamp(l+g), clamp(l+b), 255
			}
		}
	}
	return out
}

// clamp is v times 2^-16, as a byte.
func clamp(v int32) byte { return byte(min(max(v>>16, 0), 255)) }
