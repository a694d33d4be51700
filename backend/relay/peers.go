package relay

import (
	"net/netip"
	"slices"
)

// peerRules say to where is relayed. Without them, whoever has credentials could
// reach what only the relay's own network should (RFC 8656, 21.1.6).
type peerRules struct {
	allowed []netip.Prefix
	own     []netip.Addr // where the other side's relayed address may be
	inside  bool         // nobody else, public or not
}

// special are the blocks that are not on the public internet, of IANA's
// special-purpose address registries (RFC 6890) and of multicast. The last ones
// hold IPv4 addresses that would get around the first.
var special = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
)

// public6 is all that is handed out of IPv6; what is not is no peer.
var public6 = netip.MustParsePrefix("2000::/3")

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		list[i] = netip.MustParsePrefix(t)
	}
	return list
}

func within(addr netip.Addr, list []netip.Prefix) bool {
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// listed tells whether the owner allowed the address by name.
func (r peerRules) listed(addr netip.Addr) bool { return within(addr.Unmap(), r.allowed) }

// isOwn tells whether the address is the relay's. Only its relayed ports may be
// reached there: see socket.WriteTo.
func (r peerRules) isOwn(addr netip.Addr) bool { return slices.Contains(r.own, addr.Unmap()) }

// permit tells whether an address may be a peer.
func (r peerRules) permit(addr netip.Addr) bool {
	if addr.Zone() != "" {
		return false
	}
	addr = addr.Unmap()
	return r.listed(addr) || r.isOwn(addr) || !r.inside && addr.IsValid() && !within(addr, special) && (addr.Is4() || public6.Contains(addr))
}
