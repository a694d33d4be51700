package firestore

import (
	"errors"
	"testing"
	"time"

	"parley/backend/signaling"
	"parley/backend/signaling/firestore/emulator"
	"parley/backend/signaling/firestore/fakeauth"
)

const denyAll = `rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    match /{document=**} { allow read, write: if false; }
  }
}`

func emulated(t *testing.T) (*emulator.Emulator, service) {
	e := emulator.Start(t)
	project := e.Project(t, emulator.Rules(t, "firestore.rules"))
	return e, service{project: project, host: e.Host, auth: AuthAnonymous, signIn: fakeauth.Start(t, project)}
}

// The project's rules come to deny everything, while a caller waits and in a
// call: whoever sits in a room takes it for one whose time is over, as nobody is
// refused his own before.
func TestRulesTurnAgainstUs(t *testing.T) {
	e, s := emulated(t)
	waiting := open(t, s.client(t, nil))
	caller, callee := inCall(t, s, nil)
	newcomer := s.client(t, nil)
	if err := e.SetRules(t.Context(), s.project, denyAll); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for name, r := range map[string]*room{"waiting": waiting, "the caller": caller, "the callee": callee} {
		if err := r.SendDescription(within(t), sdp("offer")); !errors.Is(err, signaling.ErrExpired) {
			t.Errorf("%s sends: %v", name, err)
		}
	}
	if _, err := newcomer.Join(within(t), waiting.Invite()); !errors.Is(err, ErrFullOrExpired) {
		t.Errorf("join: %v", err)
	}
	if _, err := newcomer.Create(within(t)); !errors.Is(err, signaling.ErrRefused) {
		t.Errorf("create: %v", err)
	}
	if d := time.Since(began); d > opTimeout {
		t.Errorf("it took %v", d)
	}
}

// The TTL policy takes a room that a caller waits in, and one of a call, long
// before its time: for those in it that is the other side's hanging up.
func TestTTLTakesARoom(t *testing.T) {
	e, s := emulated(t)
	waiting := open(t, s.client(t, nil))
	send(t, waiting, sdp("offer"))
	caller, callee := inCall(t, s, nil)
	caller.Settled()
	callee.Settled()
	began := time.Now()
	for _, r := range []*room{waiting, caller} {
		if err := e.Delete(t.Context(), s.project, "rooms/"+r.ref.ID); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range []*room{waiting, caller, callee} {
		want(t, r, signaling.LeftEvent{})
	}
	if d := time.Since(began); d > opTimeout {
		t.Errorf("it took %v", d)
	}
}
