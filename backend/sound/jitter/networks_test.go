package jitter

import (
	"math"
	"math/rand/v2"
	"sort"
	"testing"
	"time"

	"parley/backend/frame"
)

// network is what happens to packets on their way.
type network struct {
	delay func(i int) time.Duration // negative: lost
	fec   bool
	drift float64 // how much faster than ours the sender's clock is
	burst int     // blocks of 10 ms that the speaker reads at one time; 0 is 1
}

type result struct {
	concealed, delay float64 // part of the samples; ms, mean of the second half
	last             Stats
	heard            []int16
	decoder          *fake
}

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// run sends n packets through the network into a Buffer and reads it in time.
func run(n network, packets int) result {
	type arrival struct {
		at time.Time
		a  frame.Audio
	}
	var arrivals []arrival
	for i := range packets {
		if d := n.delay(i); d >= 0 {
			sent := start.Add(time.Duration(float64(i) * 20e6 / (1 + n.drift)))
			arrivals = append(arrivals, arrival{sent.Add(d), makePacket(uint32(i), n.fec)})
		}
	}
	sort.SliceStable(arrivals, func(i, j int) bool { return arrivals[i].at.Before(arrivals[j].at) })
	d := &fake{}
	b := New(d)
	r := result{decoder: d}
	burst := max(n.burst, 1)
	out := make([]int16, tick*channels)
	var delays []float64
	end := start.Add(time.Duration(packets) * 20 * time.Millisecond)
	for now := start.Add(3 * time.Millisecond); now.Before(end); now = now.Add(time.Duration(burst) * 10 * time.Millisecond) {
		for len(arrivals) > 0 && !arrivals[0].at.After(now) {
			a := arrivals[0].a
			a.Arrived = arrivals[0].at
			b.Insert(a, now)
			arrivals = arrivals[1:]
		}
		for i := range burst {
			b.Read(out, now, time.Duration(i)*10*time.Millisecond)
			r.heard = append(r.heard, out...)
		}
		if now.After(start.Add(end.Sub(start) / 2)) {
			delays = append(delays, float64(b.Stats().Delay)/1e6)
		}
	}
	r.last = b.Stats()
	r.concealed = float64(r.last.Concealed) / float64(max(r.last.Samples, 1))
	for _, d := range delays {
		r.delay += d / float64(len(delays))
	}
	return r
}

func ms(f float64) time.Duration { return time.Duration(f * 1e6) }

// TestNetworks holds the buffer to a concealment ratio and a delay under
// patterns of jitter as they are seen on real networks (made with a fixed seed).
func TestNetworks(t *testing.T) {
	for _, c := range []struct {
		name      string
		network   func(*rand.Rand) network
		concealed float64 // at most
		delay     float64 // ms at most
	}{
		{"a wire", func(r *rand.Rand) network {
			return network{delay: func(int) time.Duration { return ms(5 + r.Float64()) }}
		}, 0.001, 40},
		{"a wire, speaker reads 40 ms at a time", func(r *rand.Rand) network {
			return network{delay: func(int) time.Duration { return ms(5 + r.Float64()) }, burst: 4}
		}, 0.003, 75},
		{"wireless LAN: 2 ms, now and then 30", func(r *rand.Rand) network {
			return network{delay: func(int) time.Duration {
				if r.Float64() < 0.05 {
					return ms(30 * r.Float64())
				}
				return ms(2 + 2*r.ExpFloat64())
			}}
		}, 0.01, 60},
		{"mobile: 50 ms, normal jitter of 15", func(r *rand.Rand) network {
			return network{delay: func(int) time.Duration { return ms(max(20, 50+15*r.NormFloat64())) }}
		}, 0.03, 110},
		{"bursts: 100 ms of silence every 2 s", func(r *rand.Rand) network {
			return network{delay: func(i int) time.Duration { return ms(20 + float64(max(0, 5-i%100))*20) }}
		}, 0.02, 140},
		{"5 % loss without FEC", func(r *rand.Rand) network {
			return network{delay: func(int) time.Duration {
				if r.Float64() < 0.05 {
					return -1
				}
				return ms(20 + 2*r.Float64())
			}}
		}, 0.06, 50},
		{"5 % loss with FEC", func(r *rand.Rand) network {
			return network{fec: true, delay: func(int) time.Duration {
				if r.Float64() < 0.05 {
					return -1
				}
				return ms(20 + 2*r.Float64())
			}}
		}, 0.01, 50},
		{"neighbours change places", func(r *rand.Rand) network {
			return network{delay: func(i int) time.Duration {
				if i%10 == 0 {
					return ms(45)
				}
				return ms(20)
			}}
		}, 0.01, 60},
		{"sender's clock 300 ppm fast", func(r *rand.Rand) network {
			return network{drift: 300e-6, delay: func(int) time.Duration { return ms(5 + r.Float64()) }}
		}, 0.003, 45},
		{"sender's clock 300 ppm slow", func(r *rand.Rand) network {
			return network{drift: -300e-6, delay: func(int) time.Duration { return ms(5 + r.Float64()) }}
		}, 0.003, 45},
		{"one spike of 600 ms", func(r *rand.Rand) network {
			return network{delay: func(i int) time.Duration { return ms(10 + max(0, 600-20*math.Abs(float64(i-500)))*b2f(i >= 500)) }}
		}, 0.03, 45},
		{"a queue of 300 ms for two seconds, once", func(r *rand.Rand) network {
			return network{delay: func(i int) time.Duration { return ms(50 + 5*r.Float64() + queue(i-1750, 300)) }}
		}, 0.008, 55},
		{"a queue of 200 ms for two seconds, every four", func(r *rand.Rand) network {
			return network{delay: func(i int) time.Duration { return ms(50 + 5*r.Float64() + queue(i%200-50, 200)) }}
		}, 0.006, 220},
		{"the way gets 80 ms longer", func(r *rand.Rand) network {
			return network{delay: func(i int) time.Duration { return ms(10 + 80*b2f(i >= 500)) }}
		}, 0.01, 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := run(c.network(rand.New(rand.NewPCG(1, 2))), 3000)
			t.Logf("concealed %.2f %%, delay %.0f ms, target %v, %+v", 100*r.concealed, r.delay, r.last.Target, r.last)
			if r.concealed > c.concealed {
				t.Errorf("%.2f %% concealed, want at most %.2f", 100*r.concealed, 100*c.concealed)
			}
			if r.delay > c.delay {
				t.Errorf("%.0f ms of delay, want at most %.0f", r.delay, c.delay)
			}
		})
	}
}

// A queue is not waited for once it is over, not in a young call either.
func TestQueueInAYoungCall(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	after := run(network{delay: func(i int) time.Duration { return ms(50 + 5*r.Float64() + queue(i-500, 300)) }}, 1300)
	if after.delay > 50 {
		t.Errorf("%.0f ms of delay in the 13 s after it", after.delay)
	}
}

// Nor is one that the call begins with, which its sender's first guess fills.
func TestQueueAtTheBeginning(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	with := run(network{delay: func(i int) time.Duration { return ms(50 + 5*r.Float64() + queue(i-15, 300)) }}, 750)
	t.Logf("concealed %.2f %%, delay %.0f ms", 100*with.concealed, with.delay)
	if with.delay > 75 || with.concealed > 0.03 {
		t.Errorf("%.0f ms of delay in 15 s, %.2f %% concealed", with.delay, 100*with.concealed)
	}
}

// queue is the wait in a link's queue that begins to fill with packet 0 and is full, of
// so many ms, from a third of a second on until it drains.
func queue(i int, full float64) float64 {
	const rise, drain, end = 15, 90, 115 // packets
	return full * max(0, min(1, float64(i)/rise, float64(end-i)/(end-drain)))
}

func b2f(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
