package media

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

// fakeCamera is a camera in mediadevices' driver manager. It gives thirty
// pictures a second.
type fakeCamera struct {
	img       image.Image
	modes     []prop.Media
	openErr   error
	recordErr error

	hangOpen  chan struct{} // not nil: Open waits for it
	opening   chan struct{} // closed by Open, if not nil
	hangRead  chan struct{} // not nil: so does each Read, also after Close
	readErr   atomic.Pointer[error]
	broken    atomic.Int32 // so many pictures are first
	closes    atomic.Int32
	reading   atomic.Bool
	cut       atomic.Int32 // closes while it was read
	recording prop.Media
	mu        sync.Mutex
	gone      chan struct{}
}

func mode(w, h int, rate float32, f mdframe.Format) prop.Media {
	return prop.Media{Video: prop.Video{Width: w, Height: h, FrameRate: rate, FrameFormat: f}}
}

func (c *fakeCamera) Open() error {
	if c.opening != nil {
		close(c.opening)
		c.opening = nil
	}
	if c.hangOpen != nil {
		<-c.hangOpen
	}
	c.mu.Lock()
	c.gone = make(chan struct{})
	c.mu.Unlock()
	return c.openErr
}

func (c *fakeCamera) Close() error {
	c.closes.Add(1)
	if c.reading.Load() {
		c.cut.Add(1)
	}
	c.mu.Lock()
	close(c.gone)
	c.mu.Unlock()
	return nil
}

func (c *fakeCamera) Properties() []prop.Media {
	if c.modes == nil {
		return []prop.Media{mode(320, 180, 30, mdframe.FormatYUYV)}
	}
	return c.modes
}

func (c *fakeCamera) VideoRecord(p prop.Media) (mdvideo.Reader, error) {
	c.recording = p
	img := c.img
	if img == nil {
		img = image.NewYCbCr(image.Rect(0, 0, p.Width, p.Height), image.YCbCrSubsampleRatio422)
	}
	gone := c.gone
	tick := time.NewTicker(time.Second / 30)
	return mdvideo.ReaderFunc(func() (image.Image, func(), error) {
		c.reading.Store(true)
		defer c.reading.Store(false)
		if c.hangRead != nil {
			<-c.hangRead
		}
		select {
		case <-gone:
			tick.Stop()
			return nil, func() {}, io.EOF
		case <-tick.C:
		}
		if err := c.readErr.Load(); err != nil {
			return nil, nil, *err // without a release, as the MJPEG decoder does
		}
		if c.broken.Add(-1) >= 0 {
			return nil, nil, errors.New("invalid JPEG format")
		}
		return img, func() {}, nil
	}), c.recordErr
}

// plug registers a camera until the test ends.
func plug(t *testing.T, c *fakeCamera, info driver.Info) {
	t.Helper()
	info.DeviceType = driver.Camera
	if err := driver.GetManager().Register(c, info); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, d := range registered() {
			if d.Info().Label == info.Label {
				driver.GetManager().Delete(d.ID())
			}
		}
	})
}
