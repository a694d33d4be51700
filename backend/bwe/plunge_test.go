package bwe

import (
	"slices"
	"testing"
	"time"
)

// Packets that wait ever longer tell what the link carries; a radio link that held some
// back does not, and neither does a queue that is long and stays as it is.
func TestPlunge(t *testing.T) {
	const apart = 4 * time.Millisecond // 2.4 Mbit/s
	carries := func(wait func(n int) time.Duration) (most float64) {
		var p plunge
		for n := range 100 {
			sent := time.Duration(n) * apart
			p.add(packet{bytes: 1200, sent: sent, arrived: sent + wait(n)})
			most = max(most, p.carries())
		}
		return most
	}
	for _, x := range []struct {
		name string
		wait func(n int) time.Duration
		want float64
	}{
		{"a quarter", func(n int) time.Duration { return time.Duration(max(0, n-50)) * 3 * apart }, 600_000},
		{"full and steady", func(int) time.Duration { return 300 * time.Millisecond }, 0},
		{"a leap", func(n int) time.Duration {
			return max(0, 200*time.Millisecond-time.Duration(n-50)*apart) * time.Duration(min(n/50, 1))
		}, 0},
		{"4 % less than is sent", func(n int) time.Duration { return time.Duration(n) * apart / 24 }, 0},
	} {
		got := carries(x.wait)
		if got < x.want*0.9 || got > 2*x.want {
			t.Errorf("%s: %.0f bit/s, not %.0f", x.name, got, x.want)
		}
	}
}

// Pictures rest where the link fell to a part of what it was sent, soon, once, and for
// about as long as its queue; nowhere else.
func TestRest(t *testing.T) {
	for _, queue := range []time.Duration{300 * time.Millisecond, s} {
		for _, to := range []float64{0.3, 0.6, 0.9} {
			f := run(scenario{capacity: steps(0, 2.5, 20, to), delay: 50 * time.Millisecond, queue: queue, length: 40 * s, flows: one}, newOurs, nil).flows[0]
			if len(f.rests) == 0 {
				t.Errorf("2.5 to %v Mbit/s, queue %v: no rest", to, queue)
				continue
			}
			from, until := f.rests[0]-20*s, f.rests[len(f.rests)-1]-20*s
			t.Logf("2.5 to %v Mbit/s, queue %v: rest after %v, until %v", to, queue, from.Round(time.Millisecond), until.Round(time.Millisecond))
			if from < 0 || from > 400*time.Millisecond || until-from > min(queue+200*time.Millisecond, restMost) {
				t.Errorf("2.5 to %v Mbit/s, queue %v: rest after %v, until %v", to, queue, from, until)
			}
		}
	}
	for _, sc := range scenarios() {
		falls := slices.Contains([]string{"5.1 variable capacity", "5.2 variable, two flows", "5.3 congested feedback"}, sc.name)
		for _, f := range run(sc, newOurs, nil).flows {
			if len(f.rests) > 0 && !falls {
				t.Errorf("%s: rest at %v", sc.name, f.rests)
			}
		}
	}
}

// A rest ends also where nothing is heard any more.
func TestRestIsBounded(t *testing.T) {
	r := newRate(bounds, 2e6)
	r.update(signals{usage: overuse, plunged: 300_000, queue: 80 * time.Millisecond, rtt: 100 * time.Millisecond, lately: 300_000}, 10*s)
	if !r.rests(10*s) || !r.rests(10*s+restMost-1) || r.rests(10*s+restMost) {
		t.Error("it does not last as long as it may")
	}
}
