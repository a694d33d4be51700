package x11

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server starts an X server of its own and names it in the environment.
func server(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("Xvfb"); err != nil {
		t.Skip("Xvfb is not installed")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "640x480x24", "-nolisten", "tcp", "-noreset")
	cmd.ExtraFiles = []*os.File{w}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	_ = w.Close()
	display, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("start Xvfb: %v", err)
	}
	t.Setenv("DISPLAY", ":"+strings.TrimSpace(display))
}

// painter is another program, with windows of one colour.
type painter struct {
	t    *testing.T
	conn *xgb.Conn
}

func newPainter(t *testing.T) *painter {
	t.Helper()
	conn, err := xgb.NewConn()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return &painter{t, conn}
}

func (p *painter) window(title string, colour uint32, x, y int16, width, height uint16) xproto.Window {
	p.t.Helper()
	screen := xproto.Setup(p.conn).DefaultScreen(p.conn)
	w, err := xproto.NewWindowId(p.conn)
	if err != nil {
		p.t.Fatal(err)
	}
	p.check(xproto.CreateWindowChecked(p.conn, screen.RootDepth, w, screen.Root, x, y, width, height, 0,
		xproto.WindowClassInputOutput, screen.RootVisual, xproto.CwBackPixel, []uint32{colour}).Check())
	p.check(xproto.ChangePropertyChecked(p.conn, xproto.PropModeReplace, w, xproto.AtomWmName, xproto.AtomString, 8,
		uint32(len(title)), []byte(title)).Check())
	p.check(xproto.MapWindowChecked(p.conn, w).Check())
	return w
}

func (p *painter) check(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func open(t *testing.T) *Display {
	t.Helper()
	d, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// find is the ID of what has the name.
func find(t *testing.T, d *Display, name string) Thing {
	t.Helper()
	all, err := d.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, thing := range all {
		if thing.Name == name {
			return thing
		}
	}
	t.Fatalf("no %q among %+v", name, all)
	return Thing{}
}

func colourAt(p Picture, x, y int) uint32 {
	at := p.Pix[4*(y*p.Width+x):]
	return uint32(at[2])<<16 | uint32(at[1])<<8 | uint32(at[0])
}

func next(t *testing.T, c *Capture) Picture {
	t.Helper()
	p, err := c.Next()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestScreenShowsWhatIsOnIt(t *testing.T) {
	server(t)
	p := newPainter(t)
	p.window("red", 0xff0000, 100, 50, 200, 100)
	d := open(t)
	all, err := d.List()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || all[0].Window || all[0].Width != 640 || all[0].Height != 480 || !all[1].Window {
		t.Fatalf("listed %+v", all)
	}
	c, err := d.Capture(all[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 3 {
		shot := next(t, c)
		if shot.Width != 640 || shot.Height != 480 || colourAt(shot, 110, 60) != 0xff0000 || colourAt(shot, 110, 160) != 0 {
			t.Fatalf("%dx%d, %06x in the window, %06x below", shot.Width, shot.Height, colourAt(shot, 110, 60), colourAt(shot, 110, 160))
		}
	}
}

// A window is shown by itself: what lies over it is nobody's business. It may
// grow, be minimised and come back, and at last be closed.
func TestWindowIsShownByItself(t *testing.T) {
	server(t)
	p := newPainter(t)
	w := p.window("red", 0xff0000, 100, 50, 200, 100)
	d := open(t)
	thing := find(t, d, "red")
	if thing.Width != 200 || thing.Height != 100 {
		t.Errorf("%+v", thing)
	}
	c, err := d.Capture(thing.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p.window("blue", 0x0000ff, 0, 0, 640, 480) // over it
	red := func(width, height int) {
		t.Helper()
		shot := next(t, c)
		if shot.Width != width || shot.Height != height || colourAt(shot, 1, 1) != 0xff0000 || colourAt(shot, width-1, height-1) != 0xff0000 {
			t.Errorf("%dx%d, %06x", shot.Width, shot.Height, colourAt(shot, 1, 1))
		}
	}
	red(200, 100)
	p.check(xproto.ConfigureWindowChecked(p.conn, w, xproto.ConfigWindowWidth|xproto.ConfigWindowHeight, []uint32{300, 250}).Check())
	red(300, 250)
	p.check(xproto.UnmapWindowChecked(p.conn, w).Check())
	red(300, 250)
	p.check(xproto.MapWindowChecked(p.conn, w).Check())
	red(300, 250)
	p.check(xproto.DestroyWindowChecked(p.conn, w).Check())
	if _, err := c.Next(); !errors.Is(err, ErrGone) {
		t.Errorf("closed: %v", err)
	}
}

func TestWhatIsNotThere(t *testing.T) {
	server(t)
	p := newPainter(t)
	w := p.window("red", 0xff0000, 0, 0, 200, 100)
	d := open(t)
	defer d.Close()
	id := find(t, d, "red").ID
	p.check(xproto.DestroyWindowChecked(p.conn, w).Check())
	for _, id := range []string{id, "", "window:x", "window:4294967296", "screen:none", "screen:"} {
		if _, err := d.Capture(id); !errors.Is(err, ErrGone) {
			t.Errorf("%q: %v", id, err)
		}
	}
	t.Setenv("DISPLAY", ":9999")
	if _, err := Open(); !errors.Is(err, ErrNoDisplay) {
		t.Errorf("no server: %v", err)
	}
}

// The pointer is in the picture, where it points.
func TestPointerIsInThePicture(t *testing.T) {
	server(t)
	p := newPainter(t)
	w := p.window("red", 0xff0000, 0, 0, 640, 480)
	p.check(xproto.WarpPointerChecked(p.conn, 0, w, 0, 0, 0, 0, 300, 200).Check())
	d := open(t)
	c, err := d.Capture(find(t, d, "red").ID)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if !c.pointer {
		t.Skip("this X server has no XFixes, which tells of the pointer")
	}
	shot := next(t, c)
	other := 0
	for y := 180; y < 220; y++ {
		for x := 280; x < 320; x++ {
			if colourAt(shot, x, y) != 0xff0000 {
				other++
			}
		}
	}
	if other == 0 {
		t.Error("no pointer")
	}
}
