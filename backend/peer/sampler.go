package peer

import (
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pion/interceptor/pkg/stats"
	"github.com/pion/webrtc/v4"
)

// sampler holds the rates of the last second, which take two looks.
type sampler struct {
	mu   sync.Mutex
	last sample
	// copies follows the loss of our sound; the sampler's own.
	copies redundancy
	rate   struct{ videoInFPS, videoOutFPS, videoIn, videoOut, audioIn, audioOut float64 }
	relay  relayed
}

// relayed is how a relay is reached.
type relayed struct {
	at       string // our candidate there
	protocol string
}

// sample is one look at the counters.
type sample struct {
	at                                   time.Time
	framesIn, framesOut                  int
	videoIn, videoOut, audioIn, audioOut uint64 // bytes
}

// sample runs what is due once a second: sender reports, the round trip, the
// loss that the other side reports, and the rates of Stats.
func (p *Peer) sample() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	p.sampled.last = sample{at: time.Now()}
	for {
		select {
		case <-p.done:
			return
		case <-tick.C:
		}
		p.video.rtp.report()
		p.screen.rtp.report()
		p.audio.rtp.report()
		p.measure()
		s := p.look()
		p.sampled.mu.Lock()
		if d := s.at.Sub(p.sampled.last.at).Seconds(); d > 0 {
			l, r := p.sampled.last, &p.sampled.rate
			r.videoInFPS, r.videoOutFPS = float64(s.framesIn-l.framesIn)/d, float64(s.framesOut-l.framesOut)/d
			r.videoIn, r.videoOut = bits(s.videoIn, l.videoIn, d), bits(s.videoOut, l.videoOut, d)
			r.audioIn, r.audioOut = bits(s.audioIn, l.audioIn, d), bits(s.audioOut, l.audioOut, d)
		}
		p.sampled.last = s
		p.sampled.mu.Unlock()
	}
}

// bits is the rate in bit/s; a counter that went back belongs to a new stream.
func bits(now, before uint64, seconds float64) float64 {
	if now < before {
		before = 0
	}
	return float64(now-before) * 8 / seconds
}

// measure reads the receiver reports of our streams. Both give a round trip, in
// their own time: a browser reports on sound every 5 s, and not at all on a
// stream that rests.
func (p *Peer) measure() {
	p.newReport(p.video.rtp)
	p.newReport(p.screen.rtp)
	r := p.newReport(p.audio.rtp)
	if r == nil {
		return
	}
	p.sampled.copies.reported(r.FractionLost, time.Now())
	p.audio.wantCopies(p.sampled.copies.copies)
	if p.handlers.AudioLoss != nil {
		p.post(func() { p.handlers.AudioLoss(r.FractionLost) })
	}
}

// newReport is what the other side last reported of a stream of ours, and gives
// the round trip; nil when nothing came since the last time.
func (p *Peer) newReport(of *rtpSender) *stats.RemoteInboundRTPStreamStats {
	s := p.counters.Get(of.currentSSRC())
	if s == nil || s.RemoteInboundRTPStreamStats.RoundTripTimeMeasurements == of.reports {
		return nil
	}
	r := &s.RemoteInboundRTPStreamStats
	of.reports = r.RoundTripTimeMeasurements
	p.rtt.Store(int64(r.RoundTripTime))
	return r
}

func (p *Peer) look() sample {
	s := sample{at: time.Now()}
	p.video.mu.Lock()
	s.framesOut = p.video.sent
	p.video.mu.Unlock()
	p.in.mu.Lock()
	s.framesIn = p.in.video.frames
	videoSSRC, audioSSRC := p.in.video.ssrc, p.in.audioSSRC
	p.in.mu.Unlock()
	if c := p.counters.Get(p.video.rtp.currentSSRC()); c != nil {
		s.videoOut = c.OutboundRTPStreamStats.BytesSent
	}
	if c := p.counters.Get(p.audio.rtp.currentSSRC()); c != nil {
		s.audioOut = c.OutboundRTPStreamStats.BytesSent
	}
	if c := p.counters.Get(videoSSRC); c != nil {
		s.videoIn = c.InboundRTPStreamStats.BytesReceived
	}
	if c := p.counters.Get(audioSSRC); c != nil {
		s.audioIn = c.InboundRTPStreamStats.BytesReceived
	}
	return s
}

// roundTrip is the last measured round trip: of RTCP, and before its first
// reports of ICE's checks.
func (p *Peer) roundTrip() time.Duration {
	if rtt := p.rtt.Load(); rtt > 0 {
		return time.Duration(rtt)
	}
	if t, ok := p.ice(); ok {
		if s, ok := t.GetSelectedCandidatePairStats(); ok {
			return time.Duration(s.CurrentRoundTripTime * float64(time.Second))
		}
	}
	return 0
}

// ice is there once connected: before, pion reads and writes it without a lock.
func (p *Peer) ice() (*webrtc.ICETransport, bool) {
	if !p.video.rtp.ready.Load() {
		return nil, false
	}
	return p.video.rtp.transceiver.Sender().Transport().ICETransport(), true
}

// Stats is what the connection did so far. It is cheap.
func (p *Peer) Stats() Stats {
	var s Stats
	p.sampled.mu.Lock()
	rate := p.sampled.rate
	p.sampled.mu.Unlock()

	out := &s.Video.Out
	p.video.mu.Lock()
	out.Codec, out.Frames, out.Dropped = p.video.codec, p.video.sent, p.video.dropped
	out.Parity = p.video.protection
	out.Width, out.Height, out.Target, out.Backlog = p.video.width, p.video.height, p.video.target, p.video.behind()
	p.video.mu.Unlock()
	out.Resent = p.video.rtp.repaired()
	if c := p.counters.Get(p.video.rtp.currentSSRC()); c != nil {
		out.Loss, out.Jitter = c.RemoteInboundRTPStreamStats.FractionLost, seconds(c.RemoteInboundRTPStreamStats.Jitter)
		o := c.OutboundRTPStreamStats
		out.NACKs, out.PLIs, out.FIRs = int(o.NACKCount), int(o.PLICount), int(o.FIRCount)
	}
	out.FPS, out.Bitrate = rate.videoOutFPS, int(rate.videoOut)

	in := &s.Video.In
	p.in.mu.Lock()
	theirs := &p.in.video
	in.Codec, in.Frames, in.Dropped = theirs.codec, theirs.frames, theirs.dropped
	in.Width, in.Height, in.Freezes, in.Recovered = theirs.width, theirs.height, theirs.freezes.count, theirs.recovered
	videoSSRC, audioSSRC, recovered := theirs.ssrc, p.in.audioSSRC, p.in.recovered
	p.in.mu.Unlock()
	in.FPS, in.Bitrate = rate.videoInFPS, int(rate.videoIn)
	if c := p.counters.Get(videoSSRC); c != nil {
		i := c.InboundRTPStreamStats
		in.Lost, in.Jitter = max(0, int(i.PacketsLost)-in.Recovered), seconds(i.Jitter)
		in.NACKs, in.PLIs = int(i.NACKCount), int(i.PLICount)
	}

	s.Audio.Out = AudioOut{Packets: int(p.audio.sent.Load()), Copies: int(p.audio.copied.Load()), Bitrate: int(rate.audioOut), Dropped: int(p.audio.dropped.Load())}
	s.Audio.In.Bitrate, s.Audio.In.Recovered = int(rate.audioIn), recovered
	if c := p.counters.Get(audioSSRC); c != nil {
		s.Audio.In.Packets = int(c.InboundRTPStreamStats.PacketsReceived)
		s.Audio.In.Lost = max(0, int(c.InboundRTPStreamStats.PacketsLost)-recovered)
		s.Audio.In.Jitter = seconds(c.InboundRTPStreamStats.Jitter)
	}
	if c := p.counters.Get(p.audio.rtp.currentSSRC()); c != nil {
		s.Audio.Out.Loss = c.RemoteInboundRTPStreamStats.FractionLost
	}
	b := p.bwe.stats()
	s.Available, s.Queue, s.Loss, s.Probes, s.Probed = b.Target, b.Queue, b.Loss, b.Probes, b.Probed
	s.RTT = p.roundTrip()
	s.Path, s.Protocol = p.path()
	return s
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// path tells how packets travel, and what carries them from here: "udp", "tcp"
// or "tls".
func (p *Peer) path() (Path, string) {
	t, ok := p.ice()
	if !ok {
		return "", ""
	}
	pair, err := t.GetSelectedCandidatePair()
	if err != nil || pair == nil {
		return "", ""
	}
	path, protocol := PathDirect, pair.Local.Protocol.String()
	if pair.Local.Typ == webrtc.ICECandidateTypeRelay {
		protocol = p.relayProtocol(pair.Local)
	}
	if pair.Local.Typ == webrtc.ICECandidateTypeRelay || pair.Remote.Typ == webrtc.ICECandidateTypeRelay {
		path = PathRelay
	}
	return path, protocol
}

// relayProtocol tells how we reach the relay that a candidate of ours is at. It
// asks pion once: the only one to tell waits for ICE's goroutine, which may wait
// for the network.
func (p *Peer) relayProtocol(of *webrtc.ICECandidate) string {
	at := net.JoinHostPort(of.Address, strconv.Itoa(int(of.Port)))
	p.sampled.mu.Lock()
	known := p.sampled.relay
	p.sampled.mu.Unlock()
	if known.at == at {
		return known.protocol
	}
	protocol := of.Protocol.String()
	for _, s := range p.pc.GetStats() {
		if c, ok := s.(webrtc.ICECandidateStats); ok && c.IP == of.Address && c.Port == int32(of.Port) && c.RelayProtocol != "" {
			protocol = strings.TrimPrefix(c.RelayProtocol, "d") // DTLS is TLS to its user
		}
	}
	// GetStats reads a field without the lock, which a later close by the other
	// side writes (pion v4.2): taking the lock puts one before the other.
	p.pc.GetReceivers()
	p.sampled.mu.Lock()
	defer p.sampled.mu.Unlock()
	p.sampled.relay = relayed{at, protocol}
	return protocol
}

const (
	pauseAfter = 5 * time.Second // without a packet the sender rests, and nothing is frozen
	leastGaps  = 4               // before which there is no average to tell a freeze by
)

// freezeCounter counts freezes as libwebrtc does.
type freezeCounter struct {
	count    int
	last     time.Time // of the last frame; zero when a pause came after it
	received time.Time // of the last packet
	gaps     [30]time.Duration
	n        int
}

// packet notes that a packet came, before the frame that it completes.
func (c *freezeCounter) packet(now time.Time) {
	if now.Sub(c.received) > pauseAfter {
		c.last = time.Time{}
	}
	c.received = now
}

// frame notes that a frame was handed on.
func (c *freezeCounter) frame(now time.Time) {
	defer func() { c.last = now }()
	if c.last.IsZero() {
		return
	}
	gap := now.Sub(c.last)
	if seen := min(c.n, len(c.gaps)); seen >= leastGaps {
		var sum time.Duration
		for _, g := range c.gaps[:seen] {
			sum += g
		}
		average := sum / time.Duration(seen)
		if gap > max(3*average, average+150*time.Millisecond) {
			c.count++
		}
	}
	c.gaps[c.n%len(c.gaps)] = gap
	c.n++
}
