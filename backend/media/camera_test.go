package media

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/mediadevices/pkg/driver"
	mdframe "github.com/pion/mediadevices/pkg/frame"
	"github.com/pion/mediadevices/pkg/prop"

	"parley/backend/frame"
	"parley/backend/media/cameratest"
)

// start starts a video whose frames and failure can be waited for.
func start(t *testing.T, o Options) (*Video, chan frame.Video, chan error) {
	t.Helper()
	frames, failed := make(chan frame.Video, 1000), make(chan error, 1)
	o.Out = func(f frame.Video) { frames <- f }
	o.Failed = func(err error) { failed <- err }
	v, err := Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	return v, frames, failed
}

func wait[T any](t *testing.T, from <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(time.Minute):
		t.Fatalf("no %s", what)
		panic("unreachable")
	}
}

func TestCamerasAreListedAndFound(t *testing.T) {
	cameratest.Plug(t, &cameratest.Camera{}, driver.Info{Label: "usb-b", Name: "Second;bus"})
	cameratest.Plug(t, &cameratest.Camera{}, driver.Info{Label: "usb-a", Name: "First;bus", Priority: driver.PriorityHigh})
	cameratest.Plug(t, &cameratest.Camera{}, driver.Info{Label: "usb-c"})
	all, err := Cameras()
	if err != nil {
		t.Fatal(err)
	}
	want := []Device{{"usb-a", "First", true}, {"usb-b", "Second", false}, {"usb-c", "usb-c", false}}
	if fmt.Sprint(all) != fmt.Sprint(want) {
		t.Fatalf("got %v, want %v", all, want)
	}
	for wanted, name := range map[string]string{"": "First", "usb-b": "Second", "second": "Second", "usb-c": "usb-c"} {
		if d, err := findCamera(wanted); err != nil || d.Name != name {
			t.Errorf("find %q: %v, %v", wanted, d.Name, err)
		}
	}
}

func TestStartTellsWhyThereIsNoCamera(t *testing.T) {
	// As the V4L2 module says it: an error number, or one turned into text.
	asText := func(e syscall.Errno) error { return errors.New("Failed to start streaming: " + e.Error()) }
	for _, tc := range []struct {
		name   string
		camera *cameratest.Camera
		wanted string
		err    error
		closes int32
	}{
		{"none there", nil, "", ErrNoCamera, 0},
		{"another name", &cameratest.Camera{}, "nobody", ErrBadDevice, 0},
		{"not wanted", &cameratest.Camera{}, None, ErrCameraOff, 0},
		{"busy on open", &cameratest.Camera{OpenErr: syscall.EBUSY}, "", ErrCameraBusy, 0},
		{"busy on streaming", &cameratest.Camera{RecordErr: asText(syscall.EBUSY)}, "", ErrCameraBusy, 1},
		{"busy on Windows", &cameratest.Camera{OpenErr: errors.New("failed to open device: failed to get config")}, "", ErrCameraBusy, 0},
		{"unknown", &cameratest.Camera{RecordErr: errors.New("invalid state")}, "", ErrCameraBroken, 1},
		{"refused", &cameratest.Camera{OpenErr: fmt.Errorf("open: %w", syscall.EACCES)}, "", ErrCameraRefused, 0},
		{"just unplugged", &cameratest.Camera{OpenErr: syscall.ENODEV}, "", ErrNoCamera, 0},
		{"no readable mode", &cameratest.Camera{Modes: []prop.Media{cameratest.Mode(640, 480, 30, mdframe.FormatZ16)}}, "", ErrCameraBroken, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.camera != nil {
				cameratest.Plug(t, tc.camera, driver.Info{Label: "usb"})
			}
			for range 2 { // the first time must leave nothing claimed
				if _, err := Start(context.Background(), Options{Camera: tc.wanted}); !errors.Is(err, tc.err) {
					t.Fatalf("got %v, want %v", err, tc.err)
				}
			}
			if tc.camera != nil && tc.camera.Closes.Load() != 2*tc.closes {
				t.Errorf("closed %d times, want %d", tc.camera.Closes.Load(), 2*tc.closes)
			}
		})
	}
}

func TestCameraIsUsedAndReleased(t *testing.T) {
	c := &cameratest.Camera{Modes: []prop.Media{
		cameratest.Mode(32, 24, 30, mdframe.FormatYUYV),
		cameratest.Mode(96, 54, 30, mdframe.FormatMJPEG),
		cameratest.Mode(96, 54, 5, mdframe.FormatYUYV),
	}}
	cameratest.Plug(t, c, driver.Info{Label: "usb", Name: "Cam"})
	for round := range int32(2) {
		v, frames, _ := start(t, Options{Camera: "Cam", Width: 64, Height: 36})
		f := wait(t, frames, "frame")
		if !f.Key || f.Width != 64 || f.Height != 36 || v.Name() != "Cam" {
			t.Errorf("first frame %dx%d key %v of %q", f.Width, f.Height, f.Key, v.Name())
		}
		wait(t, frames, "second frame")
		if err := errors.Join(v.Close(), v.Close()); err != nil {
			t.Error(err)
		}
		if c.Closes.Load() != round+1 {
			t.Errorf("driver closed %d times in %d rounds", c.Closes.Load(), round+1)
		}
		for len(frames) > 0 {
			<-frames
		}
	}
	if c.Recording.FrameFormat != mdframe.FormatMJPEG {
		t.Errorf("recorded %v", c.Recording.FrameFormat)
	}
}

// A light that stays on after a call is taken for somebody watching.
func TestCameraIsReleasedWithinASecond(t *testing.T) {
	within := func(t *testing.T, c *cameratest.Camera, letGo func()) {
		t.Helper()
		if !c.On() {
			t.Fatal("it was never on")
		}
		begun := time.Now()
		letGo()
		if took := time.Since(begun); took > time.Second || c.On() {
			t.Errorf("after %v, on: %v", took, c.On())
		}
	}
	for name, stalls := range map[string]bool{"running": false, "stalled": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &cameratest.Camera{}
				if stalls {
					c.HangRead = make(chan struct{})
				}
				cameratest.Plug(t, c, driver.Info{Label: "usb"})
				v, _, _ := start(t, Options{})
				time.Sleep(time.Second + 10*time.Millisecond) // between two pictures
				within(t, c, func() { _ = v.Close() })
				if stalls {
					close(c.HangRead)
				}
				<-v.gone
			})
		})
	}
	t.Run("nobody waits for it any more", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := &cameratest.Camera{HangOpen: make(chan struct{})}
			cameratest.Plug(t, c, driver.Info{Label: "usb"})
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			begun := time.Now()
			if _, err := Start(ctx, Options{}); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != 2*time.Second {
				t.Fatalf("%v after %v", err, time.Since(begun))
			}
			close(c.HangOpen)
			time.Sleep(time.Second)
			if c.On() || c.Opens.Load() != 1 {
				t.Errorf("opened %d times, on: %v", c.Opens.Load(), c.On())
			}
		})
	})
}

// mediadevices' Windows driver panics when a picture is on its way.
func TestCameraIsClosedBetweenPictures(t *testing.T) {
	c := &cameratest.Camera{}
	cameratest.Plug(t, c, driver.Info{Label: "usb"})
	for range 5 {
		v, frames, _ := start(t, Options{})
		wait(t, frames, "frame")
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	}
	if n := c.Cut.Load(); n > 0 {
		t.Errorf("%d of 5 times closed while it was read", n)
	}
}

func TestUnpluggedCameraIsToldAndReleased(t *testing.T) {
	for name, tc := range map[string]struct{ read, want error }{
		"unplugged": {syscall.ENODEV, ErrCameraLost},
		"rubbish":   {errors.New("invalid JPEG format"), ErrCameraBroken},
	} {
		t.Run(name, func(t *testing.T) {
			c := &cameratest.Camera{}
			cameratest.Plug(t, c, driver.Info{Label: "usb"})
			v, frames, failed := start(t, Options{})
			wait(t, frames, "frame")
			c.ReadErr.Store(&tc.read)
			if err := wait(t, failed, "failure"); !errors.Is(err, tc.want) {
				t.Errorf("got %v", err)
			}
			if c.Closes.Load() != 1 {
				t.Error("not released before it was told")
			}
			if err := v.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestBrokenPicturesArePassedOver(t *testing.T) {
	c := &cameratest.Camera{}
	c.Broken.Store(10)
	cameratest.Plug(t, c, driver.Info{Label: "usb"})
	_, frames, failed := start(t, Options{})
	wait(t, frames, "frame after broken ones")
	if len(failed) > 0 {
		t.Error(<-failed)
	}
}

func TestHangingOpenEndsWithTheContext(t *testing.T) {
	t.Parallel() // the second start takes claimLimit
	c := &cameratest.Camera{HangOpen: make(chan struct{}), Opening: make(chan struct{})}
	opening := c.Opening
	cameratest.Plug(t, c, driver.Info{Label: "hanging"})
	ctx, cancel := context.WithCancelCause(context.Background())
	went := errors.New("went away")
	go func() {
		<-opening
		cancel(went)
	}()
	if _, err := Start(ctx, Options{Camera: "hanging"}); !errors.Is(err, went) {
		t.Fatalf("got %v", err)
	}
	// The driver that was left behind still has the camera, then lets go.
	if _, err := Start(context.Background(), Options{Camera: "hanging"}); !errors.Is(err, ErrCameraBusy) {
		t.Fatalf("second start: %v", err)
	}
	close(c.HangOpen)
	_, frames, _ := start(t, Options{Camera: "hanging"})
	wait(t, frames, "frame")
	if c.Closes.Load() != 1 {
		t.Error("the camera that opened too late was not closed")
	}
}

// Its light would flash after a hang-up.
func TestCameraIsNotOpenedForNobody(t *testing.T) {
	c := &cameratest.Camera{}
	cameratest.Plug(t, c, driver.Info{Label: "usb"})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := startCamera(ctx, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if c.Opens.Load() > 0 {
		t.Error("opened")
	}
	_, frames, _ := start(t, Options{}) // it is not claimed either
	wait(t, frames, "frame")
}

func TestHangingOpenIsBounded(t *testing.T) {
	t.Parallel() // takes startLimit
	c := &cameratest.Camera{HangOpen: make(chan struct{})}
	cameratest.Plug(t, c, driver.Info{Label: "stuck"})
	if _, err := Start(context.Background(), Options{Camera: "stuck"}); !errors.Is(err, ErrCameraBroken) {
		t.Errorf("got %v", err)
	}
	close(c.HangOpen)
}

func TestSilentCameraIsBroken(t *testing.T) {
	t.Parallel() // takes stallLimit
	c := &cameratest.Camera{HangRead: make(chan struct{})}
	cameratest.Plug(t, c, driver.Info{Label: "silent"})
	v, _, failed := start(t, Options{Camera: "silent"})
	if err := wait(t, failed, "failure"); !errors.Is(err, ErrCameraBroken) {
		t.Errorf("got %v", err)
	}
	if err := v.Close(); !errors.Is(err, ErrCameraBroken) {
		t.Errorf("close: %v", err)
	}
	close(c.HangRead)
	<-v.gone
}

func TestCloseDoesNotWaitForAHangingDriver(t *testing.T) {
	c := &cameratest.Camera{HangRead: make(chan struct{})}
	cameratest.Plug(t, c, driver.Info{Label: "usb"})
	v, _, _ := start(t, Options{})
	if err := v.Close(); !errors.Is(err, ErrCameraBroken) {
		t.Errorf("got %v", err)
	}
	close(c.HangRead)
	<-v.gone
}

func TestFailedMayClose(t *testing.T) {
	c := &cameratest.Camera{}
	cameratest.Plug(t, c, driver.Info{Label: "usb"})
	var gone error = syscall.ENODEV
	c.ReadErr.Store(&gone)
	started, closed := make(chan *Video, 1), make(chan error)
	v, err := Start(context.Background(), Options{Failed: func(error) { closed <- (<-started).Close() }})
	if err != nil {
		t.Fatal(err)
	}
	started <- v
	if err := wait(t, closed, "close"); err != nil {
		t.Error(err)
	}
}

func TestChooseMode(t *testing.T) {
	yuyv, mjpeg, i420 := mdframe.Format(mdframe.FormatYUYV), mdframe.Format(mdframe.FormatMJPEG), mdframe.FormatI420
	for _, tc := range []struct {
		name string
		have []prop.Media
		want prop.Media
	}{
		{"exact beats larger", []prop.Media{cameratest.Mode(1920, 1080, 30, yuyv), cameratest.Mode(1280, 720, 30, yuyv)}, cameratest.Mode(1280, 720, 30, yuyv)},
		{"raw beats JPEG", []prop.Media{cameratest.Mode(1280, 720, 30, mjpeg), cameratest.Mode(1280, 720, 30, yuyv), cameratest.Mode(1280, 720, 30, i420)}, cameratest.Mode(1280, 720, 30, i420)},
		{"USB 2: fast JPEG beats slow raw", []prop.Media{cameratest.Mode(1280, 720, 10, yuyv), cameratest.Mode(1280, 720, 30, mjpeg)}, cameratest.Mode(1280, 720, 30, mjpeg)},
		{"size beats format", []prop.Media{cameratest.Mode(640, 480, 30, yuyv), cameratest.Mode(1280, 720, 30, mjpeg)}, cameratest.Mode(1280, 720, 30, mjpeg)},
		{"25 is fast enough", []prop.Media{cameratest.Mode(640, 480, 30, yuyv), cameratest.Mode(1280, 720, 25, yuyv)}, cameratest.Mode(1280, 720, 25, yuyv)},
		{"30 beats 60", []prop.Media{cameratest.Mode(1280, 720, 60, yuyv), cameratest.Mode(1280, 720, 30, yuyv)}, cameratest.Mode(1280, 720, 30, yuyv)},
		{"largest when all are small", []prop.Media{cameratest.Mode(320, 240, 30, yuyv), cameratest.Mode(640, 480, 30, yuyv)}, cameratest.Mode(640, 480, 30, yuyv)},
		{"unknown rate", []prop.Media{cameratest.Mode(640, 480, 0, yuyv), cameratest.Mode(1280, 720, 0, yuyv)}, cameratest.Mode(1280, 720, 0, yuyv)},
		{"slow is better than none", []prop.Media{cameratest.Mode(1280, 720, 5, yuyv)}, cameratest.Mode(1280, 720, 5, yuyv)},
	} {
		if got, err := chooseMode(tc.have, 1280, 720, 30); err != nil || got != tc.want {
			t.Errorf("%s: got %v, %v", tc.name, got.Video, err)
		}
	}
}

func TestFit(t *testing.T) {
	for _, tc := range [][6]int{
		{1920, 1080, 1280, 720, 1280, 720},
		{1280, 1024, 1280, 720, 900, 720},
		{640, 480, 1280, 720, 640, 480},
		{641, 361, 1280, 720, 640, 360},
		{1080, 1920, 1280, 720, 404, 720},
		{4000, 20, 1280, 720, 1280, 16},
		{1, 1, 1280, 720, 16, 16},
	} {
		if w, h := fit(tc[0], tc[1], tc[2], tc[3]); w != tc[4] || h != tc[5] {
			t.Errorf("fit %v: %dx%d", tc, w, h)
		}
	}
}
