package peer

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4"

	"parley/backend/bwe"
	"parley/backend/frame"
)

const (
	// maxQueued is how long the frames in the queue may take to send. Beyond
	// it new frames are dropped up to the next key frame.
	maxQueued       = 400 * time.Millisecond
	maxQueuedFrames = 30
	maxRepairs      = 256                   // packets: beyond, a key frame is cheaper
	repairWithin    = maxQueued             // after it was asked for; then a key frame is sooner
	retry           = 20 * time.Millisecond // after an error in sending
	// askEvery is between two packets of padding in a silence, when no picture is
	// sent: a report on one of them is what ends it.
	askEvery = 100 * time.Millisecond

	// Where much is lost by noise, what is sent again is sent twice: lost once more
	// it would hold the picture up for another round trip. It costs as much of the
	// rate as is lost. The second comes after the burst that took the first. Where
	// the link is full it would only make that worse.
	lossForTwo = 0.01
	twoApart   = 20 * time.Millisecond
)

// repair is a packet to be sent again.
type repair struct {
	seq    uint16
	after  time.Time // not before
	asked  time.Time
	second bool
}

// videoSender queues our frames, cuts them into packets and paces those.
type videoSender struct {
	rtp *rtpSender

	mu        sync.Mutex
	codec     frame.Codec // "" until negotiated
	payloader rtp.Payloader
	target    int // bit/s
	queue     []frame.Video
	queued    int      // bytes
	repairs   []repair // to send again, before the queue
	needKey   bool     // the frames up to the next key frame hang in the air
	width     int
	height    int
	sent      int
	dropped   int
}

func newVideoSender(p *Peer) *videoSender {
	v := &videoSender{target: firstBitrate - audioShare, needKey: true}
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
		v.payloader = &vp8Payloader{pictureID: uint16(rand.IntN(1 << 15))}
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
	case v.rtp.peer.bwe.isSilent():
		v.dropped++
		v.needKey = true // it is asked for when the silence is over
		return errDropped(ErrBusy)
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
	wake(v.rtp.peer.paced)
	return nil
}

// resume begins anew with a key frame, after a silence or where more is lost than
// there is room to repair: what waits to be sent, or was, is too old to be shown,
// and to repair it would hold up what is new.
func (v *videoSender) resume() {
	v.mu.Lock()
	v.queue, v.queued, v.repairs, v.needKey = nil, 0, nil, true
	v.mu.Unlock()
	v.rtp.forget()
	wake(v.rtp.peer.keyframe)
}

// full tells whether what is queued already takes too long.
func (v *videoSender) full() bool { return len(v.queue) >= maxQueuedFrames || v.behind() > maxQueued }

// behind is how long the queue takes to send.
func (v *videoSender) behind() time.Duration {
	return time.Duration(float64(v.queued*8) / bwe.PaceRate(v.target) * float64(time.Second))
}

// Backlog is how long the frames take that were written and not yet sent. An
// encoder that leaves pictures out while it is more than a frame or two loses
// nothing: of frames that WriteVideo drops, all up to the next key frame are lost.
func (p *Peer) Backlog() time.Duration {
	p.video.mu.Lock()
	defer p.video.mu.Unlock()
	return p.video.behind()
}

// repair queues packets to be sent again.
func (v *videoSender) repair(seqs []uint16) {
	if len(seqs) == 0 {
		return
	}
	now := time.Now()
	v.mu.Lock()
	for _, seq := range seqs {
		v.repairs = append(v.repairs, repair{seq: seq, after: now, asked: now})
	}
	tooMany := len(v.repairs) > maxRepairs
	v.mu.Unlock()
	if tooMany {
		v.resume()
	}
	wake(v.rtp.peer.paced)
}

// dueRepair takes the next packet to be sent again; where none is due it tells
// how long the first one has, 0 without any.
func (v *videoSender) dueRepair(now time.Time) (r repair, ok bool, wait time.Duration) {
	v.mu.Lock()
	if len(v.repairs) == 0 {
		v.mu.Unlock()
		return repair{}, false, 0
	}
	if now.Sub(v.repairs[0].asked) > repairWithin {
		v.mu.Unlock()
		v.resume()
		return repair{}, false, 0
	}
	defer v.mu.Unlock()
	if !v.rtp.peer.bwe.mayRepair(now) {
		return repair{}, false, retry
	}
	for i, r := range v.repairs {
		left := r.after.Sub(now)
		if left <= 0 {
			v.repairs = append(v.repairs[:i], v.repairs[i+1:]...)
			return r, true, 0
		}
		if wait == 0 || left < wait {
			wait = left
		}
	}
	return repair{}, false, wait
}

// again sends a packet again, and where much is lost a second time soon.
func (v *videoSender) again(r repair, now time.Time) (int, error) {
	b := v.rtp.peer.bwe
	n, err := v.rtp.resend(r.seq, r.second)
	b.repaired(n)
	if n > 0 && !r.second && b.stats().Noise >= lossForTwo {
		v.mu.Lock()
		v.repairs = append(v.repairs, repair{r.seq, now.Add(twoApart), now, true})
		v.mu.Unlock()
	}
	return n, err
}

// outgoing is the frame that is being sent.
type outgoing struct {
	frame.Video
	payloads [][]byte
}

// next takes the oldest frame off the queue, in packets.
func (v *videoSender) next() (o outgoing, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.queue) == 0 {
		return o, false
	}
	o.Video = v.queue[0]
	v.queue[0] = frame.Video{}
	v.queue = v.queue[1:]
	v.queued -= len(o.Data)
	if o.Width > 0 {
		v.width, v.height = o.Width, o.Height
	}
	v.sent++
	if o.Key {
		// Once it is there nobody needs what came before. Lost packets of that
		// would only take its place.
		v.repairs = nil
		v.rtp.forget()
	}
	o.payloads = v.payloader.Payload(mtu, o.Data)
	return o, true
}

// state is what the pace depends on, and whether a probe may be padded: also
// while there is no picture, which may be for want of the rate that it finds.
// Only a stream does not begin with padding.
func (v *videoSender) state() (target int, pads bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.target, v.sent > 0
}

// run sends at its pace: what is to be repaired, then frames, and where a probe
// needs more than there is, padding between frames.
func (v *videoSender) run() {
	p := v.rtp.peer
	timer := time.NewTimer(0)
	defer timer.Stop()
	var pacer bwe.Pacer
	var now outgoing
	for {
		at := time.Now()
		wait, paid := v.send(&pacer, &now, at)
		if paid {
			continue
		}
		ready := timer.C
		if wait == 0 {
			ready = nil // there is nothing to send
		} else {
			timer.Reset(wait)
		}
		select {
		case <-ready:
		case <-p.paced:
		case <-p.done:
			return
		}
	}
}

// send sends the next packet if it is time; otherwise it tells how long to wait,
// 0 where there is nothing to wait for.
func (v *videoSender) send(pacer *bwe.Pacer, now *outgoing, at time.Time) (wait time.Duration, sent bool) {
	if wait := pacer.Wait(at); wait > 0 {
		return wait, false
	}
	if v.rtp.peer.bwe.isSilent() {
		*now = outgoing{}
		if _, pads := v.state(); pads && v.rtp.bound() {
			_, _ = v.rtp.pad()
		}
		return askEvery, false
	}
	if len(now.payloads) == 0 {
		var ok bool
		if *now, ok = v.next(); ok {
			v.rtp.frame(now.Timestamp, now.Captured)
		}
	}
	target, pads := v.state()
	probe := 0
	if pads && v.rtp.bound() {
		probe = v.rtp.peer.bwe.probeRate(at)
	}
	rate := max(bwe.PaceRate(target), float64(probe))
	var n int
	var err error
	r, due, later := v.dueRepair(at)
	switch {
	case due:
		n, err = v.again(r, at)
	case len(now.payloads) > 0:
		payload := now.payloads[0]
		now.payloads = now.payloads[1:]
		n, err = v.rtp.send(payload, now.Timestamp, len(now.payloads) == 0)
	case probe > 0:
		rate = float64(probe)
		n, err = v.rtp.pad()
	default:
		return later, false
	}
	if err != nil {
		*now = outgoing{} // closed, or about to be: what a socket merely refuses pion keeps to itself
		return retry, false
	}
	pacer.Sent(n, rate)
	return 0, true
}
