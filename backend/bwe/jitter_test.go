package bwe

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestJitterInOrder: where each packet takes up to 60 ms more than another, and none
// overtakes another, a call soon finds what the link carries: three of four use at least
// as much of its first seconds as Chromium does in the laboratory's row "jitter". On a
// link that carries less than the first probe tries, it does not take a burst that was let
// go at once for what that carries.
func TestJitterInOrder(t *testing.T) {
	for _, x := range []struct {
		capacity float64 // Mbit/s
		use      float64 // a quarter of the runs below; 0.42 and 0.78 before
		queue    float64 // ms of it that 95 % of the packets found at most, in the mean; 26 and 113 before
	}{{2.5, 0.54, 60}, {1, 0.83, 130}} {
		var use samples
		queue := 0.0
		const runs = 40
		for seed := range uint64(runs) {
			o := run(scenario{capacity: steps(0, x.capacity), delay: 20 * time.Millisecond, queue: 300 * time.Millisecond, length: 8 * s, skip: s, flows: one,
				change: func(l *link, _ *rand.Rand) {
					l.even, l.dice = 60*time.Millisecond, rand.New(rand.NewPCG(seed, 11))
				}}, newOurs, nil)
			use = append(use, sample{value: o.use})
			queue += o.queue95 / runs
		}
		least := use.percentile(0.25)
		t.Logf("%v Mbit/s: use %.2f, a quarter below %.2f, queue %.0f ms", x.capacity, use.percentile(0.5), least, queue)
		if least < x.use || queue > x.queue {
			t.Errorf("%v Mbit/s: a quarter uses less than %.2f, not %.2f, or the queue is above %.0f ms", x.capacity, least, x.use, x.queue)
		}
	}
}

// TestHeldProbe: a probe whose packets the link held back, and let go together, is sent
// again; and where the second comes too fast, both tell of the link. In a queue that grows
// packets are not held.
func TestHeldProbe(t *testing.T) {
	const apart, size = 4 * time.Millisecond, 900 // 1.8 Mbit/s
	for _, x := range []struct {
		name    string
		waits   [2][5]time.Duration // of each burst's packets, ms
		results [2]float64          // kbit/s, 0 for none
	}{
		{"held, then let go at once", [2][5]time.Duration{{0, 0, 24, 20, 16}, {9, 7, 5, 3, 2}}, [2]float64{0, 1335}},
		{"held twice", [2][5]time.Duration{{0, 0, 40, 36, 32}, {0, 30, 30, 30, 30}}, [2]float64{0, 0}},
		{"a queue that grows", [2][5]time.Duration{{0, 4, 8, 12, 16}}, [2]float64{855, 0}},
	} {
		p := newProber(bounds, 0)
		now := time.Duration(0)
		for i, want := range x.results {
			if p.rate(now) == 0 {
				if i == 0 || x.results[i-1] == 0 {
					t.Errorf("%s: no probe %d", x.name, i+1)
				}
				break
			}
			var h heard
			for n, waits := range x.waits[i] {
				sent := now + time.Duration(n)*apart
				if cluster := p.sent(size, sent); cluster != 0 {
					h.arrived = append(h.arrived, packet{bytes: size, sent: sent, arrived: sent + waits*time.Millisecond, cluster: cluster})
				}
			}
			now += 200 * time.Millisecond
			got, ok := p.heard(h, true, now)
			if ok != (want > 0) || got < want*999 || got > want*1001 {
				t.Errorf("%s: probe %d measured %.0f bit/s, not %.0f", x.name, i+1, got, want*1000)
			}
		}
	}
}
