package peer_test

import (
	"testing"
	"time"

	"parley/backend/lab/emulate"
	"parley/backend/signaling"
)

// newNATs is two hosts behind a NAT each that lets in what was asked for only,
// and the internet between them with the room server, which is a STUN server too.
//
//	caller 192.168.1.2 ── NAT ── 203.0.113.1 ── NAT ── 192.168.2.2 callee
func newNATs(t *testing.T) *testNet {
	t.Helper()
	if err := emulate.Possible(); err != nil {
		t.Skip(err)
	}
	const server = "203.0.113.1"
	made := func(h *emulate.Host, err error) *emulate.Host {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = h.Close() })
		return h
	}
	internet := made(emulate.NewInternet(server))
	n := &testNet{t, map[string]string{"router": internet.Name}, setup{
		Server: server, ICE: []signaling.ICEServer{{URLs: []string{"stun:" + server + ":" + relayPort}}},
	}}
	for host, site := range map[string]int{"caller": 1, "callee": 2} {
		h := made(emulate.NewHost(host))
		made(emulate.Behind(emulate.PortRestricted, h, internet, site))
		n.names[host] = h.Name
	}
	return n
}

// Another network beside the one in use, a container's or a VPN's, is no end of a
// way through a NAT or over a relay. Another address in the one in use is.
func TestAnotherNetworkBeside(t *testing.T) {
	if testing.Short() {
		t.Skip("it makes two calls through NATs")
	}
	for _, way := range []string{"direct", "relay"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			n := newNATs(t)
			if way == "relay" {
				n.relayed("udp")
			}
			caller, callee := n.inCall()
			told := func(want string) {
				t.Helper()
				r := callee.await("word of the network", 10*time.Second, func(r report) bool { return r.Network != "" })
				if r.Network != want {
					t.Errorf("the way is %s, want %s", r.Network, want)
				}
			}
			n.must("callee", "ip link add docker0 type veth peer name container")
			n.must("callee", "ip addr add 172.17.0.1/16 dev docker0")
			n.must("callee", "ip link set container up")
			n.must("callee", "ip link set docker0 up")
			told("kept")
			n.must("callee", "ip addr flush dev net0")
			n.must("callee", "ip addr add 192.168.2.3/24 dev net0")
			n.must("callee", "ip route replace default via 192.168.2.1")
			told("gone")
			back(t, time.Now(), within, caller, callee)
		})
	}
}
