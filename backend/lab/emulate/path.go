package emulate

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Conditions are what one direction of a link does to packets for a while.
type Conditions struct {
	Rate  int           // bit/s of IP packets; 0 is without bound
	Delay time.Duration // of propagation
	// Queue is the longest that a packet may have to wait for those before it;
	// one that would wait longer is dropped. 0 is without bound.
	Queue time.Duration
	Loss  Loss
	// Jitter is the longest that is added to Delay, evenly distributed.
	// Packets keep their order unless Reorder is set.
	Jitter  time.Duration
	Reorder bool
	Down    bool // nothing gets in; what is in it arrives
}

// Loss is random loss, before the queue.
type Loss struct {
	Rate float64 // of packets, 0 to 1
	// Burst is the mean number of packets lost in a row, for losses by the
	// model of Gilbert and Elliott whose bad state loses all; 0 is without
	// memory. E. N. Gilbert, "Capacity of a Burst-Noise Channel", 1960.
	Burst float64
}

// Phase is how it is for a time.
type Phase struct {
	For time.Duration // of the last phase it does not matter
	Conditions
}

// Schedule is how a direction changes over time. The last phase stays.
type Schedule []Phase

// Always is a schedule without change.
func Always(c Conditions) Schedule { return Schedule{{Conditions: c}} }

// check refuses what cannot be emulated.
func (s Schedule) check() error {
	if len(s) == 0 {
		return fmt.Errorf("a schedule without a phase")
	}
	for i, p := range s {
		l := p.Loss
		switch {
		case p.For <= 0 && i < len(s)-1:
			return fmt.Errorf("phase %d lasts %v", i, p.For)
		case p.Rate < 0 || p.Delay < 0 || p.Queue < 0 || p.Jitter < 0:
			return fmt.Errorf("phase %d has a negative rate or time", i)
		case l.Rate < 0 || l.Rate > 1 || l.Burst != 0 && (l.Burst < 1 || l.Rate/(1-l.Rate) > l.Burst):
			// More would need a chance above 1 to leave the good state.
			return fmt.Errorf("phase %d: a loss of %v in bursts of %v cannot be", i, l.Rate, l.Burst)
		}
	}
	return nil
}

// at is the phase at a time since the beginning, and when it ends; the end of the
// last one is never, which is negative.
func (s Schedule) at(t time.Duration) (Conditions, time.Duration) {
	end := time.Duration(0)
	for _, p := range s[:len(s)-1] {
		if end += p.For; t < end {
			return p.Conditions, end
		}
	}
	return s[len(s)-1].Conditions, -1
}

// Capacity is the rate at a time since the beginning, bit/s; 0 while it is down.
func (s Schedule) Capacity(t time.Duration) int {
	c, _ := s.at(max(t, 0))
	if c.Down {
		return 0
	}
	return c.Rate
}

// path decides what becomes of each packet. It knows no clock, no device and no
// packet's content.
type path struct {
	schedule Schedule
	random   *rand.Rand
	begin    time.Duration // of the schedule, on the clock of send
	free     time.Duration // when the transmitter has sent all that is queued
	last     time.Duration // the latest arrival
	bad      bool          // the state of the loss model
}

func newPath(s Schedule, seed uint64) *path {
	return &path{schedule: s, random: rand.New(rand.NewPCG(seed, seed)), begin: notYet}
}

// notYet is a beginning in the far future: the first phase holds.
const notYet = time.Duration(1 << 62)

// at is the schedule's at on the clock of send.
func (p *path) at(t time.Duration) (Conditions, time.Duration) {
	c, end := p.schedule.at(max(t-p.begin, 0))
	if end >= 0 {
		end += p.begin
	}
	return c, end
}

type fate int

const (
	delivered fate = iota
	lost           // at random
	dropped        // by the full queue
	cut            // the link was down
)

// send takes a packet of size bytes at a time, and tells when it arrives.
func (p *path) send(now time.Duration, size int) (time.Duration, fate) {
	c, _ := p.at(now)
	if c.Down {
		return 0, cut
	}
	if p.loses(c.Loss) {
		return 0, lost
	}
	begin := max(now, p.free)
	if c.Queue > 0 && begin-now > c.Queue {
		return 0, dropped
	}
	p.free = p.transmitted(begin, size)
	at := p.free + c.Delay
	if c.Jitter > 0 {
		at += time.Duration(p.random.Int64N(int64(c.Jitter)))
	}
	if !c.Reorder {
		at = max(at, p.last)
	}
	p.last = max(p.last, at)
	return at, delivered
}

// transmitted is when a packet is sent whose first bit goes at begin: the rate
// may change under way.
func (p *path) transmitted(begin time.Duration, size int) time.Duration {
	bits := float64(size) * 8
	for t := begin; ; {
		c, end := p.at(t)
		if c.Rate == 0 {
			return t
		}
		need := time.Duration(bits / float64(c.Rate) * float64(time.Second))
		if end < 0 || t+need <= end {
			return t + need
		}
		bits -= (end - t).Seconds() * float64(c.Rate)
		t = end
	}
}

func (p *path) loses(l Loss) bool {
	if l.Burst == 0 {
		return l.Rate > 0 && p.random.Float64() < l.Rate
	}
	// The share of the bad state is enter/(enter+leave), which is to be Rate.
	leave := 1 / l.Burst
	enter := leave * l.Rate / (1 - l.Rate)
	if p.bad {
		p.bad = p.random.Float64() >= leave
	} else {
		p.bad = p.random.Float64() < enter
	}
	return p.bad
}
