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
	"parley/backend/fec"
	"parley/backend/frame"
)

const (
	// maxQueued is how long the frames in the queue may take to send. Beyond
	// it new frames are dropped up to the next key frame.
	maxQueued       = 400 * time.Millisecond
	maxQueuedFrames = 30
	maxRepairs      = 256       // packets: beyond, a key frame is cheaper
	repairWithin    = maxQueued // after it was asked for; then a key frame is sooner

	// Where much is lost by noise, what is sent again is sent twice: lost once more
	// it would hold the picture up for another round trip. It costs as much of the
	// rate as is lost. The second comes after the burst that took the first. Where
	// the link is full it would only make that worse, and where parity brings back
	// most of what is lost there is little to send again.
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

// videoSender queues the frames of our camera, or of our screen, and cuts them into
// packets, which Peer.pace sends.
type videoSender struct {
	rtp      *rtpSender
	keyframe chan struct{}     // the other side, or we, need a key frame
	tell     func(frame.Codec) // which codec to encode with; may be nil
	now      outgoing          // the frame that is being sent; the pace's own
	fec      fec.Sender        // likewise
	owed     float64           // packets of parity, less than one; likewise

	mu        sync.Mutex
	codec     frame.Codec // "" until negotiated
	red       uint8       // payload types; 0 where the other side takes no parity
	parity    uint8
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

	protection int // packets of parity that were sent
}

func newVideoSender(p *Peer, id string, tell func(frame.Codec)) *videoSender {
	v := &videoSender{keyframe: make(chan struct{}, 1), tell: tell, target: firstBitrate - audioShare, needKey: true}
	v.rtp = &rtpSender{peer: p, id: id, kind: webrtc.RTPCodecTypeVideo, clock: 90000, history: make([]sentPacket, resendHistory), choose: v.choose}
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
	v.red, v.parity = 0, 0
	if v.codec == frame.VP8 {
		v.payloader = &vp8Payloader{pictureID: uint16(rand.IntN(1 << 15))}
		// Of VP8 alone a receiver knows by picture IDs that what it misses between
		// two pictures was parity. H.264 it would hold up to ask for that, so that
		// browsers send none with it either.
		if c := parityOf(negotiated); len(c) > 0 {
			v.red, v.parity = uint8(c[0].PayloadType), uint8(c[1].PayloadType)
			p.bwe.protect()
		}
	} else {
		v.payloader = &codecs.H264Payloader{}
	}
	chosen := v.codec
	v.mu.Unlock()
	p.log.Info(v.rtp.id, "send", string(chosen))
	if v.tell != nil {
		p.post(func() { v.tell(chosen) })
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

// WriteScreen is WriteVideo for the screen.
func (p *Peer) WriteScreen(f frame.Video) error { return p.screen.write(f) }

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
	case v.rtp.peer.bwe.rests():
		v.dropped++
		v.needKey = true // it is asked for when the rest is over
		return errDropped(ErrBusy)
	case !f.Key && (v.needKey || v.full()):
		v.dropped++
		v.needKey = true
		wake(v.keyframe)
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

// resume begins anew with a key frame, after a rest or where more is lost than
// there is room to repair: what waits to be sent, or was, is too old to be shown,
// and to repair it would hold up what is new.
func (v *videoSender) resume() {
	v.mu.Lock()
	v.queue, v.queued, v.repairs, v.needKey = nil, 0, nil, true
	v.mu.Unlock()
	v.rtp.forget()
	wake(v.keyframe)
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

// Waits tells that a picture would only wait in a link's queue, or overflow it and hold
// up all that follow. So it is once our first one left, until something comes back that
// tells what the connection carries, for a round trip, 600 ms at most; and once the
// connection fell to a part of what it was sent, until that queue is empty, for a second
// at most.
func (p *Peer) Waits() bool { return p.bwe.waits() }

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
	if n > 0 && !r.second && b.wantsTwo() {
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
	parity   [][]byte // payloads that follow
	ratio    float64  // packets of parity for one of the frame; 0 is none
	red      uint8    // payload types
	inner    uint8
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
		v.fec.Forget()
	}
	size := mtu
	if o.red, o.inner = v.red, v.parity; o.red != 0 {
		if o.ratio = v.rtp.peer.bwe.parity(); o.ratio > 0 {
			size -= fec.Overhead + redByte
		}
	}
	o.payloads = v.payloader.Payload(uint16(size), o.Data)
	switch {
	case o.ratio == 0:
		v.fec.Forget()
	case o.Key:
		o.ratio = v.rtp.peer.bwe.parityOfKey(len(o.payloads))
	}
	return o, true
}

// redByte is the length of RED's header before its only block.
const redByte = 1

// sendMedia sends the next packet of the frame, and makes the parity of its last.
func (v *videoSender) sendMedia() (int, error) {
	o := &v.now
	payload := o.payloads[0]
	o.payloads = o.payloads[1:]
	last := len(o.payloads) == 0
	if o.ratio == 0 {
		return v.rtp.send(payload, o.Timestamp, last)
	}
	packet, n, err := v.rtp.sendIn(o.red, payload, o.Timestamp, last)
	if err != nil {
		return n, err
	}
	v.fec.Sent(packet)
	v.owed += o.ratio
	if last {
		count := int(v.owed)
		v.owed -= float64(count)
		o.parity = v.fec.Parity(count)
	}
	return n, nil
}

// sendParity sends the next packet of parity of the frame.
func (v *videoSender) sendParity() (int, error) {
	payload := v.now.parity[0]
	v.now.parity = v.now.parity[1:]
	v.mu.Lock()
	v.protection++
	v.mu.Unlock()
	return v.rtp.sendParity(v.now.red, v.now.inner, payload, v.now.Timestamp)
}
