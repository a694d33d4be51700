package firestore

import (
	"testing"
	"time"

	"parley/backend/signaling"
	"parley/backend/signaling/firestore/emulator"
)

// Both programs' clocks are wrong, and Firestore's own rules ask about times:
// a room of 5 min would have ended, or one of 115 min would be longer than they
// allow.
func TestClockIsWrongForTheRules(t *testing.T) {
	e := emulator.Start(t)
	for _, test := range []struct{ off, ttl time.Duration }{{-10 * time.Minute, 5 * time.Minute}, {10 * time.Minute, 115 * time.Minute}} {
		t.Run(test.off.String(), func(t *testing.T) {
			s := startEmulator(t, AuthAnonymous)
			wrong := func(c *Config) {
				c.clock, c.ttl = func() time.Time { return time.Now().Add(test.off) }, test.ttl
			}
			caller, callee := inCall(t, s, wrong)
			if err := callee.SendCandidate(within(t), host(1)); err != nil {
				t.Fatal(err)
			}
			wantCandidate(t, caller, 1)
			send(t, caller, sdp("offer", "a=x-restart:1\r\n"))
			want(t, callee, signaling.DescriptionEvent{Description: sdp("offer", "a=x-restart:1\r\n")})
			documents, err := e.Documents(t.Context(), s.project)
			if err != nil || len(documents) != 2 {
				t.Fatalf("%v, %v", documents, err)
			}
			for _, d := range documents {
				end, _ := d.Fields["expireAt"].(time.Time)
				if off := time.Until(end) - test.ttl; off.Abs() > time.Minute {
					t.Errorf("%s ends %v from what was meant", d.Path, off)
				}
			}
			ahead, err := caller.client.Check(within(t))
			if err != nil || (ahead-test.off).Abs() > time.Minute {
				t.Errorf("the clock is said to be %v ahead: %v", ahead, err)
			}
			if err := caller.Leave(within(t)); err != nil {
				t.Fatal(err)
			}
			want(t, callee, signaling.LeftEvent{})
			if documents, err := e.Documents(t.Context(), s.project); err != nil || len(documents) > 0 {
				t.Errorf("left behind: %v, %v", documents, err)
			}
		})
	}
}
