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
	id          string // its name in the descriptions
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
	resent    int
	timestamp uint32 // of the last frame, and when it was captured
	captured  time.Time
}

type sentPacket struct {
	pt        uint8
	payload   []byte
	padding   uint8 // bytes, of a packet that has no payload
	once      bool  // it is not sent again
	timestamp uint32
	seq       uint16
	marker    bool
	resends   uint8
	last      time.Time // it was sent again
	wanted    bool      // it waits to be sent again
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

// ID, RID, StreamID and Kind implement webrtc.TrackLocal. All streams share their
// StreamID: it is what makes a browser play them in step, and what old clients
// show. Our own page takes the screen out of it (host/browser/peer.ts).
func (s *rtpSender) ID() string                { return s.id }
func (s *rtpSender) RID() string               { return "" }
func (s *rtpSender) StreamID() string          { return "parley" }
func (s *rtpSender) Kind() webrtc.RTPCodecType { return s.kind }

// bound tells whether frames can be sent.
func (s *rtpSender) bound() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writer != nil && s.ready.Load() && !s.peer.held.Load()
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
	_, n, err := s.write(sentPacket{payload: payload, timestamp: timestamp, marker: marker})
	return n, err
}

// sendAs sends one packet under another payload type than the codec's.
func (s *rtpSender) sendAs(pt uint8, payload []byte, timestamp uint32) (int, error) {
	_, n, err := s.write(sentPacket{pt: pt, payload: payload, timestamp: timestamp})
	return n, err
}

// sendIn sends one packet inside of RED, as payload type pt says that, and gives
// besides its size what parity is to protect: the packet without RED, and without
// the transport-wide number, which a receiver takes for 0 as well.
func (s *rtpSender) sendIn(pt uint8, payload []byte, timestamp uint32, marker bool) (packet []byte, n int, err error) {
	inner := s.payloadType()
	h, n, err := s.write(sentPacket{pt: pt, payload: append([]byte{inner}, payload...), timestamp: timestamp, marker: marker})
	if err != nil {
		return nil, 0, err
	}
	h.PayloadType = inner
	for _, id := range h.GetExtensionIDs() { // there is no other
		clear(h.GetExtension(id))
	}
	packet, err = (&rtp.Packet{Header: h, Payload: payload}).Marshal()
	return packet, n, err
}

// sendParity sends a packet of parity, of payload type inner in RED. It is not
// sent again: by then what it protects has been.
func (s *rtpSender) sendParity(pt, inner uint8, payload []byte, timestamp uint32) (int, error) {
	_, n, err := s.write(sentPacket{pt: pt, payload: append([]byte{inner}, payload...), timestamp: timestamp, once: true})
	return n, err
}

// maxPadding is how many bytes of padding a packet can have that browsers take,
// less than RFC 3550 allows: libwebrtc sends as many.
const maxPadding = 224

// pad sends a packet of nothing but padding, for a probe. It takes a sequence
// number of the stream, because without RTX there is no other stream to pad; so
// it must not come within a frame. Browsers send and take the same.
func (s *rtpSender) pad() (int, error) {
	s.mu.Lock()
	timestamp := s.timestamp
	s.mu.Unlock()
	_, n, err := s.write(sentPacket{padding: maxPadding, timestamp: timestamp})
	return n, err
}

// write sends a packet, and gives its header as it went out and its size in bytes.
func (s *rtpSender) write(p sentPacket) (h rtp.Header, n int, err error) {
	s.mu.Lock()
	if s.writer == nil || s.peer.held.Load() {
		s.mu.Unlock()
		return h, 0, ErrNotReady
	}
	w := s.writer
	if p.pt == 0 {
		p.pt = s.pt
	}
	p.seq = s.seq
	s.seq++
	s.packets++
	s.octets += uint32(len(p.payload))
	payload := p.payload
	if p.once {
		p.payload = nil
	}
	if len(s.history) > 0 {
		s.history[int(p.seq)%len(s.history)] = p
	}
	h = s.header(p)
	s.mu.Unlock()
	n, err = w.WriteRTP(&h, payload)
	return h, n, err
}

func (s *rtpSender) header(p sentPacket) rtp.Header {
	return rtp.Header{Version: 2, Marker: p.marker, PayloadType: p.pt, SequenceNumber: p.seq, Timestamp: p.timestamp, SSRC: s.ssrc,
		Padding: p.padding > 0, PaddingSize: p.padding}
}

// forget drops what could be sent again.
func (s *rtpSender) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.history)
}

// wanted are the packets that a NACK asks for and that can be sent again. How
// often and how soon one packet goes out again is bounded: a receiver asks again
// after the round trip that it knows, which the queue of a link that became
// narrow exceeds, and each copy would lengthen that queue.
func (s *rtpSender) wanted(nack *rtcp.TransportLayerNack, now time.Time, rtt time.Duration) (seqs []uint16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writer == nil || len(s.history) == 0 || nack.MediaSSRC != s.ssrc {
		return nil
	}
	for _, pair := range nack.Nacks {
		for _, seq := range pair.PacketList() {
			sent := &s.history[int(seq)%len(s.history)]
			if sent.seq != seq || sent.payload == nil && sent.padding == 0 || sent.resends >= maxResends ||
				sent.wanted || now.Sub(sent.last) < max(resendInterval, rtt*9/10) {
				continue
			}
			sent.wanted = true
			seqs = append(seqs, seq)
		}
	}
	return seqs
}

// resend sends a packet again, on the stream's own SSRC; it returns its size in
// bytes, 0 where it is gone. Of two copies the second is thrown away as a replay
// (RFC 3711, 3.3.2) before it is reported: it must not count as lost.
func (s *rtpSender) resend(seq uint16, second bool) (int, error) {
	s.mu.Lock()
	if s.writer == nil || s.peer.held.Load() {
		s.mu.Unlock()
		return 0, ErrNotReady
	}
	sent := &s.history[int(seq)%len(s.history)]
	if sent.seq != seq || sent.payload == nil && sent.padding == 0 {
		s.mu.Unlock()
		return 0, nil
	}
	s.resent++
	if !second {
		sent.resends++
	}
	sent.last, sent.wanted = time.Now(), false
	w, h, payload := s.writer, s.header(*sent), sent.payload
	s.mu.Unlock()
	s.peer.bwe.again(h.SSRC, seq, second)
	return w.WriteRTP(&h, payload)
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
				if v := p.pictureOf(s); v != nil {
					v.repair(s.wanted(f, time.Now(), p.bwe.stats().RTT))
				}
			case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
				if v := p.pictureOf(s); v != nil {
					wake(v.keyframe)
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

func (s *rtpSender) payloadType() uint8 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pt
}

// repaired is how many packets were sent again.
func (s *rtpSender) repaired() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.resent
}
