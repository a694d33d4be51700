package call

import (
	"context"
	"fmt"
	"log/slog"
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

// Of more than the outbox holds, candidates are left out, and what is overtaken,
// but no description that is needed.
func TestFullOutboxKeepsTheDescriptions(t *testing.T) {
	a := &attempt{outbox: make(chan send, outboxSize), log: slog.New(slog.DiscardHandler)}
	waiting := func() (said []string) {
		for len(a.outbox) > 0 {
			m := <-a.outbox
			if m.description != nil {
				said = append(said, m.description.SDP)
			} else {
				said = append(said, m.candidate.Candidate)
			}
		}
		return said
	}
	gather := func(prefix string) (all []string) {
		for n := range outboxSize + 50 {
			all = append(all, fmt.Sprint(prefix, n))
			a.sendCandidate(signaling.Candidate{Candidate: all[n]})
		}
		return all
	}
	a.sendDescription(signaling.Description{Type: "offer", SDP: "first"})
	early := gather("early ")
	if got, want := waiting(), append([]string{"first"}, early[:outboxSize-1]...); !slices.Equal(got, want) {
		t.Errorf("%d wait, from %q to %q", len(got), got[0], got[len(got)-1])
	}

	a.sendDescription(signaling.Description{Type: "offer", SDP: "first"})
	gather("early ")
	a.sendLater(signaling.Description{Type: "offer", SDP: "second"})
	late := gather("late ")
	a.sendLater(signaling.Description{Type: "offer", SDP: "third"})
	if got, want := waiting(), []string{"first", "third"}; !slices.Equal(got, want) {
		t.Errorf("%d wait, from %q to %q", len(got), got[0], got[len(got)-1])
	}

	a.sendDescription(signaling.Description{Type: "offer", SDP: "first"})
	a.newest.Store(0)
	gather("early ")
	a.sendLater(signaling.Description{Type: "offer", SDP: "second"})
	gather("late ")
	if got, want := waiting(), append([]string{"first", "second"}, late[:outboxSize-2]...); !slices.Equal(got, want) {
		t.Errorf("%d wait, from %q to %q", len(got), got[0], got[len(got)-1])
	}
}
