package media

import (
	"errors"
	"fmt"
	"image"
	"io"
	"sync"
	"time"

	"parley/backend/media/i420"
)

// Why a screen cannot be shown, in words for the user.
var (
	// ErrNoScreens: pictures of screens cannot be taken on this system.
	ErrNoScreens = errors.New("screens cannot be shared on this computer")
	// ErrNoPortal: a Wayland session without a portal that hands out screens.
	ErrNoPortal = errors.New("this desktop has no portal to share screens with")
	// ErrNoPipeWire: the portal's pictures cannot be had without it.
	ErrNoPipeWire = errors.New("PipeWire, which brings the pictures of the screen, does not work")
	// ErrScreenRefused: the desktop did not allow it.
	ErrScreenRefused = errors.New("the desktop refused to share a screen")
	// ErrNotChosen: asked by the desktop what to share, the user chose nothing.
	ErrNotChosen = errors.New("no screen was chosen")
	// ErrScreenGone: the window was closed, or the screen unplugged.
	ErrScreenGone = errors.New("what was shared is gone")
)

// Asked is the Options.Screen that the user chooses in the desktop's own dialog. It is
// there where ScreensAsked says so; Start then returns once the user has chosen.
const Asked = "asked"

// ScreensAsked tells that screens are not listed here: the desktop itself asks its user
// what to share, as Wayland's do.
func ScreensAsked() bool { return asks() }

// Screen is a screen, or a window, that can be shown to the other side.
type Screen struct {
	// ID names it for Options.Screen, as long as it is there.
	ID string
	// Name is a window's title, or what the system calls a screen's output.
	Name          string
	Window        bool
	Width, Height int // pixels
}

// Screens lists the screens, and then the windows that are not this program's.
// The error wraps ErrNoScreens.
func Screens() ([]Screen, error) {
	var all []Screen
	listed := make(chan []Screen, 1)
	err := bounded(claimLimit, func() error {
		found, err := screens()
		listed <- found
		return err
	})
	if errors.Is(err, ErrCameraBroken) { // nobody answered in time
		err = ErrNoScreens
	}
	if err != nil {
		return nil, fmt.Errorf("list screens: %w", err)
	}
	return append(all, <-listed...), nil
}

// screenRate is what of a screen is taken a second at most: text that scrolls can be
// followed, and each picture has enough bits to be sharp.
const screenRate = 15

// grabber takes pictures of a screen or window.
type grabber interface {
	name() string
	// grab's picture is good until the next one.
	grab() (*i420.BGRA, error)
	close()
}

// screenSource takes pictures at its pace. They keep the size of the first one: a
// window that gets another is drawn into that, in its own shape.
type screenSource struct {
	grabber
	width, height int
	pace          *pacer
	conv          i420.Converter
	grabbing      sync.Mutex
	closed        bool // under grabbing
}

func newScreenSource(g grabber, rate int) (*screenSource, error) {
	first, err := g.grab()
	if err != nil {
		g.close()
		return nil, fmt.Errorf("share %s: %w", g.name(), err)
	}
	return &screenSource{grabber: g, width: first.Width, height: first.Height, pace: newPacer(float64(rate))}, nil
}

func (s *screenSource) size() (int, int) { return s.width, s.height }
func (s *screenSource) rate() float64    { return float64(time.Second) / float64(s.pace.interval) }
func (s *screenSource) live() bool       { return true }

func (s *screenSource) next(dst *image.YCbCr) (time.Time, error) {
	if _, ok := s.pace.wait(); !ok {
		return time.Time{}, io.EOF
	}
	s.grabbing.Lock()
	defer s.grabbing.Unlock()
	if s.closed {
		return time.Time{}, io.EOF
	}
	taken := time.Now()
	p, err := s.grab()
	if err != nil {
		return taken, err
	}
	return taken, s.conv.Convert(placeFor(dst, p.Width, p.Height), p)
}

// placeFor is the middle of dst in the shape of w x h; what is left over is black.
func placeFor(dst *image.YCbCr, w, h int) *image.YCbCr {
	all := dst.Rect
	inW, inH := all.Dx(), all.Dy()
	if w*inH > h*inW {
		inH = max(inW*h/w&^1, 2)
	} else {
		inW = max(inH*w/h&^1, 2)
	}
	if all.Dx()-inW < 4 && all.Dy()-inH < 4 {
		return dst // it is the same shape but for rounding
	}
	fill(dst.Y, 16)
	fill(dst.Cb, 128)
	fill(dst.Cr, 128)
	corner := image.Pt((all.Dx()-inW)/2&^1, (all.Dy()-inH)/2&^1).Add(all.Min)
	return dst.SubImage(image.Rectangle{corner, corner.Add(image.Pt(inW, inH))}).(*image.YCbCr)
}

func fill(pix []byte, v byte) {
	for i := range pix {
		pix[i] = v
	}
}

func (s *screenSource) close() error {
	s.pace.stop()
	s.grabbing.Lock()
	defer s.grabbing.Unlock()
	s.closed = true
	s.grabber.close()
	return nil
}
