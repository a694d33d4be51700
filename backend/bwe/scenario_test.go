package bwe

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"
)

// scenario is a link, and who sends over it.
type scenario struct {
	name     string
	capacity func(time.Duration) float64
	back     func(time.Duration) float64 // the way of the reports; nil is not a bottleneck
	delay    time.Duration               // one way
	queue    time.Duration
	length   time.Duration
	cfg      Config
	flows    []flowSpec
	tcp      []time.Duration // starts of long transfers
	change   func(l *link, dice *rand.Rand)
	skip     time.Duration // at the beginning, which is not measured
}

type flowSpec struct {
	start time.Duration
	extra time.Duration // one way, besides the link's
	back  bool          // sends the other way
	most  float64       // bit/s of its encoder
	drift float64
}

// outcome is what one run gave.
type outcome struct {
	use      float64 // of the capacity that the flows could have
	queue50  float64 // ms
	queue95  float64 // ms
	lost     float64
	fairness float64 // Jain's index of the last fifth
	flows    []*mediaFlow
	links    []*link
	tcp      []*tcpFlow
}

func run(s scenario, make func(Config, time.Time) controller, wait func(time.Time)) outcome {
	w := &world{start: time.Now(), wait: wait}
	newLink := func(capacity func(time.Duration) float64, seed uint64) *link {
		l := &link{w: w, capacity: capacity, queue: s.queue, delay: s.delay, dice: rand.New(rand.NewPCG(seed, 7))}
		return l
	}
	forward := newLink(s.capacity, 1)
	if s.change != nil {
		s.change(forward, forward.dice)
	}
	wide := func(time.Duration) float64 { return 100e6 }
	backward := newLink(wide, 2)
	if s.back != nil {
		backward = newLink(s.back, 2)
	}
	o := outcome{links: []*link{forward, backward}}
	if s.cfg == (Config{}) {
		s.cfg = bounds
	}
	for i, spec := range s.flows {
		f := &mediaFlow{w: w, l: forward, back: backward, extra: spec.extra, most: spec.most, drift: spec.drift,
			dice: rand.New(rand.NewPCG(uint64(i), 3))}
		if spec.back {
			f.l, f.back = backward, forward
		}
		o.flows = append(o.flows, f)
		w.at(spec.start, func() {
			f.c = make(s.cfg, w.clock())
			f.start()
		})
	}
	for _, start := range s.tcp {
		f := &tcpFlow{l: forward}
		o.tcp = append(o.tcp, f)
		w.at(start, f.start)
	}
	w.run(s.length)
	for _, f := range o.flows {
		f.stopped = true
		f.c.close()
	}
	o.measure(s)
	return o
}

func (o *outcome) measure(s scenario) {
	var sent, lost int
	var all samples
	capacity := 0.0
	const step = 10 * time.Millisecond
	for at := max(s.skip, s.flows[0].start); at < s.length; at += step {
		capacity += s.capacity(at) * step.Seconds()
		for i := range s.flows {
			if s.flows[i].back {
				capacity += s.back(at) * step.Seconds()
				break
			}
		}
	}
	var shares []float64
	arrived := 0.0
	for _, f := range o.flows {
		sent += f.sent
		lost += f.lost
		all = append(all, f.delays...)
		arrived += f.arrivals.sum(s.skip, s.length)
		shares = append(shares, f.arrivals.sum(s.length*4/5, s.length))
	}
	o.use = arrived / capacity
	o.queue50, o.queue95 = all.percentile(0.5), all.percentile(0.95)
	o.lost = float64(lost) / float64(sent)
	var sum, squares float64
	for _, x := range shares {
		sum += x
		squares += x * x
	}
	o.fairness = sum * sum / float64(len(shares)) / squares
}

// reached is when the target of a flow first was at least rate, after from.
func (f *mediaFlow) reached(rate float64, from time.Duration) time.Duration {
	for _, t := range f.targets {
		if t.at >= from && t.value >= rate {
			return t.at - from
		}
	}
	return time.Hour
}

// fell is how long after from the target stays below rate for good, up to.
func (f *mediaFlow) fell(rate float64, from, to time.Duration) time.Duration {
	last := from
	for _, t := range f.targets {
		if t.at >= from && t.at < to && t.value > rate {
			last = t.at
		}
	}
	return last - from
}

// runStock runs a scenario with pion's estimator, whose clock is the bubble's.
func runStock(t *testing.T, s scenario) (o outcome) {
	synctest.Test(t, func(*testing.T) {
		o = run(s, newStock, func(until time.Time) {
			synctest.Wait()
			if d := time.Until(until); d > 0 {
				time.Sleep(d)
			}
		})
	})
	return o
}

const headline = "%-30s %-5s %6s %7s %7s %6s %6s %6s\n"

func row(name, who string, o outcome) string {
	fair := "-"
	if len(o.flows) > 1 {
		fair = fmt.Sprintf("%.2f", o.fairness)
	}
	tcp := ""
	for _, f := range o.tcp {
		tcp = fmt.Sprintf("%.0fk", f.acked/o.flows[0].w.now.Seconds()/1000)
	}
	return fmt.Sprintf(headline, name, who, fmt.Sprintf("%.2f", o.use), fmt.Sprintf("%.0f", o.queue50), fmt.Sprintf("%.0f", o.queue95),
		fmt.Sprintf("%.1f%%", 100*o.lost), fair, tcp)
}

const s = time.Second

// one is a single flow from the start.
var one = []flowSpec{{}}

// scenarios are those of RFC 8867, section 5, and of issue 4.
func scenarios() []scenario {
	const d, q = 50 * time.Millisecond, 300 * time.Millisecond
	wide := Config{First: 600_000, Least: 100_000, Most: 4_000_000}
	return []scenario{
		{name: "5.1 variable capacity", capacity: steps(0, 1, 40, 2.5, 60, 0.6, 80, 1), delay: d, queue: q, length: 100 * s, flows: one, cfg: wide},
		{name: "5.2 variable, two flows", capacity: steps(0, 4, 25, 2, 50, 3.5, 75, 1, 100, 2), delay: d, queue: q, length: 125 * s, flows: []flowSpec{{}, {}}},
		{name: "5.3 congested feedback", capacity: steps(0, 2, 20, 1, 40, 0.5, 60, 2), back: steps(0, 2, 35, 0.8, 70, 2), delay: d, queue: q, length: 100 * s,
			flows: []flowSpec{{}, {back: true}}},
		{name: "5.4 three flows", capacity: steps(0, 3.5), delay: d, queue: q, length: 120 * s, flows: []flowSpec{{}, {start: 20 * s}, {start: 40 * s}}},
		{name: "5.5 round trip fairness", capacity: steps(0, 4), delay: 0, queue: q, length: 300 * s, flows: []flowSpec{
			{extra: 10 * time.Millisecond}, {start: 10 * s, extra: 25 * time.Millisecond}, {start: 20 * s, extra: 50 * time.Millisecond},
			{start: 30 * s, extra: 100 * time.Millisecond}, {start: 40 * s, extra: 150 * time.Millisecond}}},
		{name: "5.6 against a long TCP", capacity: steps(0, 2), delay: d, queue: q, length: 120 * s, flows: []flowSpec{{start: 5 * s}}, tcp: []time.Duration{0}, skip: 5 * s},
		{name: "1 Mbit/s", capacity: steps(0, 1), delay: 25 * time.Millisecond, queue: q, length: 60 * s, flows: one},
		{name: "300k to 1M at 20 s", capacity: steps(0, 0.3, 20, 1), delay: d, queue: q, length: 60 * s, flows: one},
		lossy("2 % random", 0.02, 1), lossy("5 % random", 0.05, 1), lossy("10 % random", 0.10, 1), lossy("10 % in bursts of 5", 0.10, 5),
		{name: "jitter of 10 ms, drift 100 ppm", capacity: steps(0, 1), delay: d, queue: q, length: 60 * s, flows: []flowSpec{{drift: 1e-4}},
			change: func(l *link, _ *rand.Rand) { l.jitter = 10 * time.Millisecond }},
		{name: "reordering, 5 ms", capacity: steps(0, 1), delay: d, queue: q, length: 60 * s, flows: one,
			change: func(l *link, _ *rand.Rand) { l.jitter, l.reorder = 5*time.Millisecond, true }},
		{name: "queue of 30 ms", capacity: steps(0, 1), delay: d, queue: 30 * time.Millisecond, length: 60 * s, flows: one},
	}
}

func lossy(name string, p, burst float64) scenario {
	return scenario{name: name + ", 1 Mbit/s, 100 ms", capacity: steps(0, 1), delay: 50 * time.Millisecond, queue: 300 * time.Millisecond, length: 60 * s, flows: one,
		change: func(l *link, dice *rand.Rand) {
			l.lose = randomLoss(dice, p)
			if burst > 1 {
				l.lose = burstLoss(dice, p, burst)
			}
		}}
}
