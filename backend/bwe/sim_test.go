package bwe

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// world is a simulation: events in the order of their time, on a clock that
// nothing but them moves.
type world struct {
	start  time.Time
	now    time.Duration
	events eventHeap
	count  int
	wait   func(until time.Time) // for what reads the time of the machine
}

type event struct {
	at    time.Duration
	order int
	do    func()
}

type eventHeap []event

func (h eventHeap) Len() int { return len(h) }
func (h eventHeap) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].order < h[j].order
}
func (h eventHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *eventHeap) Push(x any)   { *h = append(*h, x.(event)) }
func (h *eventHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

func (w *world) at(when time.Duration, do func()) {
	w.count++
	heap.Push(&w.events, event{max(when, w.now), w.count, do})
}

func (w *world) after(d time.Duration, do func()) { w.at(w.now+d, do) }

func (w *world) clock() time.Time { return w.start.Add(w.now) }

func (w *world) run(until time.Duration) {
	for len(w.events) > 0 && w.events[0].at <= until {
		e := heap.Pop(&w.events).(event)
		w.now = e.at
		if w.wait != nil {
			w.wait(w.clock())
		}
		e.do()
	}
	w.now = until
}

// link is a bottleneck: a queue in order of arrival, of a length in time, that
// drops what does not fit; then loss, delay and jitter.
type link struct {
	w        *world
	capacity func(time.Duration) float64 // bit/s
	queue    time.Duration
	delay    time.Duration
	jitter   time.Duration // mean of what is added; packets keep their order
	even     time.Duration // the most of another, evenly distributed
	reorder  bool          // or do not
	lose     func() bool
	dead     func(time.Duration) bool
	dice     *rand.Rand

	busy      time.Duration
	delivered time.Duration // the last one
	carried   float64       // bits
	dropped   int
}

// send gives the packet to arrive at its time, with what it waited in the queue.
func (l *link) send(bytes int, extra time.Duration, arrive func(queued time.Duration), drop func()) {
	begin := max(l.w.now, l.busy)
	end := begin
	for bits := float64(bytes * 8); bits > 1e-6; {
		rate := max(l.capacity(end), 1)
		step := min(bits/rate, 0.005) // s: the capacity may change
		bits -= step * rate
		end += time.Duration(math.Ceil(step * float64(time.Second)))
	}
	if end-l.w.now > l.queue+l.service(bytes) {
		l.dropped++
		drop()
		return
	}
	l.busy = end
	l.carried += float64(bytes * 8)
	if l.lose != nil && l.lose() || l.dead != nil && l.dead(l.w.now) {
		drop()
		return
	}
	queued := end - l.w.now - l.service(bytes)
	at := end + l.delay + extra
	if l.jitter > 0 {
		at += time.Duration(l.dice.ExpFloat64() * float64(l.jitter))
	}
	if l.even > 0 {
		at += time.Duration(l.dice.Int64N(int64(l.even)))
	}
	if !l.reorder && extra == 0 {
		at = max(at, l.delivered)
		l.delivered = at
	}
	l.w.at(at, func() { arrive(queued) })
}

func (l *link) service(bytes int) time.Duration {
	return time.Duration(float64(bytes*8) / l.capacity(l.w.now) * float64(time.Second))
}

// randomLoss drops by chance, each packet by itself.
func randomLoss(dice *rand.Rand, p float64) func() bool {
	return func() bool { return dice.Float64() < p }
}

// burstLoss is Gilbert's and Elliott's: bursts of so many packets in the mean,
// which make p of all.
func burstLoss(dice *rand.Rand, p, length float64) func() bool {
	bad := false
	leave, enter := 1/length, p/(1-p)/length
	return func() bool {
		if bad {
			bad = dice.Float64() >= leave
		} else {
			bad = dice.Float64() < enter
		}
		return bad
	}
}

// steps is a capacity that changes at times.
func steps(list ...float64) func(time.Duration) float64 { // s, Mbit/s, s, Mbit/s, ...
	return func(at time.Duration) float64 {
		rate := list[1]
		for i := 0; i < len(list); i += 2 {
			if at.Seconds() >= list[i] {
				rate = list[i+1]
			}
		}
		return rate * 1e6
	}
}

// tcpFlow is a long transfer under NewReno (RFC 5681, RFC 6582): slow start,
// then a packet more each round trip, and half at a loss.
type tcpFlow struct {
	l                *link
	extra            time.Duration
	window, slow     float64 // packets
	flight           int
	recovering       time.Duration // no second halving before
	acked            float64       // bits
	rtt              time.Duration
	stopped, started bool
}

const tcpPacket = 1500

func (f *tcpFlow) start() {
	f.window, f.slow, f.started = 10, math.Inf(1), true
	f.rtt = 2 * (f.l.delay + f.extra)
	f.push()
}

func (f *tcpFlow) push() {
	for !f.stopped && float64(f.flight) < f.window {
		f.flight++
		sent := f.l.w.now
		back := f.l.delay + f.extra
		f.l.send(tcpPacket, f.extra, func(time.Duration) {
			f.l.w.after(back, func() { f.ack(f.l.w.now - sent) })
		}, func() {
			// Three later packets tell of it: about one queue and round trip on.
			f.l.w.after(f.rtt+10*time.Millisecond, f.loss)
		})
	}
}

func (f *tcpFlow) ack(rtt time.Duration) {
	f.flight--
	f.rtt = rtt
	f.acked += tcpPacket * 8
	if f.window < f.slow {
		f.window++
	} else {
		f.window += 1 / f.window
	}
	f.push()
}

func (f *tcpFlow) loss() {
	f.flight--
	if f.l.w.now > f.recovering {
		f.window = max(f.window/2, 2)
		f.slow = f.window
		f.recovering = f.l.w.now + f.rtt
	}
	f.push()
}

// samples are what is measured over time.
type samples []sample

type sample struct {
	at    time.Duration
	value float64
}

func (s samples) percentile(p float64) float64 {
	if len(s) == 0 {
		return 0
	}
	values := make([]float64, len(s))
	for i := range s {
		values[i] = s[i].value
	}
	slices.Sort(values)
	return values[min(int(p*float64(len(values))), len(values)-1)]
}

// sum is that of the values in [from, to).
func (s samples) sum(from, to time.Duration) (sum float64) {
	for _, v := range s {
		if v.at >= from && v.at < to {
			sum += v.value
		}
	}
	return sum
}
