package session

import (
	"image"
	"testing"
)

func TestSelfViewCoversItsPlaceWithNoMorePixelsThanItNeeds(t *testing.T) {
	for _, c := range []struct{ place, picture, want image.Point }{
		{image.Pt(200, 125), image.Pt(1280, 720), image.Pt(224, 126)},
		{image.Pt(104, 139), image.Pt(1280, 720), image.Pt(248, 140)},
		{image.Pt(320, 180), image.Pt(1280, 720), image.Pt(320, 180)},
		{image.Pt(1280, 800), image.Pt(1280, 720), image.Pt(640, 360)},
		{image.Pt(2400, 1350), image.Pt(1920, 1080), image.Pt(640, 360)}, // not more than the bridge takes
		{image.Pt(4000, 4000), image.Pt(640, 360), image.Pt(640, 360)},
		{image.Pt(300, 300), image.Pt(720, 1280), image.Pt(300, 534)},
		{image.Pt(1, 1), image.Pt(1280, 720), image.Pt(2, 2)},
		{image.Pt(0, 100), image.Pt(1280, 720), image.Point{}},
		{image.Point{}, image.Pt(1280, 720), image.Point{}},
		{image.Pt(100, 100), image.Point{}, image.Point{}},
	} {
		if got := covering(c.place, c.picture); got != c.want {
			t.Errorf("%v in %v is %v, want %v", c.picture, c.place, got, c.want)
		}
	}
}
