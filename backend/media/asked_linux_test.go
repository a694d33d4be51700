package media

import (
	"context"
	"errors"
	"fmt"
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
	shows(t, s, screen.grabber, 640, 480, 0xff0000)
	shows(t, s, screen.grabber, 640, 480, 0x00ff80)
	s.Tell("output", "HEADLESS-1", "mode", "--custom", "320x400")
	shows(t, s, screen.grabber, 320, 400, 0x0040ff)

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

// shows waits for a picture of one colour, which the screen is painted with. It is again
// each second: the picture that comes while PipeWire agrees on a size may be lost, and
// what does not change is not sent again.
func shows(t *testing.T, s *swaytest.Session, g grabber, width, height int, colour uint32) {
	t.Helper()
	var last string
	var painted time.Time
	s.Until("picture", func() bool {
		if time.Since(painted) > time.Second {
			painted = time.Now()
			s.Tell("output", "HEADLESS-1", "bg", fmt.Sprintf("#%06x", colour), "solid_color")
		}
		p, err := g.grab()
		if err != nil {
			t.Fatal(err)
		}
		corner, end := colourAt(p, 0, 0), colourAt(p, p.Width-1, p.Height-1)
		if now := fmt.Sprintf("%dx%d of %06x and %06x", p.Width, p.Height, corner, end); now != last {
			last = now
			t.Log("it shows", now)
		}
		return p.Width == width && p.Height == height && corner == colour && end == colour
	})
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
