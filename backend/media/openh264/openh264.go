// Package openh264 encodes H.264 constrained baseline with Cisco's OpenH264 in
// real time, for calls: one slice, one thread, no key frame but the first and
// those asked for, parameter sets in each of them, Annex B out.
//
// mediadevices' own wrapper is told a frame rate of 0 by its tracks, crashes
// when the bitrate is set after Close, and makes a key frame of each change.
// Only its static library is used here.
package openh264

/*
#cgo CFLAGS: -I${SRCDIR}/include
#include <stdlib.h>
#include "bridge.h"
*/
import "C"

import (
	"fmt"
	"image"
	"time"
	"unsafe"

	"github.com/pion/mediadevices/pkg/codec"
	_ "github.com/pion/mediadevices/pkg/codec/openh264" // links the library
	"github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"

	"parley/backend/media/guard"
)

// Params builds H.264 encoders. It is a codec.VideoEncoderBuilder.
type Params struct {
	// Bitrate is the first target, in bit/s.
	Bitrate int
	// Captured tells when the picture that the reader gave last was taken.
	// Nil: when it was read.
	Captured func() time.Time
}

// RTPCodec implements codec.VideoEncoderBuilder.
func (p Params) RTPCodec() *codec.RTPCodec { return codec.NewRTPH264Codec(90000) }

// BuildVideoEncoder implements codec.VideoEncoderBuilder. The reader's
// pictures must be I420 of m's width and height, which are even and at least 16. The encoder's controller is a
// codec.KeyFrameController and a codec.BitRateController.
func (p Params) BuildVideoEncoder(r video.Reader, m prop.Media) (codec.ReadCloser, error) {
	if m.Width < 16 || m.Height < 16 || m.Width > 3840 || m.Height > 2160 || m.Width%2 != 0 || m.Height%2 != 0 {
		return nil, fmt.Errorf("build H.264 encoder for %dx%d: %w", m.Width, m.Height, guard.ErrPicture)
	}
	if have, want := libraryVersion(), headerVersion(); have != want {
		return nil, fmt.Errorf("build H.264 encoder: OpenH264 is %v, the headers are for %v", have, want)
	}
	rate := m.FrameRate
	if rate <= 0 {
		rate = 30
	}
	bitrate := max(p.Bitrate, minBitrate)
	e := &engine{pace: newPace(float64(rate)), c: (*C.encoder)(C.calloc(1, C.sizeof_encoder))}
	if err := C.encoder_open(e.c, C.int(m.Width), C.int(m.Height), C.float(e.pace.fps), C.int(bitrate)); err != 0 {
		C.free(unsafe.Pointer(e.c))
		return nil, failure("build H.264 encoder", err)
	}
	return guard.New(e, r, p.Captured, m.Width, m.Height, bitrate), nil
}

// minBitrate is in bit/s: OpenH264 refuses 0.
const minBitrate = 1000

type engine struct {
	c     *C.encoder
	first time.Time
	pace  pace
}

func (e *engine) Encode(pic *image.YCbCr, taken time.Time, key bool) ([]byte, error) {
	if e.first.IsZero() {
		e.first = taken
	}
	// OpenH264 shares out the bitrate by frames, not by time.
	if fps, changed := e.pace.add(taken); changed {
		if err := C.encoder_rate(e.c, C.float(fps)); err != 0 {
			return nil, failure("set H.264 frame rate", err)
		}
	}
	force := C.int(0)
	if key {
		force = 1
	}
	var size C.int
	y, c := pic.YOffset(pic.Rect.Min.X, pic.Rect.Min.Y), pic.COffset(pic.Rect.Min.X, pic.Rect.Min.Y)
	if err := C.encoder_encode(e.c, (*C.uchar)(&pic.Y[y]), (*C.uchar)(&pic.Cb[c]), (*C.uchar)(&pic.Cr[c]),
		C.int(pic.YStride), C.int(pic.CStride), C.int(pic.Rect.Dx()), C.int(pic.Rect.Dy()),
		C.longlong(taken.Sub(e.first).Milliseconds()), force, &size); err != 0 {
		return nil, failure("encode H.264", err)
	}
	if size == 0 {
		return nil, nil
	}
	data := make([]byte, size)
	C.encoder_copy(e.c, (*C.uchar)(&data[0]))
	return data, nil
}

func (e *engine) SetBitrate(bitrate int) error {
	if err := C.encoder_bitrate(e.c, C.int(max(bitrate, minBitrate))); err != 0 {
		return failure("set H.264 bitrate", err)
	}
	return nil
}

func (e *engine) Close() error {
	C.encoder_close(e.c)
	C.free(unsafe.Pointer(e.c))
	return nil
}

// KeyFrame tells whether an access unit in Annex B form holds an IDR slice
// (ITU-T H.264, table 7-1).
func KeyFrame(unit []byte) bool {
	for i := 0; i+3 < len(unit); i++ {
		if unit[i] == 0 && unit[i+1] == 0 && unit[i+2] == 1 {
			switch unit[i+3] & 0x1f {
			case 5:
				return true
			case 1: // a slice of another picture: the unit has no IDR
				return false
			}
			i += 3
		}
	}
	return false
}

func failure(what string, code C.int) error {
	return fmt.Errorf("%s: OpenH264 error %d", what, int(code))
}
