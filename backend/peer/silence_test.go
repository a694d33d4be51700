package peer

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"

	"parley/backend/frame"
)

// After a network that was dark for some seconds the picture begins with the next
// frame, also where the other side's PLI comes before its first report: the key frame
// that it asks for cannot be sent, and does not put off the next.
func TestPictureIsBackWithTheNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dark atomic.Bool
		caller, callee := networkPair(t, 25*time.Millisecond, func(string, []byte) bool { return dark.Load() }, frame.VP8)
		tick := time.NewTicker(time.Second / 30)
		defer tick.Stop()
		var asked []time.Time
		key, n := true, 0
		film := func(until func() bool) {
			t.Helper()
			for began := time.Now(); !until(); {
				if time.Since(began) > patience {
					t.Fatal("nothing comes")
				}
				select {
				case at := <-caller.keyframe:
					key, asked = true, append(asked, at)
				case <-tick.C:
					_ = caller.WriteVideo(picture(frame.VP8, n, 2500, key)) // what is dropped the encoder does not make again
					key = false
					n++
				}
			}
		}
		arrives := func() bool {
			select {
			case <-callee.video:
				return true
			default:
				return false
			}
		}
		after := func(d time.Duration) func() bool {
			end := time.Now().Add(d)
			return func() bool { return !time.Now().Before(end) }
		}
		film(arrives)
		film(after(3 * time.Second))
		for _, length := range []time.Duration{3 * time.Second, 20 * time.Second} {
			dark.Store(true)
			film(after(length))
			for arrives() { // before
			}
			dark.Store(false)
			light := time.Now()
			callee.sendFeedback(&rtcp.PictureLossIndication{MediaSSRC: caller.Peer.video.rtp.currentSSRC()})
			film(arrives)
			took := time.Since(light)
			t.Logf("%v after %v", took, length)
			if took > 500*time.Millisecond {
				t.Errorf("the picture is back %v after the network was, which was dark for %v", took, length)
			}
			film(after(3 * time.Second))
		}
		for i := 1; i < len(asked); i++ {
			if gap := asked[i].Sub(asked[i-1]); gap < keyframeInterval {
				t.Errorf("two key frames were asked for in %v", gap)
			}
		}
	})
}
