package peer

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

const (
	mtu            = 1200 // bytes of RTP payload: fits through any tunnel, as browsers have it
	resendHistory  = 1024 // packets, a power of two: 3 s at 2.5 Mbit/s
	maxResends     = 6    // of one packet
	resendInterval = time.Second / 100
)

// rtpSender is one RTP stream of ours. It is a webrtc.TrackLocal, so that its
// codec and payload type are what was negotiated, not what we offered.
type rtpSender struct {
	peer        *Peer
	kind        webrtc.RTPCodecType
	clock       int // RTP ticks a second
	history     []sentPacket
	transceiver *webrtc.RTPTransceiver
	// choose picks the codec to send and tells whoever must know.
	choose func([]webrtc.RTPCodecParameters) (webrtc.RTPCodecParameters, bool)
	ready  atomic.Bool // DTLS is up: what is written arrives
	// reports of the other side on this stream that were read; the sampler's own.
	reports uint64

	mu        sync.Mutex
	writer    webrtc.TrackLocalWriter // nil while unbound
	ssrc      uint32
	pt        uint8
	seq       uint16
	packets   uint32
	octets    uint32
	timestamp uint32 // of the last frame, and when it was captured
	captured  time.Time
}

type sentPacket struct {
	payload   []byte
	timestamp uint32
	seq       uint16
	marker    bool
	resends   uint8
	last      time.Time
}

// Bind takes the codec that was negotiated. Where there is none the stream
// stays silent and the rest of the call goes on.
func (s *rtpSender) Bind(ctx webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	codec, ok := s.choose(ctx.CodecParameters())
	s.mu.Lock()
	defer s.mu.Unlock()
	if ok {
		s.writer, s.ssrc, s.pt = ctx.WriteStream(), uint32(ctx.SSRC()), uint8(codec.PayloadType)
		s.seq = uint16(rand.Uint32())
	}
	return codec, nil
}

// Unbind implements webrtc.TrackLocal.
func (s *rtpSender) Unbind(webrtc.TrackLocalContext) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writer = nil
	return nil
}

// ID, RID, StreamID and Kind implement webrtc.TrackLocal. Both streams share
// their StreamID: it is what makes a browser play them in step.
func (s *rtpSender) ID() string                { return s.kind.String() }
func (s *rtpSender) RID() string               { return "" }
func (s *rtpSender) StreamID() string          { return "parley" }
func (s *rtpSender) Kind() webrtc.RTPCodecType { return s.kind }

// bound tells whether frames can be sent.
func (s *rtpSender) bound() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writer != nil && s.ready.Load()
}

// frame notes the frame that the next packets belong to. The first one is
// reported at once, so that the other side can play in step from the start.
func (s *rtpSender) frame(timestamp uint32, captured time.Time) {
	if captured.IsZero() {
		captured = time.Now()
	}
	s.mu.Lock()
	first := s.captured.IsZero()
	s.timestamp, s.captured = timestamp, captured
	s.mu.Unlock()
	if first {
		s.report()
	}
}

// send sends one packet; it returns its size in bytes.
func (s *rtpSender) send(payload []byte, timestamp uint32, marker bool) (int, error) {
	s.mu.Lock()
	if s.writer == nil {
		s.mu.Unlock()
		return 0, ErrNotReady
	}
	w, seq := s.writer, s.seq
	s.seq++
	s.packets++
	s.octets += uint32(len(payload))
	if len(s.history) > 0 {
		s.history[int(seq)%len(s.history)] = sentPacket{payload: payload, timestamp: timestamp, seq: seq, marker: marker}
	}
	h := s.header(seq, timestamp, marker)
	s.mu.Unlock()
	return w.WriteRTP(&h, payload)
}

func (s *rtpSender) header(seq uint16, timestamp uint32, marker bool) rtp.Header {
	return rtp.Header{Version: 2, Marker: marker, PayloadType: s.pt, SequenceNumber: seq, Timestamp: timestamp, SSRC: s.ssrc}
}

// resend answers a NACK on the stream's own SSRC. How often and how soon one
// packet goes out again is bounded: a receiver that asks without end must not
// make a storm.
func (s *rtpSender) resend(nack *rtcp.TransportLayerNack, now time.Time) {
	for _, pair := range nack.Nacks {
		for _, seq := range pair.PacketList() {
			s.mu.Lock()
			if s.writer == nil || len(s.history) == 0 || nack.MediaSSRC != s.ssrc {
				s.mu.Unlock()
				return
			}
			sent := &s.history[int(seq)%len(s.history)]
			if sent.seq != seq || sent.payload == nil || sent.resends >= maxResends || now.Sub(sent.last) < resendInterval {
				s.mu.Unlock()
				continue
			}
			sent.resends++
			sent.last = now
			w, payload, h := s.writer, sent.payload, s.header(seq, sent.timestamp, sent.marker)
			s.mu.Unlock()
			if _, err := w.WriteRTP(&h, payload); err != nil {
				return
			}
		}
	}
}

// report sends a sender report (RFC 3550, 6.4.1). pion's own ties the RTP
// clock to when a packet was sent; ours ties it to when it was captured, which
// is what picture and sound must be played in step by.
func (s *rtpSender) report() {
	s.mu.Lock()
	if s.writer == nil || s.captured.IsZero() || !s.ready.Load() {
		s.mu.Unlock()
		return
	}
	now := time.Now()
	sr := &rtcp.SenderReport{
		SSRC:        s.ssrc,
		NTPTime:     toNTP(now),
		RTPTime:     s.timestamp + uint32(int64(now.Sub(s.captured).Seconds()*float64(s.clock))),
		PacketCount: s.packets,
		OctetCount:  s.octets,
	}
	s.mu.Unlock()
	_ = s.peer.pc.WriteRTCP([]rtcp.Packet{sr}) // a lost report is followed by the next
}

// readFeedback reads what the other side says of one of our streams.
func (p *Peer) readFeedback(s *rtpSender) {
	for bad := 0; bad < maxBadReads; {
		packets, _, err := s.transceiver.Sender().ReadRTCP()
		if err != nil {
			if p.over(err) {
				return
			}
			bad++
			continue
		}
		bad = 0
		for _, packet := range packets {
			switch f := packet.(type) {
			case *rtcp.TransportLayerNack:
				s.resend(f, time.Now())
			case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
				if s == p.video.rtp {
					wake(p.keyframe)
				}
			}
		}
	}
}

func (s *rtpSender) currentSSRC() uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ssrc
}
