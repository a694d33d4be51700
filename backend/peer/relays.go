package peer

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/stun/v4"
	"github.com/pion/transport/v4"
)

const (
	// relayHeadStart is what an allocation over UDP has before one over TCP is made:
	// two round trips of 100 ms.
	relayHeadStart = 200 * time.Millisecond
	// streamBuffer is what of a relay's TCP connection waits in the system: 2.5 Mbit/s
	// at a round trip of 200 ms. Full, it takes in more when a third of it is free,
	// which at 300 kbit/s is within writeLimit.
	streamBuffer = 48 << 10 // bytes
	writeLimit   = 700 * time.Millisecond
)

var (
	errRelayFound = errors.New("a relay is reached over UDP")
	errInVain     = errors.New("a relay on the internet leads to no private address")
)

// relays is what the ways to a Peer's relays have in common. Each relay costs all
// others, and the direct ways: pion asks each for a permission (RFC 8656, 9) for each
// address of the other side, one after the other, and ICE stands still until that is
// answered. https://github.com/pion/turn (UDPConn.WriteTo)
type relays struct {
	overUDP atomic.Bool // one of them is asked over UDP

	mu    sync.Mutex
	last  time.Time     // of the allocations over UDP
	found chan struct{} // closed by the next one
}

func newRelays() *relays { return &relays{found: make(chan struct{})} }

// ask notes servers that will be asked.
func (r *relays) ask(servers []ICEServer) {
	for _, s := range servers {
		if slices.ContainsFunc(s.URLs, func(url string) bool {
			return strings.HasPrefix(url, "turn:") && !strings.Contains(url, "transport=tcp")
		}) {
			r.overUDP.Store(true)
		}
	}
}

func (r *relays) allocated() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = time.Now()
	close(r.found)
	r.found = make(chan struct{})
}

// isFound tells whether a relay is reached over UDP, which one over TCP or TLS is
// only a slower way to.
func (r *relays) isFound() bool {
	if !r.overUDP.Load() {
		return false
	}
	r.mu.Lock()
	last, found := r.last, r.found
	r.mu.Unlock()
	if time.Since(last) < relayHeadStart {
		return true
	}
	late := time.NewTimer(relayHeadStart)
	defer late.Stop()
	select {
	case <-found:
		return true
	case <-late.C:
		return false
	}
}

// ListenPacket implements transport.Net. It is how a relay is reached over UDP.
func (n currentNet) ListenPacket(network, address string) (net.PacketConn, error) {
	conn, err := n.Net.ListenPacket(network, address)
	if err != nil {
		return nil, err
	}
	return &relaySocket{conn, n.relays}, nil
}

// DialTCP implements transport.Net. It is how a relay is reached over TCP, and
// over TLS.
func (n currentNet) DialTCP(network string, local, remote *net.TCPAddr) (transport.TCPConn, error) {
	if n.relays.isFound() {
		return nil, errRelayFound
	}
	conn, err := n.Net.DialTCP(network, local, remote)
	if err != nil {
		return nil, err
	}
	if err := conn.SetWriteBuffer(streamBuffer); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return &stream{TCPConn: conn}, nil
}

// relaySocket is the socket to a relay over UDP.
type relaySocket struct {
	net.PacketConn
	relays *relays
}

// ReadFrom implements net.PacketConn.
func (s *relaySocket) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := s.PacketConn.ReadFrom(b)
	if err == nil && isSTUN(b[:n], allocateSuccess) {
		s.relays.allocated()
	}
	return n, from, err
}

// WriteTo implements net.PacketConn. The error may be errInVain.
func (s *relaySocket) WriteTo(b []byte, to net.Addr) (int, error) {
	if asksInVain(b, to) {
		return 0, errInVain
	}
	return s.PacketConn.WriteTo(b, to)
}

// stream is a TCP connection that ends where it takes nothing in. When its network
// goes dark, the system's buffer fills; pion then waits for TCP to give up, which
// takes a quarter of an hour, and does so in the one goroutine that would say
// "disconnected", restart ICE, or close it.
type stream struct {
	transport.TCPConn
	mu sync.Mutex // or each Write that waits would put off the end of the one before
}

// Write implements net.Conn. The error may be os.ErrDeadlineExceeded or errInVain.
func (s *stream) Write(b []byte) (int, error) {
	if asksInVain(b, s.RemoteAddr()) {
		return 0, errInVain
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.SetWriteDeadline(time.Now().Add(writeLimit))
	n := 0
	if err == nil {
		n, err = s.TCPConn.Write(b)
	}
	if err != nil {
		_ = s.Close() // a part of a packet may have gone out
	}
	return n, err
}

// Types of STUN messages (RFC 8489, 5, and RFC 8656, 17).
const (
	bindingRequest   = 0x0001
	bindingSuccess   = 0x0101
	createPermission = 0x0008
	allocateSuccess  = 0x0103
)

// firstDTLS is the least first byte of what is no STUN on a socket of ICE's: DTLS,
// TURN's channels or media (RFC 7983).
const firstDTLS = 20

func isSTUN(b []byte, kind uint16) bool {
	const cookie = 0x2112a442 // RFC 8489, 5
	return len(b) >= 20 && binary.BigEndian.Uint16(b) == kind && binary.BigEndian.Uint32(b[4:]) == cookie
}

// asksInVain tells whether a relay on the internet is asked to send to a private
// address. It refuses, and pion asks again every 200 ms. Who can be reached there
// by this relay reaches it, too, and has an address at it.
func asksInVain(b []byte, server net.Addr) bool {
	if !isSTUN(b, createPermission) {
		return false
	}
	at, err := netip.ParseAddrPort(server.String())
	if err != nil || isPrivate(at.Addr()) {
		return false
	}
	m := stun.Message{Raw: b}
	var peer stun.XORMappedAddress
	if m.Decode() != nil || peer.GetFromAs(&m, stun.AttrXORPeerAddress) != nil {
		return false
	}
	ip, ok := netip.AddrFromSlice(peer.IP)
	return ok && isPrivate(ip)
}

func isPrivate(ip netip.Addr) bool {
	ip = ip.Unmap()
	return ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast()
}
