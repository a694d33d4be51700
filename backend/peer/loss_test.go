package peer

import (
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"

	"parley/backend/frame"
	"parley/backend/signaling"
)

func networkPair(t testing.TB, delay time.Duration, drop func(from string, payload []byte) bool, codecs ...frame.Codec) (caller, callee *end) {
	t.Helper()
	a, b := network(t, delay, drop)
	caller, callee = newEnd(t, signaling.Caller, a, codecs...), newEnd(t, signaling.Callee, b, codecs...)
	connect(t, caller, callee)
	return caller, callee
}

// One packet in ten is lost, those sent again as well: every frame comes, in
// order, and no key frame is needed but the first.
func TestLossIsRepaired(t *testing.T) {
	for _, codec := range []frame.Codec{frame.VP8, frame.H264} {
		t.Run(string(codec), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dice := rand.New(rand.NewPCG(1, 2))
				var mu sync.Mutex
				lost := 0
				caller, callee := networkPair(t, 20*time.Millisecond, func(from string, b []byte) bool {
					if !strings.HasPrefix(from, "10.1.0.1") || !isRTP(b) {
						return false
					}
					mu.Lock()
					defer mu.Unlock()
					if dice.IntN(10) == 0 {
						lost++
						return true
					}
					return false
				}, codec)
				get(t, caller.keyframe, "key frame request on connecting")
				var last frame.Video
				keys, gaps := 0, 0
				pump(t, caller, callee, codec, 2500, func(n int, f frame.Video) bool {
					if f.Key {
						keys++
					}
					if n > 1 && f.Timestamp != last.Timestamp+3000 {
						gaps++
					}
					last = f
					return n >= 100
				})
				mu.Lock()
				defer mu.Unlock()
				if lost < 15 {
					t.Fatalf("only %d packets were lost", lost)
				}
				if keys != 1 || gaps != 0 {
					t.Errorf("%d key frames, %d gaps after %d lost packets", keys, gaps, lost)
				}
				s := callee.Stats()
				if s.Video.In.Lost > 10 {
					t.Errorf("repaired packets count as lost: %d of %d", s.Video.In.Lost, lost)
				}
				if s.RTT != 0 && s.RTT < 35*time.Millisecond {
					t.Errorf("RTT %v", s.RTT)
				}
				if c := caller.Stats(); c.Video.Out.Target < 60_000 {
					t.Errorf("target %d", c.Video.Out.Target)
				}
			})
		})
	}
}

// NACKs are lost as pictures are, and one that is costs no round trip.
func TestLossBothWays(t *testing.T) {
	const way = 50 * time.Millisecond
	r := callWith(t, 20*time.Second, &shaper{rate: constant(3e6), queue: 300 * time.Millisecond, delay: way, lose: randomly(0.1, 1)},
		&shaper{delay: way, lose: randomly(0.1, 1)}, without)
	t.Log(r)
	if r.freezes > 8 || r.keys > 1 || r.seen < r.written*97/100 {
		t.Error(r)
	}
}

// Where losses come in bursts, and NACKs are lost as well, pictures are held, and stand
// still less than if each were shown at once. Of 8 calls it was 0.17 to 0.42 of that, and
// half of the pictures were shown 187 to 206 ms after they were sent.
func TestHeldPicturesStandStillLess(t *testing.T) {
	const way = 50 * time.Millisecond
	r := callWith(t, 40*time.Second, &shaper{rate: constant(3e6), queue: 300 * time.Millisecond, delay: way, lose: randomly(0.1, 5)},
		&shaper{delay: way, lose: randomly(0.1, 1)}, without)
	t.Log(r, "at once", r.stood.count, "freezes, held", len(r.held), percentile(r.held, 0.5))
	if r.stood.count < 8 || r.freezes > r.stood.count*3/5 {
		t.Errorf("%d freezes, and shown at once %d", r.freezes, r.stood.count)
	}
	if m := percentile(r.held, 0.5); len(r.held) < r.seen*3/4 || m > 230*time.Millisecond {
		t.Errorf("%d of %d pictures were held, shown after %v", len(r.held), r.seen, m)
	}
}

// What NACK cannot repair is skipped after a bound: a PLI asks for a key frame,
// at most once a second, and the picture goes on with it.
func TestUnrepairedLossAsksForKeyframe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hole atomic.Bool // nothing of the picture passes
		caller, callee := networkPair(t, 10*time.Millisecond, func(from string, b []byte) bool {
			return hole.Load() && strings.HasPrefix(from, "10.1.0.1") && isRTP(b)
		}, frame.VP8)
		get(t, caller.keyframe, "key frame request on connecting")
		var tick = time.NewTicker(time.Second / 30)
		defer tick.Stop()
		send := func(n int, key bool) {
			<-tick.C
			_ = caller.WriteVideo(picture(frame.VP8, n, 2500, key))
		}
		n := 0
		for ; n < 10; n++ {
			send(n, n == 0)
			get(t, callee.video, "frame")
		}
		hole.Store(true)
		for range 3 {
			send(n, false)
			n++
		}
		for caller.Stats().Video.Out.Frames < n { // until they are all out
			<-tick.C
		}
		caller.Peer.video.rtp.mu.Lock()
		clear(caller.Peer.video.rtp.history) // and gone for good
		caller.Peer.video.rtp.mu.Unlock()
		start, before := time.Now(), callee.Stats().Video.In.PLIs
		hole.Store(false)
		var asked []time.Time
		deadline := time.After(patience)
		for len(asked) < 3 { // no key frame is made for the first two
			select {
			case <-tick.C:
				_ = caller.WriteVideo(picture(frame.VP8, n, 2500, false))
				n++
			case at := <-caller.keyframe:
				asked = append(asked, at)
			case f := <-callee.video:
				t.Fatalf("a frame came that does not decode: %d", f.Timestamp)
			case <-deadline:
				t.Fatalf("asked %d times", len(asked))
			}
		}
		t.Logf("asked after %v", asked[0].Sub(start).Round(time.Millisecond))
		if d := asked[2].Sub(asked[1]); d < keyframeInterval {
			t.Errorf("asked again after %v", d)
		}
		send(n, true)
		if f := get(t, callee.video, "key frame"); !f.Key {
			t.Error("no key frame")
		}
		if n := callee.Stats().Video.In.PLIs - before; n > 1+int(time.Since(start)/pliInterval) {
			t.Errorf("a key frame was asked for %d times in %v", n, time.Since(start))
		}
		if s := callee.Stats().Video.In; s.Dropped == 0 {
			t.Errorf("dropped frames are not counted: %+v", s)
		}
	})
}

// A flood of PLI, or of FIR, gives one key frame a second, or a round trip.
func TestKeyframeRequestsAreBounded(t *testing.T) {
	pli := func(ssrc uint32) rtcp.Packet { return &rtcp.PictureLossIndication{MediaSSRC: ssrc} }
	fir := func(ssrc uint32) rtcp.Packet {
		return &rtcp.FullIntraRequest{MediaSSRC: ssrc, FIR: []rtcp.FIREntry{{SSRC: ssrc}}}
	}
	for _, x := range []struct {
		name     string
		request  func(ssrc uint32) rtcp.Packet
		way      time.Duration
		interval time.Duration
	}{
		{"PLI", pli, time.Millisecond, keyframeInterval},
		{"FIR", fir, time.Millisecond, keyframeInterval},
		{"a long way", pli, 700 * time.Millisecond, 1400 * time.Millisecond},
	} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				caller, callee := networkPair(t, x.way, func(string, []byte) bool { return false }, frame.VP8)
				get(t, caller.keyframe, "key frame request on connecting")
				pump(t, caller, callee, frame.VP8, 1000, func(int, frame.Video) bool { return caller.Peer.rtt.Load() > 0 })
				ssrc := caller.Peer.video.rtp.currentSSRC()
				var asked []time.Time
				tick := time.NewTicker(5 * time.Millisecond)
				defer tick.Stop()
				late := time.After(patience)
				for len(asked) < 3 {
					select {
					case <-tick.C:
						callee.sendFeedback(x.request(ssrc))
					case at := <-caller.keyframe:
						asked = append(asked, at)
					case <-late:
						t.Fatalf("asked for %d key frames", len(asked))
					}
				}
				for i := 1; i < len(asked); i++ {
					if d := asked[i].Sub(asked[i-1]); d < x.interval-50*time.Millisecond {
						t.Errorf("asked again after %v", d)
					}
				}
			})
		})
	}
}

// A round trip that a silence made long delays no key frame for as long.
func TestKeyframeRequestsOutliveASilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin, r := time.Now(), newRequests(make(chan struct{}))
		r.pass(30*time.Second, nil)
		<-r.again.C
		if waited := time.Since(begin); waited != keyframeLongest {
			t.Errorf("the next request waits %v", waited)
		}
	})
}

// A peer that vanishes is disconnected within a second, whenever between two checks
// that is, and connected again by itself when it is back.
func TestVanishAndComeBack(t *testing.T) {
	const moments = 6
	for n := range moments {
		vanishAndComeBack(t, time.Duration(n)*keepAlive/moments)
	}
}

func vanishAndComeBack(t *testing.T, later time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		var gone atomic.Bool
		caller, callee := networkPair(t, 5*time.Millisecond, func(string, []byte) bool { return gone.Load() }, frame.VP8)
		<-time.After(2*time.Second + later)
		start := time.Now()
		gone.Store(true)
		until(t, caller.transport, TransportDisconnected)
		until(t, callee.transport, TransportDisconnected)
		took := time.Since(start)
		t.Logf("disconnected after %v", took.Round(time.Millisecond))
		if took > time.Second {
			t.Errorf("disconnected after %v", took)
		}
		gone.Store(false)
		start = time.Now()
		until(t, caller.transport, TransportConnected)
		until(t, callee.transport, TransportConnected)
		t.Logf("connected again after %v", time.Since(start).Round(time.Millisecond))
		pump(t, caller, callee, frame.VP8, 1000, func(n int, _ frame.Video) bool { return n >= 3 })
	})
}

// An encoder that makes far more than the target fills no queue: whole frames
// are dropped and counted, and what comes still decodes.
func TestOverloadDropsWholeFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		caller, callee := networkPair(t, time.Millisecond, func(string, []byte) bool { return false }, frame.VP8)
		get(t, caller.keyframe, "key frame request on connecting")
		keys := 0
		var last frame.Video
		pump(t, caller, callee, frame.VP8, 60_000, func(n int, f frame.Video) bool {
			if f.Key {
				keys++
			} else if f.Timestamp != last.Timestamp+3000 {
				t.Errorf("a frame came whose reference did not")
			}
			last = f
			return n > 15
		})
		s := caller.Stats().Video.Out
		if s.Dropped == 0 || keys < 2 {
			t.Errorf("dropped %d, key frames %d", s.Dropped, keys)
		}
		caller.Peer.video.mu.Lock()
		defer caller.Peer.video.mu.Unlock()
		if len(caller.Peer.video.queue) > maxQueuedFrames {
			t.Errorf("%d frames are queued", len(caller.Peer.video.queue))
		}
	})
}

// The loss of our sound is what the other side reports.
func TestAudioLossIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		caller, _ := networkPair(t, time.Millisecond, func(from string, b []byte) bool {
			return strings.HasPrefix(from, "10.1.0.1") && isRTP(b) && n.Add(1)%4 == 0
		}, frame.VP8)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		deadline := time.After(patience)
		for i := 0; ; i++ {
			select {
			case <-tick.C:
				_ = caller.WriteAudio(frame.Audio{Data: []byte{1, 2, 3}, Timestamp: uint32(i * 960)})
			case loss := <-caller.loss:
				if loss > 0.15 && loss < 0.35 {
					return
				}
			case <-deadline:
				t.Fatal("no loss was reported")
			}
		}
	})
}

// A link that is cut for 1.5 s: the encoder is not told to make less, and what
// comes first after it is a key frame of now, not what was lost meanwhile.
func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var cut atomic.Bool
		caller, callee := networkPair(t, 25*time.Millisecond, func(string, []byte) bool { return cut.Load() }, frame.VP8)
		get(t, caller.keyframe, "key frame request on connecting")
		tick := time.NewTicker(time.Second / 30)
		defer tick.Stop()
		key := true
		var written []time.Time
		var came []frame.Video
		play := func(until func() bool) {
			for !until() {
				select {
				case <-caller.keyframe:
					key = true
				case f := <-callee.video:
					came = append(came, f)
				case <-tick.C:
					f := picture(frame.VP8, len(written), 2500, key)
					written, key = append(written, time.Now()), false
					_ = caller.WriteVideo(f)
				}
			}
		}
		wait := func(d time.Duration) func() bool {
			over := time.Now().Add(d)
			return func() bool { return !time.Now().Before(over) }
		}
		play(wait(3 * time.Second))
		for len(caller.target) > 0 {
			<-caller.target
		}
		cut.Store(true)
		play(wait(1500 * time.Millisecond))
		cut.Store(false)
		back := time.Now()
		for len(caller.target) > 0 {
			if target := <-caller.target; target < 150_000 {
				t.Errorf("the encoder was told to make %d bit/s", target)
			}
		}
		came = nil
		play(func() bool { return len(came) > 0 || time.Since(back) > 5*time.Second })
		if len(came) == 0 {
			t.Fatal("no picture after the outage")
		}
		first := picture(frame.VP8, 0, 1, true).Timestamp
		taken := written[(came[0].Timestamp-first)/3000]
		t.Logf("%v after the outage: a picture that was taken %v after it", time.Since(back), taken.Sub(back))
		if !came[0].Key || taken.Before(back) || time.Since(back) > 500*time.Millisecond {
			t.Errorf("key frame: %v", came[0].Key)
		}
	})
}

// A receiver behind a long queue asks again and again for what is only late, as
// libwebrtc does by the round trip that it knew: what is sent again is half of
// what may be sent at most, and new pictures go on. It asks for nothing that left
// less than a round trip ago: a copy of what left in the same instant falls into the
// first probe, is no answer to that, and the estimate stays where it began.
func TestFloodOfNACKs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		caller, _ := networkPair(t, 50*time.Millisecond, func(string, []byte) bool { return false }, frame.VP8)
		get(t, caller.keyframe, "key frame request on connecting")
		tick := time.NewTicker(time.Second / 30)
		defer tick.Stop()
		s := caller.Peer.video.rtp
		key := true
		const pictures, size, packets, late = 150, 1500, 2, 4
		var left [pictures]uint16 // the sequence numbers then
		var allowed float64       // bits
		most := 0
		for n := range pictures {
			<-tick.C
			select {
			case <-caller.keyframe:
				key = true
			default:
			}
			_ = caller.WriteVideo(picture(frame.VP8, n, size, key))
			key = false
			s.mu.Lock()
			left[n] = s.seq
			nack := &rtcp.TransportLayerNack{MediaSSRC: s.ssrc}
			s.mu.Unlock()
			for back := range uint16(100) {
				if n >= late {
					nack.Nacks = append(nack.Nacks, rtcp.NackPair{PacketID: left[n-late] - 1 - back})
				}
			}
			caller.Peer.video.repair(s.wanted(nack, time.Now(), 100*time.Millisecond))
			target := caller.Peer.bwe.GetTargetBitrate()
			allowed += mostRepair * float64(target) / 30
			most = max(most, target)
		}
		out := caller.Stats().Video.Out
		again := float64(out.Resent * size / packets * 8) // bits
		t.Logf("%d of %d pictures, %.0f bits again, of %.0f, target %d", out.Frames, pictures, again, allowed, out.Target)
		// Of a second's worth of what may be sent again all may go out at once.
		if out.Frames < pictures*9/10 || again > allowed+mostRepair*float64(most) || again < allowed/2 {
			t.Errorf("%+v", out)
		}
	})
}

// A packet that is asked for again and again is sent again a few times; where very many are
// asked for at once, a key frame is sent in their place.
func TestSendingAgainIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rtt = 100 * time.Millisecond
		caller, callee := networkPair(t, rtt/2, func(string, []byte) bool { return false }, frame.VP8)
		get(t, caller.keyframe, "key frame request on connecting")
		pump(t, caller, callee, frame.VP8, 1000, func(n int, _ frame.Video) bool { return n >= 40 }) // a request more than a second after the first goes through
		v := caller.Peer.video
		v.rtp.mu.Lock()
		nack := &rtcp.TransportLayerNack{MediaSSRC: v.rtp.ssrc, Nacks: []rtcp.NackPair{{PacketID: v.rtp.seq - 1}}}
		v.rtp.mu.Unlock()
		before := caller.Stats().Video.Out.Resent
		for n := range 30 * maxResends { // beside sound: where nothing comes back there is a silence
			if n%10 == 0 {
				v.repair(v.rtp.wanted(nack, time.Now(), rtt))
			}
			_ = caller.WriteAudio(frame.Audio{Data: make([]byte, 40), Timestamp: uint32(n) * 960})
			time.Sleep(rtt / 5)
		}
		if n := caller.Stats().Video.Out.Resent - before; n != maxResends {
			t.Errorf("a packet was sent again %d times", n)
		}
		for len(caller.keyframe) > 0 {
			<-caller.keyframe
		}
		v.repair(make([]uint16, maxRepairs+1))
		get(t, caller.keyframe, "key frame request")
		if _, ok, wait := v.dueRepair(time.Now()); ok || wait > 0 {
			t.Error("all of it is sent again besides")
		}
	})
}
