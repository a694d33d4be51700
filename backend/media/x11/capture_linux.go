package x11

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/jezek/xgb/composite"
	"github.com/jezek/xgb/shm"
	"github.com/jezek/xgb/xfixes"
	"github.com/jezek/xgb/xproto"
	"golang.org/x/sys/unix"
)

// Picture is of 32 bits a pixel: blue, green, red and one of no meaning. It is
// good until the next one is taken.
type Picture struct {
	Pix           []byte
	Width, Height int // pixels
}

// Capture takes pictures of one screen or window. It is for one goroutine.
type Capture struct {
	*Display
	name    string
	screen  string        // of a screen, the output's name
	window  xproto.Window // of a window
	pixmap  xproto.Pixmap // what the window is drawn into; 0 before
	size    [2]int        // of it
	pointer bool          // its shape is known

	memory  []byte // shared with the server; nil where that cannot be
	segment shm.Seg
	last    Picture
}

// Capture begins to take pictures of a Thing, over a connection of its own. The
// error wraps ErrGone.
func (d *Display) Capture(id string) (*Capture, error) {
	things, err := d.List()
	if err != nil {
		return nil, err
	}
	for _, t := range things {
		if t.ID != id {
			continue
		}
		c := &Capture{Display: d, name: t.Name, pointer: d.hasPointer()}
		if !t.Window {
			c.screen = t.Name
			return c, nil
		}
		number, err := strconv.ParseUint(strings.TrimPrefix(id, windowID), 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%w: %q", ErrGone, id)
		}
		c.window = xproto.Window(number)
		// Drawn beside the screen, and copied there by the server as ever.
		if err := composite.RedirectWindowChecked(d.conn, c.window, composite.RedirectAutomatic).Check(); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrGone, err)
		}
		return c, nil
	}
	return nil, fmt.Errorf("%w: %q", ErrGone, id)
}

// Name is for the user.
func (c *Capture) Name() string { return c.name }

// Next takes a picture, with the pointer in it. Of a window that is minimised it
// is the last one. The error wraps ErrGone, or is of a connection that broke.
func (c *Capture) Next() (Picture, error) {
	if c.window != 0 {
		return c.nextOfWindow()
	}
	monitors, err := c.monitors()
	if err != nil {
		return Picture{}, err
	}
	for _, m := range monitors {
		if m.name == c.screen {
			return c.take(xproto.Drawable(c.root), m, m.x, m.y)
		}
	}
	return Picture{}, ErrGone
}

func (c *Capture) nextOfWindow() (Picture, error) {
	attributes, err := xproto.GetWindowAttributes(c.conn, c.window).Reply()
	if err != nil {
		return Picture{}, fmt.Errorf("%w: %w", ErrGone, err)
	}
	if attributes.MapState != xproto.MapStateViewable {
		c.forgetPixmap() // it gets another one when it is shown again
		if c.last.Pix == nil {
			return Picture{Pix: make([]byte, 4*minSide*minSide), Width: minSide, Height: minSide}, nil
		}
		return c.last, nil
	}
	at, err := xproto.GetGeometry(c.conn, xproto.Drawable(c.window)).Reply()
	if err != nil {
		return Picture{}, fmt.Errorf("%w: %w", ErrGone, err)
	}
	width, height := int(at.Width), int(at.Height)
	if size := [2]int{width, height}; c.pixmap == 0 || size != c.size {
		c.forgetPixmap()
		if c.pixmap, err = xproto.NewPixmapId(c.conn); err != nil {
			return Picture{}, fmt.Errorf("take a picture: %w", err)
		}
		if err := composite.NameWindowPixmapChecked(c.conn, c.window, c.pixmap).Check(); err != nil {
			c.pixmap = 0
			return Picture{}, fmt.Errorf("%w: %w", ErrGone, err)
		}
		c.size = size
	}
	x, y := 0, 0
	if p, err := xproto.TranslateCoordinates(c.conn, c.window, c.root, 0, 0).Reply(); err == nil {
		x, y = int(p.DstX), int(p.DstY)
	}
	border := int(at.BorderWidth)
	return c.take(xproto.Drawable(c.pixmap), area{x: border, y: border, width: width, height: height}, x, y)
}

func (c *Capture) forgetPixmap() {
	if c.pixmap != 0 {
		_ = xproto.FreePixmapChecked(c.conn, c.pixmap).Check()
		c.pixmap = 0
	}
}

// take copies an area of what is drawn, whose corner is at x, y on the root window.
func (c *Capture) take(from xproto.Drawable, a area, x, y int) (Picture, error) {
	const allPlanes = 1<<32 - 1
	p := Picture{Width: a.width, Height: a.height}
	size := 4 * a.width * a.height
	if c.share(size) {
		_, err := shm.GetImage(c.conn, from, int16(a.x), int16(a.y), uint16(a.width), uint16(a.height), allPlanes,
			xproto.ImageFormatZPixmap, c.segment, 0).Reply()
		if err != nil {
			return Picture{}, fmt.Errorf("take a picture: %w", err)
		}
		p.Pix = c.memory[:size]
	} else {
		reply, err := xproto.GetImage(c.conn, xproto.ImageFormatZPixmap, from, int16(a.x), int16(a.y), uint16(a.width), uint16(a.height), allPlanes).Reply()
		if err != nil {
			return Picture{}, fmt.Errorf("take a picture: %w", err)
		}
		if len(reply.Data) < size {
			return Picture{}, ErrDepth
		}
		p.Pix = reply.Data[:size]
	}
	if c.pointer {
		if shape, err := xfixes.GetCursorImage(c.conn).Reply(); err == nil {
			p.draw(shape, x, y)
		}
	}
	c.last = p
	return p, nil
}

// draw lays the pointer over the picture, whose corner is at x, y. Its colours
// are multiplied with their alpha already.
func (p Picture) draw(shape *xfixes.GetCursorImageReply, x, y int) {
	left, top := int(shape.X)-int(shape.Xhot)-x, int(shape.Y)-int(shape.Yhot)-y
	for i, v := range shape.CursorImage {
		if i >= int(shape.Width)*int(shape.Height) {
			return
		}
		px, py := left+i%int(shape.Width), top+i/int(shape.Width)
		if px < 0 || py < 0 || px >= p.Width || py >= p.Height {
			continue
		}
		under := p.Pix[4*(py*p.Width+px):][:3]
		rest := 255 - v>>24
		for channel := range under {
			under[channel] = uint8(min(255, v>>(8*channel)&0xff+uint32(under[channel])*rest/255))
		}
	}
}

// share has so many bytes of memory that the server draws into, if it can: one on
// another machine cannot.
func (c *Capture) share(size int) bool {
	if len(c.memory) >= size {
		return true
	}
	c.unshare()
	if shm.Init(c.conn) != nil {
		return false
	}
	id, err := unix.SysvShmGet(unix.IPC_PRIVATE, size, unix.IPC_CREAT|0o600)
	if err != nil {
		return false
	}
	// It goes away with the last of its users.
	defer func() { _, _ = unix.SysvShmCtl(id, unix.IPC_RMID, nil) }()
	memory, err := unix.SysvShmAttach(id, 0, 0)
	if err != nil {
		return false
	}
	segment, err := shm.NewSegId(c.conn)
	if err == nil {
		err = shm.AttachChecked(c.conn, segment, uint32(id), false).Check()
	}
	if err != nil {
		_ = unix.SysvShmDetach(memory)
		return false
	}
	c.memory, c.segment = memory, segment
	return true
}

func (c *Capture) unshare() {
	if c.memory == nil {
		return
	}
	_ = shm.DetachChecked(c.conn, c.segment).Check()
	c.last = Picture{} // it was in there
	_ = unix.SysvShmDetach(c.memory)
	c.memory = nil
}

// Close lets go of what the pictures were taken with. Nothing may be taken then.
func (c *Capture) Close() {
	c.forgetPixmap()
	if c.window != 0 {
		_ = composite.UnredirectWindowChecked(c.conn, c.window, composite.RedirectAutomatic).Check()
	}
	c.unshare()
	c.Display.Close()
}
