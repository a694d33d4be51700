package peer

import (
	"errors"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"parley/backend/frame"
)

const (
	receiveMTU     = 1500
	receiveQueue   = 512 // packets between reading and assembling
	repairInterval = 20 * time.Millisecond
	pliInterval    = 1500 * time.Millisecond
	maxBadReads    = 100
)

// inbound is what comes from the other side.
type inbound struct {
	transport Transport // last reported; the dispatcher's own

	mu            sync.Mutex
	video, screen incoming
	audioSSRC     uint32
	recovered     int // packets of sound
}

// incoming is what comes of a camera or of a screen. All but pli is guarded by
// inbound's lock.
type incoming struct {
	ssrc    uint32 // of the track being received; 0 before
	codec   frame.Codec
	width   int
	height  int
	frames  int
	dropped int
	needKey bool // frames were held back: the next one is a key frame
	freezes freezeCounter
	// recovered are packets that parity brought back and that never came themselves
	recovered int

	pli limiter
}

// received is one RTP packet.
type received struct {
	codec     frame.Codec
	seq       uint16
	timestamp uint32
	marker    bool
	payload   []byte
	packet    []byte // the whole of it, without padding; it holds payload
	arrived   time.Time
	restored  bool // it did not come: parity brought it back
}

// onTrack receives a track of the other side until it ends: the first of each
// kind and of the screen's place, more are ignored.
func (p *Peer) onTrack(t *webrtc.TrackRemote, r *webrtc.RTPReceiver) {
	in, hand := &p.in.video, p.handlers.Video
	if of := p.screen.rtp.transceiver; of != nil && of.Receiver() == r {
		in, hand = &p.in.screen, p.handlers.Screen
	}
	ssrc := &in.ssrc
	if t.Kind() == webrtc.RTPCodecTypeAudio {
		ssrc = &p.in.audioSSRC
	}
	if !p.in.take(ssrc, uint32(t.SSRC())) {
		p.log.Warn("a second track is ignored", "kind", t.Kind().String())
		return
	}
	clock := &senderClock{rate: int(t.Codec().ClockRate)}
	formats := formatsOf(r.GetParameters().Codecs)
	p.run(func() { p.readReports(t, r, clock) })
	switch t.Kind() {
	case webrtc.RTPCodecTypeVideo:
		packets := make(chan received, receiveQueue)
		p.run(func() { p.assemble(packets, formats, in, clock, hand) })
		p.run(func() {
			defer close(packets)
			p.readTrack(t, formats, func(f received) {
				select {
				case packets <- f:
				case <-p.done:
				}
			})
		})
	case webrtc.RTPCodecTypeAudio:
		a := &audioReceiver{peer: p, formats: formats, clock: clock, ssrc: uint32(t.SSRC())}
		p.run(func() { p.readTrack(t, formats, a.take) })
	}
}

// take notes the SSRC of a track, the first time.
func (in *inbound) take(of *uint32, ssrc uint32) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if *of != 0 {
		return false
	}
	*of = ssrc
	return true
}

// What stands in place of a codec in a packet that is to be taken apart, and in one
// of parity.
const (
	red    frame.Codec = "red"
	parity frame.Codec = "parity"
)

// formatsOf gives the codecs by their payload types.
func formatsOf(negotiated []webrtc.RTPCodecParameters) map[uint8]frame.Codec {
	formats := map[uint8]frame.Codec{}
	for _, c := range negotiated {
		switch {
		case isOpus(c):
			formats[uint8(c.PayloadType)] = frame.Opus
		case strings.EqualFold(c.MimeType, mimeRED), strings.EqualFold(c.MimeType, mimeVideoRED):
			formats[uint8(c.PayloadType)] = red
		case strings.EqualFold(c.MimeType, webrtc.MimeTypeUlpFEC):
			formats[uint8(c.PayloadType)] = parity
		default:
			formats[uint8(c.PayloadType)] = codecOf(c)
		}
	}
	return formats
}

// readTrack hands on the packets of a track, each with the codec that its
// payload type says: the sender may change between those of the answer.
func (p *Peer) readTrack(t *webrtc.TrackRemote, formats map[uint8]frame.Codec, hand func(received)) {
	buf := make([]byte, receiveMTU)
	for bad := 0; bad < maxBadReads; {
		n, _, err := t.Read(buf)
		if err != nil {
			if p.over(err) {
				return
			}
			bad++
			continue
		}
		bad = 0
		var h rtp.Header
		start, err := h.Unmarshal(buf[:n])
		if err != nil || formats[h.PayloadType] == "" {
			continue
		}
		end := n
		if h.Padding {
			end -= int(buf[n-1])
		}
		f := received{codec: formats[h.PayloadType], seq: h.SequenceNumber, timestamp: h.Timestamp, marker: h.Marker, arrived: time.Now()}
		if start < end {
			f.packet = append([]byte(nil), buf[:end]...)
			f.payload = f.packet[start:]
		}
		hand(f)
	}
}

// readReports reads the sender reports of a track of the other side.
func (p *Peer) readReports(t *webrtc.TrackRemote, r *webrtc.RTPReceiver, clock *senderClock) {
	for bad := 0; bad < maxBadReads; {
		packets, _, err := r.ReadRTCP()
		if err != nil {
			if p.over(err) {
				return
			}
			bad++
			continue
		}
		bad = 0
		for _, packet := range packets {
			if sr, ok := packet.(*rtcp.SenderReport); ok {
				clock.report(sr, uint32(t.SSRC()))
			}
		}
	}
}

// over tells whether a read error is the stream's end. Others are of one
// malformed packet, and the next read waits for another; maxBadReads in a row
// are of something worse.
func (p *Peer) over(err error) bool {
	return p.isClosed() || errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe) ||
		p.pc.ConnectionState() == webrtc.PeerConnectionStateClosed
}

// assemble makes frames of the packets of a track of pictures, asks for those that
// are missing, and for a key frame where asking did not help.
func (p *Peer) assemble(packets <-chan received, formats map[uint8]frame.Codec, in *incoming, clock *senderClock, hand func(frame.Video)) {
	a, r := newAssembler(), newRepairer(formats)
	var timing playout
	p.in.mu.Lock()
	ssrc := in.ssrc
	p.in.mu.Unlock()
	tick := time.NewTicker(repairInterval)
	defer tick.Stop()
	ask := func(now time.Time, rtt time.Duration) {
		if nacks := a.missing(now, rtt, r.patience(now)); len(nacks) > 0 {
			p.sendFeedback(&rtcp.TransportLayerNack{SenderSSRC: p.video.rtp.currentSSRC(), MediaSSRC: ssrc, Nacks: rtcp.NackPairsFromSequenceNumbers(nacks)})
		}
	}
	for {
		select {
		case f, ok := <-packets:
			if !ok {
				return
			}
			p.in.mu.Lock()
			in.freezes.packet(f.arrived)
			p.in.mu.Unlock()
			for _, f := range r.take(f) {
				a.push(f)
			}
			if a.gaps.size() > 0 { // the sooner it is asked for, the sooner the picture goes on
				ask(f.arrived, p.roundTrip())
			}
			for {
				f, ok := a.pop()
				if !ok {
					break
				}
				f.Captured = clock.at(f.Timestamp, ssrc)
				f.Due = timing.due(f.Timestamp, a.came, a.repaired)
				p.deliver(f, in, hand)
			}
		case now := <-tick.C:
			rtt := p.roundTrip()
			ask(now, rtt)
			a.giveUp(now, repairTime(rtt))
		case <-p.done:
			return
		}
		if a.needsKey() {
			p.requestKeyframe(in)
		}
		p.in.mu.Lock()
		in.dropped, in.recovered = a.dropped, r.fec.Recovered
		p.in.mu.Unlock()
	}
}

// deliver hands a frame on and counts it.
func (p *Peer) deliver(f frame.Video, in *incoming, hand func(frame.Video)) {
	if p.isClosed() {
		return
	}
	p.in.mu.Lock()
	in.needKey = p.held.Load() || in.needKey && !f.Key
	needKey := in.needKey
	p.in.mu.Unlock()
	if needKey {
		if !p.held.Load() {
			p.requestKeyframe(in)
		}
		return
	}
	p.in.mu.Lock()
	in.codec = f.Codec
	in.width, in.height = f.Width, f.Height
	in.frames++
	shown := time.Now()
	if f.Due.After(shown) {
		shown = f.Due
	}
	in.freezes.frame(shown)
	p.in.mu.Unlock()
	if hand != nil {
		hand(f)
	}
}

// RequestKeyframe asks the other side for a key frame, at most once in 1.5 s:
// a frame was lost here, or cannot be decoded.
func (p *Peer) RequestKeyframe() { p.requestKeyframe(&p.in.video) }

// RequestScreenKeyframe is RequestKeyframe for the screen.
func (p *Peer) RequestScreenKeyframe() { p.requestKeyframe(&p.in.screen) }

func (p *Peer) requestKeyframe(in *incoming) {
	p.in.mu.Lock()
	ssrc := in.ssrc
	p.in.mu.Unlock()
	if ssrc != 0 && in.pli.allow(time.Now()) {
		p.sendFeedback(&rtcp.PictureLossIndication{SenderSSRC: p.video.rtp.currentSSRC(), MediaSSRC: ssrc})
	}
}

func (p *Peer) sendFeedback(packet rtcp.Packet) {
	_ = p.pc.WriteRTCP([]rtcp.Packet{packet}) // what is lost is asked for again
}

// limiter lets one through at a time.
type limiter struct {
	every time.Duration
	mu    sync.Mutex
	last  time.Time
}

func (l *limiter) allow(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.last.IsZero() && now.Sub(l.last) < l.every {
		return false
	}
	l.last = now
	return true
}
