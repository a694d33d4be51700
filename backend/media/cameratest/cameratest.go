// Package cameratest gives a test a camera: a driver like those of mediadevices.
package cameratest

import (
	"errors"
	"image"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/mediadevices/pkg/driver"
	mdframe "github.com/pion/mediadevices/pkg/frame"
	mdvideo "github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"
)

// Camera gives thirty pictures a second, unless its fields say otherwise.
type Camera struct {
	Image     image.Image // nil: grey
	Modes     []prop.Media
	OpenErr   error
	RecordErr error

	HangOpen chan struct{} // not nil: Open waits for it
	Opening  chan struct{} // closed by Open, if not nil
	HangRead chan struct{} // not nil: so does each read, also after Close
	ReadErr  atomic.Pointer[error]
	Broken   atomic.Int32 // so many pictures are first

	// What happened to it.
	Opens, Closes atomic.Int32
	Cut           atomic.Int32 // closes while it was read
	Recording     prop.Media

	reading atomic.Bool
	mu      sync.Mutex
	gone    chan struct{}
}

// Info is how the system shows a camera.
type Info = driver.Info

// Mode is one of a camera's.
func Mode(w, h int, rate float32, f mdframe.Format) prop.Media {
	return prop.Media{Video: prop.Video{Width: w, Height: h, FrameRate: rate, FrameFormat: f}}
}

// On tells whether its light is on.
func (c *Camera) On() bool { return c.Opens.Load() > c.Closes.Load() }

// Open is driver.Driver's.
func (c *Camera) Open() error {
	if c.Opening != nil {
		close(c.Opening)
		c.Opening = nil
	}
	if c.HangOpen != nil {
		<-c.HangOpen
	}
	if c.OpenErr != nil {
		return c.OpenErr
	}
	c.mu.Lock()
	c.gone = make(chan struct{})
	c.mu.Unlock()
	c.Opens.Add(1)
	return nil
}

// Close is driver.Driver's.
func (c *Camera) Close() error {
	c.Closes.Add(1)
	if c.reading.Load() {
		c.Cut.Add(1)
	}
	c.mu.Lock()
	close(c.gone)
	c.mu.Unlock()
	return nil
}

// Properties is driver.Driver's.
func (c *Camera) Properties() []prop.Media {
	if c.Modes == nil {
		return []prop.Media{Mode(320, 180, 30, mdframe.FormatYUYV)}
	}
	return c.Modes
}

// VideoRecord is driver.VideoRecorder's.
func (c *Camera) VideoRecord(p prop.Media) (mdvideo.Reader, error) {
	c.Recording = p
	img := c.Image
	if img == nil {
		img = image.NewYCbCr(image.Rect(0, 0, p.Width, p.Height), image.YCbCrSubsampleRatio422)
	}
	gone := c.gone
	tick := time.NewTicker(time.Second / 30)
	return mdvideo.ReaderFunc(func() (image.Image, func(), error) {
		c.reading.Store(true)
		defer c.reading.Store(false)
		if c.HangRead != nil {
			<-c.HangRead
		}
		select {
		case <-gone:
			tick.Stop()
			return nil, func() {}, io.EOF
		case <-tick.C:
		}
		if err := c.ReadErr.Load(); err != nil {
			return nil, nil, *err // without a release, as the MJPEG decoder does
		}
		if c.Broken.Add(-1) >= 0 {
			return nil, nil, errors.New("invalid JPEG format")
		}
		return img, func() {}, nil
	}), c.RecordErr
}

// Plug has the system know the camera until it is unplugged, or the test ends.
func Plug(t *testing.T, c *Camera, info Info) (unplug func()) {
	t.Helper()
	info.DeviceType = driver.Camera
	manager := driver.GetManager()
	if err := manager.Register(c, info); err != nil {
		t.Fatal(err)
	}
	c.ReadErr.Store(nil)
	forget := func() {
		for _, d := range manager.Query(driver.FilterVideoRecorder()) {
			if d.Info().Label == info.Label {
				manager.Delete(d.ID())
			}
		}
	}
	t.Cleanup(forget)
	return func() {
		forget()
		gone := io.ErrUnexpectedEOF
		c.ReadErr.Store(&gone)
	}
}
