package doctor

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/pion/stun/v4"
)

// Server is a STUN or TURN server under one URL (RFC 7064, RFC 7065).
type Server struct {
	URL        string
	Username   string // TURN only
	Credential string // TURN only
	// Roots are the certificates that a turns: server may lead to; nil is the
	// system's.
	Roots *x509.CertPool
}

// Connection is the check whether this machine is on a network that lets it through to
// the internet, and where the servers' names can be looked up, and those of signaling's
// hosts, which speak HTTPS.
func Connection(servers []Server, hosts ...string) Check {
	names := slices.Clone(hosts)
	for _, s := range servers {
		if uri, err := stun.ParseURI(s.URL); err == nil {
			names = append(names, uri.Host)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return Check{"network", func(ctx context.Context) Finding { return connected(ctx, names, hosts) }}
}

// Network is the checks of the way out: one of this machine's own firewall, one of
// the NAT, and one for each relay.
func Network(servers []Server) []Check {
	n := &network{servers: servers, settled: make(chan struct{})}
	checks := []Check{{"firewall", n.firewall}, {"nat", n.nat}}
	for _, s := range servers {
		if strings.HasPrefix(s.URL, "turn") {
			n.pending.Add(1)
			checks = append(checks, Check{"relay " + s.URL, func(ctx context.Context) Finding { return n.relay(ctx, s) }})
		}
	}
	go func() {
		n.pending.Wait()
		close(n.settled)
	}()
	return checks
}

// network is what the checks tell each other: a NAT that lets nothing through
// is no problem where a relay can be reached, and neither is a relay where
// another one can be.
type network struct {
	servers []Server
	pending sync.WaitGroup // relays not asked yet
	settled chan struct{}  // closed when there are none
	mu      sync.Mutex
	asked   []answer
}

// answer is how a relay answered.
type answer struct {
	protocol string
	port     int
	cause    string // of the finding
	works    bool
}

const (
	// probes and their pace tell loss and round trip: 20 ms is the pace of sound.
	probes     = 50
	probeEvery = 20 * time.Millisecond
	// probePatience is how long the last answer is waited for.
	probePatience = 800 * time.Millisecond
	// bindTries and bindEvery are of STUN servers: an answer is waited for 1.6 s
	// in all, as long as ICE would (RFC 8489, 6.2.1 has 39.5 s, which nobody waits for).
	bindTries = 8
	bindEvery = 200 * time.Millisecond
	// lookupTimeout bounds a name's look-up: a resolver that is there answers in 1 s.
	lookupTimeout = 4 * time.Second
	// relayTimeout leaves the check of the NAT, which waits for the relays, its time.
	relayTimeout = 6 * time.Second
)

func connected(ctx context.Context, names, signaling []string) Finding {
	if !hasAddress(isIPv4) && !hasAddress(isIPv6) {
		return offline
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	problems := make([]error, len(names))
	var (
		work    sync.WaitGroup
		signIn  Finding
		captive bool
	)
	work.Go(func() { signIn, captive = portal(ctx, names, signaling) })
	for i, name := range names {
		work.Go(func() {
			_, problems[i] = net.DefaultResolver.LookupHost(ctx, name) // an address is its own name
		})
	}
	work.Wait()
	if captive { // it may have the names to itself, too
		return signIn
	}
	unknown := ""
	for i, name := range names {
		problem, isDNS := errors.AsType[*net.DNSError](problems[i])
		switch {
		case problems[i] == nil:
		case isDNS && problem.IsNotFound:
			unknown = name
		default:
			return Finding{Level: Problem, Cause: "dns", What: fmt.Sprintf("Names cannot be looked up (%s): the name server does not answer, or there is no internet behind this network.", name),
				Next: "Does a web page open? If it asks you to sign in to the network, do. Else check the name server (DNS) in the system's network settings."}
		}
	}
	if unknown != "" {
		return Finding{Level: Warning, Cause: "unknown_name", What: fmt.Sprintf("There is no host called %s.", unknown), Next: "Check the name in the settings."}
	}
	return Finding{Level: OK, Cause: "works", What: "This machine is on a network."}
}

var offline = Finding{Level: Problem, Cause: "offline", What: "This machine is on no network.", Next: "Connect to a network, then try again."}

// ipv6Only is where a STUN server or a relay, both of which a call asks over IPv4,
// is out of reach.
var ipv6Only = Finding{Level: Problem, Cause: "ipv6_only", What: "This network has IPv6 only: STUN servers and relays are out of reach, and calls connect only with networks that have it, too.",
	Next: "Try another network, or ask for IPv4 (NAT64 with 464XLAT will do)."}

// inConfigFile says where the servers are set: the window's settings show them only.
const inConfigFile = "into Parley's config file, as ice.servers. “Settings” in Parley's window says at its end where that file is, and so does `parley config`."

// nat finds out how the network in front of us maps our address: RFC 4787 has
// the terms, RFC 5780 the idea.
func (n *network) nat(ctx context.Context) Finding {
	var targets []*net.UDPAddr
	asked := false
	for _, s := range n.servers {
		uri, err := stun.ParseURI(s.URL)
		if err != nil || uri.Proto != stun.ProtoTypeUDP {
			continue
		}
		addr, err := resolve(ctx, uri)
		asked = true
		// Twice the same server cannot tell whether a NAT treats two alike.
		if err == nil && !slices.ContainsFunc(targets, func(t *net.UDPAddr) bool { return t.AddrPort() == addr.AddrPort() }) {
			targets = append(targets, addr)
		}
	}
	if len(n.servers) == 0 {
		return Finding{Level: Skipped, Cause: "no_servers", What: "No STUN or TURN server is set: calls work on the local network only.",
			Next: "To call through the internet, write the address of a STUN or TURN server " + inConfigFile}
	}
	if !asked {
		return Finding{Level: Skipped, Cause: "no_udp_servers", What: "No server over UDP is set, so the kind of NAT cannot be told."}
	}
	if onlyIPv6() {
		return ipv6Only
	}
	conn, err := net.ListenPacket("udp4", ":0")
	if err != nil {
		return offline
	}
	defer conn.Close()
	seen := map[netip.AddrPort]bool{}
	answers := 0
	for _, t := range targets {
		mapped, err := bind(ctx, conn, t)
		switch {
		case err == nil:
			answers++
			seen[mapped] = true
		case errors.Is(err, syscall.ENETUNREACH):
			return offline
		}
	}
	if answers == 0 {
		return n.noAnswer(ctx, len(targets) > 0)
	}
	relay := n.anyRelay(ctx)
	switch {
	case len(seen) > 1 && relay:
		return Finding{Level: OK, Cause: "symmetric", What: "The network gives every destination another address (a symmetric NAT). Calls go through the relay where they must."}
	case len(seen) > 1:
		return Finding{Level: Warning, Cause: "symmetric_no_relay", What: "The network gives every destination another address (a symmetric NAT), and no relay can be reached: many calls will not connect.",
			Next: "Write the address of a TURN server, with its name and password, " + inConfigFile}
	}
	for mapped := range seen {
		if isOurs(mapped.Addr()) {
			return Finding{Level: OK, Cause: "open", What: "This machine is reachable without a NAT."}
		}
	}
	if answers == 1 {
		return Finding{Level: OK, Cause: "mapped", What: "Packets from the internet find their way back. With a second STUN server the kind of NAT could be told."}
	}
	return Finding{Level: OK, Cause: "cone", What: "The network has a NAT that keeps one address for all destinations: calls connect directly."}
}

// noAnswer tells why no STUN server answered.
func (n *network) noAnswer(ctx context.Context, resolved bool) Finding {
	web, other := false, false // relays that work on TCP port 443, and others
	reached, closed, silent := false, false, false
	for _, a := range n.answers(ctx) {
		web = web || a.works && a.port == 443
		other = other || a.works && a.port != 443
		reached = reached || a.refused()
		closed = closed || a.cause == "not_running"
		silent = silent || a.protocol != "udp" && a.port != 443 && a.cause == "unreachable"
	}
	const allow = "If the firewall is yours, allow UDP to the internet."
	switch {
	case web && !other && silent:
		return Finding{Level: Warning, Cause: "only_443", What: "A firewall lets through nothing but what looks like the web (TCP port 443). Calls go through the relay there, with more delay.", Next: allow}
	case web || other:
		return Finding{Level: Warning, Cause: "udp_blocked", What: "A firewall lets no UDP through. Calls go through the relay over TCP, with more delay.", Next: allow}
	case !resolved:
		return Finding{Level: Problem, Cause: "dns", What: "The names of the STUN and TURN servers cannot be looked up.", Next: "Check the network and the names in the settings, then try again."}
	case closed:
		return Finding{Level: Problem, Cause: "servers_down", What: "The STUN and TURN servers do not run.", Next: "Ask whoever runs them, or write the addresses of others " + inConfigFile}
	case reached:
		return Finding{Level: Problem, Cause: "udp_blocked", What: "A firewall lets no UDP through, and the relay over TCP does not serve us.", Next: "See what is said of the relay."}
	default:
		return Finding{Level: Problem, Cause: "blocked", What: "No STUN or TURN server answers: a firewall lets nothing through, or the servers are down.",
			Next: "Try another network. Behind a strict firewall, a TURN server on TCP port 443 (turns:HOST:443) helps."}
	}
}

// answers waits for the relays' checks.
func (n *network) answers(ctx context.Context) []answer {
	select {
	case <-n.settled:
	case <-ctx.Done():
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.asked)
}

func (n *network) anyRelay(ctx context.Context) bool {
	return slices.ContainsFunc(n.answers(ctx), func(a answer) bool { return a.works })
}

// refused tells that the relay was reached, and does not serve us.
func (a answer) refused() bool {
	return slices.Contains([]string{"credentials", "quota", "forbidden", "certificate"}, a.cause)
}

func resolve(ctx context.Context, uri *stun.URI) (*net.UDPAddr, error) {
	ips, err := net.DefaultResolver.LookupIP(ctx, "ip4", uri.Host)
	if err != nil {
		return nil, err
	}
	return &net.UDPAddr{IP: ips[0], Port: uri.Port}, nil
}

// bind asks a STUN server how it sees us (RFC 8489, section 2).
func bind(ctx context.Context, conn net.PacketConn, to *net.UDPAddr) (netip.AddrPort, error) {
	request := stun.MustBuild(stun.TransactionID, stun.BindingRequest)
	buffer := make([]byte, 1500)
	for range bindTries {
		if ctx.Err() != nil {
			break
		}
		if _, err := conn.WriteTo(request.Raw, to); err != nil {
			return netip.AddrPort{}, err
		}
		if err := conn.SetReadDeadline(time.Now().Add(bindEvery)); err != nil {
			return netip.AddrPort{}, err
		}
		for {
			n, _, err := conn.ReadFrom(buffer)
			if err != nil {
				break // none in time: ask again
			}
			answer := &stun.Message{Raw: append([]byte(nil), buffer[:n]...)}
			var mapped stun.XORMappedAddress
			if answer.Decode() != nil || answer.TransactionID != request.TransactionID || mapped.GetFrom(answer) != nil {
				continue
			}
			ip, ok := netip.AddrFromSlice(mapped.IP)
			if !ok {
				continue
			}
			return netip.AddrPortFrom(ip.Unmap(), uint16(mapped.Port)), nil
		}
	}
	return netip.AddrPort{}, context.DeadlineExceeded
}

func onlyIPv6() bool { return hasAddress(isIPv6) && !hasAddress(isIPv4) }

func isIPv4(ip net.IP) bool { return ip.To4() != nil }
func isIPv6(ip net.IP) bool { return ip.To4() == nil }

// hasAddress tells whether an interface that is up has an address, of this family,
// that others can reach.
func hasAddress(family func(net.IP) bool) bool {
	interfaces, _ := net.Interfaces()
	return slices.ContainsFunc(interfaces, func(i net.Interface) bool {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			return false
		}
		addrs, _ := i.Addrs()
		return slices.ContainsFunc(addrs, func(a net.Addr) bool {
			n, ok := a.(*net.IPNet)
			return ok && n.IP.IsGlobalUnicast() && family(n.IP)
		})
	})
}

// isOurs tells whether an address is one of this machine's.
func isOurs(ip netip.Addr) bool {
	addrs, _ := net.InterfaceAddrs()
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok {
			if own, ok := netip.AddrFromSlice(n.IP); ok && own.Unmap() == ip {
				return true
			}
		}
	}
	return false
}
