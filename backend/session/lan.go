package session

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"syscall"
	"time"

	"parley/backend/call"
	"parley/backend/config"
	"parley/backend/signaling"
	"parley/backend/signaling/lan"
)

// startTimeout bounds the start of the server, which waits for no network.
const startTimeout = 5 * time.Second

// lanSignaling makes rooms on a server in this program, which starts with the
// first room and stays until the session ends, as does its relay where one is
// asked for; and joins rooms on others.
type lanSignaling struct {
	config config.Config
	page   fs.FS
	log    *slog.Logger
	ice    *iceServers
	client *lan.Client

	mu     sync.Mutex // guards what is below; held while the server starts
	server *lan.Server
	again  *signaling.Invite // the next room is to be this one; nil, a new one
}

func newLANSignaling(c config.Config, page fs.FS, log *slog.Logger) *lanSignaling {
	return &lanSignaling{config: c, page: page, log: log, ice: newICEServers(c.ICE.Servers, log), client: lan.NewClient(lan.ClientConfig{Logger: log})}
}

// Create makes a room here. The error is a *call.Error of code NoServer when the
// server cannot be started.
func (l *lanSignaling) Create(ctx context.Context) (signaling.Room, error) {
	server, err := l.start(ctx)
	if err != nil {
		return nil, &call.Error{Code: call.NoServer, Err: err}
	}
	if again := l.revives(nil); again != nil {
		return server.Revive(ctx, again.Room)
	}
	return server.Signaler().Create(ctx)
}

// revives sets which room the next one is to be, and gives what was set before.
func (l *lanSignaling) revives(next *signaling.Invite) (before *signaling.Invite) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, l.again = l.again, next
	return before
}

// Join enters a room of the invite's server, which may be ours.
func (l *lanSignaling) Join(ctx context.Context, i signaling.Invite) (signaling.Room, error) {
	l.mu.Lock()
	server := l.server
	l.mu.Unlock()
	if server != nil {
		return server.Signaler().Join(ctx, i)
	}
	return l.client.Join(ctx, i)
}

// start has the server run, and the relay at the address that invites carry now.
func (l *lanSignaling) start(ctx context.Context) (*lan.Server, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.startServer(ctx); err != nil {
		return nil, err
	}
	if l.config.LAN.Relay {
		if err := l.ice.openRelay(l.server.Network()); err != nil {
			return nil, err
		}
	}
	return l.server, nil
}

func (l *lanSignaling) startServer(ctx context.Context) error {
	if l.server != nil {
		return nil
	}
	c := lan.Config{
		Address:  l.config.LAN.Address,
		Host:     l.config.LAN.Host,
		Dir:      l.config.DataDir,
		CertFile: l.config.LAN.CertFile,
		KeyFile:  l.config.LAN.KeyFile,
		Page:     l.page,
		TTL:      l.config.LAN.RoomTTL.Duration,
		ICE:      l.ice.guests,
		Logger:   l.log,
	}
	if l.again != nil { // where its invite leads, if that can still be had
		at := c
		at.Address = samePort(c.Address, l.again.Server)
		if server, err := lan.Listen(ctx, at); err == nil {
			l.server = server
			return nil
		}
	}
	server, err := lan.Listen(ctx, c)
	if c.Address == config.DefaultLANAddress && inUse(err) {
		c.Address = ":0"
		server, err = lan.Listen(ctx, c)
	}
	l.server = server
	return err
}

// iceServers are those for a call of ours. A caller has the relay, which may
// have to start: a reason that it cannot is Create's to tell.
func (l *lanSignaling) iceServers(role signaling.Role) []signaling.ICEServer {
	if role == signaling.Caller && l.config.Signaling == "lan" && l.config.LAN.Relay {
		ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
		defer cancel()
		_, _ = l.start(ctx)
	}
	return l.ice.ours()
}

func (l *lanSignaling) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server == nil {
		return nil
	}
	return errors.Join(l.server.Close(), l.ice.close())
}

// samePort is the address with the port of a server that was there before; one
// whose port the user named stays as it is.
func samePort(address, server string) string {
	host, port, err := net.SplitHostPort(address)
	u, bad := url.Parse(server)
	if err != nil || bad != nil || u.Port() == "" || port != "0" && address != config.DefaultLANAddress {
		return address
	}
	return net.JoinHostPort(host, u.Port())
}

// inUse tells that an address is taken: EADDRINUSE, or WSAEADDRINUSE.
func inUse(err error) bool {
	const wsaeaddrinuse = syscall.Errno(10048)
	return errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, wsaeaddrinuse)
}
