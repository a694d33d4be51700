package peer

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/frame"
)

// Held, a peer sends nothing in any stream and hands on nothing, whatever is
// written and whatever comes; then both sides begin with a key frame.
func TestHeldMediaGoesNowhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var left atomic.Int64 // packets of media that left the caller
		caller, callee := networkPair(t, 25*time.Millisecond, func(from string, payload []byte) bool {
			if strings.HasPrefix(from, "10.1.0.1:") && isRTP(payload) {
				left.Add(1)
			}
			return false
		})
		until(t, caller.codec, frame.VP8)
		until(t, callee.codec, frame.VP8)
		caller.Hold(true)
		caller.Hold(true)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		write := func(n int, e *end, key bool) (video, audio error) {
			return e.WriteVideo(picture(frame.VP8, n, 500, key)), e.WriteAudio(frame.Audio{Data: []byte{0xf8, 1}, Timestamp: uint32(n) * 960})
		}
		<-time.After(time.Second)
		before := left.Load()
		for n := range 200 {
			<-tick.C
			if video, audio := write(n, caller, n%50 == 0); !errors.Is(video, ErrNotReady) || !errors.Is(audio, ErrNotReady) {
				t.Fatalf("written: %v, %v", video, audio)
			}
			if video, audio := write(n, callee, n == 0); video != nil || audio != nil {
				t.Fatalf("the other side could not write: %v, %v", video, audio)
			}
		}
		if n := left.Load() - before; n != 0 {
			t.Errorf("%d packets left", n)
		}
		select {
		case <-caller.video:
			t.Error("a picture was handed on")
		case <-caller.audio:
			t.Error("sound was handed on")
		default:
		}
		drain(caller.keyframe)
		drain(callee.keyframe)
		caller.Hold(false)
		get(t, caller.keyframe, "request for a key frame of ours")
		get(t, callee.keyframe, "request for a key frame of theirs")
		for n := 200; ; n++ {
			<-tick.C
			_, _ = write(n, callee, n == 220)
			_, _ = write(n, caller, n == 200)
			if n == 230 {
				break
			}
		}
		if f := get(t, caller.video, "picture"); !f.Key {
			t.Error("the first picture is no key frame")
		}
		get(t, caller.audio, "sound")
		if f := get(t, callee.video, "our picture"); !f.Key {
			t.Error("our first picture is no key frame")
		}
		get(t, callee.audio, "our sound")
	})
}

func drain[T any](c <-chan T) {
	for {
		select {
		case <-c:
		default:
			return
		}
	}
}
