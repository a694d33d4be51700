package media

import "errors"

// Why there is no video, in words for the user.
var (
	// ErrCameraOff: the camera None was asked for.
	ErrCameraOff = errors.New("no camera was asked for")
	// ErrNoCamera: there is none on this computer.
	ErrNoCamera = errors.New("no camera was found")
	// ErrBadDevice: no camera has the name or ID that was asked for.
	ErrBadDevice = errors.New("no such camera")
	// ErrCameraBusy: another program has it (EBUSY).
	ErrCameraBusy = errors.New("the camera is in use by another program")
	// ErrCameraRefused: this user may not use it (EACCES, EPERM).
	ErrCameraRefused = errors.New("access to the camera was refused")
	// ErrCameraBroken: it does not answer, gives no pictures, or gives none
	// that can be read.
	ErrCameraBroken = errors.New("the camera does not work")
	// ErrCameraLost: it was unplugged while in use.
	ErrCameraLost = errors.New("the camera was disconnected")
	// ErrBadFile: a y4m file that cannot be opened or read. The error wraps
	// an *fs.PathError, or a y4m.Error with the line or frame and the reason.
	ErrBadFile = errors.New("the video file cannot be played")
	// ErrBadCodec: neither frame.VP8 nor frame.H264.
	ErrBadCodec = errors.New("no such video codec")
)
