package peer

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/pion/turn/v5"

	"parley/backend/frame"
	"parley/backend/signaling"
)

// With a STUN server that never answers, descriptions do not wait for it and
// neither does Close.
func TestSilentServerHoldsNothingUp(t *testing.T) {
	t.Parallel()
	silent, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	address := silent.LocalAddr().String()
	servers := []ICEServer{{URLs: []string{"stun:" + address}}, {URLs: []string{"turn:" + address}, Username: "u", Credential: "p"}}
	p, err := New(Config{Interfaces: []string{"lo"}, ICEServers: servers}, signaling.Caller, Handlers{})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if _, err := p.Offer(ctx(t)); err != nil {
		t.Fatal(err)
	}
	offered := time.Since(start)
	start = time.Now()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	closed := time.Since(start)
	t.Logf("offer after %v, closed after %v", offered.Round(time.Millisecond), closed.Round(time.Millisecond))
	<-p.gone // pion's retries, for the leak check
	if offered > 2*time.Second || closed > 5*time.Second {
		t.Errorf("offer after %v, closed after %v", offered, closed)
	}
}

// Relay only: all goes through the TURN server, and Stats says so.
func TestRelayOnly(t *testing.T) {
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, err := turn.NewServer(turn.ServerConfig{
		Realm:         "parley",
		LoggerFactory: newLoggerFactory(),
		AuthHandler: func(a *turn.RequestAttributes) (string, []byte, bool) {
			return a.Username, turn.GenerateAuthKey(a.Username, a.Realm, "secret"), a.Username == "me"
		},
		PacketConnConfigs: []turn.PacketConnConfig{{
			PacketConn:            conn,
			RelayAddressGenerator: &turn.RelayAddressGeneratorStatic{RelayAddress: net.IPv4(127, 0, 0, 1), Address: "127.0.0.1"},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	relay := func(c *Config) {
		c.RelayOnly = true
		c.ICEServers = []ICEServer{{URLs: []string{"turn:" + conn.LocalAddr().String() + "?transport=udp"}, Username: "me", Credential: "secret"}}
	}
	caller, callee := newEndWith(t, signaling.Caller, relay), newEndWith(t, signaling.Callee, relay)
	connect(t, caller, callee)
	if got := caller.Stats(); got.Path != PathRelay || got.Protocol != "udp" {
		t.Errorf("path %q over %q", got.Path, got.Protocol)
	}
	pump(t, caller, callee, frame.VP8, 1000, func(n int, _ frame.Video) bool { return n >= 3 })
}

// A candidate inside a description that makes no sense is left out.
func TestForeignCandidatesInDescription(t *testing.T) {
	caller, callee := newEnd(t, signaling.Caller, nil), newEnd(t, signaling.Callee, nil)
	offer, err := caller.Offer(ctx(t))
	if err != nil {
		t.Fatal(err)
	}
	offer.SDP = strings.Replace(offer.SDP, "a=candidate:", "a=candidate:what is this\r\na=candidate:", 1)
	answer, err := callee.Answer(ctx(t), offer)
	if err != nil {
		t.Fatal(err)
	}
	if err := caller.SetAnswer(ctx(t), answer); err != nil {
		t.Fatal(err)
	}
	until(t, caller.transport, TransportConnected)
	if err := caller.AddCandidate(signaling.Candidate{Candidate: "candidate:what is this"}); !errors.Is(err, ErrBadCandidate) {
		t.Error(err)
	}
}
