package bwe

import (
	"testing"
	"time"
)

// TestStartOnANarrowLink: the first probe tells that the link carries less than the
// guess, before its queue has overflowed for long; and where it carries more, that is
// there within a second.
func TestStartOnANarrowLink(t *testing.T) {
	for _, x := range []struct {
		capacity float64 // Mbit/s
		lost     int     // packets at most; 53, 28 and 0 before
		narrow   bool
	}{{0.12, 30, true}, {0.2, 5, true}, {0.3, 0, true}, {1, 0, false}, {2.5, 0, false}} {
		o := run(scenario{capacity: steps(0, x.capacity), delay: 50 * time.Millisecond, queue: 300 * time.Millisecond, length: 12 * s, flows: one,
			cfg: Config{First: 300_000, Least: 40_000, Most: 2_500_000}}, newOurs, nil)
		f := o.flows[0]
		took := f.fell(x.capacity*1e6, 0, s)
		if !x.narrow {
			took = f.reached(0.75e6*x.capacity, 0)
		}
		t.Logf("%v Mbit/s: %d lost, queue %.0f and %.0f ms, use %.2f, found after %v", x.capacity, f.lost, o.queue50, o.queue95, o.use, took.Round(time.Millisecond))
		if f.lost > x.lost || o.use < 0.9 {
			t.Errorf("%v Mbit/s: %d packets lost, %d at most, use %.2f", x.capacity, f.lost, x.lost, o.use)
		}
		if took > 700*time.Millisecond {
			t.Errorf("%v Mbit/s: found after %v", x.capacity, took)
		}
	}
}
