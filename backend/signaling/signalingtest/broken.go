package signalingtest

import (
	"context"
	"errors"
	"testing"
	"time"

	"parley/backend/signaling"
)

func testDeadline(t *testing.T, h Harness) {
	caller := create(t, h)
	over, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := h.Caller.Create(over); !errors.Is(err, context.Canceled) {
		t.Errorf("create: %v", err)
	}
	if _, err := h.Callee.Join(over, caller.room.Invite()); !errors.Is(err, context.Canceled) {
		t.Errorf("join: %v", err)
	}
	wantRooms(t, h, 1)
	callee := join(t, h, caller) // the seat is still free
	callee.want(signaling.PresenceEvent{Present: true})
}

func needBreak(t *testing.T, h Harness) {
	t.Helper()
	if h.Break == nil || h.Restore == nil {
		t.Skip("this adapter's connection cannot be broken")
	}
}

func testResume(t *testing.T, h Harness) {
	needBreak(t, h)
	caller, callee := pair(t, h)
	sent := 0
	for range 3 {
		h.Break()
		caller.want(signaling.PresenceEvent{Dropped: true})
		caller.candidates(sent, sent+5)
		h.Restore()
		caller.want(signaling.PresenceEvent{Present: true})
		callee.wantCandidates(sent, sent+5)
		callee.candidates(sent, sent+5)
		caller.wantCandidates(sent, sent+5)
		sent += 5
	}
	callee.describe()
	caller.want(signaling.DescriptionEvent{Description: description(signaling.Callee)})
	if err := callee.room.Leave(ctx(t)); err != nil {
		t.Fatal(err)
	}
	caller.want(signaling.LeftEvent{})
	wantRooms(t, h, 0)
}

// A peer out of reach says nothing at all: its silence has to be noticed, and
// not taken for its end.
func testSilence(t *testing.T, h Harness) {
	if h.Silence == nil {
		t.Skip("this adapter's connection cannot fall silent")
	}
	caller, callee := pair(t, h)
	silent := time.Now()
	h.Silence()
	caller.want(signaling.PresenceEvent{})
	if took := time.Since(silent); took > 5*time.Second {
		t.Errorf("noticed after %v", took)
	}
	h.Restore()
	caller.want(signaling.PresenceEvent{Present: true})
	callee.candidates(0, 1)
	caller.wantCandidates(0, 1)
}

func testSendWhileBroken(t *testing.T, h Harness) {
	needBreak(t, h)
	caller, callee := pair(t, h)
	h.Break()
	caller.want(signaling.PresenceEvent{Dropped: true})
	short, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	// An adapter may keep the message for later, and then it may come or not.
	err := callee.room.SendCandidate(short, candidate(0))
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("a send over a broken connection: %v", err)
	}
	sent := make(chan error, 1)
	go func() { sent <- callee.room.SendDescription(ctx(t), description(signaling.Callee)) }()
	h.Restore()
	if err := <-sent; err != nil {
		t.Fatalf("a send that waited for the connection: %v", err)
	}
	got := 0
	for got < 1 {
		switch e := caller.next().(type) {
		case signaling.PresenceEvent, signaling.CandidateEvent:
		case signaling.DescriptionEvent:
			got++
		default:
			t.Fatalf("got %s", show(e))
		}
	}
}

func testLost(t *testing.T, h Harness) {
	needBreak(t, h)
	caller, callee := pair(t, h)
	h.Break()
	caller.want(signaling.PresenceEvent{Dropped: true})
	e, ok := caller.next().(signaling.ClosedEvent)
	if !ok || !errors.Is(e.Err, signaling.ErrRoomGone) {
		t.Fatalf("got %s", show(e))
	}
	caller.wantClosed()
	wantRooms(t, h, 0)
	h.Restore() // it comes back too late, and is told
	e, ok = callee.next().(signaling.ClosedEvent)
	if !ok || !errors.Is(e.Err, signaling.ErrRoomGone) {
		t.Fatalf("got %s", show(e))
	}
	callee.wantClosed()
}
