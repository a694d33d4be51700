package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/pion/stun/v4"
)

const (
	// selfTries and selfPatience are of a packet from this machine to itself.
	selfTries    = 3
	selfPatience = 300 * time.Millisecond
)

// firewall finds out whether this machine's own firewall is in the way. Its rules
// are for administrators to read; what it does can be tried. Linux refuses to send
// what the firewall drops on its way out (EPERM), and what it drops on its way in is
// missing also where it comes from this machine, unless a rule excepts that: ufw and
// firewalld do.
func (n *network) firewall(ctx context.Context) Finding {
	own, ok := ownAddress()
	if !ok {
		f := offline
		f.Level = Skipped
		return f
	}
	f := Finding{Level: Problem, Cause: "own_firewall_in", What: "This machine's own firewall drops UDP that comes in: calls do not connect directly.",
		Next: "Allow incoming UDP, or at least answers to what was sent, in this machine's firewall."}
	switch err := n.tryUDP(ctx, own); {
	case denied(err):
		f.Cause, f.What = "own_firewall_out", "This machine's own firewall lets no UDP out: calls do not connect directly."
		f.Next = "Allow outgoing UDP in this machine's firewall."
	case errors.Is(err, os.ErrDeadlineExceeded):
		f = named(ctx, f, runtime.GOOS, "")
	default:
		return Finding{Level: OK, Cause: "works", What: "This machine's own firewall lets UDP through, as far as can be tried from here."}
	}
	if n.anyRelay(ctx) {
		f.Level = Warning
	}
	return f
}

// tryUDP sends to this machine's own address, and to the servers. The error tells
// what happened to what was sent; it is nil where nothing did.
func (n *network) tryUDP(ctx context.Context, own netip.Addr) error {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(own, 0)))
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, s := range n.servers {
		uri, err := stun.ParseURI(s.URL)
		if err != nil || uri.Proto != stun.ProtoTypeUDP {
			continue
		}
		to, err := resolve(ctx, uri)
		if err != nil {
			continue
		}
		request := stun.MustBuild(stun.TransactionID, stun.BindingRequest)
		if _, err := conn.WriteTo(request.Raw, to); denied(err) {
			return err
		}
	}
	ear, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(own, 0)))
	if err != nil {
		return err
	}
	defer ear.Close()
	for range selfTries {
		if _, err := conn.WriteTo([]byte("?"), ear.LocalAddr()); err != nil {
			return err
		}
		if err := ear.SetReadDeadline(time.Now().Add(selfPatience)); err != nil {
			return err
		}
		if _, _, err = ear.ReadFrom(make([]byte, 1)); err == nil || ctx.Err() != nil {
			return nil
		}
	}
	return os.ErrDeadlineExceeded
}

// wsaAccess is Windows' WSAEACCES: its firewall refuses.
const wsaAccess = syscall.Errno(10013)

// denied tells whether this machine itself refused to send.
func denied(err error) bool {
	return errors.Is(err, os.ErrPermission) || errors.Is(err, wsaAccess)
}

// ownAddress is an address of this machine that others can reach, IPv4 rather than
// IPv6.
func ownAddress() (own netip.Addr, ok bool) {
	addrs, _ := net.InterfaceAddrs()
	for _, a := range addrs {
		n, isNet := a.(*net.IPNet)
		if !isNet || !n.IP.IsGlobalUnicast() || ok && !isIPv4(n.IP) {
			continue
		}
		if own, ok = netip.AddrFromSlice(n.IP); isIPv4(n.IP) {
			return own.Unmap(), ok
		}
	}
	return own, ok
}

// Reachable finds out whether this machine's firewall keeps others from a server of
// its own that runs at an address of this machine, over TCP. ok is false where nothing
// speaks for that.
func Reachable(ctx context.Context, at netip.AddrPort) (f Finding, ok bool) {
	if !isOurs(at.Addr()) {
		return Finding{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, selfTries*selfPatience)
	defer cancel()
	port := strconv.Itoa(int(at.Port()))
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", at.String())
	if err != nil {
		f := Finding{Level: Problem, Cause: "own_firewall_port", What: fmt.Sprintf("This machine's own firewall keeps its port %s shut: nobody else can reach its rooms.", port),
			Next: fmt.Sprintf("Allow incoming TCP to port %s, and UDP, in this machine's firewall.", port)}
		return named(context.WithoutCancel(ctx), f, runtime.GOOS, port), true
	}
	_ = conn.Close()
	if ufw("/") {
		return Finding{Level: Warning, Cause: "ufw", What: fmt.Sprintf("This machine's firewall (ufw) is on: others reach its rooms only where a rule lets them in to port %s.", port),
			Next: fmt.Sprintf("If there is no such rule yet, `sudo ufw allow %s/tcp` makes one.", port)}, true
	}
	return Finding{}, false
}
