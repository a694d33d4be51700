package relay

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/pion/turn/v5"
)

// Why an allocation is not made, for the log.
var (
	errFamily  = errors.New("the relay has no address of this family")
	errTCP     = errors.New("the relay does not relay TCP to peers (RFC 6062): media needs none")
	errNoPort  = errors.New("no port is free in the range")
	errNoQuota = errors.New("the user has all the allocations that one may have")
	errClosed  = errors.New("the relay is closing")
)

// tries to find a free port at random.
const tries = 50

// sockets are the relayed transport addresses. It is pion/turn's
// RelayAddressGenerator.
type sockets struct {
	relay *Relay

	mu     sync.RWMutex // guards what follows
	open   map[netip.AddrPort]*socket
	closed bool
}

func newSockets(r *Relay) *sockets {
	return &sockets{relay: r, open: map[netip.AddrPort]*socket{}}
}

// Validate implements turn.RelayAddressGenerator.
func (*sockets) Validate() error { return nil }

// AllocateListener implements turn.RelayAddressGenerator.
func (*sockets) AllocateListener(turn.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	return nil, nil, errTCP
}

// AllocateConn implements turn.RelayAddressGenerator.
func (*sockets) AllocateConn(turn.AllocateConnConfig) (net.Conn, error) { return nil, errTCP }

// AllocatePacketConn implements turn.RelayAddressGenerator.
func (s *sockets) AllocatePacketConn(c turn.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	var public netip.Addr
	for _, ip := range s.relay.opts.PublicIPs {
		if ip.Is4() == (c.Network == "udp4") {
			public = ip
		}
	}
	if !public.IsValid() {
		return nil, nil, errFamily
	}
	conn, port, err := s.bind(c.Network, public, c.RequestedPort)
	if err != nil {
		return nil, nil, err
	}
	at := netip.AddrPortFrom(public, port)
	if c.UserID == "" { // pion looks for an even port, and closes it at once
		return conn, net.UDPAddrFromAddrPort(at), nil
	}
	k := &socket{PacketConn: conn, all: s, public: at, user: c.UserID, peers: map[netip.Addr]bool{}}
	if k.account = s.relay.users.enter(c.UserID); k.account == nil {
		_ = conn.Close()
		return nil, nil, errNoQuota
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = conn.Close()
		s.relay.users.leave(c.UserID)
		return nil, nil, errClosed
	}
	s.open[at] = k
	return k, net.UDPAddrFromAddrPort(at), nil
}

// bind opens a port on the public address, or, where that is a NAT's, on all.
func (s *sockets) bind(network string, public netip.Addr, wanted int) (net.PacketConn, uint16, error) {
	low, high := int(s.relay.opts.MinPort), int(s.relay.opts.MaxPort)
	if wanted != 0 && (wanted < low || wanted > high) {
		return nil, 0, errNoPort
	}
	for range tries {
		port := wanted
		if port == 0 {
			port = low + rand.IntN(high-low+1)
		}
		for _, host := range []string{public.String(), ""} {
			conn, err := net.ListenPacket(network, net.JoinHostPort(host, strconv.Itoa(port)))
			if err == nil {
				return conn, uint16(port), nil
			}
			if isInUse(err) {
				break // on all addresses it might still be free, and be another's
			}
		}
		if wanted != 0 {
			break
		}
	}
	return nil, 0, fmt.Errorf("%w: %d to %d", errNoPort, low, high)
}

// at is the socket of a relayed address; nil: there is none.
func (s *sockets) at(a netip.AddrPort) *socket {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.open[netip.AddrPortFrom(a.Addr().Unmap(), a.Port())]
}

// permission notes that a peer may send to a relayed address, or no longer.
func (s *sockets) permission(relayed net.Addr, ip net.IP, has bool) {
	at, ok := addrPort(relayed)
	addr, valid := netip.AddrFromSlice(ip)
	if !ok || !valid {
		return
	}
	if k := s.at(at); k != nil {
		k.permission(addr.Unmap(), has)
	}
}

func (s *sockets) closeAll() {
	s.mu.Lock()
	s.closed = true
	open := make([]*socket, 0, len(s.open))
	for _, k := range s.open {
		open = append(open, k)
	}
	s.mu.Unlock()
	for _, k := range open {
		_ = k.Close()
	}
}

// socket is a relayed transport address.
type socket struct {
	net.PacketConn
	all     *sockets
	public  netip.AddrPort
	user    string
	account *account
	close   sync.Once

	mu    sync.RWMutex // guards what follows
	peers map[netip.Addr]bool
}

func (k *socket) permission(ip netip.Addr, has bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if has {
		k.peers[ip] = true
	} else {
		delete(k.peers, ip)
	}
}

func (k *socket) knows(ip netip.Addr) bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.peers[ip]
}

// spend takes a packet from the user's quota.
func (k *socket) spend(bytes int) bool {
	count := &k.all.relay.count
	if !k.account.bytes.AllowN(time.Now(), bytes) {
		count.overQuota.Add(1)
		return false
	}
	count.relayed.Add(uint64(bytes))
	return true
}

// WriteTo sends to a peer. What is over quota, or would reach a port of this
// machine that is not a relayed one, is lost as packets are.
func (k *socket) WriteTo(p []byte, addr net.Addr) (int, error) {
	to, ok := addrPort(addr)
	if !ok {
		return 0, net.InvalidAddrError("peer is not UDP")
	}
	rules := k.all.relay.peers
	if rules.isOwn(to.Addr()) {
		other := k.all.at(to)
		switch {
		case other != nil:
			to = other.inside() // not every NAT lets us reach our own address
		case !rules.listed(to.Addr()):
			k.all.relay.count.refused.Add(1)
			return len(p), nil
		}
	}
	if !k.spend(len(p)) {
		return len(p), nil
	}
	if _, err := k.PacketConn.WriteTo(p, net.UDPAddrFromAddrPort(to)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// inside is how other relayed sockets reach this one.
func (k *socket) inside() netip.AddrPort {
	local, _ := addrPort(k.LocalAddr())
	if !local.Addr().IsUnspecified() {
		return local
	}
	if k.public.Addr().Is4() {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), local.Port())
	}
	return netip.AddrPortFrom(netip.IPv6Loopback(), local.Port())
}

// ReadFrom waits for a packet of a peer that may send. Others cost the user
// nothing.
func (k *socket) ReadFrom(p []byte) (int, net.Addr, error) {
	for {
		n, addr, err := receive(k.PacketConn, p)
		if err != nil {
			return 0, nil, err
		}
		from, ok := addrPort(addr)
		if !ok {
			continue
		}
		if other := k.all.at(netip.AddrPortFrom(k.public.Addr(), from.Port())); other != nil && other.inside() == from {
			from = other.public
		}
		if k.knows(from.Addr()) && k.spend(n) {
			return n, net.UDPAddrFromAddrPort(from), nil
		}
	}
}

// Close gives the port and the user's allocation back.
func (k *socket) Close() error {
	var err error
	k.close.Do(func() {
		err = k.PacketConn.Close()
		k.all.relay.users.leave(k.user)
		k.all.mu.Lock()
		defer k.all.mu.Unlock()
		if k.all.open[k.public] == k { // the port may be another's by now
			delete(k.all.open, k.public)
		}
	})
	return err
}

// addrPort is a UDP or TCP address with an IPv4 address as such.
func addrPort(a net.Addr) (netip.AddrPort, bool) {
	var at netip.AddrPort
	switch a := a.(type) {
	case *net.UDPAddr:
		at = a.AddrPort()
	case *net.TCPAddr:
		at = a.AddrPort()
	}
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port()), at.IsValid()
}
