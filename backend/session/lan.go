package session

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"sync"
	"syscall"

	"parley/backend/call"
	"parley/backend/config"
	"parley/backend/signaling"
	"parley/backend/signaling/lan"
)

// lanSignaling makes rooms on a server in this program, which starts with the
// first room and stays until the session ends, and joins rooms on others.
type lanSignaling struct {
	config config.Config
	page   fs.FS
	log    *slog.Logger
	client *lan.Client

	mu     sync.Mutex // guards server; held while it starts
	server *lan.Server
}

func newLANSignaling(c config.Config, page fs.FS, log *slog.Logger) *lanSignaling {
	return &lanSignaling{config: c, page: page, log: log, client: lan.NewClient(lan.ClientConfig{Logger: log})}
}

// Create makes a room here. The error is a *call.Error of code NoServer when the
// server cannot be started.
func (l *lanSignaling) Create(ctx context.Context) (signaling.Room, error) {
	server, err := l.start(ctx)
	if err != nil {
		return nil, &call.Error{Code: call.NoServer, Err: err}
	}
	return server.Signaler().Create(ctx)
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

func (l *lanSignaling) start(ctx context.Context) (*lan.Server, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server != nil {
		return l.server, nil
	}
	c := lan.Config{
		Address:  l.config.LAN.Address,
		Host:     l.config.LAN.Host,
		Dir:      l.config.DataDir,
		CertFile: l.config.LAN.CertFile,
		KeyFile:  l.config.LAN.KeyFile,
		Page:     l.page,
		TTL:      l.config.LAN.RoomTTL.Duration,
		Logger:   l.log,
	}
	server, err := lan.Listen(ctx, c)
	if c.Address == config.DefaultLANAddress && inUse(err) {
		c.Address = ":0"
		server, err = lan.Listen(ctx, c)
	}
	l.server = server
	return server, err
}

func (l *lanSignaling) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server == nil {
		return nil
	}
	return l.server.Close()
}

// inUse tells that an address is taken: EADDRINUSE, or WSAEADDRINUSE.
func inUse(err error) bool {
	const wsaeaddrinuse = syscall.Errno(10048)
	return errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, wsaeaddrinuse)
}
