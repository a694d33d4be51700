package fec

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func TestRatio(t *testing.T) {
	const ms = time.Millisecond
	for _, x := range []struct {
		name    string
		link    Link
		packets int
		key     bool
		least   float64
		most    float64
	}{
		{"no loss", Link{200 * ms, 0, 0}, 10, false, 0, 0},
		{"NACK is soon enough", Link{50 * ms, 0.10, 1}, 10, false, 0, 0},
		{"2 %", Link{100 * ms, 0.02, 1}, 10, false, 0.1, 0.2},
		{"5 %", Link{100 * ms, 0.05, 1}, 10, false, 0.25, 0.4},
		{"10 %", Link{100 * ms, 0.10, 1}, 10, false, 0.35, 0.5},
		{"half as late", Link{75 * ms, 0.10, 1}, 10, false, 0.18, 0.25},
		{"a long way costs no more", Link{300 * ms, 0.10, 1}, 10, false, 0.35, 0.5},
		{"in runs", Link{100 * ms, 0.10, 5}, 10, false, 0.5, 0.5},
		{"hardly any loss of pictures of one packet", Link{100 * ms, 0.02, 1}, 1, false, 0, 0},
		{"too late where it is rare", Link{100 * ms, 0.03, 1}, 1, false, 0, 0},
		{"much of it", Link{100 * ms, 0.10, 1}, 1, false, 0.5, 0.5},
		{"more than can be", Link{100 * ms, 1, 1000}, 30, false, 0.5, 0.5},
		{"no picture", Link{100 * ms, 0.10, 1}, 0, false, 0, 0},
	} {
		if got := x.link.Ratio(x.packets, x.key); math.IsNaN(got) || got < x.least-1e-9 || got > x.most+1e-9 {
			t.Errorf("%s: %.2f, not %.2f to %.2f", x.name, got, x.least, x.most)
		}
	}
	delta, key := Link{100 * ms, 0.05, 1}.Ratio(30, false), Link{100 * ms, 0.05, 1}.Ratio(30, true)
	if key <= delta {
		t.Errorf("a key frame gets %.3f, others %.3f", key, delta)
	}
}

// The model's likelihood is what a link that loses like it does.
func TestLikelihoodOfLosses(t *testing.T) {
	const tries, packets, parity = 200_000, 8, 4
	for _, l := range []Link{{Loss: 0.1, Burst: 1}, {Loss: 0.1, Burst: 5}, {Loss: 0.3, Burst: 2}} {
		dice := rand.New(rand.NewPCG(1, 2))
		burst := max(l.Burst, 1/(1-l.Loss))
		bad, over := false, 0
		for range tries {
			lost := 0
			bad = dice.Float64() < l.Loss
			for range packets + parity {
				if bad {
					bad = dice.Float64() >= 1/burst
				} else {
					bad = dice.Float64() < l.Loss/(1-l.Loss)/burst
				}
				if bad {
					lost++
				}
			}
			if lost > parity {
				over++
			}
		}
		if got, want := l.beyond(packets, parity), float64(over)/tries; math.Abs(got-want) > 0.1*want+0.001 {
			t.Errorf("%+v: %.4f, and %.4f were seen", l, got, want)
		}
	}
}
