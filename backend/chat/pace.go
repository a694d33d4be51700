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
)

// How the rate follows the queue.
const (
	calm    = 15 * time.Millisecond // of queueing: as long as a picture may wait and not be late
	early   = 5 * time.Millisecond  // likewise, while it is not known what is too much
	drain   = 80 * time.Millisecond // a queue that is longer than calm by so much stops the file
	least   = 0.5                   // of what arrives; it is never stopped
	between = 30 * time.Millisecond // two changes, at least; a round trip where that is longer

	ramp   = 0.25  // each time, where it is not known what is too much, or far below it
	creep  = 0.01  // near it, for what is too much is known a round trip late
	step   = 8_000 // bit/s, of either at least: a narrow link's pieces come seldom
	near   = 0.7
	beyond = 1.25 // of what was too much once, and is not: there is more now

	baseSpan = 15 * time.Second // a route may change
	keptFor  = 5 * time.Second  // what was learned, while nothing arrives
)

// How it gives way to a picture that wants more.
const (
	shareOf    = 0.12 // of what the connection carries, is for the file in any case
	yieldAfter = time.Second
	yieldTo    = 0.7 // of the rate, each yieldAfter
)

// What is under way.
const (
	slack       = 60 * time.Millisecond // of the rate, beside a round trip
	leastWindow = 12 << 10              // bytes
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

// pace says how fast a file may go. Like LEDBAT (RFC 6817) it grows while its pieces
// arrive without having waited on the way, and as soon as they do it goes back to what
// of them arrives, less a part that empties the queue: that is what the others leave of
// the link, and the round trip without a queue is seen again and again.
//
// To two who both give way a link would belong by chance. So while the picture wants
// more than there is the file does not grow, and yields step by step, down to a small
// share: a picture that wants for a moment was in the way of the file's beginning, one
// that wants for long has taken what there is.
type pace struct {
	rate float64 // bit/s

	wanting bool
	share   float64   // bit/s, that are the file's while it does
	yielded time.Time // last; and before the picture began to want

	recent [4]time.Duration // round trips; the least of them is not noise
	seen   int
	base   [2]time.Duration // the least round trip of this span and the last one; 0 is none
	turned time.Time
	knee   float64 // bit/s, that were too much; 0 is not known

	changed time.Time // the rate, or that it was looked at
	came    int       // bytes since then
	heard   int       // likewise, how often
	next    time.Time // when the next piece may leave
}

func newPace(now time.Time) *pace {
	return &pace{rate: firstRate, turned: now, changed: now, next: now}
}

// piece is how many bytes leave at once: 4 ms of the rate. A picture waits for as
// long, and so does the end of the piece, which is not to look like a queue.
func (p *pace) piece() int {
	return int(min(maxPiece, max(leastPiece, p.rate*0.004/8)))
}

// window is how many bytes may be under way: what arrives in a round trip and a
// little, for all of them are a queue when the link becomes narrow.
func (p *pace) window() int {
	inFlight := p.rate / 8 * (p.way() + slack).Seconds()
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
	p.next = p.next.Add(time.Duration(float64(bytes*8) / p.rate * float64(time.Second)))
}

// acked learns from the last piece of so many bytes that arrived. busy tells that the
// rate was used when it was sent: only what was tried can be found to be good.
func (p *pace) acked(bytes int, sent time.Time, busy bool, now time.Time) {
	p.measure(now.Sub(sent), now)
	p.came, p.heard = p.came+bytes, p.heard+1
	since := now.Sub(p.changed)
	if since < between || p.heard < len(p.recent) {
		return
	}
	carried := float64(p.came*8) / since.Seconds()
	queued := p.roundTrip() - p.way()
	switch {
	case queued > calm || queued > early && p.knee == 0:
		p.knee = carried
		p.set(min(p.rate, carried*max(least, 1-float64(max(queued-calm, calm/2))/float64(drain))), now)
	case sent.Before(p.changed): // it tells of the rate before
	case !busy:
		p.set(p.rate, now)
	default:
		if p.rate > beyond*p.knee {
			p.knee = 0
		}
		by := ramp
		if p.knee > 0 && p.rate > near*p.knee {
			by = creep
		}
		p.set(p.rate+max(step, by*p.rate)*(1-float64(queued)/float64(calm)), now)
	}
}

// measure takes a round trip.
func (p *pace) measure(rtt time.Duration, now time.Time) {
	p.recent[p.seen%len(p.recent)] = rtt
	p.seen++
	if now.Sub(p.turned) > baseSpan {
		p.base[1], p.base[0], p.turned = p.base[0], 0, now
	}
	if p.base[0] == 0 || rtt < p.base[0] {
		p.base[0] = rtt
	}
}

// supplied is told what the connection leaves, some times a second.
func (p *pace) supplied(s Supply, now time.Time) {
	p.share = max(leastRate, shareOf*float64(s.Available))
	p.wanting = s.Wanting && s.Available > 0
	switch {
	case !p.wanting:
		p.yielded = now
	case p.yielded.IsZero(): // it wanted before there was a file
		p.yielded = now
		p.set(min(p.rate, p.share), now)
	case now.Sub(p.yielded) > yieldAfter:
		p.yielded = now
		p.set(min(p.rate, max(p.share, p.rate*yieldTo)), now)
	}
}

// old tells that what was learned is of a time that is long over.
func (p *pace) old(now time.Time) bool { return now.Sub(p.changed) > keptFor }

func (p *pace) set(rate float64, now time.Time) {
	most := float64(mostRate)
	if p.wanting {
		most = max(p.rate, p.share)
	}
	p.rate = min(most, max(leastRate, rate))
	p.changed, p.came, p.heard = now, 0, 0
}

// roundTrip is the least of the last few; 0 before there are any.
func (p *pace) roundTrip() time.Duration {
	n := min(p.seen, len(p.recent))
	if n == 0 {
		return 0
	}
	shortest := time.Duration(math.MaxInt64)
	for _, r := range p.recent[:n] {
		shortest = min(shortest, r)
	}
	return shortest
}

// way is the round trip without queues.
func (p *pace) way() time.Duration {
	if p.base[0] == 0 || p.base[1] != 0 && p.base[1] < p.base[0] {
		return p.base[1]
	}
	return p.base[0]
}
