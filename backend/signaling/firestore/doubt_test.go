package firestore

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"parley/backend/signaling"
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
