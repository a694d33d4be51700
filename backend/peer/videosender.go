package peer

import (
	"fmt"
	"sync"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4"

	"parley/backend/frame"
)

const (
	// paceFactor is how much faster than the target a frame's packets go out:
	// a key frame is several frames' worth (libwebrtc uses the same).
	paceFactor = 2.5
	paceLeast  = 300_000 // bit/s: slower, a key frame would hold up what follows for seconds
	paceBurst  = 5 * time.Millisecond
	// maxQueued is how long the frames in the queue may take to send. Beyond
	// it new frames are dropped up to the next key frame.
	maxQueued       = 400 * time.Millisecond
	maxQueuedFrames = 30
)

// videoSender queues our frames, cuts them into packets and paces those.
type videoSender struct {
	rtp  *rtpSender
	wake chan struct{}

	mu        sync.Mutex
	codec     frame.Codec // "" until negotiated
	payloader rtp.Payloader
	target    int // bit/s
	queue     []frame.Video
	queued    int  // bytes
	needKey   bool // the frames up to the next key frame hang in the air
	width     int
	height    int
	sent      int
	dropped   int
}

func newVideoSender(p *Peer) *videoSender {
	v := &videoSender{wake: make(chan struct{}, 1), target: firstBitrate - audioShare, needKey: true}
	v.rtp = &rtpSender{peer: p, kind: webrtc.RTPCodecTypeVideo, clock: 90000, history: make([]sentPacket, resendHistory), choose: v.choose}
	return v
}

// choose takes the first codec of the answer: as callee the one that we put
// there, as caller the one that the other side did.
func (v *videoSender) choose(negotiated []webrtc.RTPCodecParameters) (webrtc.RTPCodecParameters, bool) {
	p := v.rtp.peer
	codec, ok := p.pick(negotiated)
	if !ok {
		p.log.Warn("no video codec in common")
		return webrtc.RTPCodecParameters{}, false
	}
	v.mu.Lock()
	v.codec = codecOf(codec)
	if v.codec == frame.VP8 {
		// Without picture IDs: pion leaves out the one that is 0, of the first
		// frame and of each 32768th, and Chromium, which takes a frame with an
		// ID and one without for two unrelated series, then shows nothing up
		// to the next key frame.
		v.payloader = &codecs.VP8Payloader{}
	} else {
		v.payloader = &codecs.H264Payloader{}
	}
	chosen := v.codec
	v.mu.Unlock()
	p.log.Info("video", "send", string(chosen))
	if p.handlers.VideoCodec != nil {
		p.post(func() { p.handlers.VideoCodec(chosen) })
	}
	return codec, true
}

func (v *videoSender) setTarget(bitrate int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.target = bitrate
}

// WriteVideo queues a frame for sending. It does not wait for the network. The
// error wraps ErrNotReady, ErrWrongCodec, ErrBusy or ErrClosed: the frame was
// dropped and counted, and so are those that need it.
func (p *Peer) WriteVideo(f frame.Video) error { return p.video.write(f) }

func (v *videoSender) write(f frame.Video) error {
	if v.rtp.peer.isClosed() {
		return errDropped(ErrClosed)
	}
	ready := v.rtp.bound()
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case !ready || v.codec == "" || len(f.Data) == 0:
		v.dropped++
		return errDropped(ErrNotReady)
	case f.Codec != v.codec:
		v.dropped++
		return errDropped(fmt.Errorf("%w: %s, not %s", ErrWrongCodec, f.Codec, v.codec))
	case !f.Key && (v.needKey || v.full()):
		v.dropped++
		v.needKey = true
		wake(v.rtp.peer.keyframe)
		return errDropped(ErrBusy)
	case v.full():
		v.dropped += len(v.queue) // they are older than what needs none of them
		v.queue, v.queued = nil, 0
	}
	v.needKey = false
	v.queue = append(v.queue, f)
	v.queued += len(f.Data)
	wake(v.wake)
	return nil
}

// full tells whether what is queued already takes too long.
func (v *videoSender) full() bool {
	took := time.Duration(float64(v.queued*8) / v.rate() * float64(time.Second))
	return len(v.queue) >= maxQueuedFrames || took > maxQueued
}

// next takes the oldest frame off the queue, in packets to send at rate.
func (v *videoSender) next() (f frame.Video, payloads [][]byte, rate float64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.queue) == 0 {
		return f, nil, 0
	}
	f = v.queue[0]
	v.queue[0] = frame.Video{}
	v.queue = v.queue[1:]
	v.queued -= len(f.Data)
	if f.Width > 0 {
		v.width, v.height = f.Width, f.Height
	}
	v.sent++
	return f, v.payloader.Payload(mtu, f.Data), v.rate()
}

// rate is how fast packets go out, bit/s.
func (v *videoSender) rate() float64 { return max(paceFactor*float64(v.target), paceLeast) }

// run sends what is queued at its pace.
func (v *videoSender) run() {
	done := v.rtp.peer.done
	pace := time.NewTimer(0)
	defer pace.Stop()
	due := time.Now() // when what was sent so far is paid for
	for {
		f, payloads, rate := v.next()
		if rate == 0 {
			select {
			case <-v.wake:
				continue
			case <-done:
				return
			}
		}
		v.rtp.frame(f.Timestamp, f.Captured)
		for i, payload := range payloads {
			now := time.Now()
			if due.Before(now.Add(-paceBurst)) {
				due = now.Add(-paceBurst)
			}
			if wait := due.Sub(now); wait > 0 {
				pace.Reset(wait)
				select {
				case <-pace.C:
				case <-done:
					return
				}
			}
			n, err := v.rtp.send(payload, f.Timestamp, i == len(payloads)-1)
			if err != nil {
				break // closed: what a socket merely refuses pion keeps to itself
			}
			due = due.Add(time.Duration(float64(n*8) / rate * float64(time.Second)))
		}
	}
}
