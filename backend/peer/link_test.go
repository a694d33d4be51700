package peer

import (
	"fmt"
	"math/rand/v2"
	"net"
	"runtime/metrics"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/transport/v4"
	"github.com/pion/transport/v4/vnet"

	"parley/backend/bwe"
	"parley/backend/frame"
	"parley/backend/signaling"
)

// shaper is one direction of a link: a rate, a queue that drops what does not
// fit, delay and loss.
type shaper struct {
	rate  func(time.Duration) float64 // bit/s; nil is no bound
	queue time.Duration
	delay time.Duration
	lose  func() bool

	mu      sync.Mutex
	began   time.Time
	busy    time.Time
	carried int // bytes
}

// pass gives when a packet comes out, and whether it does.
func (s *shaper) pass(bytes int) (time.Duration, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.began.IsZero() {
		s.began = now
	}
	if s.rate == nil {
		return s.delay, s.lose == nil || !s.lose()
	}
	if s.busy.Before(now) {
		s.busy = now
	}
	if s.busy.Sub(now) > s.queue {
		return 0, false
	}
	s.busy = s.busy.Add(time.Duration(float64(bytes*8) / s.rate(now.Sub(s.began)) * float64(time.Second)))
	s.carried += bytes
	return s.busy.Sub(now) + s.delay, s.lose == nil || !s.lose()
}

// shapedNet is a virtual network whose packets leave through a shaper.
type shapedNet struct {
	*vnet.Net
	out *shaper
}

func (n shapedNet) ListenUDP(network string, at *net.UDPAddr) (transport.UDPConn, error) {
	c, err := n.Net.ListenUDP(network, at)
	return shapedConn{c, n.out}, err
}

type shapedConn struct {
	transport.UDPConn
	out *shaper
}

func (c shapedConn) WriteTo(b []byte, to net.Addr) (int, error) {
	const headers = 28 // IPv4 and UDP
	if after, ok := c.out.pass(len(b) + headers); ok {
		copied := slices.Clone(b)
		time.AfterFunc(after, func() { _, _ = c.UDPConn.WriteTo(copied, to) })
	}
	return len(b), nil
}

// course is how a call over a link went.
type course struct {
	written, seen, keys, freezes int
	stood                        freezeCounter   // as if each frame were shown at once
	delay                        []time.Duration // of each frame, from encoder to decoder
	held                         []time.Duration // likewise, until it was due, of those that were held
	heard                        []time.Duration // likewise, of each packet of sound
	targets                      []int           // each 100 ms
	video                        []int           // what of them was the picture's
	out, in                      Stats
	use                          float64
	heap                         uint64 // bytes: the most of both sides that was live
}

func (r course) percentile(p float64) time.Duration { return percentile(r.delay, p) }

func percentile(delays []time.Duration, p float64) time.Duration {
	d := slices.Clone(delays)
	slices.Sort(d)
	if len(d) == 0 {
		return 0
	}
	return d[min(int(p*float64(len(d))), len(d)-1)]
}

func (r course) String() string {
	return fmt.Sprintf("%d of %d frames, %d key, %d freezes, delay p50 %v p95 %v, use %.2f, NACKs %d, PLIs %d, target %d",
		r.seen, r.written, r.keys, r.freezes, r.percentile(0.5).Round(time.Millisecond), r.percentile(0.95).Round(time.Millisecond), r.use,
		r.in.Video.In.NACKs, r.in.Video.In.PLIs, r.out.Video.Out.Target)
}

// shapedHosts are the two ends of a link, until the test ends.
func shapedHosts(t *testing.T, out, back *shaper) (a, b transport.Net) {
	t.Helper()
	making.Lock()
	defer making.Unlock()
	router, err := vnet.NewRouter(&vnet.RouterConfig{CIDR: "10.1.0.0/24", LoggerFactory: newLoggerFactory()})
	if err != nil {
		t.Fatal(err)
	}
	host := func(ip string, s *shaper) transport.Net {
		n, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{ip}})
		if err != nil {
			t.Fatal(err)
		}
		if err := router.AddNet(n); err != nil {
			t.Fatal(err)
		}
		return shapedNet{n, s}
	}
	a, b = host("10.1.0.1", out), host("10.1.0.2", back)
	if err := router.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = router.Stop() })
	return a, b
}

// callOver runs a call of so long in virtual time. The caller's encoder makes
// what the target allows, leaves a picture out while the peer is behind, and
// makes a key frame when asked.
func callOver(t *testing.T, length time.Duration, out, back *shaper) (r course) {
	return callWith(t, length, out, back, func(*end) {})
}

// callWith is callOver with a last word on the caller, once it is connected.
func callWith(t *testing.T, length time.Duration, out, back *shaper, change func(caller *end)) (r course) {
	synctest.Test(t, func(t *testing.T) {
		a, b := shapedHosts(t, out, back)
		caller, callee := newEnd(t, signaling.Caller, a, frame.VP8), newEnd(t, signaling.Callee, b, frame.VP8)
		connect(t, caller, callee)
		change(caller)
		r = drive(caller, callee, length)
		if out.rate != nil {
			capacity := 0.0
			for at := time.Duration(0); at < length; at += 10 * time.Millisecond {
				capacity += out.rate(at) / 100
			}
			out.mu.Lock()
			r.use = float64(out.carried*8) / capacity
			out.mu.Unlock()
		}
	})
	return r
}

func drive(caller, callee *end, length time.Duration) (r course) {
	begin := time.Now()
	pictures, voice, look := time.NewTicker(time.Second/30), time.NewTicker(20*time.Millisecond), time.NewTicker(100*time.Millisecond)
	defer pictures.Stop()
	defer voice.Stop()
	defer look.Stop()
	dice := rand.New(rand.NewPCG(1, 1))
	made, spoken := map[uint32]time.Time{}, map[uint32]time.Time{}
	heap := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	target, key, said := firstBitrate-audioShare, true, 0
	for n := 0; time.Since(begin) < length; {
		select {
		case target = <-caller.target:
		case <-caller.keyframe:
			key = true
		case <-pictures.C:
			if caller.Backlog() > 100*time.Millisecond || caller.patient && caller.Waits() {
				continue
			}
			if target < 30_000 { // the last rung of the encoder's ladder
				key = true
				continue
			}
			size := float64(target) / 30 / 8 * (0.8 + 0.4*dice.Float64())
			if key {
				size *= 3
			}
			f := picture(frame.VP8, n, int(size), key)
			if caller.WriteVideo(f) == nil {
				made[f.Timestamp] = time.Now()
				r.written++
				if key {
					r.keys++
				}
				key = false
				n++
			}
		case <-voice.C:
			at := uint32(said) * 960
			spoken[at] = time.Now()
			_ = caller.WriteAudio(frame.Audio{Data: make([]byte, 60), Timestamp: at})
			said++
		case f := <-callee.video:
			r.seen++
			r.stood.frame(time.Now())
			r.delay = append(r.delay, time.Since(made[f.Timestamp]))
			if !f.Due.IsZero() {
				r.held = append(r.held, f.Due.Sub(made[f.Timestamp]))
			}
		case f := <-callee.audio:
			r.heard = append(r.heard, time.Since(spoken[f.Timestamp]))
		case <-caller.loss:
		case <-look.C:
			metrics.Read(heap)
			r.heap = max(r.heap, heap[0].Value.Uint64())
			r.targets = append(r.targets, caller.Stats().Available)
			r.video = append(r.video, target)
		}
	}
	r.out, r.in = caller.Stats(), callee.Stats()
	r.freezes = r.in.Video.In.Freezes
	return r
}

func constant(rate float64) func(time.Duration) float64 {
	return func(time.Duration) float64 { return rate }
}

// randomly loses packets, each by itself or in bursts of so many in the mean.
func randomly(p, burst float64) func() bool {
	dice := rand.New(rand.NewPCG(3, 4))
	bad := false
	return func() bool {
		if burst <= 1 {
			return dice.Float64() < p
		}
		if bad {
			bad = dice.Float64() >= 1/burst
		} else {
			bad = dice.Float64() < p/(1-p)/burst
		}
		return bad
	}
}

// A call begins with 600 kbit/s for picture and sound: a burst at its start costs
// more than a second of coarse picture.
func TestFirstTarget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		caller, _ := networkPair(t, 50*time.Millisecond, func(string, []byte) bool { return false }, frame.VP8)
		if got := caller.Stats().Video.Out.Target + audioShare; got != 600_000 {
			t.Errorf("%d bit/s", got)
		}
	})
}

// A whole call over a narrow link: it is used, its queue stays short, and the
// rate follows when it falls.
func TestNarrowLink(t *testing.T) {
	const length = 40 * time.Second
	falls := func(at time.Duration) float64 {
		if at > 20*time.Second {
			return 500_000
		}
		return 1_000_000
	}
	r := callOver(t, length, &shaper{rate: falls, queue: 300 * time.Millisecond, delay: 25 * time.Millisecond}, &shaper{delay: 25 * time.Millisecond})
	t.Log(r)
	if r.use < 0.85 || r.percentile(0.95) > 200*time.Millisecond || r.freezes > 2 || r.seen < r.written*95/100 {
		t.Error(r)
	}
	if r.targets[215] > 500_000 {
		t.Errorf("1.5 s after the fall to 500 kbit/s the estimate is %d", r.targets[215])
	}
	if s := r.out; s.Probes == 0 || s.RTT < 50*time.Millisecond || s.Video.Out.Target == 0 {
		t.Errorf("stats %+v", s)
	}
}

// A link too narrow for a picture pauses it, and one that widens brings it back,
// though nothing but sound was sent meanwhile.
func TestPausedPictureComesBack(t *testing.T) {
	rate := func(at time.Duration) float64 {
		if at > 5*time.Second && at < 30*time.Second {
			return 50_000
		}
		return 1_000_000
	}
	r := callOver(t, 50*time.Second, &shaper{rate: rate, queue: 300 * time.Millisecond, delay: 25 * time.Millisecond}, &shaper{delay: 25 * time.Millisecond})
	t.Log(r)
	if least := slices.Min(r.video[100:300]); least >= 30_000 {
		t.Errorf("the picture still gets %d bit/s of 50000", least)
	}
	if after := r.video[400]; after < 300_000 {
		t.Errorf("10 s after the link widened the picture gets %d bit/s", after)
	}
}

// Loss: frames come whole, and no key frame is needed but the first.
func TestLossyLink(t *testing.T) {
	for _, x := range []struct {
		name     string
		p, burst float64
		rtt      time.Duration
		freezes  int // at most
	}{
		// Sent again once only they were 2, 16, 20, 24 and 43.
		{"2 %", 0.02, 1, 100, 5}, {"5 %", 0.05, 1, 100, 8}, {"10 %", 0.10, 1, 100, 10}, {"10 % in bursts", 0.10, 5, 100, 40}, {"10 % at 300 ms", 0.10, 1, 300, 30},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel() // in virtual time
			way := x.rtt * time.Millisecond / 2
			r := callOver(t, 30*time.Second, &shaper{rate: constant(3e6), queue: 300 * time.Millisecond, delay: way, lose: randomly(x.p, x.burst)}, &shaper{delay: way})
			t.Log(r)
			if r.seen < r.written*97/100 || r.freezes > x.freezes || r.keys > 1 || r.out.Video.Out.Target < 700_000 {
				t.Error(r)
			}
		})
	}
}

func newTestEstimator(first int) *estimator {
	return &estimator{bwe: bwe.New(bwe.Config{First: first, Least: leastBitrate, Most: mostBitrate}, time.Now())}
}

// Without TWCC feedback the loss of the receiver reports leads; with it they do not.
func TestReportsWithoutTWCC(t *testing.T) {
	e := newTestEstimator(firstBitrate)
	report := func(lost ...uint8) {
		r := &rtcp.ReceiverReport{}
		for _, l := range lost {
			r.Reports = append(r.Reports, rtcp.ReceptionReport{FractionLost: l})
		}
		_ = e.WriteRTCP([]rtcp.Packet{r}, nil)
	}
	report()
	if got := e.GetTargetBitrate(); got != firstBitrate {
		t.Errorf("a report of nothing: %d bit/s", got)
	}
	report(0, 64) // a quarter lost
	if got := e.GetTargetBitrate(); got != firstBitrate*7/8 {
		t.Errorf("a quarter lost: %d bit/s", got)
	}
	_ = e.WriteRTCP([]rtcp.Packet{&rtcp.TransportLayerCC{}}, nil)
	report(64)
	if got := e.GetTargetBitrate(); got != firstBitrate*7/8 {
		t.Errorf("with TWCC: %d bit/s", got)
	}
}
