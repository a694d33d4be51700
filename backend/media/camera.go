package media

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/pion/mediadevices/pkg/driver"
	mdvideo "github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"

	"parley/backend/media/i420"
)

func init() {
	// mediadevices' Linux driver closes only between two pictures: with its
	// default of 5 s a camera that stalls could not be released in time.
	const readTimeout = "PION_MEDIADEVICES_CAMERA_READ_TIMEOUT" // seconds
	if os.Getenv(readTimeout) == "" {
		_ = os.Setenv(readTimeout, "1")
	}
}

// maxBadPictures is how many pictures in a row may be unreadable: the first
// JPEGs of many cameras are broken.
const maxBadPictures = 30

// pictureLimit is longer than a camera takes for a picture in the dark, and
// well below closeLimit.
const pictureLimit = 400 * time.Millisecond

// cameraSource reads a camera through mediadevices' driver.
type cameraSource struct {
	device Device
	driver driver.Driver
	reader mdvideo.Reader
	mode   prop.Media
	conv   i420.Converter
	turn   chan struct{} // holds a value while the driver is read or closed
	letGo  func()
}

// openCamera opens a camera and starts it, in the context's time. Drivers do
// not know contexts: one that hangs is left behind, and closed when it wakes.
func openCamera(ctx context.Context, o Options) (source, error) {
	type result struct {
		src *cameraSource
		err error
	}
	results := make(chan result)
	go func() {
		s, err := startCamera(ctx, o)
		select {
		case results <- result{s, err}:
		case <-ctx.Done():
			if err == nil {
				s.discard()
			}
		}
	}()
	select {
	case r := <-results:
		if r.err != nil {
			return nil, r.err
		}
		return r.src, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func startCamera(ctx context.Context, o Options) (*cameraSource, error) {
	d, err := findCamera(o.Camera)
	if err != nil {
		return nil, err
	}
	letGo, err := claim(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		letGo()
		return nil, err
	}
	s := &cameraSource{device: d.Device, driver: d.driver, turn: make(chan struct{}, 1), letGo: letGo}
	if err := s.open(o); err != nil {
		letGo()
		return nil, fmt.Errorf("open %s: %w", d.Name, classify(err))
	}
	return s, nil
}

func (s *cameraSource) open(o Options) error {
	if err := s.driver.Open(); err != nil {
		return err
	}
	mode, err := chooseMode(s.driver.Properties(), o.Width, o.Height, o.FrameRate)
	if err != nil {
		_ = s.driver.Close()
		return err
	}
	s.mode = mode
	// After an error here the driver has closed itself; a second Close would
	// close a file descriptor that may be another's by now.
	s.reader, err = s.driver.(driver.VideoRecorder).VideoRecord(mode)
	return err
}

func (s *cameraSource) name() string     { return s.device.Name }
func (s *cameraSource) size() (int, int) { return s.mode.Width, s.mode.Height }
func (s *cameraSource) live() bool       { return true }

func (s *cameraSource) rate() float64 {
	if s.mode.FrameRate > 0 {
		return float64(s.mode.FrameRate)
	}
	return 30
}

func (s *cameraSource) next(dst *image.YCbCr) (time.Time, error) {
	begin := time.Now()
	for bad := 0; ; bad++ {
		img, release, err := s.read()
		captured := time.Now()
		if err == nil {
			err = s.conv.Convert(dst, img)
			release()
			if err == nil {
				return captured, nil
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return captured, ErrCameraLost
		case bad >= maxBadPictures || captured.Sub(begin) > stallLimit:
			return captured, s.ended(err)
		}
	}
}

// ended tells a camera that was unplugged from one that gives rubbish.
func (s *cameraSource) ended(err error) error {
	if err = classify(err); errors.Is(err, ErrNoCamera) {
		return fmt.Errorf("%w: %w", ErrCameraLost, err)
	}
	return err
}

func (s *cameraSource) read() (image.Image, func(), error) {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	return s.reader.Read()
}

// close comes right after a picture: mediadevices' Windows driver panics when
// one is on its way (a send on a closed channel). A camera that stalls has
// none.
func (s *cameraSource) close() error {
	defer s.letGo()
	stalled := time.NewTimer(pictureLimit)
	defer stalled.Stop()
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-stalled.C:
	}
	return s.driver.Close()
}

// discard closes a camera that nobody reads. mediadevices' Windows driver must
// be read until it is closed: it panics otherwise.
func (s *cameraSource) discard() {
	go func() { _ = s.close() }()
	for err := error(nil); err == nil; {
		_, _, err = s.read()
	}
}

// classify names the reason of a driver's error.
func classify(err error) error {
	if errors.Is(err, ErrCameraBroken) {
		return err
	}
	is := func(codes ...syscall.Errno) bool {
		for _, c := range codes {
			// The V4L2 module turns some codes into text.
			if errors.Is(err, c) || strings.HasSuffix(err.Error(), c.Error()) {
				return true
			}
		}
		return false
	}
	why := ErrCameraBroken
	switch {
	case is(syscall.EBUSY):
		why = ErrCameraBusy
	case is(syscall.EACCES, syscall.EPERM):
		why = ErrCameraRefused
	case is(syscall.ENODEV, syscall.ENOENT, syscall.ENXIO):
		why = ErrNoCamera
	case strings.HasPrefix(err.Error(), "failed to open device"):
		// DirectShow's codes do not come through; of all reasons not to open,
		// this is the most frequent by far.
		why = ErrCameraBusy
	}
	return fmt.Errorf("%w: %w", why, err)
}

// claimLimit is less than startLimit, so that the camera is busy, not broken.
const claimLimit = 3 * time.Second

var (
	claimsMu sync.Mutex
	claims   = map[string]chan struct{}{}
)

// claim waits until nothing in this program uses the camera any more, also a
// driver that was left behind. mediadevices' drivers do not lock their state.
func claim(ctx context.Context, id string) (letGo func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, claimLimit)
	defer cancel()
	for {
		claimsMu.Lock()
		used := claims[id]
		if used == nil {
			mine := make(chan struct{})
			claims[id] = mine
			claimsMu.Unlock()
			return sync.OnceFunc(func() {
				claimsMu.Lock()
				delete(claims, id)
				claimsMu.Unlock()
				close(mine)
			}), nil
		}
		claimsMu.Unlock()
		select {
		case <-used:
		case <-ctx.Done():
			return nil, ErrCameraBusy
		}
	}
}
