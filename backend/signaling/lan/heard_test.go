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
	last := []time.Time{rooms[0].Heard(), rooms[1].Heard()}
	want(t, caller, signaling.PresenceEvent{}) // the server gives the connection up
	for i, r := range rooms {
		if heard := r.Heard(); heard.Sub(last[i]) > 100*time.Millisecond { // what was under way
			t.Errorf("%T was heard though nothing passes", r)
		}
	}
	p.Restore()
	heardAgain()
}
