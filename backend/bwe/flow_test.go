package bwe

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/gcc"
	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/logging"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

// controller is what a flow asks what to send.
type controller interface {
	sent(seq uint16, bytes int, now time.Time)
	feedback(packets []rtcp.Packet, now time.Time)
	target() int
	probe(now time.Time) int
	rests(now time.Time) bool
	close()
}

// bounds are those of the peer.
var bounds = Config{First: 600_000, Least: 100_000, Most: 2_500_000}

type ours struct {
	*Estimator
	decoder Decoder
}

func newOurs(cfg Config, now time.Time) controller { return &ours{Estimator: New(cfg, now)} }

func (o *ours) sent(seq uint16, bytes int, now time.Time) {
	o.Sent(Packet{Seq: seq, Bytes: bytes}, now)
}
func (o *ours) target() int             { return o.Target() }
func (o *ours) probe(now time.Time) int { return o.ProbeRate(now) }
func (o *ours) close()                  {}
func (o *ours) rests(now time.Time) bool {
	return o.Resting(now)
}
func (o *ours) feedback(packets []rtcp.Packet, now time.Time) {
	for _, p := range packets {
		o.Feedback(o.decoder.Decode(p.(*rtcp.TransportLayerCC)), now)
	}
}

// stock is pion's own estimator. It reads the machine's clock: it runs in a
// bubble of testing/synctest.
type stock struct {
	*gcc.SendSideBWE
	writer interceptor.RTPWriter
}

const twccID = 5

func newStock(cfg Config, _ time.Time) controller {
	logs := logging.NewDefaultLoggerFactory()
	logs.DefaultLogLevel = logging.LogLevelDisabled
	b, err := gcc.NewSendSideBWE(gcc.SendSideBWEInitialBitrate(cfg.First), gcc.SendSideBWEMinBitrate(cfg.Least),
		gcc.SendSideBWEMaxBitrate(cfg.Most), gcc.SendSideBWEPacer(gcc.NewNoOpPacer()), gcc.WithLoggerFactory(logs))
	if err != nil {
		panic(err)
	}
	info := &interceptor.StreamInfo{SSRC: 1, RTPHeaderExtensions: []interceptor.RTPHeaderExtension{
		{URI: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01", ID: twccID}}}
	w := b.AddStream(info, interceptor.RTPWriterFunc(func(*rtp.Header, []byte, interceptor.Attributes) (int, error) { return 0, nil }))
	return &stock{b, w}
}

func (s *stock) sent(seq uint16, bytes int, _ time.Time) {
	h := &rtp.Header{Version: 2, SSRC: 1, SequenceNumber: seq}
	_ = h.SetExtension(twccID, []byte{byte(seq >> 8), byte(seq)})
	_, _ = s.writer.Write(h, make([]byte, max(0, bytes-h.MarshalSize())), interceptor.Attributes{})
}
func (s *stock) feedback(packets []rtcp.Packet, _ time.Time) { _ = s.WriteRTCP(packets, nil) }
func (s *stock) target() int                                 { return min(max(s.GetTargetBitrate(), 1000), 20_000_000) }
func (s *stock) probe(time.Time) int                         { return 0 }
func (s *stock) close()                                      { _ = s.Close() }
func (s *stock) rests(time.Time) bool                        { return false }

const (
	simAudio   = 32_000 // bit/s with headers
	simPacket  = 1200
	simPadding = 240 // bytes of a packet of padding
	simFPS     = 30
	mostBehind = 250 * time.Millisecond // in the pacer, before frames are left out
)

// mediaFlow is a sender with an encoder that follows the target, a pacer, a
// voice, and a receiver that reports every 100 ms.
type mediaFlow struct {
	w       *world
	l, back *link
	extra   time.Duration
	c       controller
	dice    *rand.Rand
	most    float64 // bit/s that the encoder makes at most; 0 is no bound

	pacer    Pacer
	queue    []int // bytes of packets
	queued   int
	pacing   bool
	seq      uint16
	recorder *twcc.Recorder
	stopped  bool
	paused   bool
	drift    float64 // of the receiver's clock

	targets, delays, arrivals, waits samples
	sent, lost, skipped              int
	rests                            []time.Duration // of each picture that was left out for it
	rested                           bool            // the next one is a key frame
}

func (f *mediaFlow) start() {
	f.recorder = twcc.NewRecorder(1)
	f.frame(true)
	f.voice()
	f.report()
}

func (f *mediaFlow) frame(key bool) {
	if f.stopped {
		return
	}
	f.w.after(time.Second/simFPS, func() { f.frame(false) })
	target := float64(f.c.target())
	f.targets = append(f.targets, sample{f.w.now, target})
	rate := max(target-simAudio, 20_000)
	if f.most > 0 {
		rate = min(rate, f.most)
	}
	behind := time.Duration(float64(f.queued*8) / PaceRate(int(target)) * float64(time.Second))
	f.waits = append(f.waits, sample{f.w.now, ms(behind)})
	if f.c.rests(f.w.clock()) {
		f.queue, f.queued, f.rested = nil, 0, true
		f.rests = append(f.rests, f.w.now)
		return
	}
	key, f.rested = key || f.rested, false
	if f.paused {
		return
	}
	if behind > mostBehind {
		f.skipped++
		return
	}
	size := rate / simFPS / 8 * math.Exp(0.15*f.dice.NormFloat64())
	if key {
		size *= 4
	}
	for left := max(int(size), 30); left > 0; left -= simPacket {
		f.queue = append(f.queue, min(left, simPacket)+20)
		f.queued += min(left, simPacket) + 20
	}
	f.pace()
}

func (f *mediaFlow) voice() {
	if f.stopped {
		return
	}
	f.w.after(20*time.Millisecond, f.voice)
	f.send(simAudio / 8 / 50)
}

// pace sends what may go now, and comes back when the next may.
func (f *mediaFlow) pace() {
	if f.pacing {
		return
	}
	for {
		if wait := f.pacer.Wait(f.w.clock()); wait > 0 {
			f.pacing = true
			f.w.after(wait, func() { f.pacing = false; f.pace() })
			return
		}
		probe := f.c.probe(f.w.clock())
		rate, bytes := PaceRate(f.c.target()), 0
		if probe > 0 {
			rate = max(rate, float64(probe))
			if f.queued == 0 {
				rate = float64(probe)
			}
		}
		switch {
		case len(f.queue) > 0:
			bytes = f.queue[0]
			f.queue = f.queue[1:]
			f.queued -= bytes
		case probe > 0:
			bytes = simPadding
		default:
			return
		}
		f.pacer.Sent(bytes, rate)
		f.send(bytes)
	}
}

func (f *mediaFlow) send(bytes int) {
	seq := f.seq
	f.seq++
	f.sent++
	f.c.sent(seq, bytes, f.w.clock())
	f.l.send(bytes, f.extra, func(queued time.Duration) {
		f.delays = append(f.delays, sample{f.w.now, ms(queued)})
		f.arrivals = append(f.arrivals, sample{f.w.now, float64(bytes * 8)})
		at := f.w.now + time.Duration(float64(f.w.now)*f.drift)
		f.recorder.Record(1, seq, (at + time.Hour).Microseconds())
	}, func() { f.lost++ })
}

func (f *mediaFlow) report() {
	if f.stopped {
		return
	}
	f.w.after(100*time.Millisecond, f.report)
	packets := f.recorder.BuildFeedbackPacket()
	if len(packets) == 0 {
		return
	}
	f.back.send(100*len(packets), f.extra, func(time.Duration) {
		if !f.stopped {
			f.c.feedback(packets, f.w.clock())
			f.pace()
		}
	}, func() {})
}
