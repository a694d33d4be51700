package bwe

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// The model is that of libwebrtc's loss_based_bwe_v2.cc: each packet is lost by
// itself with some noise, and those beyond the link's capacity are lost besides.
// Which capacity and which noise explain best what was lost at the rates that
// were tried, tells the one from the other. The weights were set with the
// scenarios of this package's tests.
const (
	lossSpan    = 250 * time.Millisecond // one observation
	lossWindow  = 20                     // observations
	lossFade    = 0.9                    // the weight of each older one
	lossIgnored = 0.02                   // a loss below needs no explanation (draft-ietf-rmcat-gcc-02, 6)
	lossCalm    = 0.2

	noiseLeast = 0.001
	noiseMost  = 0.2 // several calls that fill a queue lose more, and see neither its end nor its beginning
	noiseSure  = 2   // standard deviations that the noise may be above what was seen; losses come in bursts

	biasRate = 0.0001 // a kbit/s and packet: of two that explain it the faster one
	biasLog  = 0.02
)

type observation struct {
	packets, lost int
	runs          int     // of losses, one after the other
	rate          float64 // bit/s sent
	// of the half of the packets that waited less
	early, earlyLost int
}

// waited is how a packet fared: how long it took, or would have.
type waited struct {
	delay time.Duration
	lost  int
}

// lossModel is what the loss allows.
type lossModel struct {
	past []observation // the newest last

	packets, lost, bytes int
	runs                 int
	lastLost             int64 // sequence number
	waits                []waited
	first, last          time.Duration // of the running observation; sent
	fresh                bool          // an observation came since limit was asked
	max                  float64       // bit/s; 0 does not limit
	inherent, most       float64       // noise, and the most that there can be
}

func (m *lossModel) forget() { *m = lossModel{} }

func (m *lossModel) add(h heard) {
	note := func(p packet, lost int) {
		if m.packets == 0 {
			m.first, m.last = p.sent, p.sent
		}
		m.first, m.last = min(m.first, p.sent), max(m.last, p.sent)
		m.packets++
		m.bytes += p.bytes
		m.lost += lost
		m.waits = append(m.waits, waited{p.arrived - p.sent, lost})
	}
	for _, p := range h.arrived {
		note(p, 0)
	}
	for _, p := range h.lost {
		note(p, 1)
		if p.seq != m.lastLost+1 {
			m.runs++
		}
		m.lastLost = p.seq
	}
	for _, p := range h.late { // it was counted already, and as lost
		m.packets--
		m.bytes -= p.bytes
		m.lost--
	}
	if m.last-m.first < lossSpan || m.packets <= 0 {
		return
	}
	o := observation{packets: m.packets, lost: min(max(m.lost, 0), m.packets), runs: m.runs, rate: float64(m.bytes*8) / (m.last - m.first).Seconds()}
	slices.SortFunc(m.waits, func(a, b waited) int { return cmp.Compare(a.delay, b.delay) })
	o.early = len(m.waits) / 2
	for _, w := range m.waits[:o.early] {
		o.earlyLost += w.lost
	}
	m.past = append(m.past, o)
	if len(m.past) > lossWindow {
		m.past = m.past[1:]
	}
	m.packets, m.lost, m.runs, m.bytes, m.waits, m.fresh = 0, 0, 0, 0, m.waits[:0], true
}

// average is the loss of the window, 0 to 1.
func (m *lossModel) average() float64 {
	packets, lost := 0, 0
	for _, o := range m.past {
		packets += o.packets
		lost += o.lost
	}
	if packets == 0 {
		return 0
	}
	return float64(lost) / float64(packets)
}

// burst is how many packets are lost one after the other, in the mean of the
// window; 0 without a loss.
func (m *lossModel) burst() float64 {
	runs, lost := 0, 0
	for _, o := range m.past {
		runs += o.runs
		lost += o.lost
	}
	if runs == 0 {
		return 0
	}
	return float64(lost) / float64(runs)
}

// noise is the part of the loss that no rate of ours would avoid.
func (m *lossModel) noise() float64 { return m.inherent }

func (m *lossModel) calm() bool { return m.average() < lossCalm }

// limit is the least of what delay and loss allow, bit/s.
func (m *lossModel) limit(delay, arrived float64) float64 {
	if m.fresh {
		m.fresh = false
		m.judge(delay, arrived)
	}
	if m.max == 0 {
		return delay
	}
	return min(m.max, delay)
}

// judge looks for the rate, among a few, that explains the losses best.
func (m *lossModel) judge(delay, arrived float64) {
	average := m.average()
	if average < lossIgnored {
		m.max, m.inherent = 0, average
		return
	}
	base := m.max
	if base == 0 {
		base = delay
	}
	m.most = m.mostNoise()
	best, bestScore := 0.0, math.Inf(-1)
	for _, rate := range []float64{delay, base * 1.02, base, base * 0.95, arrived} {
		if rate > delay || rate <= 0 {
			continue
		}
		if noise, score := m.explain(rate); score > bestScore {
			best, bestScore, m.inherent = rate, score, noise
		}
	}
	m.max = best
	if best >= delay {
		m.max = 0
	}
}

// mostNoise is the loss of those packets that waited less than others about
// them did: a queue that overflows drops those that find it long, while noise
// does not choose. So that also a queue too short for the delay to tell of it is
// found.
func (m *lossModel) mostNoise() float64 {
	packets, lost := 0, 0
	for _, o := range m.past {
		packets += o.early
		lost += o.earlyLost
	}
	high := float64(lost) + noiseSure*math.Sqrt(float64(lost)) + 1
	return min(max(high/float64(max(packets, 1)), 2*noiseLeast), noiseMost)
}

// explain finds the noise that, with a link of this rate, makes what was seen
// most likely. The likelihood is concave in it: halving finds its top.
func (m *lossModel) explain(rate float64) (noise, score float64) {
	low, high := noiseLeast, m.most
	for range 20 {
		noise = (low + high) / 2
		if m.slope(rate, noise) > 0 {
			low = noise
		} else {
			high = noise
		}
	}
	bias := biasRate*rate/1000 + biasLog*math.Log1p(rate/1000)
	m.weigh(func(o observation, weight float64) {
		p := lossOf(o, rate, noise)
		score += weight * (float64(o.lost)*math.Log(p) + float64(o.packets-o.lost)*math.Log(1-p) + bias*float64(o.packets))
	})
	return noise, score
}

// lossOf is the loss to expect of what was sent then.
func lossOf(o observation, rate, noise float64) float64 {
	p := noise
	if o.rate > rate {
		p += (1 - noise) * (o.rate - rate) / o.rate
	}
	return min(max(p, noiseLeast), 1-noiseLeast)
}

func (m *lossModel) slope(rate, noise float64) (sum float64) {
	m.weigh(func(o observation, weight float64) {
		passes := 1.0
		if o.rate > rate {
			passes = rate / o.rate
		}
		p := lossOf(o, rate, noise)
		sum += weight * passes * (float64(o.lost)/p - float64(o.packets-o.lost)/(1-p))
	})
	return sum
}

func (m *lossModel) weigh(f func(observation, float64)) {
	weight := 1.0
	for i := len(m.past) - 1; i >= 0; i-- {
		f(m.past[i], weight)
		weight *= lossFade
	}
}
