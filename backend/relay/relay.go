// Package relay is a STUN and TURN server (RFC 8489, RFC 8656): what two peers
// talk through when no direct way leads from one to the other.
//
//	client ─UDP─┐                                        ┌─▶ peer
//	client ─TCP─┼─▶ limits ─▶ pion/turn ─▶ relayed socket ┤    (quota, only where
//	client ─TLS─┘   (rate,     (RFC 8656)   one each      └─▶   relaying is allowed)
//	                 size,
//	                 number)
//
// pion/turn speaks the protocol. What is here is who may use it, for how long,
// how much, and to where.
package relay

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/pion/turn/v5"
)

// Why a relay does not start.
var (
	// ErrNoListener: neither UDP, TCP nor TLS was asked for.
	ErrNoListener = errors.New("the relay has no address to listen on: give it one for UDP, TCP or TLS")
	// ErrSecret: credentials made from so short a secret can be guessed.
	ErrSecret = fmt.Errorf("the relay's secret is too short: it should have %d bytes or more", MinSecret)
	// ErrPublicIP: clients could not be told where the relay is.
	ErrPublicIP = errors.New("the relay's public IP address is missing or cannot be used: give the one that both sides can reach, one of each family at most")
	// ErrCertificate: TLS was asked for.
	ErrCertificate = errors.New("TLS needs a certificate: one that browsers trust for the relay's name")
	// ErrPorts: the range is empty or outside 1024 to 65535.
	ErrPorts = errors.New("the range of relay ports should be within 1024 to 65535, the lower one first")
	// ErrListen: an address cannot be listened on. It wraps the system's reason.
	ErrListen = errors.New("cannot listen: is the address in use, or the port below 1024 without the right to it?")
)

// MinSecret is in bytes.
const MinSecret = 16

// Options say where to listen, for whom, and how much each may use. Zero values
// mean the defaults.
type Options struct {
	// UDP, TCP and TLS are addresses to listen on, such as ":3478"; empty is
	// none. At least one is needed.
	UDP, TCP, TLS string
	// Certificate is for TLS. Clients check that it is trusted, and for the name
	// that they were given.
	Certificate *tls.Certificate
	// PublicIPs are the addresses that the relay is reached by from outside, one
	// of each family at most. Behind a NAT that forwards to this machine, they
	// are the NAT's.
	PublicIPs []netip.Addr
	// MinPort and MaxPort bound the ports that peers send to. Default 49152 to
	// 65535 (RFC 8656, 7.2).
	MinPort, MaxPort uint16
	// Realm is shown to clients. Default "parley".
	Realm string
	// Secret makes and checks credentials; see Credentials.
	Secret []byte
	// AllowPeers are ranges that may be relayed to although they are not public,
	// such as the LAN that both sides are on. Default none.
	AllowPeers []netip.Prefix
	// NoPublicPeers relays to nobody but AllowPeers and other clients of this relay.
	NoPublicPeers bool
	// MaxAllocations are those of a user at a time: each side of a call takes
	// one for each of the relay's addresses and each of its own interfaces.
	// Default 40.
	MaxAllocations int
	// MaxBitrate is what a user's allocations may relay together, both ways, in
	// bit/s. What is above it is lost. Default 20,000,000: a relayed call of
	// 2.5 Mbit/s each way uses 10, as both sides have an allocation.
	MaxBitrate int
	// Logger may be nil. It is told no addresses, and user names only at debug.
	Logger *slog.Logger
}

func (o Options) withDefaults() (Options, error) {
	if o.MinPort == 0 && o.MaxPort == 0 {
		o.MinPort, o.MaxPort = 49152, 65535
	}
	if o.Realm == "" {
		o.Realm = "parley"
	}
	if o.MaxAllocations <= 0 {
		o.MaxAllocations = 40
	}
	if o.MaxBitrate <= 0 {
		o.MaxBitrate = 20_000_000
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	switch {
	case o.UDP == "" && o.TCP == "" && o.TLS == "":
		return o, ErrNoListener
	case len(o.Secret) < MinSecret:
		return o, ErrSecret
	case o.TLS != "" && o.Certificate == nil:
		return o, ErrCertificate
	case o.MinPort < 1024 || o.MaxPort < o.MinPort:
		return o, ErrPorts
	}
	families := map[bool]bool{}
	for i, ip := range o.PublicIPs {
		ip = ip.Unmap()
		if !ip.IsValid() || ip.IsUnspecified() || ip.IsMulticast() || families[ip.Is4()] {
			return o, fmt.Errorf("%w: %v", ErrPublicIP, ip)
		}
		families[ip.Is4()] = true
		o.PublicIPs[i] = ip
	}
	if len(families) == 0 {
		return o, ErrPublicIP
	}
	return o, nil
}

// Stats are counted from the start, but Allocations, which are those of now.
type Stats struct {
	Allocations int
	// Relayed are bytes between clients and peers, both ways; each packet of a
	// call whose both sides use this relay counts twice.
	Relayed uint64
	// OverQuota are packets lost because their user relayed too much.
	OverQuota uint64
	// Refused counts allocations above a user's quota, peers that may not be
	// relayed to, and credentials that are wrong or expired.
	Refused uint64
	// Limited counts packets and connections of clients without an allocation
	// that were too many.
	Limited uint64
}

type counters struct {
	relayed, overQuota, refused, limited atomic.Uint64
}

// Relay is a running server. Its methods are for any goroutine.
type Relay struct {
	opts  Options
	log   *slog.Logger
	peers peerRules
	users *users
	socks *sockets

	udp     *datagrams // nil: none
	streams []*streams // TCP, TLS
	tcp     net.Addr
	tls     net.Addr
	server  *turn.Server

	count counters

	close    sync.Once
	closeErr error
}

// Start listens and serves until Close.
//
// Errors: ErrNoListener, ErrSecret, ErrPublicIP, ErrCertificate, ErrPorts,
// ErrListen. After an error nothing is left open.
func Start(o Options) (*Relay, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("start relay: %w", err)
	}
	r := &Relay{opts: o, log: o.Logger, peers: peerRules{allowed: o.AllowPeers, own: o.PublicIPs, inside: o.NoPublicPeers}}
	r.users = newUsers(o.MaxAllocations, o.MaxBitrate)
	r.socks = newSockets(r)
	if err := r.listen(); err != nil {
		r.closeListeners()
		return nil, fmt.Errorf("start relay: %w", err)
	}
	config := turn.ServerConfig{
		Realm:         o.Realm,
		AuthHandler:   r.authenticate,
		QuotaHandler:  r.quota,
		LoggerFactory: logs{o.Logger},
		// A client that names no family gets one that there is.
		StrictAddressFamily: !slices.ContainsFunc(o.PublicIPs, netip.Addr.Is6),
		EventHandler: turn.EventHandler{
			OnAllocationCreated: func(src, _ net.Addr, _, user, _ string, _ net.Addr, _ int) { r.allocated(src, user, true) },
			OnAllocationDeleted: func(src, _ net.Addr, _, user, _ string) { r.allocated(src, user, false) },
			OnPermissionCreated: func(_, _ net.Addr, _, _, _ string, relayed net.Addr, peer net.IP) {
				r.socks.permission(relayed, peer, true)
			},
			OnPermissionDeleted: func(_, _ net.Addr, _, _, _ string, relayed net.Addr, peer net.IP) {
				r.socks.permission(relayed, peer, false)
			},
		},
	}
	if r.udp != nil {
		config.PacketConnConfigs = []turn.PacketConnConfig{{PacketConn: r.udp, RelayAddressGenerator: r.socks, PermissionHandler: r.permit}}
	}
	for _, s := range r.streams {
		config.ListenerConfigs = append(config.ListenerConfigs, turn.ListenerConfig{Listener: s, RelayAddressGenerator: r.socks, PermissionHandler: r.permit})
	}
	if r.server, err = turn.NewServer(config); err != nil {
		r.closeListeners()
		return nil, fmt.Errorf("start relay: %w", err)
	}
	return r, nil
}

func (r *Relay) listen() error {
	if r.opts.UDP != "" {
		conn, err := net.ListenPacket("udp", r.opts.UDP)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrListen, err)
		}
		r.udp = newDatagrams(conn, &r.count.limited)
	}
	for _, s := range []struct {
		address string
		config  *tls.Config
		at      *net.Addr
	}{{r.opts.TCP, nil, &r.tcp}, {r.opts.TLS, r.tlsConfig(), &r.tls}} {
		if s.address == "" {
			continue
		}
		l, err := net.Listen("tcp", s.address)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrListen, err)
		}
		r.streams = append(r.streams, newStreams(l, s.config, &r.count.limited))
		*s.at = l.Addr()
	}
	return nil
}

func (r *Relay) tlsConfig() *tls.Config {
	if r.opts.Certificate == nil {
		return nil
	}
	return &tls.Config{Certificates: []tls.Certificate{*r.opts.Certificate}, MinVersion: tls.VersionTLS12}
}

func (r *Relay) closeListeners() {
	if r.udp != nil {
		_ = r.udp.Close()
	}
	for _, s := range r.streams {
		_ = s.Close()
	}
}

// Close ends all allocations and connections. It may be called twice.
func (r *Relay) Close() error {
	r.close.Do(func() {
		err := r.server.Close() // the listeners, which close their connections
		r.socks.closeAll()
		if err != nil {
			r.closeErr = fmt.Errorf("close relay: %w", err)
		}
	})
	return r.closeErr
}

// UDPAddr is where clients reach the relay over UDP; nil is nowhere.
func (r *Relay) UDPAddr() net.Addr {
	if r.udp == nil {
		return nil
	}
	return r.udp.LocalAddr()
}

// TCPAddr is where they do over TCP; nil is nowhere.
func (r *Relay) TCPAddr() net.Addr { return r.tcp }

// TLSAddr is where they do over TLS; nil is nowhere.
func (r *Relay) TLSAddr() net.Addr { return r.tls }

// Stats tells how it goes.
func (r *Relay) Stats() Stats {
	return Stats{
		Allocations: r.users.allocations(),
		Relayed:     r.count.relayed.Load(),
		OverQuota:   r.count.overQuota.Load(),
		Refused:     r.count.refused.Load(),
		Limited:     r.count.limited.Load(),
	}
}

// authenticate is asked with each request.
func (r *Relay) authenticate(a *turn.RequestAttributes) (user string, key []byte, ok bool) {
	user, password, err := r.password(a.Username, a.Method)
	if err != nil {
		r.count.refused.Add(1)
		r.log.Debug("relay: credentials refused", "username", a.Username, "error", err)
		return "", nil, false
	}
	return user, turn.GenerateAuthKey(a.Username, r.opts.Realm, password), true
}

func (r *Relay) quota(user, _ string, _ net.Addr) bool {
	if r.users.full(user) {
		r.count.refused.Add(1)
		r.log.Info("relay: a user has all the allocations that one may have", "most", r.opts.MaxAllocations)
		return false
	}
	return true
}

func (r *Relay) permit(_ net.Addr, ip net.IP) bool {
	addr, ok := netip.AddrFromSlice(ip)
	if ok && r.peers.permit(addr) {
		return true
	}
	r.count.refused.Add(1)
	r.log.Debug("relay: peer refused", "peer", addr)
	return false
}

// allocated lifts or restores the limits of clients without an allocation.
func (r *Relay) allocated(client net.Addr, user string, has bool) {
	r.log.Debug("relay: allocation", "user", user, "made", has)
	if r.udp != nil {
		r.udp.trust(client, has)
	}
	for _, s := range r.streams {
		s.trust(client, has)
	}
}
