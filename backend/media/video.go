package media

import (
	"image"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"parley/backend/frame"
)

const (
	// stallLimit is how long a camera may give no picture.
	stallLimit = 5 * time.Second
	// closeLimit is how long Close waits for a driver that does not let go.
	closeLimit = 900 * time.Millisecond
)

// picture is a raw I420 picture that goes round between capture and encoder.
type picture struct {
	*image.YCbCr
	captured time.Time
	memory   *image.YCbCr // of the largest size
}

func newPicture(width, height int) *picture {
	whole := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	return &picture{YCbCr: whole, memory: whole}
}

// resize gives the picture another size within its memory; what it shows is
// lost. Both sides are even.
func (p *picture) resize(width, height int) {
	if p.Rect.Dx() == width && p.Rect.Dy() == height {
		return
	}
	luma, chroma := width*height, width*height/4
	p.YCbCr = &image.YCbCr{
		Y: p.memory.Y[:luma], Cb: p.memory.Cb[:chroma], Cr: p.memory.Cr[:chroma],
		YStride: width, CStride: width / 2,
		SubsampleRatio: image.YCbCrSubsampleRatio420, Rect: image.Rect(0, 0, width, height),
	}
}

// Video is a running source with its encoder. Its methods are for any
// goroutine.
type Video struct {
	opts Options
	log  *slog.Logger
	src  source
	own  format // the best that the source and the options give

	// Between the goroutines.
	slot   chan *picture // the newest, not yet encoded
	free   chan *picture
	ended  chan error    // why capture ended
	gone   chan struct{} // capture returned
	closed chan struct{}
	done   chan struct{}
	once   sync.Once

	// Set by others, taken up with the next frame.
	codec   atomic.Value // frame.Codec
	bitrate atomic.Int64
	wantKey atomic.Bool
	asked   chan struct{} // a key frame is wanted now

	format atomic.Value // format, of the next picture; set by the encode goroutine

	encoding *encoding // of the encode goroutine

	stats statistics

	closeErr error // valid once done
}

func newVideo(o Options, src source) *Video {
	w, h := src.size()
	v := &Video{
		opts:   o,
		log:    o.Logger,
		src:    src,
		slot:   make(chan *picture, 1),
		free:   make(chan *picture, 3),
		asked:  make(chan struct{}, 1),
		ended:  make(chan error, 1),
		gone:   make(chan struct{}),
		closed: make(chan struct{}),
		done:   make(chan struct{}),
	}
	v.own.width, v.own.height = fit(w, h, o.Width, o.Height)
	v.own.rate = min(src.rate(), float64(o.FrameRate))
	for range cap(v.free) {
		v.free <- newPicture(v.own.width, v.own.height)
	}
	v.codec.Store(o.Codec)
	v.SetBitrate(o.Bitrate)
	v.encoding = newEncoding(v)
	v.format.Store(v.encoding.ladder.format())
	return v
}

// Name is the camera's or the file's, for the user.
func (v *Video) Name() string { return v.src.name() }

// ID is the camera's; empty for what is none.
func (v *Video) ID() string {
	if c, ok := v.src.(*cameraSource); ok {
		return c.device.ID
	}
	return ""
}

// SetCodec switches to frame.VP8 or frame.H264 with the next frame, which is a
// key frame. It returns ErrBadCodec for another one.
func (v *Video) SetCodec(c frame.Codec) error {
	if err := checkCodec(c); err != nil {
		return err
	}
	v.codec.Store(c)
	return nil
}

// SetBitrate sets the target in bit/s from the next frame on, 0 to 20 Mbit/s.
// It is held on average: while the frames are half a second ahead of it,
// pictures are dropped. The size and the frame rate follow it: a change of size
// comes with a key frame, and there is at most one a second. Below 20 kbit/s no
// picture is worth sending, below 30 none is begun with, and Options.Paused is told.
func (v *Video) SetBitrate(bitrate int) {
	v.bitrate.Store(int64(min(max(bitrate, 0), maxBitrate)))
}

// Keyframe makes the next frame a key frame. Requests are gathered: the first
// counts at once, then at most one a second. Where nobody needed the newest picture
// it is encoded now: whoever has come does not wait for the next one.
func (v *Video) Keyframe() {
	v.wantKey.Store(true)
	select {
	case v.asked <- struct{}{}:
	default:
	}
}

// Stats tells how it goes.
func (v *Video) Stats() Stats {
	return v.stats.snapshot(v.codec.Load().(frame.Codec), int(v.bitrate.Load()))
}

// Close releases the device within a second and frees the encoder; Out is not
// called again. It returns ErrCameraBroken if the driver did not let go of the
// camera in time. It may be called twice.
func (v *Video) Close() error {
	v.once.Do(func() { close(v.closed) })
	<-v.done
	return v.closeErr
}

// run encodes until it is closed or something fails, then lets go of all.
func (v *Video) run() {
	err := v.encodeAll()
	v.encoding.close()
	v.once.Do(func() { close(v.closed) })
	v.closeErr = bounded(closeLimit, func() error {
		err := v.src.close()
		<-v.gone
		return err
	})
	if v.closeErr != nil {
		v.log.Warn("camera not released", "camera", v.src.name(), "error", v.closeErr)
	}
	close(v.done)
	if err != nil {
		v.log.Warn("video ended", "camera", v.src.name(), "error", err)
		v.opts.Failed(err)
	}
}

func (v *Video) encodeAll() error {
	var stall <-chan time.Time
	limit := time.NewTimer(stallLimit)
	defer limit.Stop()
	if v.src.live() {
		stall = limit.C
	}
	var newest *picture
	for {
		select {
		case <-v.closed:
			return nil
		case err := <-v.ended:
			return err
		case <-stall:
			return ErrCameraBroken
		case <-v.asked:
			if err := v.hand(v.encoding.late(newest)); err != nil {
				return err
			}
		case p := <-v.slot:
			if newest != nil {
				v.free <- newest
			}
			newest = p
			if err := v.hand(v.encoding.take(p)); err != nil {
				return err
			}
			limit.Reset(stallLimit) // the time in Out is not the camera's
		}
	}
}

// hand gives a frame out, if it is one.
func (v *Video) hand(f frame.Video, err error) error {
	if err == nil && len(f.Data) > 0 {
		v.opts.Out(f)
	}
	return err
}

// capture fills the slot until the source ends. Pictures that come faster than
// the wanted rate are left out.
func (v *Video) capture() {
	defer close(v.gone)
	// A camera's pictures come with jitter: half of its interval early is in time.
	early := time.Duration(float64(time.Second) / v.src.rate() / 2)
	var due time.Time
	p := <-v.free
	for {
		f := v.format.Load().(format)
		p.resize(f.width, f.height)
		captured, err := v.src.next(p.YCbCr)
		if err != nil {
			v.ended <- err
			return
		}
		select {
		case <-v.closed:
			continue // until the source ends: see cameraSource.discard
		default:
		}
		if captured.Before(due.Add(-early)) {
			continue
		}
		interval := time.Duration(float64(time.Second) / f.rate)
		if due = due.Add(interval); captured.Sub(due) > interval {
			due = captured.Add(interval)
		}
		p.captured = captured
		v.opts.Look(p.YCbCr)
		v.stats.captured.Add(1)
		select {
		case v.slot <- p:
		default:
			select {
			case old := <-v.slot:
				v.stats.dropped.Add(1)
				v.free <- old
			default:
			}
			v.slot <- p
		}
		p = <-v.free
	}
}

// bounded calls f and waits for it, but not longer than limit: it may hang in a
// driver.
func bounded(limit time.Duration, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	t := time.NewTimer(limit)
	defer t.Stop()
	select {
	case err := <-done:
		return err
	case <-t.C:
		return ErrCameraBroken
	}
}
