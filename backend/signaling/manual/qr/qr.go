// Package qr reads QR codes (ISO/IEC 18004) from pictures, so that a laptop's
// camera can take a call code from another screen.
package qr

import (
	"errors"
	"fmt"
	"image"
	"sync"
	"sync/atomic"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// ErrNone tells that no QR code can be read in a picture.
var ErrNone = errors.New("no QR code in the picture")

var hints = map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}

// Decode reads the QR code in a picture; of a *image.YCbCr only the luma is
// looked at. The error wraps ErrNone.
func Decode(img image.Image) (string, error) {
	if ycc, ok := img.(*image.YCbCr); ok {
		img = &image.Gray{Pix: ycc.Y, Stride: ycc.YStride, Rect: ycc.Rect}
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNone, err)
	}
	found, err := qrcode.NewQRCodeReader().Decode(bitmap, hints)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNone, err)
	}
	return found.GetText(), nil
}

// every is the time between two looks: one takes up to 50 ms of a core.
const every = 250 * time.Millisecond

// Scanner looks for a QR code in a camera's pictures, a few a second.
type Scanner struct {
	found func(string)
	next  atomic.Int64 // when it looks again, Unix ns
	work  chan *image.Gray
	free  chan *image.Gray
	done  chan struct{}
	once  sync.Once
	wg    sync.WaitGroup
}

// NewScanner makes a Scanner that tells each text it reads, from a goroutine of
// its own; the same text is told again while it is seen. found must not call Close.
func NewScanner(found func(string)) *Scanner {
	s := &Scanner{found: found, work: make(chan *image.Gray, 1), free: make(chan *image.Gray, 1), done: make(chan struct{})}
	s.free <- &image.Gray{}
	s.wg.Add(1)
	go s.run()
	return s
}

// Look takes a picture, and copies what it needs of it. It never waits: between
// two looks, and while one lasts, it does nothing.
func (s *Scanner) Look(p *image.YCbCr) {
	now := time.Now().UnixNano()
	if now < s.next.Load() {
		return
	}
	select {
	case g := <-s.free:
		s.next.Store(now + int64(every))
		size := p.Rect.Size()
		if len(g.Pix) != size.X*size.Y {
			g.Pix = make([]byte, size.X*size.Y)
		}
		g.Stride, g.Rect = size.X, image.Rect(0, 0, size.X, size.Y)
		for y := range size.Y {
			copy(g.Pix[y*size.X:(y+1)*size.X], p.Y[p.YOffset(p.Rect.Min.X, p.Rect.Min.Y+y):])
		}
		s.work <- g // of one place, for the one that is free
	default:
	}
}

// Close waits until found is not called any more. It may be called twice.
func (s *Scanner) Close() {
	s.once.Do(func() { close(s.done) })
	s.wg.Wait()
}

func (s *Scanner) run() {
	defer s.wg.Done()
	for {
		select {
		case <-s.done:
			return
		case g := <-s.work:
			if text, err := Decode(g); err == nil {
				select {
				case <-s.done:
					return
				default:
					s.found(text)
				}
			}
			s.free <- g
		}
	}
}
