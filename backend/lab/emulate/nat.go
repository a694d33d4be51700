//go:build linux

package emulate

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// NAT is what a router does to the packets of the network behind it. The words
// are those of RFC 4787.
type NAT string

// The kinds of NAT and firewall.
const (
	// Open is a router without any.
	Open NAT = "open"
	// FullCone maps and filters without regard to the other end.
	FullCone NAT = "full cone"
	// PortRestricted maps without regard to the other end, and lets in only what
	// comes from an address and port that was written to.
	PortRestricted NAT = "port restricted"
	// Symmetric takes a new port for every other end, and filters as PortRestricted.
	Symmetric NAT = "symmetric"
	// NoUDP is PortRestricted for TCP, and drops all UDP.
	NoUDP NAT = "UDP blocked"
	// Only443 lets out nothing but TCP to port 443.
	Only443 NAT = "only TCP 443"
)

// apply makes router, which has an interface to its network and one to the
// outside, behave so. inside is the address of the one host behind it.
func (n NAT) apply(router *Host, outside, inside string) error {
	if err := router.Run("sysctl", "-qw", "net.ipv4.ip_forward=1"); err != nil {
		return err
	}
	masquerade := "-t nat -A POSTROUTING -o " + outside + " -j MASQUERADE"
	// What nobody asked for must not make an entry in the router's table: the
	// entry would take the port that the host behind is about to map, and hole
	// punching would meet a symmetric NAT by accident.
	closed := "-A INPUT -i " + outside + " -j DROP"
	back := "-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"
	var rules []string
	switch n {
	case Open:
	case FullCone:
		rules = []string{masquerade, "-t nat -A PREROUTING -i " + outside + " -p udp -j DNAT --to-destination " + inside}
	case PortRestricted:
		rules = []string{masquerade, closed}
	case Symmetric:
		rules = []string{masquerade + " --random-fully", closed}
	case NoUDP:
		rules = []string{masquerade, closed, "-A FORWARD -p udp -j DROP"}
	case Only443:
		rules = []string{masquerade, closed, back, "-A FORWARD -p tcp --dport 443 -j ACCEPT", "-A FORWARD -j DROP"}
	default:
		return fmt.Errorf("no NAT is called %q", n)
	}
	for _, rule := range rules {
		if err := router.Run("iptables", append([]string{"-w"}, strings.Fields(rule)...)...); err != nil {
			return err
		}
	}
	return nil
}

// NewInternet makes the host that routers meet on, with one address of its own. It
// has a way to everywhere, as the internet does, and what is for nowhere is lost
// there in silence. Without, a server's packet to a private address fails already
// when it is sent, which no public server sees: coturn ends the TCP connection of
// the client that asked for such a packet.
func NewInternet(address string) (*Host, error) {
	h, err := NewHost("internet")
	if err != nil {
		return nil, err
	}
	const nowhere = "nowhere" // a tunnel that nobody reads
	for _, arguments := range []string{
		"addr add " + address + "/32 dev lo",
		"tuntap add " + nowhere + " mode tun",
		"link set " + nowhere + " up",
		"route add default dev " + nowhere,
	} {
		if err := h.Run("ip", strings.Fields(arguments)...); err != nil {
			return nil, errors.Join(err, h.Close())
		}
	}
	return h, nil
}

// Behind puts host behind a router of the given kind, which has one interface in
// the host's network 192.168.site.0/24 and one, "outside", on internet with the
// address 198.51.(100+site).2. The router must be closed by the caller.
func Behind(n NAT, host, internet *Host, site int) (*Host, error) {
	return behind(n, host, internet, site, func(router, out End) error {
		return Wire(router.Host, router.Device, router.Address, out.Host, out.Device, out.Address)
	})
}

// FarBehind is Behind with a delay, each way, between the router and the internet.
// The link must be closed, too; without a delay there is none.
func FarBehind(n NAT, host, internet *Host, site int, delay time.Duration) (router *Host, link *Link, err error) {
	if delay == 0 {
		router, err = Behind(n, host, internet, site)
		return router, nil, err
	}
	router, err = behind(n, host, internet, site, func(router, out End) error {
		router.Out = Always(Conditions{Delay: delay})
		out.Out = router.Out
		link, err = NewLink(router, out, 1)
		return err
	})
	if err != nil && link != nil {
		err = errors.Join(err, link.Close())
	}
	return router, link, err
}

// behind has connect make the interfaces of router and internet.
func behind(n NAT, host, internet *Host, site int, connect func(router, internet End) error) (*Host, error) {
	router, err := NewHost(fmt.Sprintf("router%d", site))
	if err != nil {
		return nil, err
	}
	inside := fmt.Sprintf("192.168.%d.2", site)
	lan := fmt.Sprintf("192.168.%d.1", site)
	wan := fmt.Sprintf("198.51.%d", 100+site)
	steps := []func() error{
		func() error { return Wire(host, "net0", inside+"/24", router, "inside", lan+"/24") },
		func() error {
			return connect(End{Host: router, Device: "outside", Address: wan + ".2/24"},
				End{Host: internet, Device: fmt.Sprintf("site%d", site), Address: wan + ".1/24"})
		},
		func() error { return host.Route("default", lan) },
		func() error { return router.Route("default", wan+".1") },
		func() error { return internet.Run("sysctl", "-qw", "net.ipv4.ip_forward=1") },
		func() error { return n.apply(router, "outside", inside) },
	}
	if n == Open {
		// Public hosts have public addresses: the internet knows the way back.
		steps = append(steps, func() error { return internet.Route(fmt.Sprintf("192.168.%d.0/24", site), wan+".2") })
	}
	for _, step := range steps {
		if err := step(); err != nil {
			_ = router.Close()
			return nil, err
		}
	}
	return router, nil
}
