package firestore

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"parley/backend/signaling"
	"parley/backend/signaling/firestore/emulator"
)

// In a call of five hours the room is renewed, and the candidates of each later
// description end with the room as it is then: not before the other side has
// them, and not later than the rules allow.
func TestCandidatesOfALongCall(t *testing.T) {
	const allowed = 2 * time.Hour
	s, f := startFake(t, AuthAnonymous)
	var passed atomic.Int64 // ns
	now := func() time.Time { return time.Now().Add(time.Duration(passed.Load())) }
	caller, callee := inCall(t, s, func(c *Config) { c.clock = now })
	for n := range 10 {
		caller.Settled()
		callee.Settled()
		passed.Add(int64(31 * time.Minute)) // the caller's time to renew the room
		f.Skew(time.Duration(passed.Load()))
		line := fmt.Sprintf("a=x-restart:%d\r\n", n)
		send(t, caller, sdp("offer", line))
		want(t, callee, signaling.DescriptionEvent{Description: sdp("offer", line)})
		send(t, callee, sdp("answer", line))
		want(t, caller, signaling.DescriptionEvent{Description: sdp("answer", line)})
		for _, seat := range [][2]*room{{caller, callee}, {callee, caller}} {
			from, to := seat[0], seat[1]
			if err := from.SendCandidate(within(t), host(n)); err != nil {
				t.Fatal(err)
			}
			wantCandidate(t, to, n)
			for _, d := range documentsOf(t, s, from) {
				end, _ := d.Data()[fieldExpireAt].(time.Time)
				left := end.Sub(now())
				if d.Data()["candidate"] == host(n).Candidate {
					if left < 20*time.Minute || left > allowed {
						t.Errorf("round %d: a candidate of the %s lives for %v", n, from.role, left)
					}
				} else if left <= 0 { // the TTL policy's
					f.Edit(testProject, "rooms/"+from.ref.ID+"/"+candidatesOf(from.role)+"/"+d.Ref.ID, nil)
				}
			}
		}
	}
	if err := caller.Leave(within(t)); err != nil {
		t.Error(err)
	}
	want(t, callee, signaling.LeftEvent{})
	holds(t, f, 0)
}

// Candidates that the TTL policy took are missed by nobody: the call goes on, and
// whoever hangs up deletes the rest.
func TestCandidatesAreTakenAway(t *testing.T) {
	test := func(t *testing.T, s service, take func(path string)) {
		caller, callee := inCall(t, s, nil)
		told(t, callee, caller, 1)
		for _, d := range documentsOf(t, s, callee) {
			take("rooms/" + callee.ref.ID + "/" + candidatesOf(callee.role) + "/" + d.Ref.ID)
		}
		send(t, callee, sdp("offer", "a=x-restart:1\r\n"))
		want(t, caller, signaling.DescriptionEvent{Description: sdp("offer", "a=x-restart:1\r\n")})
		if err := callee.SendCandidate(within(t), host(1)); err != nil {
			t.Fatal(err)
		}
		wantCandidate(t, caller, 1)
		if err := caller.Leave(within(t)); err != nil {
			t.Error(err)
		}
		want(t, callee, signaling.LeftEvent{})
		if n := s.readable(); n > 0 {
			t.Errorf("%d documents are left", n)
		}
	}
	t.Run("fake", func(t *testing.T) {
		s, f := startFake(t, AuthAnonymous)
		test(t, s, func(path string) { f.Edit(testProject, path, nil) })
	})
	t.Run("emulator", func(t *testing.T) {
		s := startEmulator(t, AuthAnonymous)
		test(t, s, func(path string) {
			if err := emulator.Start(t).Delete(within(t), s.project, path); err != nil {
				t.Fatal(err)
			}
		})
	})
}
