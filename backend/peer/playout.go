package peer

import (
	"slices"
	"time"
)

const (
	// A picture that comes 150 ms after its time is the first that counts as a freeze
	// (freezeCounter). What takes 100 ms more than was reckoned with is to be none.
	tolerated = 50 * time.Millisecond
	// mostHeld is libwebrtc's bound as well, which holds all pictures for 0.9 of a
	// round trip from the third one on that was asked for again (rtt_mult_experiment.cc),
	// until none was for a minute (jitter_estimator.cc).
	mostHeld = 200 * time.Millisecond
	heldStep = 5 * time.Millisecond // from one picture to the next: nobody sees that

	// What is reckoned with is the third worst of the last ten half seconds, each
	// taken at its worst; in the beginning, of as many as there were, the worst third.
	// Noise spoils many of them, a queue that overflowed one or two.
	lateSpan  = 500 * time.Millisecond
	lateSpans = 10
	lateRank  = 3

	fastestSpan = 5 * time.Second
	otherClock  = 5 * time.Second // a change of transit that is no delay
)

// playout says when to show pictures: at once, until again and again one is late
// because a packet of it had to be sent once more. Then each is held for about as
// long as that takes. It is not safe for use from several goroutines.
type playout struct {
	origin time.Time // of transit, which is from the sender's clock to ours
	last   uint32    // timestamp
	ticks  int64     // from the first timestamp to that

	since   time.Time        // fastest is from then on
	fastest [2]time.Duration // the least transit of this span and of the one before
	queue   time.Duration    // what the last picture that came as it was sent took more than that

	span int64                    // the half second under way
	late [lateSpans]time.Duration // the worst of each half second, n at n%lateSpans
	held time.Duration
}

// due gives when to show a picture; zero is at once. Came is when its last packet
// did, repaired whether one did only after later ones.
func (p *playout) due(timestamp uint32, came time.Time, repaired bool) time.Time {
	p.ticks += int64(int32(timestamp - p.last)) // it wraps
	p.last = timestamp
	taken := p.origin.Add(time.Duration(p.ticks) * time.Second / 90_000)
	if transit := came.Sub(taken); p.origin.IsZero() || (transit-p.fastest[0]).Abs() > otherClock {
		*p = playout{origin: came, last: timestamp, since: came}
		taken = came
	} else if came.Sub(p.since) > fastestSpan {
		p.since, p.fastest = came, [2]time.Duration{transit, p.fastest[0]}
	} else {
		p.fastest[0] = min(p.fastest[0], transit)
	}
	inTime := taken.Add(min(p.fastest[0], p.fastest[1]))

	now := int64(came.Sub(p.origin) / lateSpan)
	for p.span = max(p.span, now-lateSpans); p.span < now; {
		p.span++
		p.late[p.span%lateSpans] = 0
	}
	// In a queue all are late, and holding them would not help. Where it is longer than
	// anything is held, packets are lost because it overflows, and what is sent again waits
	// in it as well. That is no noise, unless there was some before.
	if late := came.Sub(inTime); !repaired {
		p.queue = late
	} else if p.queue < mostHeld || p.held > 0 {
		worst := &p.late[p.span%lateSpans]
		*worst = max(*worst, late-p.queue)
	}
	worst := p.late
	slices.Sort(worst[:])
	rank := (lateRank*min(p.span+1, lateSpans) + lateSpans - 1) / lateSpans
	want := min(max(worst[lateSpans-rank]-tolerated, 0), mostHeld)
	p.held += min(max(want-p.held, -heldStep), heldStep)
	if p.held == 0 {
		return time.Time{}
	}
	return inTime.Add(p.held)
}
