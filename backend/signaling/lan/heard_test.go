package lan

import (
	"testing"
	"time"

	"parley/backend/signaling"
	"parley/backend/signaling/memory"
	"parley/backend/signaling/signalingtest"
)

// Both sides of a room hear of the other's network, and hear nothing while it is
// dark.
func TestHeard(t *testing.T) {
	_, p, h := harness(t, signalingtest.Options{})
	caller, callee := pair(t, h)
	rooms := []interface{ Heard() time.Time }{caller.(*memory.Room), callee.(*clientRoom)}
	heardAgain := func() {
		t.Helper()
		now := time.Now()
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		late := time.After(20 * time.Second)
		for _, r := range rooms {
			for !r.Heard().After(now) {
				select {
				case <-tick.C:
				case <-late:
					t.Fatalf("%T hears nothing", r)
				}
			}
		}
	}
	heardAgain()
	p.Silence()
	want(t, caller, signaling.PresenceEvent{}) // the server gives the connection up
	for _, r := range rooms {
		if ago := time.Since(r.Heard()); ago < silence/2 { // not at once: something was under way
			t.Errorf("%T was heard %v ago though nothing passes", r, ago)
		}
	}
	p.Restore()
	heardAgain()
}
