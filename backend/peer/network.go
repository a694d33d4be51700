package peer

import (
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/pion/transport/v4"
	"github.com/pion/transport/v4/stdnet"
	"github.com/pion/webrtc/v4"
)

const (
	networkInterval = 250 * time.Millisecond // between two looks: 0.1 ms of work each
	sleptFor        = 3 * time.Second        // on the clock on the wall beyond the time that passed
)

// currentNet is pion's network with the interfaces of now: pion's own are those
// of the beginning, so that a restart would gather the addresses of a network
// that was left. https://github.com/pion/transport (stdnet.Net.Interfaces)
type currentNet struct {
	*stdnet.Net
	relays *relays
}

// Interfaces implements transport.Net. The link-local addresses of IPv6 are left out:
// pion tells the other side of none, yet pairs ours with its global ones, which RFC 8445
// forbids (section 6.1.2.2). Firefox answers what comes from one, cannot send there by
// itself, and never connected where such a pair was nominated.
func (n currentNet) Interfaces() ([]*transport.Interface, error) {
	now, err := stdnet.NewNet()
	if err != nil {
		return nil, err
	}
	all, err := now.Interfaces()
	for _, i := range all {
		withoutLinkLocal(i)
	}
	return all, err
}

func withoutLinkLocal(i *transport.Interface) {
	addresses, _ := i.Addrs() // an error says that there is none
	for _, a := range slices.Clone(addresses) {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() == nil && n.IP.IsLinkLocalUnicast() {
			i.RemoveAddress(n.IP)
		}
	}
}

// watchNetwork tells when the addresses of this machine have changed, or when it
// was asleep, until Close.
func (p *Peer) watchNetwork(addresses func() []string) {
	tick := time.NewTicker(networkInterval)
	defer tick.Stop()
	known, last := addresses(), time.Now()
	lost := false // the way, at one of the changes not told of yet
	for {
		select {
		case <-p.done:
			return
		case <-tick.C:
		}
		// The monotonic clock stands still while a laptop sleeps (on Linux); the
		// one on the wall does not. A long pause of either kind is one for us.
		now := time.Now()
		slept := now.Round(0).Sub(last.Round(0))-networkInterval > sleptFor
		last = now
		found := addresses()
		if !slept && slices.Equal(found, known) {
			continue
		}
		known, lost = found, lost || slept || !p.hasPath(found)
		p.log.Info("the network changed", "addresses", len(found), "lost", lost, "slept", slept)
		if len(found) == 0 || p.handlers.Network == nil {
			continue // without a network there is nothing to do yet
		}
		gone := lost
		lost = false
		p.post(func() { p.handlers.Network(gone) })
	}
}

// hasPath tells whether the packets of the connection still leave this machine
// from the address that they did.
func (p *Peer) hasPath(found []string) bool {
	t, ok := p.ice()
	if !ok {
		return false
	}
	pair, err := t.GetSelectedCandidatePair()
	if err != nil || pair == nil {
		return false
	}
	from := pair.Local.RelatedAddress // of the socket that reaches the STUN server or the relay
	if pair.Local.Typ == webrtc.ICECandidateTypeHost {
		from = pair.Local.Address
	}
	if ip, err := netip.ParseAddr(from); err == nil && !ip.IsUnspecified() {
		return slices.Contains(found, from)
	}
	then := p.source.Load()
	return then != nil && *then != "" && *then == sourceOf(pair)
}

// sourceOf is the address that the system sends the packets of a pair from where
// their socket has none of its own; "" without a way. It asks the system, and sends
// nothing. A relay is taken to be where the addresses are that it gives.
func sourceOf(pair *webrtc.ICECandidatePair) string {
	next := pair.Remote
	if pair.Local.Typ == webrtc.ICECandidateTypeRelay {
		next = pair.Local
	}
	ip, err := netip.ParseAddr(next.Address)
	if err != nil {
		return "" // a .local name
	}
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, next.Port)))
	if err != nil {
		return ""
	}
	defer conn.Close()
	at, _, _ := net.SplitHostPort(conn.LocalAddr().String())
	return at
}

// localAddresses are the addresses of the interfaces that are up and carry
// packets; of all but the loopback one where names is empty.
func localAddresses(names []string) []string {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil
	}
	var found []string
	for _, i := range interfaces {
		const works = net.FlagUp | net.FlagRunning
		wanted := slices.Contains(names, i.Name) || len(names) == 0 && i.Flags&net.FlagLoopback == 0
		if i.Flags&works != works || !wanted {
			continue
		}
		addresses, err := i.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addresses {
			ip, _, _ := strings.Cut(a.String(), "/")
			found = append(found, ip)
		}
	}
	slices.Sort(found)
	return found
}
