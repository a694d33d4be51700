package media

import (
	"context"
	"testing"
	"time"

	"parley/backend/media/i420"
)

const patience = 20 * time.Second

// A screen of a Wayland session comes through its portal and PipeWire: its pictures, a
// change of them, and another size. When the compositor ends, so does the share.
func TestScreenOfAWaylandSession(t *testing.T) {
	s := startSway(t)
	src, err := openAsked(context.Background(), screenRate)
	if err != nil {
		t.Fatal(err)
	}
	screen := src.(*screenSource)
	defer screen.close()
	if w, h := screen.size(); w != 640 || h != 480 || screen.name() != "screen" {
		t.Errorf("%q of %dx%d", screen.name(), w, h)
	}
	seen(t, screen.grabber, 640, 480, 0xff0000)
	s.tell("output", "HEADLESS-1", "bg", "#00ff80", "solid_color")
	seen(t, screen.grabber, 640, 480, 0x00ff80)
	s.tell("output", "HEADLESS-1", "mode", "--custom", "320x400")
	seen(t, screen.grabber, 320, 400, 0x00ff80)
}

// seen waits for a picture of one colour.
func seen(t *testing.T, g grabber, width, height int, colour uint32) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for {
		p, err := g.grab()
		if err != nil {
			t.Fatal(err)
		}
		corner, end := colourAt(p, 1, 1), colourAt(p, p.Width-1, p.Height-1)
		if p.Width == width && p.Height == height && corner == colour && end == colour {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%dx%d of %06x and %06x, not %dx%d of %06x", p.Width, p.Height, corner, end, width, height, colour)
		}
	}
}

func colourAt(p *i420.BGRA, x, y int) uint32 {
	at := p.Pix[4*(y*p.Width+x):]
	return uint32(at[2])<<16 | uint32(at[1])<<8 | uint32(at[0])
}
