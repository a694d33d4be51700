package relay

import (
	"net"
	"net/netip"
	"strconv"
	"time"

	"parley/backend/signaling"
)

// ICEServers are the settings for a client, with credentials of this user that
// are good for so long. Host is how clients reach the relay, for TLS the name in
// its certificate; empty is its first public address.
func (r *Relay) ICEServers(host, user string, valid time.Duration) []signaling.ICEServer {
	if host == "" {
		host = r.opts.PublicIPs[0].String()
	}
	at := func(scheme string, a net.Addr) string {
		port := ""
		if p, ok := addrPort(a); ok {
			port = strconv.Itoa(int(p.Port()))
		}
		return scheme + ":" + net.JoinHostPort(host, port)
	}
	var list []signaling.ICEServer
	username, password := r.Credentials(user, valid)
	relay := signaling.ICEServer{Username: username, Credential: password}
	if a := r.UDPAddr(); a != nil {
		list = append(list, signaling.ICEServer{URLs: []string{at("stun", a)}})
		relay.URLs = append(relay.URLs, at("turn", a)+"?transport=udp")
	}
	if r.tcp != nil {
		relay.URLs = append(relay.URLs, at("turn", r.tcp)+"?transport=tcp")
	}
	if r.tls != nil {
		relay.URLs = append(relay.URLs, at("turns", r.tls)+"?transport=tcp")
	}
	return append(list, relay)
}

// RouteAddress is this machine's address on the way to the internet: where the
// relay is reached by those on the same network, and, without a NAT, by all.
func RouteAddress() (netip.Addr, error) {
	c, err := net.Dial("udp4", "192.0.2.1:9") // TEST-NET-1: a UDP dial sends nothing
	if err != nil {
		return netip.Addr{}, ErrPublicIP
	}
	defer c.Close()
	at, ok := addrPort(c.LocalAddr())
	if !ok {
		return netip.Addr{}, ErrPublicIP
	}
	return at.Addr(), nil
}

// Public tells whether an address is one of the public internet.
func Public(a netip.Addr) bool { return peerRules{}.permit(a) }
