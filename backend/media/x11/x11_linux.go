// Package x11 lists the screens and windows of an X server and takes pictures of
// them. It speaks the protocol itself (xgb) and not through Xlib, which ends the
// program when a window goes away between two of its requests.
//
//	Open ▶ List ▶ Capture ──▶ Next, Next, … ──▶ Close
//	                 │          ├ screen: what stands in its place of the root window
//	                 │          └ window: its own pixels, also under others (Composite)
//	                 └ memory that the server draws into (MIT-SHM); without, over the socket
package x11

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/composite"
	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/xfixes"
	"github.com/jezek/xgb/xproto"
)

func init() { xgb.Logger = log.New(io.Discard, "", 0) } // it tells of each connection's end

var (
	// ErrNoDisplay: there is no X server, or it does not let us in.
	ErrNoDisplay = errors.New("no X display")
	// ErrGone: the screen or window is not there, or not any more.
	ErrGone = errors.New("the screen or window is gone")
	// ErrDepth: the display does not have 32 bits a pixel, the lowest first.
	ErrDepth = errors.New("the display's pixels are in no format that can be read")
)

// Thing is a screen or a window.
type Thing struct {
	// ID is good for Capture as long as the thing is there.
	ID string
	// Name is a window's title, or what the system calls a screen's output.
	Name          string
	Window        bool
	Width, Height int // pixels
}

const (
	screenID = "screen:" // and the output's name
	windowID = "window:" // and its number

	maxWindows = 100
	maxTitle   = 200 // bytes
)

// Display is a connection to an X server. It is for one goroutine, but for Close.
type Display struct {
	conn *xgb.Conn
	root xproto.Window
}

// Open connects to the X server that DISPLAY names.
func Open() (*Display, error) {
	conn, err := xgb.NewConn()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoDisplay, err)
	}
	d := &Display{conn: conn, root: xproto.Setup(conn).DefaultScreen(conn).Root}
	if err := d.begin(); err != nil {
		conn.Close()
		return nil, err
	}
	return d, nil
}

// begin tells the server what of its extensions is spoken here.
func (d *Display) begin() error {
	setup := xproto.Setup(d.conn)
	i := slices.IndexFunc(setup.PixmapFormats, func(f xproto.Format) bool {
		return f.Depth == setup.DefaultScreen(d.conn).RootDepth
	})
	if setup.ImageByteOrder != xproto.ImageOrderLSBFirst || i < 0 || setup.PixmapFormats[i].BitsPerPixel != 32 {
		return ErrDepth
	}
	if err := randr.Init(d.conn); err != nil {
		return fmt.Errorf("%w: %w", ErrNoDisplay, err)
	}
	if _, err := randr.QueryVersion(d.conn, 1, 5).Reply(); err != nil {
		return fmt.Errorf("%w: %w", ErrNoDisplay, err)
	}
	return nil
}

// Close ends the connection; what waits for an answer gets an error.
func (d *Display) Close() { d.conn.Close() }

// List is what there is to take pictures of: the screens, then the windows that
// are shown, but for those of this program.
func (d *Display) List() ([]Thing, error) {
	monitors, err := d.monitors()
	if err != nil {
		return nil, err
	}
	var all []Thing
	for _, m := range monitors {
		all = append(all, Thing{ID: screenID + m.name, Name: m.name, Width: m.width, Height: m.height})
	}
	if composite.Init(d.conn) != nil {
		return all, nil //nolint:nilerr // a window's own pixels cannot be had
	}
	for _, w := range d.windows() {
		if t, ok := d.window(w); ok && len(all) < maxWindows {
			all = append(all, t)
		}
	}
	return all, nil
}

// area is a screen's place in the root window.
type area struct {
	name                string
	x, y, width, height int
}

func (d *Display) monitors() ([]area, error) {
	reply, err := randr.GetMonitors(d.conn, d.root, true).Reply()
	if err != nil {
		return nil, fmt.Errorf("list monitors: %w", err)
	}
	var all []area
	for _, m := range reply.Monitors {
		name := ""
		if n, err := xproto.GetAtomName(d.conn, m.Name).Reply(); err == nil {
			name = n.Name
		}
		all = append(all, area{name, int(m.X), int(m.Y), int(m.Width), int(m.Height)})
	}
	return all, nil
}

// windows are those that the window manager lists; without one, all of the top.
func (d *Display) windows() []xproto.Window {
	if data := d.property(d.root, "_NET_CLIENT_LIST", maxWindows*4); len(data) > 0 {
		var all []xproto.Window
		for ; len(data) >= 4; data = data[4:] {
			all = append(all, xproto.Window(xgb.Get32(data)))
		}
		return all
	}
	tree, err := xproto.QueryTree(d.conn, d.root).Reply()
	if err != nil {
		return nil
	}
	return tree.Children[max(0, len(tree.Children)-maxWindows):]
}

// window tells of a window, if it is one to be shown to others.
func (d *Display) window(w xproto.Window) (Thing, bool) {
	attributes, err := xproto.GetWindowAttributes(d.conn, w).Reply()
	if err != nil || attributes.MapState != xproto.MapStateViewable || attributes.Class != xproto.WindowClassInputOutput {
		return Thing{}, false
	}
	if pid := d.property(w, "_NET_WM_PID", 4); len(pid) == 4 && int(xgb.Get32(pid)) == os.Getpid() {
		return Thing{}, false
	}
	name := strings.ToValidUTF8(cmp.Or(string(d.property(w, "_NET_WM_NAME", maxTitle)), string(d.property(w, "WM_NAME", maxTitle))), "")
	at, err := xproto.GetGeometry(d.conn, xproto.Drawable(w)).Reply()
	if err != nil || name == "" || at.Width < minSide || at.Height < minSide {
		return Thing{}, false
	}
	return Thing{ID: windowID + strconv.FormatUint(uint64(w), 10), Name: name, Window: true, Width: int(at.Width), Height: int(at.Height)}, true
}

const minSide = 16 // pixels: what is smaller is no window to look at

// property is a window's, of any type, cut off at so many bytes; empty without.
func (d *Display) property(w xproto.Window, name string, most uint32) []byte {
	atom, err := xproto.InternAtom(d.conn, true, uint16(len(name)), name).Reply()
	if err != nil || atom.Atom == xproto.AtomNone {
		return nil
	}
	p, err := xproto.GetProperty(d.conn, false, w, atom.Atom, xproto.GetPropertyTypeAny, 0, most/4).Reply()
	if err != nil {
		return nil
	}
	return p.Value
}

// hasPointer begins what tells of the pointer's shape.
func (d *Display) hasPointer() bool {
	if xfixes.Init(d.conn) != nil {
		return false
	}
	_, err := xfixes.QueryVersion(d.conn, 4, 0).Reply()
	return err == nil
}
