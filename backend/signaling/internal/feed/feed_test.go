package feed_test

import (
	"context"
	"testing"
	"testing/synctest"

	"parley/backend/signaling"
	"parley/backend/signaling/internal/feed"
)

// What is dropped before it was taken is not heard of; the rest keeps its order
// and its numbers.
func TestDrop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, out := feed.New(), make(chan signaling.Event)
		go f.Pump(t.Context(), out)
		candidate := func(s string) signaling.Event {
			return signaling.CandidateEvent{Candidate: signaling.Candidate{Candidate: s}}
		}
		for _, s := range []string{"a", "b", "c", "d"} {
			f.Append(candidate(s))
		}
		if e := <-out; e != candidate("a") {
			t.Fatalf("got %v", e)
		}
		synctest.Wait() // b waits to be taken
		f.Drop([]int{0, 1, 3})
		f.Append(candidate("e"))
		f.End(signaling.LeftEvent{})
		for _, want := range []signaling.Event{candidate("c"), candidate("e"), signaling.LeftEvent{}} {
			if e := <-out; e != want {
				t.Fatalf("got %v, want %v", e, want)
			}
		}
		if _, open := <-out; open || f.Len() != 6 {
			t.Errorf("open %v, %d events", open, f.Len())
		}
		events, err := f.After(context.Background(), 2)
		if err != nil || len(events) != 4 || events[1] != nil {
			t.Errorf("after the second: %v, %v", events, err)
		}
	})
}

// A call that restarts for a day fills no feed; one that only adds does.
func TestBounds(t *testing.T) {
	f := feed.New()
	for n := range 3 * feed.Max {
		if !f.Append(signaling.PresenceEvent{}) {
			t.Fatalf("event %d was refused though the others were dropped", n)
		}
		f.Drop([]int{n})
	}
	for n := range feed.Max {
		if !f.Append(signaling.PresenceEvent{}) {
			t.Fatalf("event %d was refused", n)
		}
	}
	if f.Append(signaling.PresenceEvent{}) {
		t.Error("a full feed took one more")
	}
}
