package peer

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/frame"
	"parley/backend/signaling"
)

// Sound makes do with half where the link takes little more, and has it back once
// the estimate is clearly above that.
func TestSoundByEstimate(t *testing.T) {
	e := newTestEstimator(firstBitrate)
	narrow, whole := Voice{narrowBitrate, longPacket}, Voice{audioBitrate, audioPacket}
	for _, x := range []struct {
		estimate int
		sound    Voice
	}{{79_000, narrow}, {95_000, narrow}, {101_000, whole}, {85_000, whole}, {50_000, narrow}} {
		e.bwe = newTestEstimator(x.estimate).bwe
		e.news()
		if got := e.voice(); got != x.sound {
			t.Errorf("sound gets %v of %d, not %v", got, x.estimate, x.sound)
		}
		if got := e.videoBitrate(); got != x.estimate-x.sound.Bitrate-audioHeaders {
			t.Errorf("the picture gets %d bit/s of %d", got, x.estimate)
		}
	}
}

// A voice without a pause fits a link of 50 kbit/s once the picture is gone: none of
// it is lost, and it is not late.
func TestVoiceOnANarrowLink(t *testing.T) {
	const length, settled = 40 * time.Second, 10 * time.Second
	synctest.Test(t, func(t *testing.T) {
		narrow := &shaper{rate: constant(50_000), queue: 300 * time.Millisecond, delay: 25 * time.Millisecond}
		a, b := shapedHosts(t, narrow, &shaper{delay: 25 * time.Millisecond})
		caller, callee := newEnd(t, signaling.Caller, a, frame.VP8), newEnd(t, signaling.Callee, b, frame.VP8)
		connect(t, caller, callee)
		begin := time.Now()
		pictures, voice := time.NewTicker(time.Second/15), time.NewTicker(20*time.Millisecond)
		defer pictures.Stop()
		defer voice.Stop()
		target, bitrate, key := firstBitrate-audioShare, audioBitrate, true
		var said, heard, shown int
		var delay []time.Duration
		made := map[uint32]time.Time{}
		for time.Since(begin) < length {
			select {
			case target = <-caller.target:
			case bitrate = <-caller.voice:
			case <-caller.keyframe:
			case <-pictures.C:
				if target < 30_000 || caller.Backlog() > 100*time.Millisecond {
					continue
				}
				_ = caller.WriteVideo(picture(frame.VP8, shown, target/15/8, key))
				key = false
				shown++
			case <-voice.C:
				stamp := uint32(time.Since(begin) / (20 * time.Millisecond) * 960)
				if time.Since(begin) > settled {
					made[stamp] = time.Now()
					said++
				}
				_ = caller.WriteAudio(frame.Audio{Data: make([]byte, bitrate/50/8), Timestamp: stamp})
			case f := <-callee.audio:
				if at, counts := made[f.Timestamp]; counts {
					heard++
					delay = append(delay, time.Since(at))
				}
			case <-callee.video:
			case <-caller.loss:
			}
		}
		if heard < said-5 {
			t.Fatalf("%d of %d packets of sound heard", heard, said)
		}
		slices.Sort(delay)
		median, p95 := delay[len(delay)/2], delay[len(delay)*95/100]
		t.Logf("%d of %d, median %v, p95 %v", heard, said, median, p95)
		if p95 > 150*time.Millisecond {
			t.Errorf("sound is %v late", p95)
		}
	})
}

// A call on a narrow link: pictures leave the queue before it to the sound, and come
// one by one (from the beginning 18 a second and 4 key frames, when they went out
// faster), also while they are more than was asked for. Taken for the queue of others, it
// grew until it overflowed, and 1374 to 1460 packets of sound were heard (20 runs).
func TestVoiceBesidePicturesOnANarrowLink(t *testing.T) {
	const length = 30 * time.Second
	r := callWith(t, length, &shaper{rate: constant(120_000), queue: 300 * time.Millisecond, delay: 50 * time.Millisecond}, &shaper{delay: 50 * time.Millisecond},
		func(caller *end) { caller.patient = true })
	said := int(length / (20 * time.Millisecond))
	t.Logf("%d of %d packets of sound heard; %v", len(r.heard), said, r)
	if len(r.heard) < said*99/100 || r.seen < 22*int(length/time.Second) || r.keys > 3 {
		t.Errorf("%d of %d packets of sound heard; %v", len(r.heard), said, r)
	}
}
