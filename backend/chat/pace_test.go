package chat

import (
	"slices"
	"testing"
	"time"
)

// course is how a file went over a link, a figure each 100 ms.
type course struct {
	came  []float64       // bit/s that arrived
	queue []time.Duration // before the link, the longest
}

const aSecond = 10 // of a course's figures

// between two times, the mean and the longest.
func (c course) rate(from, to int) float64 {
	sum := 0.0
	for _, r := range c.came[from*aSecond : to*aSecond] {
		sum += r
	}
	return sum / float64((to-from)*aSecond)
}

func (c course) longest(from, to int) time.Duration {
	return slices.Max(c.queue[from*aSecond : to*aSecond])
}

// overALink sends without end over a link that leaves so many bit/s, with a round
// trip of 40 ms. supply may be nil.
func overALink(length time.Duration, left func(at time.Duration) float64, supply func(at time.Duration) Supply) (c course) {
	const way = 40 * time.Millisecond
	type flight struct {
		piece
		arrives time.Time
	}
	began := time.Unix(0, 0)
	p, link := newPace(began), began // free from then on
	var flying []flight
	var sent, came, told int64
	longest := time.Duration(0)
	for at := time.Duration(0); at < length; at += time.Millisecond {
		now := began.Add(at)
		for len(flying) > 0 && !flying[0].arrives.After(now) {
			f := flying[0]
			flying = flying[1:]
			p.acked(int(f.end-came), f.at, f.busy, f.arrives)
			came = f.end
		}
		for p.wait(now) == 0 && sent-came < int64(p.window()) {
			n := p.piece()
			if link.Before(now) {
				link = now
			}
			longest = max(longest, link.Sub(now))
			link = link.Add(time.Duration(float64(n*8) / left(at) * float64(time.Second)))
			sent += int64(n)
			p.sent(n, now)
			flying = append(flying, flight{piece{sent, now, sent-came < int64(p.window())}, link.Add(way)})
		}
		if at%look == 0 && at > 0 {
			if supply != nil {
				p.supplied(supply(at), now)
			}
			c.came, c.queue = append(c.came, float64((came-told)*8)/look.Seconds()), append(c.queue, longest)
			told, longest = came, 0
		}
	}
	return c
}

func steady(rate float64) func(time.Duration) float64 {
	return func(time.Duration) float64 { return rate }
}

// A file takes what there is, and hardly a picture waits for it: not in its first
// second, and not after minutes, when a queue that always stood would pass for the way.
func TestPaceTakesWhatIsLeft(t *testing.T) {
	for _, left := range []float64{1e6, 10e6, 50e6} {
		c := overALink(2*time.Minute, steady(left), nil)
		t.Logf("%2.0f Mbit/s: %.2f of it in the first 5 s, then %.2f; queue %v, then %v", left/1e6,
			c.rate(0, 5)/left, c.rate(5, 119)/left, c.longest(0, 5), c.longest(5, 119))
		if c.rate(0, 5) < left/2 || c.rate(5, 119) < 0.85*left {
			t.Error("too little is used")
		}
		if c.longest(0, 5) > 50*time.Millisecond || c.longest(5, 119) > 35*time.Millisecond {
			t.Error("pictures wait")
		}
	}
}

// The link becomes narrow, and wide again.
func TestPaceFollowsTheLink(t *testing.T) {
	c := overALink(40*time.Second, func(at time.Duration) float64 {
		if at > 10*time.Second && at < 20*time.Second {
			return 2e6
		}
		return 20e6
	}, nil)
	t.Logf("narrow: %.2f Mbit/s, queue %v after 1 s; wide again: %.1f", c.rate(12, 20)/1e6, c.longest(11, 20), c.rate(23, 39)/1e6)
	if c.rate(12, 20) < 0.8*2e6 || c.longest(12, 20) > 50*time.Millisecond || c.rate(24, 39) < 0.8*20e6 {
		t.Error("it does not follow")
	}
}

// A picture that wants for a moment, because a file began beside it, holds the file
// up as long as it wants; one that wants for good leaves it a small share.
func TestPaceGivesWayToThePicture(t *testing.T) {
	const left, available, began = 50e6, 2e6, 10
	wants := func(seconds int) func(time.Duration) Supply {
		return func(at time.Duration) Supply {
			return Supply{Available: available, Wanting: at > began*time.Second && at < time.Duration(began+seconds)*time.Second}
		}
	}
	for seconds, most := range map[int]int{1: 3, 3: 3, 60: 8} {
		c := overALink(time.Duration(began+seconds+most+2)*time.Second, steady(left), wants(seconds))
		before, wanting, after := c.rate(began-2, began), c.rate(began+seconds-1, began+seconds), c.rate(began+seconds+most-1, began+seconds+most)
		t.Logf("%d s: %.1f Mbit/s before, %.2f at its end, %.1f %d s later", seconds, before/1e6, wanting/1e6, after/1e6, most)
		if after < 0.8*before {
			t.Error("it is still held up")
		}
		if seconds == 60 && wanting > 1.1*shareOf*available {
			t.Error("it takes more than its share")
		}
	}
}
