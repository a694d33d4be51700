package bwe

import (
	"slices"
	"testing"
	"time"
)

// Sound alone may fill a narrow link: its queue stays as it is in a drain, and more
// arrives than the rate allows. That others fill the queue follows from it only where
// less arrives than before the drain: else a call went back to the guess that it began
// with, twelve times what the link carries.
func TestOthersAreNotBlamedForOurOwnQueue(t *testing.T) {
	for name, x := range map[string]struct {
		before float64 // bit/s that arrived
		others bool
	}{"less arrives than before": {60_000, true}, "as much as before": {45_000, false}} {
		t.Run(name, func(t *testing.T) {
			const guess, carries, sound = 600_000, 40_000, 45_000
			r := newRate(Config{First: guess, Least: carries, Most: 2_500_000}, guess)
			s := signals{usage: normal, queue: 250 * time.Millisecond, rtt: 150 * time.Millisecond, arrived: sound, lately: x.before}
			r.set(carries)
			r.empty(guess, s, 0)
			for now := time.Duration(0); now < 5*time.Second && r.draining; now += 100 * time.Millisecond {
				r.update(s, now)
			}
			if went := r.value == guess; went != x.others {
				t.Errorf("%.0f bit/s", r.value)
			}
		})
	}
}

// Calls that come one soon after the other do not take each other for what fills a queue
// until it overflows. In one of these runs they did, for ten seconds, in which up to half
// of what they sent was lost.
func TestOthersLikeUs(t *testing.T) {
	const faster = 3
	sc := named(t, "5.5")
	sc.length /= faster
	given := sc.flows
	for k := range 8 {
		sc.flows = slices.Clone(given)
		for i := range sc.flows {
			sc.flows[i].start = given[i].start/faster + time.Duration(k*(i+1))*7*time.Millisecond
		}
		if o := run(sc, newOurs, nil); o.queue95 > 100 {
			t.Errorf("start %d: 95 %% of the packets wait up to %.0f ms, %.3f of them are lost", k, o.queue95, o.lost)
		}
	}
}

// Where a call begins with more than the link carries, its queue is full of what was sent
// by the guess, and half of it lost: the others who may fill it are no reason to send by
// the guess again.
func TestOthersAreNoReasonToGuessAgain(t *testing.T) {
	const guess, carries = 600_000, 45_000
	r := newRate(Config{First: guess, Least: 40_000, Most: 2_500_000}, guess)
	s := signals{usage: overuse, queue: 250 * time.Millisecond, rtt: 150 * time.Millisecond, arrived: carries, lately: carries}
	for now := time.Second; now < 6*time.Second; now += 100 * time.Millisecond {
		r.update(s, now)
		s.usage, s.arrived = normal, 0.8*carries
	}
	if r.draining || r.value > 2*carries {
		t.Errorf("%.0f bit/s, draining: %v", r.value, r.draining)
	}
}
