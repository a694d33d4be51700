package desktop

import (
	"testing"

	"pgregory.net/rapid"

	"parley/backend/call"
	"parley/backend/signaling"
)

var states = []call.State{call.Idle, call.Preparing, call.Waiting, call.Connecting, call.Knocking, call.Connected, call.Reconnecting, call.Ended, call.Failed}

func TestNews(t *testing.T) {
	caller := func(s call.State) call.Snapshot { return call.Snapshot{State: s, Role: signaling.Caller} }
	callee := func(s call.State) call.Snapshot { return call.Snapshot{State: s, Role: signaling.Callee} }
	guarded := func(s call.State) call.Snapshot {
		return call.Snapshot{State: s, Role: signaling.Caller, WaitingRoom: true}
	}
	ended := func(r call.Reason) call.Snapshot { return call.Snapshot{State: call.Ended, Reason: r} }
	for _, test := range []struct {
		name        string
		before, now call.Snapshot
		want        News
	}{
		{"somebody comes into our room", caller(call.Waiting), caller(call.Connecting), Joined},
		{"so fast that nobody saw it", caller(call.Waiting), caller(call.Connected), Joined},
		{"that is told once", caller(call.Connecting), caller(call.Connected), None},
		{"somebody finds our waiting room", guarded(call.Waiting), guarded(call.Connecting), None},
		{"and knocks", guarded(call.Connecting), guarded(call.Knocking), Knocks},
		{"so fast that nobody saw it come", guarded(call.Waiting), guarded(call.Knocking), Knocks},
		{"it knocks with its name", guarded(call.Knocking), guarded(call.Knocking), None},
		{"its connection is back", guarded(call.Reconnecting), guarded(call.Knocking), None},
		{"we let it in", guarded(call.Knocking), guarded(call.Connected), None},
		{"we wait to be let in", callee(call.Connecting), callee(call.Knocking), None},
		{"we come into theirs", callee(call.Preparing), callee(call.Connecting), None},
		{"the connection is lost", caller(call.Connected), caller(call.Reconnecting), Reconnecting},
		{"and is back", caller(call.Reconnecting), caller(call.Connected), None},
		{"they hang up", caller(call.Connected), ended(call.OtherHungUp), Left},
		{"they are gone", callee(call.Reconnecting), ended(call.OtherLost), Lost},
		{"we hang up", caller(call.Connected), ended(call.HungUp), None},
		{"it is over since long", ended(call.OtherHungUp), ended(call.OtherHungUp), None},
	} {
		if got := Between(test.before, test.now); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// TestNothingIsToldTwice: a snapshot that changes in anything but its state is no news.
func TestNothingIsToldTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := call.Snapshot{
			State:  rapid.SampledFrom(states).Draw(t, "state"),
			Role:   rapid.SampledFrom([]signaling.Role{signaling.Caller, signaling.Callee}).Draw(t, "role"),
			Reason: rapid.SampledFrom([]call.Reason{call.HungUp, call.OtherHungUp, call.OtherLost}).Draw(t, "reason"),
		}
		after := s
		after.Microphone.On = rapid.Bool().Draw(t, "on")
		if news := Between(s, after); news != None {
			t.Errorf("%q", news)
		}
	})
}
