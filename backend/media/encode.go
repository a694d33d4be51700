package media

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"time"

	"github.com/pion/mediadevices/pkg/codec"
	mdvideo "github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"

	"parley/backend/frame"
	"parley/backend/media/openh264"
	"parley/backend/media/vpx"
)

const (
	// What the encoders are asked for, in bit/s. Below the least neither gives a
	// picture worth sending.
	minBitrate, maxBitrate = pauseBelow, 20_000_000
	// keyInterval is the least time between key frames forced from outside.
	keyInterval = time.Second
	// maxDebt is by how much the frames may be ahead of the target, in time:
	// more than the encoders' own buffers use, less than a viewer minds.
	maxDebt = 500 * time.Millisecond
	// mostOwed is the most that a fall of the target makes of that: so much longer a
	// picture stands.
	mostOwed = time.Second
)

func checkCodec(c frame.Codec) error {
	if c != frame.VP8 && c != frame.H264 {
		return fmt.Errorf("%w: %q", ErrBadCodec, c)
	}
	return nil
}

// encoding is the encoder and what it needs to know of the frames before. It
// belongs to the encode goroutine.
type encoding struct {
	v       *Video
	ladder  *ladder
	enc     codec.ReadCloser
	codec   frame.Codec
	size    image.Point // of enc's pictures
	bitrate int
	pic     *picture // what enc reads

	first     time.Time
	timestamp uint32
	last      time.Time // captured of the last picture
	forced    time.Time // captured of the last key frame that was asked for
	debt      time.Duration
	skipped   time.Duration // time of pictures that were not encoded
	passed    time.Duration // of it, the newest one's, where nobody needed that
}

func newEncoding(v *Video) *encoding {
	return &encoding{v: v, ladder: newLadder(v.own, int(v.bitrate.Load()), v.opts.Screen != ""), timestamp: rand.Uint32()}
}

// take encodes the picture if it is to be sent.
func (e *encoding) take(p *picture) (frame.Video, error) {
	bitrate := int(e.v.bitrate.Load())
	stepped := e.ladder.step(p.captured, bitrate)
	f := e.ladder.format()
	f.rate = e.ladder.rate(bitrate)
	e.v.format.Store(f)
	if stepped {
		e.v.log.Debug("video format", "width", f.width, "height", f.height, "fps", f.rate, "paused", e.ladder.paused())
	}
	paused := e.ladder.paused()
	if e.v.stats.paused.Swap(paused) != paused {
		e.v.opts.Paused(paused)
	}
	e.passed = 0
	switch {
	case paused:
		if e.enc != nil {
			e.skipped += e.pass(p)
		}
	case e.v.opts.Needed() && !e.large(p):
		return e.measured(p)
	case e.enc == nil:
		// The first frame takes an encoder several times as long as a later one: it is
		// made now, for nobody.
		_, err := e.encode(p)
		e.debt = 0
		e.v.wantKey.Store(true)
		return frame.Video{}, err
	default:
		e.passed = e.pass(p)
		e.skipped += e.passed
	}
	return frame.Video{}, nil
}

// large tells that a picture was taken before a step down: in full size it would cost
// most just where there is least.
func (e *encoding) large(p *picture) bool { return p.Rect.Dx() > e.ladder.format().width }

// late encodes the newest picture after all, if it was passed over for want of anybody
// who needs it, and somebody does now.
func (e *encoding) late(p *picture) (frame.Video, error) {
	if e.passed == 0 || !e.v.opts.Needed() || e.large(p) {
		return frame.Video{}, nil
	}
	e.skipped -= e.passed
	e.passed = 0
	return e.measured(p)
}

// measured is encode, and tells how long that took.
func (e *encoding) measured(p *picture) (frame.Video, error) {
	e.ladder.needs(p.captured)
	f := e.ladder.format()
	begin := time.Now()
	out, err := e.encode(p)
	if len(out.Data) > 0 {
		took := time.Since(begin)
		e.v.stats.add(out, took)
		// A larger picture from before the last step tells nothing of this one.
		if out.Width == f.width && out.Height == f.height {
			e.ladder.encoded(p.captured, took)
		}
	}
	return out, err
}

// encode returns the picture's frame, or one without data when it was dropped.
func (e *encoding) encode(p *picture) (frame.Video, error) {
	e.pic = p
	if err := e.prepare(); err != nil {
		return frame.Video{}, err
	}
	if e.first.IsZero() {
		e.first, e.last = p.captured, p.captured
	}
	gap := e.pass(p)
	if e.debt > maxDebt {
		e.skipped += gap
		e.v.stats.dropped.Add(1)
		return frame.Video{}, nil
	}

	data, release, err := e.enc.Read()
	if err != nil {
		return frame.Video{}, err
	}
	release()
	if len(data) == 0 {
		e.v.stats.dropped.Add(1)
		return frame.Video{}, nil
	}
	f := frame.Video{
		Codec: e.codec, Data: data, Key: isKey(e.codec, data),
		Width: e.size.X, Height: e.size.Y,
		Timestamp: e.timestamp + uint32(math.Round(p.captured.Sub(e.first).Seconds()*90_000)),
		Captured:  p.captured,
	}
	e.debt += time.Duration(float64(len(data)*8) / float64(e.bitrate) * float64(time.Second))
	return f, nil
}

// pass notes that a picture's time came, and gives how long that is since the last.
func (e *encoding) pass(p *picture) time.Duration {
	gap := p.captured.Sub(e.last)
	e.debt = max(e.debt-gap, -maxDebt/2)
	e.last = p.captured
	return gap
}

// prepare takes up what was set from outside.
func (e *encoding) prepare() error {
	bitrate := max(int(e.v.bitrate.Load()), minBitrate)
	size := e.pic.Rect.Size()
	if c := e.v.codec.Load().(frame.Codec); e.enc == nil || c != e.codec || size != e.size {
		if e.enc != nil {
			e.forced = e.pic.captured // no other one soon
		}
		e.close()
		enc, err := e.build(c, bitrate)
		if err != nil {
			return err
		}
		e.enc, e.codec, e.size = enc, c, size
		e.owe(bitrate)
		e.v.wantKey.Store(false) // a new encoder begins with one
	}
	if bitrate != e.bitrate {
		e.owe(bitrate)
		if err := e.enc.Controller().(codec.BitRateController).SetBitRate(bitrate); err != nil {
			return err
		}
	}
	if (e.forced.IsZero() || e.pic.captured.Sub(e.forced) >= keyInterval) && e.v.wantKey.Swap(false) {
		e.forced = e.pic.captured
		return e.enc.Controller().(codec.KeyFrameController).ForceKeyFrame()
	}
	return nil
}

// owe sets the bitrate. What the frames before are ahead takes the longer to send the
// less it is: else those after a fall would be as large in sum as before it.
func (e *encoding) owe(bitrate int) {
	if e.debt > 0 {
		e.debt = min(time.Duration(float64(e.debt)*float64(e.bitrate)/float64(bitrate)), mostOwed)
	}
	e.bitrate = bitrate
}

func (e *encoding) build(c frame.Codec, bitrate int) (codec.ReadCloser, error) {
	// An encoder that saw the gap of a dropped picture would take it for a low
	// frame rate and make the next frames larger: it would never catch up.
	captured := func() time.Time { return e.pic.captured.Add(-e.skipped) }
	var b codec.VideoEncoderBuilder = vpx.Params{Bitrate: bitrate, Captured: captured, Screen: e.v.opts.Screen != ""}
	if c == frame.H264 {
		b = openh264.Params{Bitrate: bitrate, Captured: captured}
	}
	read := mdvideo.ReaderFunc(func() (image.Image, func(), error) { return e.pic.YCbCr, func() {}, nil })
	return b.BuildVideoEncoder(read, prop.Media{Video: prop.Video{
		Width: e.pic.Rect.Dx(), Height: e.pic.Rect.Dy(), FrameRate: float32(e.ladder.format().rate),
	}})
}

func (e *encoding) close() {
	if e.enc == nil {
		return
	}
	if err := e.enc.Close(); err != nil {
		e.v.log.Warn("encoder not closed", "codec", e.codec, "error", err)
	}
	e.enc = nil
}

func isKey(c frame.Codec, data []byte) bool {
	if c == frame.H264 {
		return openh264.KeyFrame(data)
	}
	return vpx.KeyFrame(data)
}
