package media

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"testing"
	"time"

	"parley/backend/media/i420"
	"parley/backend/media/swaytest"
)

// A screen of a Wayland session comes through its portal and PipeWire: its pictures, a
// change of them, and another size. When the compositor ends, so does the share.
func TestScreenOfAWaylandSession(t *testing.T) {
	s := swaytest.Start(t, swaytest.Any)
	src, err := openAsked(context.Background(), screenRate)
	if err != nil {
		t.Fatal(err)
	}
	screen := src.(*screenSource)
	defer func() { _ = screen.close() }()
	if w, h := screen.size(); w != 640 || h != 480 {
		t.Errorf("it begins with %dx%d", w, h)
	}
	shows(t, s, screen.grabber, 640, 480, corners{0xff0000, 0xff0000, 0xff0000, 0xff0000})
	shows(t, s, screen.grabber, 640, 480, corners{0x00ff80, 0x00ff80, 0x00ff80, 0x00ff80})
	s.Tell("output", "HEADLESS-1", "mode", "--custom", "320x400")
	shows(t, s, screen.grabber, 320, 400, corners{0x0040ff, 0x0040ff, 0x0040ff, 0x0040ff})

	p, err := screen.grab()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := screen.grab(); err != nil || &again.Pix[0] != &p.Pix[0] {
		t.Errorf("nothing changed, and it is another picture (%v)", err)
	}
	s.End("sway")
	s.Until("end", func() bool {
		_, err = screen.grab()
		return err != nil
	})
	if !errors.Is(err, ErrScreenGone) {
		t.Errorf("it ended with %v", err)
	}
}

// shows waits for a picture whose corners have these colours, which the screen is painted
// with. It is again each second: the picture that comes while PipeWire agrees on a size may
// be lost, and what does not change is not sent again.
func shows(t *testing.T, s *swaytest.Session, g grabber, width, height int, colours corners) {
	t.Helper()
	want := fmt.Sprintf("%dx%d of %06x", width, height, colours)
	var last string
	var painted time.Time
	s.Until(want, func() bool {
		if time.Since(painted) > time.Second {
			painted = time.Now()
			s.Show(colours.picture(width, height))
		}
		p, err := g.grab()
		if err != nil {
			t.Fatal(err)
		}
		right, low := p.Width-1, p.Height-1
		now := fmt.Sprintf("%dx%d of %06x", p.Width, p.Height,
			corners{colourAt(p, 0, 0), colourAt(p, right, 0), colourAt(p, 0, low), colourAt(p, right, low)})
		if now != last {
			last = now
			t.Log("it shows", now)
		}
		return now == want
	})
}

// A screen that is turned, flipped or magnified is shown as its user sees it, with all
// of its pixels.
func TestTurnedScreenOfAWaylandSession(t *testing.T) {
	s := swaytest.StartUnserved(t, swaytest.Any) // as most desktops do it
	src, err := openAsked(context.Background(), screenRate)
	if err != nil {
		t.Fatal(err)
	}
	screen := src.(*screenSource)
	defer func() { _ = screen.close() }()
	for step, tt := range []struct {
		setting       []string
		width, height int
	}{
		{[]string{"transform", "normal"}, 640, 480}, {[]string{"transform", "90"}, 480, 640},
		{[]string{"transform", "180"}, 640, 480}, {[]string{"transform", "270"}, 480, 640},
		{[]string{"transform", "flipped"}, 640, 480}, {[]string{"transform", "flipped-90"}, 480, 640},
		{[]string{"transform", "flipped-180"}, 640, 480}, {[]string{"transform", "flipped-270"}, 480, 640},
		{[]string{"scale", "2"}, 480, 640}, {[]string{"transform", "normal"}, 640, 480},
	} {
		s.Tell(append([]string{"output", "HEADLESS-1"}, tt.setting...)...)
		fresh := uint32(8 * step) // not what was there before
		shows(t, s, screen.grabber, tt.width, tt.height, corners{0xff0000 + fresh, 0x00ff00 + fresh, 0x0000ff - fresh, 0xffff00 + fresh})
	}
}

// corners are a picture's colours: above from left to right, and below.
type corners [4]uint32

func (c corners) picture(width, height int) image.Image {
	picture := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		x, y := i%width, i/width
		at := c[2*x/width+2*y/height*2]
		picture.SetNRGBA(x, y, color.NRGBA{uint8(at >> 16), uint8(at >> 8), uint8(at), 255})
	}
	return picture
}

// One who closes the dialog is not told of an error.
func TestNothingIsChosen(t *testing.T) {
	swaytest.Start(t, swaytest.None)
	if _, err := Start(context.Background(), Options{Screen: Asked}); !errors.Is(err, ErrNotChosen) {
		t.Errorf("%v", err)
	}
}

func colourAt(p *i420.BGRA, x, y int) uint32 {
	at := p.Pix[4*(y*p.Width+x):]
	return uint32(at[2])<<16 | uint32(at[1])<<8 | uint32(at[0])
}
