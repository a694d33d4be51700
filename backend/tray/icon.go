//go:build linux || windows

package tray

import (
	"image"
	"image/color"
	"image/draw"
	"math"
)

// badges are the dots' colours. Each differs from the others in lightness too.
var badges = map[Badge]color.NRGBA{
	UnderWay:    {245, 190, 65, 255},
	InCall:      {80, 220, 120, 255},
	InCallMuted: {220, 50, 60, 255},
}

// badged is the icon with its badge in the lower right corner.
func badged(icon image.Image, b Badge) *image.NRGBA {
	bounds := icon.Bounds()
	out := image.NewNRGBA(image.Rect(0, 0, bounds.Dx(), bounds.Dy()))
	draw.Draw(out, out.Bounds(), icon, bounds.Min, draw.Src)
	dot, ok := badges[b]
	if !ok {
		return out
	}
	size := float64(bounds.Dx())
	const radius, ring = 0.2, 0.05 // of the icon's width
	center := size * (1 - radius - ring)
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			from := math.Hypot(float64(x)+0.5-center, float64(y)+0.5-center)
			blend(out, x, y, color.NRGBA{A: 255}, size*(radius+ring)-from)
			blend(out, x, y, dot, size*radius-from)
		}
	}
	return out
}

// blend paints c where inside, the pixels from the shape's edge, is positive;
// the edge itself is smooth.
func blend(out *image.NRGBA, x, y int, c color.NRGBA, inside float64) {
	cover := min(max(inside+0.5, 0), 1)
	if cover == 0 {
		return
	}
	under := out.NRGBAAt(x, y)
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a)*(1-cover) + float64(b)*cover)) }
	if under.A == 0 {
		under = color.NRGBA{c.R, c.G, c.B, 0}
	}
	out.SetNRGBA(x, y, color.NRGBA{mix(under.R, c.R), mix(under.G, c.G), mix(under.B, c.B), mix(under.A, 255)})
}
