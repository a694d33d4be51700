package peer

import (
	"net"
	"testing"

	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"
	"github.com/pion/webrtc/v4"

	"parley/backend/signaling"
)

// Where a relay is reached over UDP, it is not asked over TCP as well; where UDP
// leads nowhere, it is.
func TestRelayOverUDPGoesFirst(t *testing.T) {
	t.Parallel()
	udp, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	silent, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	tcp, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addresses := &turn.RelayAddressGeneratorStatic{RelayAddress: net.IPv4(127, 0, 0, 1), Address: "127.0.0.1"}
	server, err := turn.NewServer(turn.ServerConfig{
		Realm:         "parley",
		LoggerFactory: newLoggerFactory(),
		AuthHandler: func(a *turn.RequestAttributes) (string, []byte, bool) {
			return a.Username, turn.GenerateAuthKey(a.Username, a.Realm, "secret"), a.Username == "me"
		},
		PacketConnConfigs: []turn.PacketConnConfig{{PacketConn: udp, RelayAddressGenerator: addresses}},
		ListenerConfigs:   []turn.ListenerConfig{{Listener: tcp, RelayAddressGenerator: addresses}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	over := func(at net.Addr, transport string) string { return "turn:" + at.String() + "?transport=" + transport }
	for name, urls := range map[string][]string{
		"UDP":                    {over(tcp.Addr(), "tcp"), over(udp.LocalAddr(), "udp")},
		"UDP that leads nowhere": {over(tcp.Addr(), "tcp"), over(silent.LocalAddr(), "udp")},
		"no UDP":                 {over(tcp.Addr(), "tcp")},
	} {
		t.Run(name, func(t *testing.T) {
			caller := newEndWith(t, signaling.Caller, func(c *Config) {
				c.RelayOnly = true
				c.ICEServers = []ICEServer{{URLs: urls, Username: "me", Credential: "secret"}}
			})
			if _, err := caller.Offer(ctx(t)); err != nil {
				t.Fatal(err)
			}
			if name == "UDP that leads nowhere" { // its tries end after 8 s
				get(t, caller.candidates, "relay over TCP")
				_ = caller.Close()
				get(t, caller.gone, "end of pion")
				return
			}
			get(t, webrtc.GatheringCompletePromise(caller.pc), "end of gathering")
			if _, at := splitCandidates(caller.pc.LocalDescription().SDP); len(at) != 2 { // each is said for RTP and for RTCP
				t.Errorf("%d lines of addresses at relays, want those of one", len(at))
			}
		})
	}
}

func TestAsksInVain(t *testing.T) {
	message := func(method stun.Method, peer string) []byte {
		return stun.MustBuild(stun.TransactionID, stun.NewType(method, stun.ClassRequest), peerAddress(peer)).Raw
	}
	for _, test := range []struct {
		what   string
		b      []byte
		server string
		want   bool
	}{
		{"a private peer", message(stun.MethodCreatePermission, "192.168.1.2"), "203.0.113.1:3478", true},
		{"a peer on the same machine", message(stun.MethodCreatePermission, "127.0.0.1"), "203.0.113.1:3478", true},
		{"a peer on the internet", message(stun.MethodCreatePermission, "198.51.100.2"), "203.0.113.1:3478", false},
		{"a relay beside the peer", message(stun.MethodCreatePermission, "192.168.1.2"), "192.168.1.1:3478", false},
		{"something else", message(stun.MethodChannelBind, "192.168.1.2"), "203.0.113.1:3478", false},
		{"a cut message", message(stun.MethodCreatePermission, "192.168.1.2")[:24], "203.0.113.1:3478", false},
		{"nothing", nil, "203.0.113.1:3478", false},
	} {
		server, err := net.ResolveUDPAddr("udp", test.server)
		if err != nil {
			t.Fatal(err)
		}
		if got := asksInVain(test.b, server); got != test.want {
			t.Errorf("%s: %v", test.what, got)
		}
	}
}

type peerAddress string

func (a peerAddress) AddTo(m *stun.Message) error {
	return stun.XORMappedAddress{IP: net.ParseIP(string(a)), Port: 9}.AddToAs(m, stun.AttrXORPeerAddress)
}
