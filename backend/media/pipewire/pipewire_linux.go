// Package pipewire takes pictures from a video node of PipeWire, which is how Wayland
// compositors hand out their screens and windows (https://docs.pipewire.org/page_streams.html).
//
// libpipewire is loaded when it is first needed, for most calls need none of it; only
// its headers are there when Parley is built.
package pipewire

/*
#cgo CFLAGS: -I/usr/include/pipewire-0.3 -I/usr/include/spa-0.2
#cgo LDFLAGS: -ldl
#include "shim.h"
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

var (
	// ErrNoPipeWire: its library is not installed, or the service does not answer.
	ErrNoPipeWire = errors.New("PipeWire does not work on this computer")
	// ErrGone: the node ended, and PipeWire perhaps with it.
	ErrGone = errors.New("the stream ended")
)

// firstWithin is how long the first picture is waited for. Compositors send what
// changes: of a window that is hidden there may be none for long, and the one that is
// sent while the stream begins may be lost.
const firstWithin = 3 * time.Second

// Picture is of 32 bits a pixel: blue, green, red and one of no meaning. It is good
// until the next one is taken.
type Picture struct {
	Pix           []byte
	Width, Height int // pixels
}

// Stream gives the pictures of one node. Its methods are for one goroutine.
type Stream struct{ stream *C.struct_parley_stream }

// Check tells whether the library is there: the error wraps ErrNoPipeWire.
func Check() error {
	if problem := C.parley_load(); problem != nil {
		return fmt.Errorf("%w: %s", ErrNoPipeWire, C.GoString(problem))
	}
	return nil
}

// Open takes the pictures of a node, so many a second at most, over a connection to
// PipeWire that the file is, and returns when the first one is there, or a black one in
// its place. The file is closed.
// The error wraps ErrNoPipeWire or ErrGone, or is the context's.
func Open(ctx context.Context, connection *os.File, node uint32, rate int) (*Stream, error) {
	defer connection.Close()
	if err := Check(); err != nil {
		return nil, err
	}
	fd, err := unix.FcntlInt(connection.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoPipeWire, err)
	}
	var message *C.char
	s := &Stream{C.parley_open(C.int(fd), C.uint32_t(node), C.uint32_t(rate), &message)}
	if s.stream == nil {
		return nil, fmt.Errorf("%w: %s", ErrNoPipeWire, C.GoString(message))
	}
	stop := context.AfterFunc(ctx, func() { C.parley_interrupt(s.stream) })
	state := C.parley_wait(s.stream, C.int(firstWithin.Milliseconds()))
	stop()
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case state == C.PARLEY_ENDED:
		err = s.ended()
	case state == C.PARLEY_WAITING:
		err = fmt.Errorf("%w: it agreed on nothing within %v", ErrNoPipeWire, firstWithin)
	default:
		return s, nil
	}
	s.Close()
	return nil, err
}

// Next is the newest picture: the one before again, where nothing changed. The error
// wraps ErrGone.
func (s *Stream) Next() (Picture, error) {
	var p C.struct_parley_picture
	if C.parley_take(s.stream, &p) == C.PARLEY_ENDED {
		return Picture{}, s.ended()
	}
	width, height := int(p.width), int(p.height)
	return Picture{unsafe.Slice((*byte)(p.pixels), 4*width*height), width, height}, nil
}

func (s *Stream) ended() error {
	return fmt.Errorf("%w: %s", ErrGone, C.GoString(C.parley_message(s.stream)))
}

// Close lets go of the node. Nothing may be taken then.
func (s *Stream) Close() { C.parley_close(s.stream) }
