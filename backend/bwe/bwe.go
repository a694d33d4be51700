// Package bwe estimates how many bits a second a connection carries, from what
// the other side reports of each packet's arrival, so that a call fills the
// link and not the queue before it. It decides by the times that it is given:
// it has no clock, no goroutine and no lock, and knows no connection.
//
//	Sent ▶ history ◀ Feedback (TWCC)
//	           ├▶ arrived bits/s ────────────┐
//	           ├▶ delay: trend ▶ over-use ───┼▶ rate (AIMD, queue drain) ┐
//	           ├▶ delay: plunge ─────────────┤     └▶ Resting            │
//	           ├▶ queue: delay above least ──┘                           ├▶ Target
//	           ├▶ loss: congestion or noise ─────────────────────────────┘
//	           └▶ probe: a short burst that measures at once ─▶ rate
//
// It is Google congestion control (draft-ietf-rmcat-gcc-02) with what libwebrtc
// added since: a trend line in place of the Kalman filter, probing, application
// limited regions and the model of loss of its "loss based BWE v2". The queue
// drain and the rest after a plunge are ours. Each file names its sources.
package bwe

import "time"

// Config holds an estimate's bounds, bit/s of RTP with its headers.
type Config struct {
	First int // before anything was measured
	Least int // it never falls below
	Most  int // it never rises above
}

// Estimator is the estimate of one connection. It is not safe for use from
// several goroutines.
type Estimator struct {
	cfg     Config
	epoch   time.Time // times inside are since then
	history history
	arrived meter
	trend   trend
	queue   queueMeter
	plunge  plunge
	rate    rate
	loss    lossModel
	prober  prober
	app     appLimit
	silence silence
	rtt     time.Duration // 0 until measured
	target  float64
}

// New makes an Estimator that starts at cfg.First.
func New(cfg Config, now time.Time) *Estimator {
	e := &Estimator{cfg: cfg, epoch: now}
	e.reset(float64(cfg.First), 0)
	return e
}

// Reset forgets what was measured: packets take another way now, of which
// nothing is known. The estimate starts again at the first one, or at the last
// where that is less, and probes. The last is that before the old way fell
// silent.
func (e *Estimator) Reset(now time.Time) {
	last := e.target
	if e.Silent() {
		last = e.silence.before
	}
	e.reset(min(last, float64(e.cfg.First)), now.Sub(e.epoch))
}

func (e *Estimator) reset(first float64, now time.Duration) {
	e.history.forget()
	e.arrived, e.queue, e.rtt = meter{}, queueMeter{}, 0
	e.trend, e.plunge = newTrend(), plunge{}
	e.rate = newRate(e.cfg, first)
	e.loss = lossModel{}
	e.prober = newProber(e.cfg, now)
	e.app = appLimit{}
	e.silence = silence{heard: now}
	e.target = e.clamp(first)
}

func (e *Estimator) clamp(rate float64) float64 {
	return min(max(rate, float64(e.cfg.Least)), float64(e.cfg.Most))
}

// Target is how many bit/s may be sent now, all streams and their repair
// together.
func (e *Estimator) Target() int { return int(e.target) }

// Silent tells that for too long nothing was heard of what was sent.
func (e *Estimator) Silent() bool { return e.silence.before > 0 }

// RTT is the least round trip of the last report; 0 until measured.
func (e *Estimator) RTT() time.Duration { return e.rtt }

// Packet is one that leaves.
type Packet struct {
	Seq   uint16 // transport-wide
	Bytes int    // of RTP with its header
	// Again is one that left before. If that did come, only late, this one is a
	// replay (RFC 3711, 3.3.2) and never reported: it does not count as lost.
	Again bool
}

// Sent notes that a packet left.
func (e *Estimator) Sent(p Packet, now time.Time) {
	at := now.Sub(e.epoch)
	e.app.sent(p.Bytes, e.target, at)
	cluster := e.prober.sent(p.Bytes, at)
	e.history.add(p.Seq, packet{bytes: p.Bytes, again: p.Again, sent: at, cluster: cluster})
	if rate, fell := e.silence.sent(at, e.rtt, e.target); fell {
		e.target = e.clamp(rate)
	}
}

// Feedback takes a report of the other side: packets in the order that they
// were sent in.
func (e *Estimator) Feedback(reports []Report, now time.Time) {
	at := now.Sub(e.epoch)
	heard := e.history.match(reports)
	if len(heard.arrived) == 0 {
		return
	}
	before, silent := e.silence.over(at)
	if silent {
		// What was sent into the silence tells of the outage, not of the link.
		e.loss.forget()
		heard.lost = nil
		e.trend, e.plunge = newTrend(), plunge{}
	}
	e.measure(heard, at)
	for _, p := range heard.arrived {
		e.arrived.add(p.arrived, p.bytes)
		e.queue.add(p.arrived - p.sent)
		e.trend.add(p)
		e.plunge.add(p)
	}
	e.queue.flush(at)
	e.loss.add(heard)
	if silent {
		e.resume(before, at)
	}
	arrived, _ := e.arrived.over(rateWindow)
	limited := e.app.limited()

	told := signals{
		usage: e.trend.usage, plunged: e.plunge.carries(), queue: e.queue.delay(), rtt: e.rtt,
		arrived: arrived, lately: e.arrived.lately(), noise: e.loss.noise(), limited: limited,
	}
	rested := e.rate.resting
	e.rate.update(told, at)
	if rested && !e.rate.resting {
		e.trend, e.arrived = newTrend(), meter{} // they tell of what was sent before, and of the rest
	}
	calm := e.rate.calm(at) && !e.rate.careful(at)
	if result, ok := e.prober.heard(heard, calm, at); ok {
		e.rate.probed(result, told, at)
		if e.rate.careful(at) {
			e.prober.rest(at) // what it leads to is to be seen before the next one
		}
	}
	delay := e.clamp(e.rate.now())
	e.target = e.clamp(e.loss.limit(delay, arrived))
	if e.target < delay {
		e.rate.lost(e.target, told, at)
	}
	e.prober.schedule(prospects{target: e.target, calm: e.rate.calm(at) && e.loss.calm(), queue: e.queue.delay()}, at)
}

// outageQueue is the most that packets wait before a link that was cut for a
// while; before one that became narrow they wait for as long as it was silent.
const outageQueue = 100 * time.Millisecond

// resume goes on after a silence. If the link was cut, it is most likely as wide
// as before, and to begin at the halved rate would hold the picture back for
// seconds: half of what it carried is tried at once, and a probe for the rest.
func (e *Estimator) resume(before float64, now time.Duration) {
	rate := e.target
	if e.queue.delay() < outageQueue {
		rate = max(rate, before/2)
	}
	e.rate.set(rate)
	e.prober.again(before, now)
}

// Lost takes the loss, 0 to 1, of a receiver report (RFC 3550, 6.4.1), of which
// nobody else speaks: the controller by loss of draft-ietf-rmcat-gcc-02, section
// 6. It is for a receiver that sends no Feedback.
func (e *Estimator) Lost(fraction float64) {
	switch {
	case fraction > lossHigh:
		e.rate.set(e.target * (1 - fraction/2))
	case fraction < lossIgnored:
		e.rate.set(e.target * lossGrowth)
	}
	e.target = e.clamp(e.rate.now())
}

const (
	lossHigh   = 0.10
	lossGrowth = 1.05 // a report
)

// measure takes the round trip: the report left when the last of its packets
// had come, or soon after.
func (e *Estimator) measure(heard heard, now time.Duration) {
	last := heard.arrived[len(heard.arrived)-1].arrived
	least := time.Duration(0)
	for _, p := range heard.arrived {
		if rtt := now - p.sent - (last - p.arrived); least == 0 || rtt < least {
			least = rtt
		}
	}
	e.rtt = max(least, time.Millisecond)
}

// ProbeRate is the bit/s of the burst that is to be sent now; 0 while there is
// none. Whoever asks sends at that rate, media and padding, until it is 0 again:
// some 15 ms.
func (e *Estimator) ProbeRate(now time.Time) int { return e.prober.rate(now.Sub(e.epoch)) }

// guessFor is the longest that the first probe, and each report on a part of it, is
// waited for: a key frame takes as long over 100 kbit/s.
const guessFor = 600 * time.Millisecond

// Guessing tells that the first packets left, and that nothing is known yet of what
// the link carries: what follows them should wait, as the rest of a TCP connection's
// data does for the first acknowledgements (RFC 6928). Where that is less than the
// guess they stand in its queue, which what follows would make overflow: it waits
// until most of them are out.
func (e *Estimator) Guessing(now time.Time) bool {
	at := now.Sub(e.epoch)
	return e.rate.guessed && at < e.rate.drainEnd || e.rate.guess && e.prober.waits() && at-max(e.prober.since, e.silence.heard) < guessFor
}

// Resting tells that the link fell to a part of what was sent over it, and that what
// is sent before its queue is empty again only waits in there, or overflows it: all but
// sound should rest. It lasts about as long as the queue is, restMost at most.
func (e *Estimator) Resting(now time.Time) bool { return e.rate.rests(now.Sub(e.epoch)) }

// Stats is what an estimate was made of.
type Stats struct {
	Target  int           // bit/s
	Delay   int           // bit/s that the delay allows
	Arrived int           // bit/s that lately arrived
	RTT     time.Duration // 0 until measured
	Queue   time.Duration // that our packets wait before the link
	Loss    float64       // of what was sent, 0 to 1, over 5 s
	Noise   float64       // of it that no congestion explains
	Burst   float64       // packets lost one after the other, in the mean of 5 s; 0 without a loss
	Limited bool          // we send less than we may
	Probes  int           // bursts that gave a figure
	Probed  int           // bit/s, that of the last one
}

// Stats is cheap.
func (e *Estimator) Stats() Stats {
	arrived, _ := e.arrived.over(rateWindow)
	return Stats{Target: int(e.target), Delay: int(e.rate.now()), Arrived: int(arrived), RTT: e.rtt, Queue: e.queue.delay(),
		Loss: e.loss.average(), Noise: e.loss.noise(), Burst: e.loss.burst(), Limited: e.app.limited(), Probes: e.prober.results, Probed: int(e.prober.last)}
}
