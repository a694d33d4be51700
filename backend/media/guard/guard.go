// Package guard is what our encoders have in common: mediadevices' encoder and
// its controls, safe at any time, around an engine that is not.
package guard

import (
	"errors"
	"image"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/mediadevices/pkg/codec"
	"github.com/pion/mediadevices/pkg/io/video"
)

// ErrPicture is returned for a picture that is not I420, or not of the size
// that the encoder was built for, or shorter than its own size says.
var ErrPicture = errors.New("picture is not I420 of the encoder's size")

// Engine encodes. Its methods are called one at a time, and not after Close.
type Engine interface {
	// Encode returns the frame of a picture; empty is one that was dropped.
	Encode(p *image.YCbCr, taken time.Time, key bool) ([]byte, error)
	// SetBitrate sets the target in bit/s.
	SetBitrate(bitrate int) error
	Close() error
}

// Encoder is a codec.ReadCloser. Read is for one goroutine; the other methods
// are for any, also while Read runs and after Close.
type Encoder struct {
	reader        video.Reader
	captured      func() time.Time
	width, height int

	target atomic.Int64 // bit/s
	key    atomic.Bool

	mu      sync.Mutex // guards what follows
	engine  Engine     // nil when closed
	applied int64      // bit/s
}

// New takes an engine that was built for bitrate, in bit/s. Captured tells when
// the picture that the reader gave last was taken; nil: when it was read.
func New(e Engine, r video.Reader, captured func() time.Time, width, height, bitrate int) *Encoder {
	if captured == nil {
		captured = time.Now
	}
	g := &Encoder{engine: e, reader: r, captured: captured, width: width, height: height, applied: int64(bitrate)}
	g.target.Store(g.applied)
	return g
}

// Read encodes the reader's next picture. The bytes belong to the caller.
// After Close it returns io.EOF.
func (e *Encoder) Read() ([]byte, func(), error) {
	data, err := e.read()
	return data, func() {}, err
}

func (e *Encoder) read() ([]byte, error) {
	img, release, err := e.reader.Read()
	if err != nil {
		return nil, err
	}
	defer release()
	p, ok := img.(*image.YCbCr)
	if !ok || !e.fits(p) {
		return nil, ErrPicture
	}
	taken := e.captured()

	e.mu.Lock()
	defer e.mu.Unlock()
	if e.engine == nil {
		return nil, io.EOF
	}
	if t := e.target.Load(); t != e.applied {
		if err := e.engine.SetBitrate(int(t)); err != nil {
			return nil, err
		}
		e.applied = t
	}
	return e.engine.Encode(p, taken, e.key.Swap(false))
}

// fits tells that C may read the whole picture.
func (e *Encoder) fits(p *image.YCbCr) bool {
	whole := func(pix []byte, offset, stride, width, height int) bool {
		return offset >= 0 && stride >= width && len(pix) >= offset+(height-1)*stride+width
	}
	y, c := p.YOffset(p.Rect.Min.X, p.Rect.Min.Y), p.COffset(p.Rect.Min.X, p.Rect.Min.Y)
	w, h := (e.width+1)/2, (e.height+1)/2
	return p.SubsampleRatio == image.YCbCrSubsampleRatio420 && p.Rect.Size() == image.Pt(e.width, e.height) &&
		whole(p.Y, y, p.YStride, e.width, e.height) &&
		whole(p.Cb, c, p.CStride, w, h) && whole(p.Cr, c, p.CStride, w, h)
}

// Controller returns the encoder itself: a codec.KeyFrameController and a
// codec.BitRateController.
func (e *Encoder) Controller() codec.EncoderController { return e }

// SetBitRate sets the target in bit/s from the next frame on, without a key
// frame.
func (e *Encoder) SetBitRate(bitrate int) error {
	e.target.Store(int64(bitrate))
	return nil
}

// ForceKeyFrame makes the next frame a key frame.
func (e *Encoder) ForceKeyFrame() error {
	e.key.Store(true)
	return nil
}

// Close frees the engine. It waits for a Read that is encoding.
func (e *Encoder) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.engine == nil {
		return nil
	}
	err := e.engine.Close()
	e.engine = nil
	return err
}
