package call

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"

	"parley/backend/signaling"
)

// However late the room's sender comes to it, the first description goes out
// before a later one; the candidates and the later one in between need not.
func TestFirstDescriptionIsNotOvertaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		room := &fakeRoom{events: make(chan signaling.Event)}
		a := &attempt{room: room, outbox: make(chan send, outboxSize)}
		a.ctx, a.cancel = context.WithCancel(t.Context())
		a.sendDescription(signaling.Description{Type: "answer", SDP: "first"})
		a.sendCandidate(signaling.Candidate{Candidate: "c"})
		a.sendLater(signaling.Description{Type: "offer", SDP: "later"})
		a.sendLater(signaling.Description{Type: "answer", SDP: "later"})
		a.sendCandidate(signaling.Candidate{Candidate: "d"})
		w.call.run(func() { w.call.send(a) })
		w.wait()
		if got := room.said(); !slices.Equal(got, []string{"answer", "later answer", "d"}) {
			t.Errorf("the room was told %v", got)
		}
		a.cancel()
		_ = w.call.Close()
	})
}
