package peer

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/frame"
	"parley/backend/signaling"
)

// While nobody is heard no picture is sent, and what asks whether anybody is there
// again is the sound. Padding does it where there is none.
func TestPaddingAsksOnlyWhereSoundDoesNot(t *testing.T) {
	for name, speaks := range map[string]bool{"beside sound": true, "alone": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var cut atomic.Bool
				var padding atomic.Int64
				a, b := network(t, 20*time.Millisecond, func(from string, b []byte) bool {
					ours := strings.HasPrefix(from, "10.1.0.1")
					const padded = 0x20 // RFC 3550, 5.1
					if ours && cut.Load() && isRTP(b) && b[0]&padded != 0 {
						padding.Add(1)
					}
					return !ours && cut.Load()
				})
				caller, callee := newEnd(t, signaling.Caller, a, frame.VP8), newEnd(t, signaling.Callee, b, frame.VP8)
				connect(t, caller, callee)
				tick := time.NewTicker(20 * time.Millisecond)
				defer tick.Stop()
				for n := range 200 { // 4 s; the way back is cut after 2
					<-tick.C
					cut.Store(n >= 100)
					_ = caller.WriteVideo(picture(frame.VP8, n, 500, n == 0))
					if speaks {
						_ = caller.WriteAudio(frame.Audio{Data: make([]byte, 40), Timestamp: uint32(n) * 960})
					}
				}
				switch n := padding.Load(); {
				case speaks && n > 0:
					t.Errorf("%d packets of padding", n)
				case !speaks && n < 5:
					t.Errorf("%d packets of padding: nothing asks", n)
				}
			})
		})
	}
}
