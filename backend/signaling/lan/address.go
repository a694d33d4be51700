package lan

import (
	"net"
	"net/netip"
	"os"
	"strings"
)

// localAddresses are this machine's unicast addresses, loopback among them.
func localAddresses() []net.IP {
	var ips []net.IP
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return []net.IP{net.IPv4(127, 0, 0, 1)}
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLinkLocalUnicast() {
			ips = append(ips, n.IP)
		}
	}
	return ips
}

// localNames are the names under which this machine may be asked for.
func localNames() []string {
	names := []string{"localhost"}
	if h, err := os.Hostname(); err == nil && h != "" {
		h = strings.ToLower(h)
		names = append(names, h)
		if !strings.Contains(h, ".") {
			names = append(names, h+".local") // mDNS, RFC 6762
		}
	}
	return names
}

// virtual are the beginnings of the names of interfaces that lead to no phone.
var virtual = []string{"docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "vethernet", "lxc", "cni",
	"tun", "tap", "utun", "wg", "tailscale", "zt", "ppp", "bridge"}

// bestAddress is the address to put into invites: a private IPv4 one of a real
// network interface, the one of the default route first; loopback if there is none.
func bestAddress() netip.Prefix {
	best, bestScore := netip.MustParsePrefix("127.0.0.1/8"), 0
	route := defaultRouteAddress()
	interfaces, err := net.Interfaces()
	if err != nil {
		return best
	}
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addrs {
			p, err := netip.ParsePrefix(a.String())
			if err != nil || !p.Addr().Is4() || p.Addr().IsLinkLocalUnicast() {
				continue
			}
			score := 1
			if p.Addr().IsPrivate() {
				score += 2
			}
			if p.Addr() == route {
				score++
			}
			if !isVirtual(i.Name) {
				score += 4
			}
			if score > bestScore {
				best, bestScore = p, score
			}
		}
	}
	return best
}

// networkOf is an address of this machine with its network.
func networkOf(ip netip.Addr) (netip.Prefix, bool) {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return netip.Prefix{}, false
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr() == ip {
			return p, true
		}
	}
	return netip.Prefix{}, false
}

func isVirtual(name string) bool {
	for _, v := range virtual {
		if strings.HasPrefix(strings.ToLower(name), v) {
			return true
		}
	}
	return false
}

// defaultRouteAddress asks the system which address it would send from.
// Connecting a UDP socket sends nothing; 192.0.2.1 belongs to nobody (RFC 5737).
func defaultRouteAddress() netip.Addr {
	c, err := net.Dial("udp4", "192.0.2.1:9")
	if err != nil {
		return netip.Addr{}
	}
	defer c.Close()
	ap, _ := netip.ParseAddrPort(c.LocalAddr().String())
	return ap.Addr()
}
