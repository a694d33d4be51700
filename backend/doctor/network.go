package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/pion/logging"
	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"
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

// Network is the checks of the way out: one of the NAT, and one for each relay.
func Network(servers []Server) []Check {
	n := &network{servers: servers, relayed: make(chan struct{})}
	checks := []Check{{"nat", n.nat}}
	for _, s := range servers {
		if strings.HasPrefix(s.URL, "turn") {
			n.pending.Add(1)
			checks = append(checks, Check{"relay " + s.URL, func(ctx context.Context) Finding { return n.relay(ctx, s) }})
		}
	}
	go func() {
		n.pending.Wait()
		close(n.relayed)
	}()
	return checks
}

// network is what the checks tell each other: a NAT that lets nothing through
// is no problem where a relay can be reached.
type network struct {
	servers []Server
	pending sync.WaitGroup // relay checks under way
	relayed chan struct{}  // closed when there are none
	mu      sync.Mutex
	works   []string // protocols over which a relay was reached
}

// probes and their pace: an answer is waited for 1.5 s in all, as long as ICE
// would (RFC 8489, section 6.2.1 has 39.5 s, which nobody waits for).
const (
	probes     = 8
	probeEvery = 200 * time.Millisecond
	// relayTimeout leaves the check of the NAT, which waits for the relays, its time.
	relayTimeout = 6 * time.Second
)

// nat finds out how the network in front of us maps our address: RFC 4787 has
// the terms, RFC 5780 the idea.
func (n *network) nat(ctx context.Context) Finding {
	var targets []*net.UDPAddr
	asked, resolved := false, false
	for _, s := range n.servers {
		uri, err := stun.ParseURI(s.URL)
		if err != nil || uri.Proto != stun.ProtoTypeUDP {
			continue
		}
		addr, err := resolve(ctx, uri)
		asked = true
		resolved = resolved || err == nil
		if err == nil {
			targets = append(targets, addr)
		}
	}
	if len(n.servers) == 0 {
		return Finding{Level: Skipped, Cause: "no_servers", What: "No STUN or TURN server is set: calls work on the local network only.",
			Next: "To call through the internet, set one (ice.servers in the settings)."}
	}
	if !asked {
		return Finding{Level: Skipped, Cause: "no_udp_servers", What: "No server over UDP is set, so the kind of NAT cannot be told."}
	}
	conn, err := net.ListenPacket("udp4", ":0")
	if err != nil {
		return Finding{Level: Problem, Cause: "offline", What: "There is no network.", Next: "Connect to a network, then try again."}
	}
	defer conn.Close()
	seen := map[netip.AddrPort]bool{}
	answers := 0
	for _, t := range targets {
		if mapped, _, err := bind(ctx, conn, t); err == nil {
			answers++
			seen[mapped] = true
		}
	}
	if answers == 0 {
		return n.noAnswer(ctx, resolved)
	}
	relay := n.anyRelay(ctx)
	switch {
	case len(seen) > 1 && relay:
		return Finding{Level: OK, Cause: "symmetric", What: "The network gives every destination another address (a symmetric NAT). Calls go through the relay where they must."}
	case len(seen) > 1:
		return Finding{Level: Warning, Cause: "symmetric_no_relay", What: "The network gives every destination another address (a symmetric NAT), and no relay can be reached: many calls will not connect.",
			Next: "Set a TURN server (ice.servers in the settings)."}
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
	select {
	case <-n.relayed:
	case <-ctx.Done():
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case len(n.works) > 0:
		return Finding{Level: Warning, Cause: "udp_blocked", What: "A firewall lets no UDP through. Calls go through the relay over " + strings.ToUpper(n.works[0]) + ", with more delay.",
			Next: "If the firewall is yours, allow UDP to the internet."}
	case !resolved:
		return Finding{Level: Problem, Cause: "offline", What: "No server's name can be looked up: there is no internet, or no name server.", Next: "Connect to a network, then try again."}
	default:
		return Finding{Level: Problem, Cause: "blocked", What: "No STUN or TURN server answers: a firewall lets nothing through, or the servers are down.",
			Next: "Try another network. Behind a strict firewall, a TURN server on TCP port 443 (turns:HOST:443) helps."}
	}
}

// anyRelay waits for the relays' checks.
func (n *network) anyRelay(ctx context.Context) bool {
	select {
	case <-n.relayed:
	case <-ctx.Done():
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.works) > 0
}

// relay asks a TURN server for an allocation and measures the way there.
func (n *network) relay(ctx context.Context, s Server) Finding {
	defer n.pending.Done()
	ctx, cancel := context.WithTimeout(ctx, relayTimeout)
	defer cancel()
	protocol, f := allocate(ctx, s)
	if f.Level == OK {
		n.mu.Lock()
		n.works = append(n.works, protocol)
		n.mu.Unlock()
	}
	return f
}

func allocate(ctx context.Context, s Server) (protocol string, f Finding) {
	uri, err := stun.ParseURI(s.URL)
	if err != nil {
		return "", Finding{Level: Problem, Cause: "bad_server", What: "This is no address of a TURN server.", Next: "It should be like turn:HOST?transport=udp or turns:HOST."}
	}
	conn, protocol, err := dial(ctx, uri, s.Roots)
	if err != nil {
		return "", refusal(err)
	}
	defer conn.Close()
	logs := logging.NewDefaultLoggerFactory()
	logs.Writer = io.Discard
	address := net.JoinHostPort(uri.Host, strconv.Itoa(uri.Port))
	client, err := turn.NewClient(&turn.ClientConfig{
		STUNServerAddr: address, TURNServerAddr: address,
		Username: s.Username, Password: s.Credential, Conn: conn, LoggerFactory: logs,
	})
	if err != nil {
		return "", refusal(err)
	}
	defer client.Close()
	defer context.AfterFunc(ctx, func() { // the client's own patience is 25 s
		client.Close()
		_ = conn.Close()
	})()
	if err := client.Listen(); err != nil {
		return "", refusal(err)
	}
	relayed, err := client.Allocate()
	if err != nil {
		return "", refusal(err)
	}
	defer relayed.Close()
	var total time.Duration
	came := 0
	for range probes {
		begin := time.Now()
		if _, err := client.SendBindingRequest(); err == nil {
			total += time.Since(begin)
			came++
		}
	}
	if came == 0 {
		return "", refusal(context.DeadlineExceeded)
	}
	rtt := float64(total.Microseconds()) / 1000 / float64(came)
	return protocol, Finding{Level: OK, Cause: "reachable", RTT: rtt, Loss: float64(probes-came) / probes,
		What: fmt.Sprintf("The relay answers over %s, in %.0f ms.", strings.ToUpper(protocol), rtt)}
}

// refusal tells why a relay gave no allocation.
func refusal(err error) Finding {
	var code stun.ErrorCode
	if answer, ok := errors.AsType[*stun.TurnError](err); ok {
		code = answer.ErrorCodeAttr.Code
	}
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	f := Finding{Level: Problem, Next: "Ask whoever runs it."}
	switch {
	case untrusted:
		f.Cause, f.What = "certificate", "The relay's certificate is not valid for its name."
	case code == stun.CodeUnauthorized, code == stun.CodeWrongCredentials, code == stun.CodeBadRequest: // pion's server means a wrong password by the last
		f.Cause, f.What, f.Next = "credentials", "The relay does not accept the user name and password.", "Check them in the settings; time-limited ones may have expired."
	case code == stun.CodeAllocQuotaReached, code == stun.CodeInsufficientCapacity:
		f.Cause, f.What, f.Next = "quota", "The relay is full.", "Try again in a few minutes."
	case code == stun.CodeForbidden:
		f.Cause, f.What = "forbidden", "The relay refuses to serve this machine."
	case errors.Is(err, syscall.ECONNREFUSED):
		f.Cause, f.What = "not_running", "Nothing listens at the relay's address."
	default:
		f.Cause, f.What = "unreachable", "The relay does not answer: a firewall is in the way, or it is down."
		f.Next = "A relay on TCP port 443 (turns:HOST:443) passes most firewalls."
	}
	return f
}

// dial opens the way to a TURN server.
func dial(ctx context.Context, uri *stun.URI, roots *x509.CertPool) (net.PacketConn, string, error) {
	address := net.JoinHostPort(uri.Host, strconv.Itoa(uri.Port))
	var d net.Dialer
	switch {
	case uri.Proto == stun.ProtoTypeUDP && uri.Scheme == stun.SchemeTypeTURN:
		if _, err := resolve(ctx, uri); err != nil {
			return nil, "", err
		}
		conn, err := net.ListenPacket("udp4", ":0")
		return conn, "udp", err
	case uri.Scheme == stun.SchemeTypeTURN:
		conn, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, "", err
		}
		return turn.NewSTUNConn(conn), "tcp", nil
	case uri.Scheme == stun.SchemeTypeTURNS && uri.Proto == stun.ProtoTypeTCP:
		t := tls.Dialer{NetDialer: &d, Config: &tls.Config{ServerName: uri.Host, RootCAs: roots}}
		conn, err := t.DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, "", err
		}
		return turn.NewSTUNConn(conn), "tls", nil
	}
	return nil, "", errors.New("this kind of server is not checked")
}

func resolve(ctx context.Context, uri *stun.URI) (*net.UDPAddr, error) {
	ips, err := net.DefaultResolver.LookupIP(ctx, "ip4", uri.Host)
	if err != nil {
		return nil, err
	}
	return &net.UDPAddr{IP: ips[0], Port: uri.Port}, nil
}

// bind asks a STUN server how it sees us (RFC 8489, section 2).
func bind(ctx context.Context, conn net.PacketConn, to *net.UDPAddr) (netip.AddrPort, time.Duration, error) {
	request := stun.MustBuild(stun.TransactionID, stun.BindingRequest)
	buffer := make([]byte, 1500)
	for range probes {
		if ctx.Err() != nil {
			break
		}
		begin := time.Now()
		if _, err := conn.WriteTo(request.Raw, to); err != nil {
			return netip.AddrPort{}, 0, err
		}
		if err := conn.SetReadDeadline(begin.Add(probeEvery)); err != nil {
			return netip.AddrPort{}, 0, err
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
			return netip.AddrPortFrom(ip.Unmap(), uint16(mapped.Port)), time.Since(begin), nil
		}
	}
	return netip.AddrPort{}, 0, context.DeadlineExceeded
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
