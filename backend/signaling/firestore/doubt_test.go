package firestore

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/firestore"

	"parley/backend/signaling"
	"parley/backend/signaling/firestore/fake"
)

// A claim that the listener never tells of is a seat all the same.
func TestListenerMissesTheClaim(t *testing.T) {
	s, f := startFake(t, AuthAnonymous)
	for range 3 {
		caller := open(t, s.client(t, nil))
		f.MissFirstChange()
		enter(t, s.client(t, nil), caller)
	}
}

// What the other side writes while our listeners begin is read, where the two are
// not connected.
func TestListenersMissCandidates(t *testing.T) {
	s, f := startFake(t, AuthAnonymous)
	f.MissFirstChange()
	caller, callee := inCall(t, s, func(c *Config) { c.doubtAfter = 100 * time.Millisecond })
	if err := caller.SendCandidate(within(t), host(1)); err != nil {
		t.Fatal(err)
	}
	wantCandidate(t, callee, 1)
}

// A listener's word alone does not end a room that is being set up.
func TestListenersAreToldOfNoRoom(t *testing.T) {
	s, f := startFake(t, AuthAnonymous)
	f.HideAtFirst()
	for range 3 {
		caller, callee := inCall(t, s, nil)
		if err := callee.Leave(within(t)); err != nil {
			t.Fatal(err)
		}
		want(t, caller, signaling.LeftEvent{})
	}
}

// A listener that is told nothing is opened again.
func TestListenerIsIgnored(t *testing.T) {
	s, f := startFake(t, AuthNone)
	c := s.client(t, nil)
	f.Ignore()
	patience := new(atomic.Int64)
	patience.Store(int64(100 * time.Millisecond))
	it := c.store.Doc("rooms/x").Snapshots(context.WithValue(within(t), patienceKey{}, patience))
	defer it.Stop()
	if snapshot, err := it.Next(); err != nil || snapshot.Exists() {
		t.Fatalf("%+v, %v", snapshot, err)
	}
	if got := time.Duration(patience.Load()); got != currentWithin {
		t.Errorf("the next has %v", got)
	}
}

// A client of the plain schema claims no seat: its answer is all that tells of
// it. A caller whose listener leaves that out looks for it.
func TestListenerMissesTheAnswer(t *testing.T) {
	s, f := startFake(t, AuthNone)
	f.MissFirstChange()
	caller := open(t, s.client(t, func(c *Config) { c.doubtAfter = 100 * time.Millisecond }))
	send(t, caller, sdp("offer"))
	listens(t, f, 1)
	answerPlainly(t, s, caller)
	want(t, caller, signaling.PresenceEvent{Present: true}, signaling.DescriptionEvent{Description: sdp("answer")})
}

// One that may not change its offer any more looks at once.
func TestFoldFindsTheAnswer(t *testing.T) {
	s, f := startFake(t, AuthNone)
	f.MissFirstChange()
	caller := open(t, s.client(t, func(c *Config) { c.foldAfter, c.doubtAfter = time.Millisecond, patience }))
	send(t, caller, sdp("offer"))
	listens(t, f, 1)
	answerPlainly(t, s, caller)
	if err := caller.SendCandidate(within(t), host(0)); err != nil {
		t.Fatal(err)
	}
	want(t, caller, signaling.PresenceEvent{Present: true}, signaling.DescriptionEvent{Description: sdp("answer")})
}

// A room whose deletion nobody told of ends all the same.
func TestListenerMissesTheEnd(t *testing.T) {
	t.Run("of two", func(t *testing.T) {
		s, f := startFake(t, AuthAnonymous)
		caller, callee := inCall(t, s, func(c *Config) { c.doubtAfter = 100 * time.Millisecond })
		f.Deafen()
		f.Edit(testProject, "rooms/"+caller.ref.ID, nil)
		want(t, callee, signaling.LeftEvent{})
		want(t, caller, signaling.LeftEvent{})
	})
	t.Run("of a caller alone", func(t *testing.T) {
		s, f := startFake(t, AuthAnonymous)
		caller := open(t, s.client(t, func(c *Config) { c.foldAfter, c.doubtAfter = time.Millisecond, patience }))
		send(t, caller, sdp("offer"))
		listens(t, f, 1)
		f.Deafen()
		f.Edit(testProject, "rooms/"+caller.ref.ID, nil)
		if err := caller.SendCandidate(within(t), host(0)); err != nil { // it is to go into the offer
			t.Fatal(err)
		}
		want(t, caller, signaling.LeftEvent{})
	})
}

// answerPlainly is the only write of an old callee to the room.
func answerPlainly(t *testing.T, s service, caller *room) {
	t.Helper()
	ref := plainRoom(t, s, caller.ref.ID)
	if _, err := ref.Update(within(t), []firestore.Update{{Path: fieldAnswer, Value: descriptionFields(sdp("answer"))}}); err != nil {
		t.Fatal(err)
	}
}

// listens waits until there are n listeners that know how things stand.
func listens(t *testing.T, f *fake.Server, n int) {
	t.Helper()
	for late := time.Now().Add(patience); f.Listeners() < n; runtime.Gosched() {
		if time.Now().After(late) {
			t.Fatalf("there are %d listeners", f.Listeners())
		}
	}
}
