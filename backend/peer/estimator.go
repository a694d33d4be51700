package peer

import (
	"encoding/binary"
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/cc"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"

	"parley/backend/bwe"
)

// The estimate's bounds, bit/s. The first is low because a burst at the start of
// a call costs more than a second of coarse picture. The least is sound alone.
const (
	firstBitrate = 600_000
	leastBitrate = audioShare
	mostBitrate  = 2_500_000

	audioShare = audioBitrate + audioHeaders // of it, bit/s
	mostRepair = 0.5                         // of the estimate

	// Opus is asked for this many bit/s; for half of it while the estimate is below
	// narrowBelow, and until it is above narrowAbove: a link of 50 kbit/s takes no
	// more once IP, UDP and SRTP have theirs, and one of 80 has room for a picture.
	// It then makes packets of longPacket, where the other side takes those: of 20 ms
	// of sound 41 bytes are Opus and 59 are headers, which with what else a call sends
	// (reports, STUN, the room's pings: 14 kbit/s) is 54 kbit/s. What that saves is left
	// for them, which no estimate counts.
	audioBitrate  = 32_000
	narrowBitrate = 16_000
	audioHeaders  = 8_000 // bit/s: RTP with its extension, 50 times a second
	longPacket    = 40 * time.Millisecond
	audioPacket   = 20 * time.Millisecond
	narrowBelow   = 80_000
	narrowAbove   = 100_000

	copyShare  = 34_000 // bit/s: the sound once more, with a header of 4 bytes
	mostCopies = 0.25   // of the estimate: on a narrow link they would take the place of what they protect
)

// estimator is bwe's estimate behind pion's interface: all that the rest of the
// package knows of congestion control.
type estimator struct {
	mu      sync.Mutex
	bwe     *bwe.Estimator
	decoder bwe.Decoder
	told    int
	changed func(int)
	heard   func() // a report came
	resumed func() // pictures may go on after a rest
	rested  bool   // they may not, as resumed last was told
	held    int    // bit/s of video, before the silence
	twcc    bool   // of which one was TWCC feedback
	repairs leaky  // bit/s that were sent again
	wanted  int    // copies of each packet of sound, for its loss
	narrow  bool   // sound makes do with narrowBitrate
	short   bool   // the other side does not take longPacket
	shield  shield
	next    resent
	last    time.Time // a packet left
}

var _ cc.BandwidthEstimator = (*estimator)(nil)

// newEstimator registers the estimate over TWCC feedback. Pacing is not its
// business but videoSender's.
func (p *Peer) newEstimator() (interceptor.Factory, error) {
	f, err := cc.NewInterceptor(func() (cc.BandwidthEstimator, error) {
		return &estimator{bwe: bwe.New(bwe.Config{First: firstBitrate, Least: leastBitrate, Most: mostBitrate}, time.Now())}, nil
	})
	if err != nil {
		return nil, err
	}
	f.OnNewPeerConnection(func(_ string, e cc.BandwidthEstimator) {
		p.bwe = e.(*estimator)
		p.bwe.changed = func(int) { wake(p.target) }
		p.bwe.heard = func() { wake(p.paced) }
		p.bwe.resumed = func() {
			for _, v := range p.pictures() {
				v.resume()
			}
		}
	})
	return f, nil
}

// AddStream notes the packets of a stream as they leave, by the number that the
// TWCC interceptor gave them.
func (e *estimator) AddStream(info *interceptor.StreamInfo, w interceptor.RTPWriter) interceptor.RTPWriter {
	var id uint8
	for _, x := range info.RTPHeaderExtensions {
		if x.URI == sdp.TransportCCURI {
			id = uint8(x.ID)
		}
	}
	if id == 0 {
		return w
	}
	return interceptor.RTPWriterFunc(func(h *rtp.Header, payload []byte, a interceptor.Attributes) (int, error) {
		if number := h.GetExtension(id); len(number) >= 2 {
			e.mu.Lock()
			next := resent{}
			if e.next.of && e.next.ssrc == h.SSRC && e.next.seq == h.SequenceNumber {
				next, e.next = e.next, next
			}
			if next.second {
				e.mu.Unlock()
				return w.Write(h, payload, a)
			}
			e.last = time.Now()
			e.bwe.Sent(bwe.Packet{Seq: binary.BigEndian.Uint16(number), Bytes: h.MarshalSize() + len(payload) + int(h.PaddingSize), Again: next.of}, e.last)
			tell := e.news()
			e.mu.Unlock()
			tell()
		}
		return w.Write(h, payload, a)
	})
}

// WriteRTCP takes the feedback among what the other side reports.
func (e *estimator) WriteRTCP(packets []rtcp.Packet, _ interceptor.Attributes) error {
	heard := false
	e.mu.Lock()
	for _, p := range packets {
		switch f := p.(type) {
		case *rtcp.TransportLayerCC:
			e.bwe.Feedback(e.decoder.Decode(f), time.Now())
			heard, e.twcc = true, true
			e.shield.follow(e.bwe.Stats())
		case *rtcp.ReceiverReport:
			e.report(f)
		}
	}
	tell := e.news()
	e.mu.Unlock()
	tell()
	if heard && e.heard != nil {
		e.heard()
	}
	return nil
}

// report takes the loss where the other side sends no TWCC feedback.
func (e *estimator) report(r *rtcp.ReceiverReport) {
	if e.twcc || len(r.Reports) == 0 {
		return
	}
	worst := uint8(0)
	for _, s := range r.Reports {
		worst = max(worst, s.FractionLost)
	}
	e.bwe.Lost(float64(worst) / 256)
}

// leastNews is the change of the target, of it, that is worth telling of.
const leastNews = 0.01

// news is to be called once the lock is free.
func (e *estimator) news() func() {
	target := e.bwe.Target()
	e.narrow = target < narrowBelow || e.narrow && target <= narrowAbove
	if was := e.rested; was != e.resting() && e.changed != nil {
		e.rested, e.told = !was, target
		return func() {
			if was {
				e.resumed()
			}
			e.changed(target)
		}
	}
	if math.Abs(float64(target-e.told)) < leastNews*float64(e.told) && e.shield.ratio == e.shield.told || e.changed == nil {
		return func() {}
	}
	e.told, e.shield.told = target, e.shield.ratio
	return func() { e.changed(target) }
}

// reset starts again: packets take another way from now on.
func (e *estimator) reset() {
	e.mu.Lock()
	e.bwe.Reset(time.Now())
	tell := e.news()
	e.mu.Unlock()
	tell()
}

// resent is a packet that is about to be sent again, if of is set.
type resent struct {
	of     bool
	second bool // the second copy at once
	ssrc   uint32
	seq    uint16
}

// again says that the next packet of this number is sent again: if the first one
// comes as well, this one is a replay, and is not reported. A second copy does
// not count at all, because the first most likely comes.
func (e *estimator) again(ssrc uint32, seq uint16, second bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.next = resent{true, second, ssrc, seq}
}

// repaired notes bytes that were sent again: the encoder has that much less.
func (e *estimator) repaired(bytes int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.repairs.add(float64(bytes*8), time.Now())
}

// mayRepair tells whether more may be sent again now: what repairs the picture must
// not be all that is sent.
func (e *estimator) mayRepair(now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.repairs.rate(now) < float64(e.bwe.Target())*mostRepair
}

// wantCopies says how many copies of each packet of sound its loss calls for.
func (e *estimator) wantCopies(n int) {
	e.mu.Lock()
	news, target := e.wanted != n, e.bwe.Target()
	e.wanted = n
	e.mu.Unlock()
	if news {
		e.changed(target) // what is left for the picture is another
	}
}

// copies is how many are to be sent: as many as are wanted and there is room for.
func (e *estimator) copies() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.affordable()
}

// affordable is copies, under the lock.
func (e *estimator) affordable() int {
	return min(e.wanted, int(mostCopies*float64(e.bwe.Target())/copyShare))
}

// videoBitrate is what the encoders of pictures may make, bit/s: what sound, repair
// and parity leave of the estimate, down to nothing. In a silence it stays: no picture is
// sent then, and a small one after it would be small for seconds.
func (e *estimator) videoBitrate() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.bwe.Silent() {
		return e.held
	}
	repair := int(min(e.repairs.rate(time.Now()), float64(e.bwe.Target())/3)) // repair must not end the picture
	picture := max(e.bwe.Target()-repair-e.audio()-audioHeaders-e.affordable()*copyShare, 0)
	e.held = int(float64(picture) / (1 + parityCost*e.shield.ratio))
	return e.held
}

// Voice is what the encoder of sound is to make.
type Voice struct {
	Bitrate int           // bit/s
	Packet  time.Duration // of sound in a packet
}

// voice is that by the estimate.
func (e *estimator) voice() Voice {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.narrow && !e.short {
		return Voice{e.audio(), longPacket}
	}
	return Voice{e.audio(), audioPacket}
}

// audio is the bit/s of voice, under the lock.
func (e *estimator) audio() int {
	if e.narrow {
		return narrowBitrate
	}
	return audioBitrate
}

// takesPackets heeds the longest packet of sound that a description wants (RFC 7587,
// 6.1: maxptime, and ptime as what it prefers).
func (e *estimator) takesPackets(description string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.short = false
	for _, name := range []string{"ptime", "maxptime"} {
		ms, err := strconv.ParseFloat(sdpValue(description, name), 64)
		if err == nil && ms < float64(longPacket.Milliseconds()) {
			e.short = true
		}
	}
}

// wantsTwo tells whether what is sent again is to be sent twice.
func (e *estimator) wantsTwo() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.bwe.Stats().Noise >= lossForTwo && (e.shield.ratio == 0 || e.shield.lossesInRuns())
}

// protect tells that the other side takes parity.
func (e *estimator) protect() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.shield.taken = true
}

// parity is how many packets of parity are to be sent for one of a picture; 0 is none.
func (e *estimator) parity() float64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.shield.ratio
}

// parityOfKey is parity for a key frame of so many packets.
func (e *estimator) parityOfKey(packets int) float64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.shield.link.Ratio(packets, true)
}

// rests tells that no picture may be sent: nobody is heard, or it would only wait.
func (e *estimator) rests() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.resting()
}

// sentNothing tells that for so long no packet left that is reported on.
func (e *estimator) sentNothing(now time.Time, long time.Duration) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return now.Sub(e.last) >= long
}

// resting is rests, under the lock.
func (e *estimator) resting() bool { return e.bwe.Silent() || e.bwe.Resting(time.Now()) }

// probeRate is the bit/s of the probe to send now; 0 without one.
func (e *estimator) probeRate(now time.Time) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.bwe.ProbeRate(now)
}

// waits tells that no picture should be made.
func (e *estimator) waits() bool {
	now := time.Now()
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.bwe.Guessing(now) || e.bwe.Resting(now)
}

func (e *estimator) stats() bwe.Stats {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.bwe.Stats()
}

// GetTargetBitrate, OnTargetBitrateChange, GetStats and Close implement
// cc.BandwidthEstimator.
func (e *estimator) GetTargetBitrate() int             { return e.stats().Target }
func (e *estimator) OnTargetBitrateChange(f func(int)) { e.changed = f }
func (e *estimator) GetStats() map[string]any          { return map[string]any{"bwe": e.stats()} }
func (e *estimator) Close() error                      { return nil }

// leaky is a rate over the last second or so.
type leaky struct {
	bits float64
	at   time.Time
}

func (l *leaky) add(bits float64, now time.Time) { l.bits, l.at = l.rate(now)+bits, now }

// rate is bit/s.
func (l *leaky) rate(now time.Time) float64 { return l.bits * math.Exp(-now.Sub(l.at).Seconds()) }
