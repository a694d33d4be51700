package lan

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"parley/backend/signaling"
)

func iceOf(t *testing.T, r signaling.Room) []signaling.ICEServer {
	t.Helper()
	p, ok := r.(signaling.ICEProvider)
	if !ok {
		t.Fatalf("%T names no ICE servers", r)
	}
	return p.ICEServers()
}

// Whoever is invited by this desktop gets the servers for that room; a stranger
// who makes a room here gets none, and neither does whom the stranger invites.
func TestICEServersAreForTheInvited(t *testing.T) {
	s := listen(t, Config{ICE: func(room signaling.RoomID) []signaling.ICEServer {
		return []signaling.ICEServer{{URLs: []string{"turn:192.168.1.7:1?transport=tcp"}, Username: "1:for-" + string(room), Credential: "c"}}
	}})
	caller, err := s.Signaler().Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	callee, err := NewClient(ClientConfig{}).Join(t.Context(), caller.Invite())
	if err != nil {
		t.Fatal(err)
	}
	if got := iceOf(t, callee); len(got) != 1 || got[0].Username != "1:for-"+string(caller.Invite().Room) {
		t.Errorf("the invited got %+v", got)
	}
	i := s.Invite("")
	foreign, err := NewClient(ClientConfig{Server: i.Server, Fingerprint: i.Fingerprint}).Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	guest, err := NewClient(ClientConfig{}).Join(t.Context(), foreign.Invite())
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Concat(iceOf(t, foreign), iceOf(t, guest)); len(got) > 0 {
		t.Errorf("strangers got %+v", got)
	}
	for _, r := range []signaling.Room{callee, caller, guest, foreign} {
		if err := r.Leave(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// What a server names is checked, and what cannot be used is left out.
func TestICEServersOfAHostileServer(t *testing.T) {
	good := `{"urls":["stun:h"]}`
	for answer, want := range map[string]int{
		`[]`: 0,
		`[` + good + `,{"urls":["file:///etc/passwd"]},{"urls":["turn:h"]}]`: 1,
		`[` + strings.Repeat(good+`,`, 100) + good + `]`:                     signaling.MaxICEServers,
	} {
		invite := serverThatSays(t, `{"type":"seated","role":"callee","token":"T","room":"abc","ice":`+answer+`}`)
		room, err := NewClient(ClientConfig{}).Join(t.Context(), invite)
		if err != nil {
			t.Fatal(err)
		}
		if got := iceOf(t, room); len(got) != want {
			t.Errorf("%.60s: %d servers are taken, want %d", answer, len(got), want)
		}
		leaveNow(room)
	}
}

func TestNetworkIsThatOfTheInvites(t *testing.T) {
	if got := listen(t, Config{}).Network(); got != netip.MustParsePrefix("127.0.0.1/8") {
		t.Errorf("on 127.0.0.1: %v", got)
	}
	if got := listen(t, Config{Host: "203.0.113.77"}).Network(); got != bestAddress() { // somebody else's
		t.Errorf("behind a router: %v", got)
	}
}

// No message makes the parser panic, and what a client takes of its ICE servers
// can be used.
func FuzzMessage(f *testing.F) {
	f.Add([]byte(`{"type":"seated","room":"abc","role":"callee","token":"T","ice":[{"urls":["turn:h:1?transport=tcp"],"username":"1:a","credential":"c"}]}`))
	f.Add([]byte(`{"type":"seated","ice":[{"urls":"turn:h"}]}`))
	f.Add([]byte(`{"type":"candidate","n":1,"candidate":{"candidate":""}}`))
	f.Add([]byte(`{"type":"presence","n":-1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parse(data)
		if err != nil {
			return
		}
		for _, s := range signaling.ValidICEServers(m.ICE) {
			if err := s.Validate(); err != nil {
				t.Error(err)
			}
		}
		_ = m.event()
	})
}
