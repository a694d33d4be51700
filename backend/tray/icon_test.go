//go:build linux || windows

package tray

import (
	"image"
	"image/color"
	"testing"
)

func TestBadgesAreInTheirCornerAndDiffer(t *testing.T) {
	icon := image.NewNRGBA(image.Rect(0, 0, 48, 48))
	for i := range icon.Pix {
		icon.Pix[i] = 100
	}
	plain := icon.NRGBAAt(0, 0)
	seen := map[color.NRGBA]Badge{}
	for _, b := range []Badge{NoBadge, UnderWay, InCall, InCallMuted} {
		drawn := badged(icon, b)
		dot := drawn.NRGBAAt(36, 36)
		if other, ok := seen[dot]; ok {
			t.Errorf("%q looks like %q", b, other)
		}
		seen[dot] = b
		if (dot == plain) != (b == NoBadge) {
			t.Errorf("%q: the dot is %v", b, dot)
		}
		for _, at := range []image.Point{{0, 0}, {47, 0}, {0, 47}, {20, 20}} {
			if got := drawn.NRGBAAt(at.X, at.Y); got != plain {
				t.Errorf("%q paints over the icon at %v: %v", b, at, got)
			}
		}
	}
}
