package testcard

import "image"

// layout is the clock's places: d is a digit.
const layout = "dd:dd:dd.ddd"

// segments of a digit, as bits from a (top) clockwise to f, then g (middle).
var segments = [10]uint8{0x3f, 0x06, 0x5b, 0x4f, 0x66, 0x6d, 0x7d, 0x07, 0x7f, 0x6f}

// place of each segment in a digit of 5x10 units.
var place = [7]image.Rectangle{
	image.Rect(1, 0, 4, 1), image.Rect(4, 1, 5, 4), image.Rect(4, 6, 5, 9), image.Rect(1, 9, 4, 10),
	image.Rect(0, 6, 1, 9), image.Rect(0, 1, 1, 4), image.Rect(1, 4, 4, 6),
}

// drawClock draws text of the layout's form into r, unlit segments dimly.
func drawClock(img *image.YCbCr, r image.Rectangle, text string) {
	unit := r.Dy() / 10
	for i := range min(len(text), len(layout)) {
		at := r.Min.Add(image.Pt(i*6*unit, 0))
		put := func(s image.Rectangle, lit bool) {
			colour := dim
			if lit {
				colour = light
			}
			fill(img, image.Rectangle{s.Min.Mul(unit), s.Max.Mul(unit)}.Add(at), colour)
		}
		switch ch := text[i]; ch {
		case ':':
			put(image.Rect(2, 2, 3, 4), true)
			put(image.Rect(2, 6, 3, 8), true)
		case '.':
			put(image.Rect(2, 8, 3, 10), true)
		default:
			for s, p := range place {
				put(p, segments[(ch-'0')%10]&(1<<s) != 0)
			}
		}
	}
}
