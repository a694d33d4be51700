package chat

import (
	"math"
	"time"
)

// The bounds of how fast a file is sent, bit/s.
const (
	firstRate = 256_000
	leastRate = 32_000
	mostRate  = 400_000_000

	shareOf = 0.12 // of what the connection carries, where the picture would take all of it
)

const (
	calm    = 15 * time.Millisecond // of queueing: there is room
	crowded = 35 * time.Millisecond // there is none; a picture that waits as long is not late yet
	grow    = 1.3                   // each round trip, far below where it last was too much
	creep   = 1.02                  // near it, for what is too much is known a round trip late
	near    = 0.7
	shrink  = 0.6

	baseSpan = 15 * time.Second // a route may change

	leastWindow = 12 << 10 // bytes under way
	mostWindow  = 512 << 10
	leastPiece  = 1100
)

// Supply is what the connection leaves.
type Supply struct {
	// Available is what the connection carries of picture and sound, bit/s; 0 is
	// not known.
	Available int
	// Wanting: the picture is smaller than it would be on a better connection.
	Wanting bool
}

// pace says how fast a file may go: like LEDBAT (RFC 6817) it grows while its
// pieces arrive without having waited on the way, and gives way as soon as they
// do. Where the picture already wants more than there is, it takes a small fixed
// share instead: to two who both give way the connection would belong by chance.
type pace struct {
	rate   float64 // bit/s
	supply Supply

	recent [4]time.Duration // round trips; the least of them is not noise
	seen   int
	knee   float64          // bit/s, that were too much; 0 is not known
	base   [2]time.Duration // the least round trip of this span and the last one; 0 is none
	turned time.Time

	changed time.Time // the rate
	next    time.Time // when the next piece may leave
}

func newPace(now time.Time) *pace {
	return &pace{rate: firstRate, turned: now, changed: now, next: now}
}

// limit is the rate of now, bit/s.
func (p *pace) limit() float64 {
	if p.supply.Wanting && p.supply.Available > 0 {
		return max(leastRate, min(p.rate, shareOf*float64(p.supply.Available)))
	}
	return p.rate
}

// piece is how many bytes leave at once: 16 ms of the rate, for a piece of 16 KiB
// would hold up the sound on a narrow link by a tenth of a second.
func (p *pace) piece() int {
	return int(min(maxPiece, max(leastPiece, p.limit()*0.016/8)))
}

// window is how many bytes may be under way: what arrives in a round trip and a
// little, so that a connection that broke holds little of what is old.
func (p *pace) window() int {
	inFlight := p.limit() / 8 * (p.roundTrip() + 200*time.Millisecond).Seconds()
	return int(min(mostWindow, max(leastWindow, inFlight)))
}

// wait is how long the next piece waits; 0 is not.
func (p *pace) wait(now time.Time) time.Duration { return max(0, p.next.Sub(now)) }

// catchUp is how much of a late timer is made up for at once.
const catchUp = 4 * time.Millisecond

func (p *pace) sent(bytes int, now time.Time) {
	if late := now.Add(-catchUp); p.next.Before(late) {
		p.next = late
	}
	p.next = p.next.Add(time.Duration(float64(bytes*8) / p.limit() * float64(time.Second)))
}

// acked learns from a piece that took so long, there and back. busy tells that
// the rate was used: only what was tried can be found to be good.
func (p *pace) acked(rtt time.Duration, busy bool, now time.Time) {
	p.recent[p.seen%len(p.recent)] = rtt
	p.seen++
	if now.Sub(p.turned) > baseSpan {
		p.base[1], p.base[0], p.turned = p.base[0], 0, now
	}
	if p.base[0] == 0 || rtt < p.base[0] {
		p.base[0] = rtt
	}
	queued := p.roundTrip() - p.least()
	since := now.Sub(p.changed)
	switch {
	case queued > crowded && since > p.roundTrip():
		p.knee = p.limit()
		p.set(p.rate*shrink, now)
	case queued < calm && busy && since > max(p.roundTrip(), 30*time.Millisecond):
		by := grow
		if p.knee > 0 && p.limit() > near*p.knee {
			by = creep
		}
		p.set(p.limit()*by, now)
	}
}

// broke says that nothing arrives.
func (p *pace) broke(now time.Time) {
	p.set(firstRate, now)
	p.seen, p.knee, p.base = 0, 0, [2]time.Duration{}
	p.next = now
}

// supplied is told what the connection leaves, some times a second.
func (p *pace) supplied(s Supply) {
	if s.Wanting && s.Available > 0 {
		p.rate = min(p.rate, max(leastRate, shareOf*float64(s.Available)))
	}
	p.supply = s
}

func (p *pace) set(rate float64, now time.Time) {
	p.rate, p.changed = min(mostRate, max(leastRate, rate)), now
}

// roundTrip is the least of the last few; 0 before there are any.
func (p *pace) roundTrip() time.Duration {
	n := min(p.seen, len(p.recent))
	if n == 0 {
		return 0
	}
	least := time.Duration(math.MaxInt64)
	for _, r := range p.recent[:n] {
		least = min(least, r)
	}
	return least
}

// least is the round trip without queues.
func (p *pace) least() time.Duration {
	if p.base[1] == 0 {
		return p.base[0]
	}
	if p.base[0] == 0 {
		return p.base[1]
	}
	return min(p.base[0], p.base[1])
}
