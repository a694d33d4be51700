package session

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/pion/turn/v5"

	"parley/backend/call"
	"parley/backend/config"
	"parley/backend/relay"
	"parley/backend/signaling"
)

// Both sides may only be relayed, and know no relay but the LAN's: the one that
// makes the room starts it, and the other hears of it in the room.
func TestCallThroughTheLANsRelay(t *testing.T) {
	only := func(c *config.Config) { c.ICE.RelayOnly = true }
	caller := open(t, func(c *config.Config) { only(c); c.LAN.Relay = true })
	callee := open(t, only)
	connect(t, caller, callee)
	for _, s := range []*Session{caller, callee} {
		eventually(t, s, "picture of the other side", func(s call.Stats) bool { return s.Video.In.Frames > 10 })
		if got := s.Stats(); got.Path != "relay" {
			t.Errorf("path %q", got.Path)
		}
	}
	running := caller.rooms.lan.ice.relay
	if callee.rooms.lan.ice.relay != nil {
		t.Error("who joins runs a relay, too")
	}
	if s := running.Stats(); s.Relayed == 0 || s.Refused > 0 {
		t.Errorf("%+v", s)
	}
	if err := callee.HangUp(context.Background()); err != nil {
		t.Fatal(err)
	}
	until(t, caller, "ended", in(call.Ended))
	connect(t, caller, callee) // the second room has the same relay
	if caller.rooms.lan.ice.relay != running {
		t.Error("another relay was started")
	}
}

// Without lan.relay nothing listens but the room server.
func TestNoRelayUnasked(t *testing.T) {
	caller, callee := open(t, nil), open(t, nil)
	connect(t, caller, callee)
	if caller.rooms.lan.ice.relay != nil || callee.rooms.iceServers() != nil {
		t.Error("there is a relay")
	}
}

// A TURN server with a shared secret: both sides are relayed through it, with
// credentials that the caller made. The callee has no settings at all.
func TestCallThroughARelayWithASharedSecret(t *testing.T) {
	const secret = "a secret of the tests"
	loopback := netip.MustParsePrefix("127.0.0.0/8")
	r, err := relay.Start(relay.Options{
		UDP: "127.0.0.1:0", TCP: "127.0.0.1:0", Secret: []byte(secret),
		PublicIPs: []netip.Addr{netip.MustParseAddr("127.0.0.1")}, AllowPeers: []netip.Prefix{loopback},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	for name, url := range map[string]string{
		"udp": "turn:" + r.UDPAddr().String() + "?transport=udp",
		"tcp": "turn:" + r.TCPAddr().String() + "?transport=tcp",
	} {
		t.Run(name, func(t *testing.T) {
			caller := open(t, func(c *config.Config) {
				c.ICE.RelayOnly = true
				c.ICE.Servers = []config.ICEServer{{URLs: []string{url}, Secret: secret}}
			})
			callee := open(t, func(c *config.Config) { c.ICE.RelayOnly = true })
			connect(t, caller, callee)
			if got := callee.Stats(); got.Path != "relay" || got.Protocol != name {
				t.Errorf("path %q over %q", got.Path, got.Protocol)
			}
			room := strings.ReplaceAll(caller.Snapshot().Room, "-", "")
			if got := callee.rooms.iceServers(); len(got) != 1 || strings.Contains(got[0].Username, room) {
				t.Errorf("the callee was told %d servers, or their owner the room", len(got))
			}
		})
	}
	if s := r.Stats(); s.Refused > 0 {
		t.Errorf("%+v", s)
	}
}

func TestWhatGuestsAreTold(t *testing.T) {
	s := newICEServers([]config.ICEServer{
		{URLs: []string{"stun:a", "turn:a"}, Username: "me", Credential: "mine"},
		{URLs: []string{"turn:b"}, Username: "me", Credential: "mine"},
		{URLs: []string{"turns:c"}, Secret: "shared"},
	}, slog.New(slog.DiscardHandler))
	guest := s.guests("abc")
	if len(guest) != 2 || !slices.Equal(guest[0].URLs, []string{"stun:a"}) || guest[0].Credential != "" || !slices.Equal(guest[1].URLs, []string{"turns:c"}) {
		t.Fatalf("guests are told %+v", guest)
	}
	ours := s.ours()
	if len(ours) != 3 || ours[0].Credential != "mine" || ours[1].Username != "me" {
		t.Errorf("ours are %+v", ours)
	}
	user := func(s signaling.ICEServer) string {
		_, user, _ := strings.Cut(s.Username, ":")
		return user
	}
	if again := s.guests("abc")[1]; user(again) != user(guest[1]) {
		t.Error("who comes back is another user, with a quota of its own")
	}
	if other := s.guests("abd")[1]; user(other) == user(guest[1]) || user(ours[2]) == user(guest[1]) {
		t.Error("two users are one")
	}
	username, password := relay.Credentials([]byte("shared"), user(guest[1]), credentialLife)
	if near := guest[1].Username[:8] == username[:8]; !near || guest[1].Username == username && guest[1].Credential != password {
		t.Errorf("%+v, now %s", guest[1], username)
	}
}

// The relay of the local network relays into that and nowhere else, not even to
// public addresses.
func TestTheLANsRelayStaysThere(t *testing.T) {
	s := newICEServers(nil, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = s.close() })
	if err := s.openRelay(netip.MustParsePrefix("127.0.0.1/8")); err != nil {
		t.Fatal(err)
	}
	server := s.ours()[1]
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c, err := turn.NewClient(&turn.ClientConfig{
		TURNServerAddr: s.relay.UDPAddr().String(), Conn: conn,
		Username: server.Username, Password: server.Credential,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Listen(); err != nil {
		t.Fatal(err)
	}
	relayed, err := c.Allocate()
	if err != nil {
		t.Fatal(err)
	}
	defer relayed.Close()
	for ip, want := range map[string]bool{"127.0.0.2": true, "8.8.8.8": false, "10.0.0.1": false} {
		if err := c.CreatePermission(&net.UDPAddr{IP: net.ParseIP(ip), Port: 53}); (err == nil) != want {
			t.Errorf("%s: %v", ip, err)
		}
	}
}

// The relay follows this machine into another network.
func TestRelayFollowsTheAddress(t *testing.T) {
	s := newICEServers(nil, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = s.close() })
	for _, at := range []string{"127.0.0.1/8", "127.0.0.2/8"} {
		if err := s.openRelay(netip.MustParsePrefix(at)); err != nil {
			t.Fatal(err)
		}
		host, _, _ := strings.Cut(at, "/")
		if got := s.ours(); len(got) != 2 || !strings.HasPrefix(got[1].URLs[0], "turn:"+host+":") {
			t.Errorf("at %s: %+v", at, got)
		}
	}
	if err := s.openRelay(netip.MustParsePrefix("192.0.2.1/32")); err == nil {
		t.Error("listens at an address that is not ours")
	}
	if got := s.ours(); len(got) > 0 {
		t.Errorf("names a relay that does not run: %+v", got)
	}
}
