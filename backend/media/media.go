// Package media takes pictures from a camera, a screen, a file or a test source, encodes
// them once, and hands out the frames. It has one home for mediadevices, and
// the controls that the peer drives: codec, bitrate, key frames.
//
//	source ──picture──> [slot of one] ──> encoder ──frame.Video──> Options.Out
//	(capture goroutine)  newest wins      (encode goroutine)
//	                                        ^
//	                        SetCodec, SetBitrate, Keyframe
//
// The size and the frame rate of the pictures follow the bitrate and the time
// that encoding takes: the encode goroutine decides (ladder), and capture scales
// the next picture once, from what the source gives.
//
// A picture that waits in the slot while the encoder is busy is replaced by
// the next one: whole pictures are dropped before they are encoded, and
// counted. Three pictures go round, so memory stays flat.
package media

import (
	"context"
	"fmt"
	"image"
	"log/slog"
	"strings"
	"time"

	"parley/backend/frame"
)

// What Options.Camera may name besides a camera.
const (
	// Test is a drawn picture with a moving part and a clock.
	Test = "test"
	// None is no camera at all: Start returns ErrCameraOff.
	None = "none"
)

// Options say what to capture and how to encode it. Zero values mean the
// defaults.
type Options struct {
	// Camera is empty for the default camera, the ID or the name of a Device,
	// the path of a FILE.y4m, Test or None.
	Camera string
	// Screen, if it is not empty, is taken in place of a camera: the ID of a
	// Screen, Asked or Test. It is encoded so that text stays sharp: all of its pixels
	// are sent, and fewer pictures where the bitrate or the processor asks for it.
	Screen string
	// Width and Height bound the picture, in pixels: a larger one is scaled
	// down and keeps its shape, a smaller one stays as it is. Default 1280x720,
	// of a screen 1920x1200. A camera's frames are smaller while the bitrate or
	// the processor asks for it.
	Width, Height int
	// FrameRate bounds the frames a second. Default 30, of a screen 15. There are
	// fewer while the bitrate or the processor asks for it.
	FrameRate int
	// Codec is frame.VP8 (the default) or frame.H264.
	Codec frame.Codec
	// Bitrate is the first target, in bit/s. Default 600,000.
	Bitrate int
	// Out takes the frames in order, from one goroutine; while it blocks,
	// pictures are dropped. It must not call Close.
	Out func(frame.Video)
	// Needed tells whether anybody takes frames now: else pictures are only shown
	// to Look, and not encoded, but for the first, which makes the encoder ready.
	// It may be nil, and must not wait.
	Needed func() bool
	// Paused tells that the pictures stop, true, because the bitrate is too low
	// for any, and that they go on, false. It is called from the goroutine that
	// calls Out, and must not call Close.
	Paused func(bool)
	// Failed is called at most once, when the source died (ErrCameraLost,
	// ErrCameraBroken, ErrBadFile, ErrScreenGone, ErrNoScreens) or the encoder did. By then the device is
	// released. It may call Close.
	Failed func(error)
	// Look, which may be nil, sees each picture before it is encoded, at the
	// size of the moment. It must not wait, nor keep the picture.
	Look func(*image.YCbCr)
	// Logger may be nil.
	Logger *slog.Logger
}

func (o Options) withDefaults() (Options, error) {
	set := func(v *int, def int) {
		if *v <= 0 {
			*v = def
		}
	}
	if o.Screen != "" {
		set(&o.Width, 1920)
		set(&o.Height, 1200)
		set(&o.FrameRate, screenRate)
	}
	set(&o.Width, 1280)
	set(&o.Height, 720)
	set(&o.FrameRate, 30)
	set(&o.Bitrate, 600_000)
	if o.Codec == "" {
		o.Codec = frame.VP8
	}
	if o.Out == nil {
		o.Out = func(frame.Video) {}
	}
	if o.Needed == nil {
		o.Needed = func() bool { return true }
	}
	if o.Paused == nil {
		o.Paused = func(bool) {}
	}
	if o.Failed == nil {
		o.Failed = func(error) {}
	}
	if o.Look == nil {
		o.Look = func(*image.YCbCr) {}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o, checkCodec(o.Codec)
}

// startLimit bounds how long a driver may take to open a camera.
const startLimit = 5 * time.Second

// Start opens the source and begins to encode it. A camera that another Video
// of this program uses is waited for, three seconds at most. The context bounds the
// start, not what follows: the source runs until Close, or until it fails. Of Asked it
// takes as long as the user does, some minutes at most.
//
// Errors: ErrCameraOff, ErrNoCamera, ErrBadDevice, ErrCameraBusy,
// ErrCameraRefused, ErrCameraBroken, ErrBadFile, ErrBadCodec, of a screen
// ErrNoScreens, ErrNoPortal, ErrNoPipeWire, ErrScreenRefused, ErrNotChosen,
// ErrScreenGone, or the context's.
// After an error nothing is left open.
func Start(ctx context.Context, o Options) (*Video, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("start video: %w", err)
	}
	if o.Screen != Asked { // which has deadlines of its own
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, startLimit, ErrCameraBroken)
		defer cancel()
	}
	src, err := openSource(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("start video: %w", err)
	}
	v := newVideo(o, src)
	o.Logger.Info("video started", "camera", src.name(), "width", v.own.width, "height", v.own.height, "fps", v.own.rate, "codec", o.Codec)
	go v.capture()
	go v.run()
	return v, nil
}

func openSource(ctx context.Context, o Options) (source, error) {
	switch {
	case o.Screen == Test:
		return newTestSource(o.Width, o.Height, o.FrameRate), nil
	case o.Screen != "":
		return openScreen(ctx, o.Screen, o.FrameRate)
	case o.Camera == None:
		return nil, ErrCameraOff
	case o.Camera == Test:
		return newTestSource(o.Width, o.Height, o.FrameRate), nil
	case strings.HasSuffix(strings.ToLower(o.Camera), ".y4m"):
		return openFile(o.Camera)
	default:
		return openCamera(ctx, o)
	}
}
