// Package lan carries signaling over the local network: a room server inside
// the app (HTTPS and WebSocket on one port, which also serves the phone page),
// and a client for the rooms of another one.
//
//	desktop A                 Server                      phone, desktop B
//	Signaler().Create ──────▶ Hub ◀── seat ── WebSocket ◀── Client.Join(invite)
//	                           │
//	room.Events() ◀────────────┴──────────────────────────▶ room.Events()
//
// The server's own desktop speaks to the Hub without a socket. Every other peer
// has a session: its seat, a token, and at most one connection, which may break
// and be taken up again without losing or repeating anything. PROTOCOL.md in
// the package above has the wire form.
package lan

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"parley/backend/signaling"
	"parley/backend/signaling/memory"
)

// Config says how the server runs; a zero field is its default.
type Config struct {
	Address string // "host:port" to listen on; ":0", every interface and a free port
	// Host is the name or address, with or without a port, that invites carry:
	// the address listened on, else the best one on the local network.
	Host string
	// Dir is where the certificate is kept; empty makes one for this run only.
	Dir string
	// CertFile and KeyFile (PEM) are a certificate of the user's own, for
	// which invites carry no fingerprint: it has to be one that others trust.
	CertFile, KeyFile string
	Page              fs.FS         // the built front end, phone.html at its root
	TTL               time.Duration // how long a room waits to be entered; 12 h
	Grace             time.Duration // how long a vanished peer keeps its seat; 30 s
	Limits            Limits
	// ICE names the STUN and TURN servers for whoever joins a room that this
	// desktop made, with credentials of their own; nil is none. It is called
	// from any goroutine, and does not wait.
	ICE    func(room signaling.RoomID) []signaling.ICEServer
	Logger *slog.Logger // nothing is logged without one
}

// How the server keeps watch on connections. A peer that vanished is noticed
// after silence at the latest, which has to stay below 5 s.
const (
	pingEvery    = time.Second // each side of a call hears of the other's network by it
	silence      = 4500 * time.Millisecond
	helloTimeout = 30 * time.Second // as an idle connection of HTTP's: a page connects before its user joins
	writeTimeout = 4 * time.Second
)

// Server is a running room server.
type Server struct {
	cfg         Config
	log         *slog.Logger
	fingerprint []byte
	names       map[string]bool // under which the page may be open
	port        string

	hub      *memory.Hub
	desktop  *ownSignaler
	visitors *visitors
	sessions sessions

	http        *http.Server
	served      chan struct{}
	mu          sync.Mutex
	closing     bool
	connections sync.WaitGroup  // none is added once closing
	ctx         context.Context // the connections'
	cancel      context.CancelFunc
	close       func()
}

// Listen starts a server. The context bounds only the start. The error wraps
// ErrCertificate or is the network's.
func Listen(ctx context.Context, cfg Config) (*Server, error) {
	if cfg.Address == "" {
		cfg.Address = ":0"
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	cfg.Limits = cfg.Limits.withDefaults()
	s := &Server{
		cfg:      cfg,
		log:      cfg.Logger,
		hub:      memory.New(memory.Config{TTL: cfg.TTL, Grace: cfg.Grace, Rooms: cfg.Limits.Rooms}),
		visitors: newVisitors(cfg.Limits),
		served:   make(chan struct{}),
	}
	s.desktop = newOwnSignaler(s)
	s.close = sync.OnceFunc(s.shutdown)
	certificate, err := s.certificate()
	if err != nil {
		return nil, fmt.Errorf("start the room server: %w", err)
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", cfg.Address)
	if err != nil {
		return nil, fmt.Errorf("start the room server: %w", err)
	}
	_, s.port, _ = net.SplitHostPort(listener.Addr().String())
	s.ctx, s.cancel = context.WithCancel(context.Background())

	mux := http.NewServeMux()
	mux.HandleFunc("GET "+socketPath, s.serveSocket)
	mux.HandleFunc("POST "+streamPath, s.serveStream)
	mux.HandleFunc("POST "+sendPath, s.serveSend)
	mux.Handle("/", page(cfg.Page))
	s.http = &http.Server{
		Handler:           s.secure(mux),
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
		Protocols:         new(http.Protocols),
		ReadHeaderTimeout: 15 * time.Second, // TLS's handshake too, over such a link
		ReadTimeout:       20 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // it has addresses, and anyone can fill it
	}
	s.http.Protocols.SetHTTP1(true) // a WebSocket begins as HTTP/1.1
	s.http.Protocols.SetHTTP2(true)
	go func() {
		defer close(s.served)
		err := s.http.ServeTLS(limitListener{listener, s.visitors}, "", "")
		if !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("room server stopped", "error", err)
		}
	}()
	s.log.Info("room server started", "port", s.port)
	return s, nil
}

// certificate is the one to show, and sets what invites and pages know of it.
func (s *Server) certificate() (tls.Certificate, error) {
	s.names = make(map[string]bool)
	names := localNames()
	host := hostOf(s.cfg.Host)
	if host != "" && net.ParseIP(host) == nil {
		names = append(names, strings.ToLower(host))
	}
	for _, n := range names {
		s.names[n] = true
	}
	if s.cfg.CertFile != "" || s.cfg.KeyFile != "" {
		c, err := tls.LoadX509KeyPair(s.cfg.CertFile, s.cfg.KeyFile)
		if err != nil {
			return tls.Certificate{}, fmt.Errorf("%w: %w", ErrCertificate, err)
		}
		for _, n := range c.Leaf.DNSNames {
			s.names[strings.ToLower(n)] = true
		}
		return c, nil
	}
	ips := localAddresses()
	if ip := net.ParseIP(host); ip != nil {
		ips = append(ips, ip)
	}
	c, err := keptCertificate(s.cfg.Dir, names, ips, time.Now())
	if err != nil {
		return tls.Certificate{}, err
	}
	sum := sha256.Sum256(c.Certificate[0])
	s.fingerprint = sum[:]
	return c, nil
}

// Origin is the server's address as invites carry it, such as
// "https://192.168.1.7:8443". It follows the machine's addresses.
func (s *Server) Origin() string {
	host := s.cfg.Host
	if host == "" {
		host = hostOf(s.cfg.Address)
		if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
			host = bestAddress().Addr().String()
		}
	}
	if _, _, err := net.SplitHostPort(host); err != nil {
		host = net.JoinHostPort(strings.Trim(host, "[]"), s.port)
	}
	return "https://" + host
}

// Network is this machine's address that invites carry, and the network that it
// is in. Where they carry a name, or an address that is none of this machine's,
// as that of a router, it is the best one on the local network.
func (s *Server) Network() netip.Prefix {
	ip, err := netip.ParseAddr(hostOf(strings.TrimPrefix(s.Origin(), "https://")))
	if err == nil {
		if p, ok := networkOf(ip.Unmap()); ok {
			return p
		}
	}
	return bestAddress()
}

// Invite is the invite to one of the server's rooms.
func (s *Server) Invite(id signaling.RoomID) signaling.Invite {
	return signaling.Invite{Room: id, Server: s.Origin(), Fingerprint: s.fingerprint}
}

// Port is the port listened on.
func (s *Server) Port() string { return s.port }

// Rooms is how many rooms are open.
func (s *Server) Rooms() int { return s.hub.Rooms() }

// Signaler is the way in of the server's own desktop: Create makes a room here,
// without a network; Join goes to the invite's server, which may be this one.
func (s *Server) Signaler() signaling.Signaler { return s.desktop }

// Revive makes a room of this desktop's once more, under the ID that it had
// before the program crashed: its invite is good as long as the address is.
func (s *Server) Revive(ctx context.Context, id signaling.RoomID) (signaling.Room, error) {
	return s.desktop.here.Revive(ctx, id)
}

// Close closes all rooms, tells their peers, and waits for all connections.
func (s *Server) Close() error {
	s.close()
	return nil
}

func (s *Server) shutdown() {
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	s.hub.Close()
	// The connections tell their peers and end by themselves; no peer makes us wait.
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = s.http.Shutdown(ctx)
	done := make(chan struct{})
	go func() { s.connections.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
	}
	s.cancel()
	s.visitors.closeAll()
	<-done
	<-s.served
	s.log.Info("room server stopped")
}

// ourHost tells whether a request's Host is one of this server's. A foreign
// name that was made to point here (DNS rebinding) is none.
func (s *Server) ourHost(hostport string) bool {
	host := hostport
	if h, port, err := net.SplitHostPort(hostport); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return false
		}
		host = h
	}
	host = strings.Trim(host, "[]")
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Zone() == "" || s.names[strings.ToLower(host)] // a zone may be any text
}

// hostOf is the host of "host:port", "host" or "[::1]:port".
func hostOf(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.Trim(hostport, "[]")
}
