package lan

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"parley/backend/signaling"
)

// ClientConfig says where a Client goes; a zero field is its default.
type ClientConfig struct {
	// Server is the origin ("https://host:port") where Create makes rooms and
	// where a bare room ID is looked for; Fingerprint is its certificate's, if
	// it is to be pinned. An invite's own come first.
	Server      string
	Fingerprint []byte
	RootCAs     *x509.CertPool // for servers without a fingerprint; the system's
	// Reconnect is how long a broken connection is tried again; 5 min. A server
	// whose machine refuses the connection is given up after about 1 s.
	Reconnect time.Duration
	Logger    *slog.Logger
}

// Client opens rooms on the servers of others. It is a signaling.Signaler.
type Client struct {
	cfg ClientConfig

	mu  sync.Mutex
	own map[signaling.RoomID]bool // open rooms made here
}

const (
	// dialTimeout is of one try to get a seat, joinTimeout of all: on a narrow link that
	// something else fills, a try's packets are lost again and again.
	dialTimeout = 10 * time.Second
	joinTimeout = 20 * time.Second
	// resumeTimeout is shorter: an attempt that began while the network was away
	// sends its lost packets again ever later; a new one gets through at once.
	resumeTimeout = 2500 * time.Millisecond
	deadAfter     = 6 * time.Second // without a word from the server, which pings
	// aliveEvery is how often the server, which takes who is silent for gone, hears from
	// us where its pings, whose answers it would hear, come late.
	aliveEvery   = 2 * time.Second
	leaveTimeout = 5 * time.Second // where the caller's context has no deadline
	// maxReply is more than a server has to say: a description of MaxSDP,
	// whose every byte JSON may write as six.
	maxReply = 6*signaling.MaxSDP + 4<<10
)

// NewClient makes a Client.
func NewClient(cfg ClientConfig) *Client {
	if cfg.Reconnect <= 0 {
		cfg.Reconnect = 5 * time.Minute
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Client{cfg: cfg, own: make(map[signaling.RoomID]bool)}
}

// Create makes a room on the configured server. Without one the error wraps
// signaling.ErrNoServer.
func (c *Client) Create(ctx context.Context) (signaling.Room, error) {
	r, err := c.open(ctx, signaling.Invite{}, message{Type: typeCreate})
	if err != nil {
		return nil, fmt.Errorf("create room: %w", err)
	}
	c.setOwn(r.invite.Room, true)
	return r, nil
}

// Join takes the callee's seat in the invite's room. The error for a room ID
// alone, where no server is configured, wraps signaling.ErrNoServer.
func (c *Client) Join(ctx context.Context, i signaling.Invite) (signaling.Room, error) {
	c.mu.Lock()
	own := c.own[i.Room]
	c.mu.Unlock()
	if own {
		return nil, fmt.Errorf("join room: %w", signaling.ErrOwnRoom)
	}
	r, err := c.open(ctx, i, message{Type: typeJoin, Room: i.Room, Token: rand.Text()})
	if err != nil {
		return nil, fmt.Errorf("join room: %w", err)
	}
	return r, nil
}

func (c *Client) setOwn(id signaling.RoomID, own bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if own {
		c.own[id] = true
	} else {
		delete(c.own, id)
	}
}

func (c *Client) open(ctx context.Context, i signaling.Invite, hello message) (*clientRoom, error) {
	if i.Server == "" {
		i.Server, i.Fingerprint = c.cfg.Server, c.cfg.Fingerprint
	}
	if i.Server == "" {
		return nil, signaling.ErrNoServer
	}
	if !strings.HasPrefix(i.Server, "https://") {
		return nil, fmt.Errorf("%w: the server's address begins with https://", signaling.ErrBadInvite)
	}
	ctx, cancel := context.WithTimeout(ctx, joinTimeout)
	defer cancel()
	for pause := 200 * time.Millisecond; ; pause = min(pause*3/2, time.Second) {
		attempt, cancel := context.WithTimeout(ctx, dialTimeout)
		ws, seated, err := c.dial(attempt, i, hello)
		cancel()
		switch {
		case err == nil:
			i.Room = seated.Room
			return newClientRoom(c, i, seated, ws), nil
		case !errors.Is(err, errConnection):
			return nil, err
		}
		c.cfg.Logger.Debug("signaling connection broke before it had a seat", "error", err)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// dial connects, says hello and waits for the seat. The error wraps errConnection
// where there was a connection, and it broke or took too long.
func (c *Client) dial(ctx context.Context, i signaling.Invite, hello message) (*clientConn, message, error) {
	var raw net.Conn
	var connected atomic.Bool // raw is another goroutine's until there is a WebSocket
	transport := &http.Transport{
		TLSClientConfig:   c.tlsConfig(i.Fingerprint),
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			raw = conn
			connected.Store(err == nil)
			return conn, err
		},
	}
	ws, resp, err := websocket.Dial(ctx, strings.Replace(i.Server, "https://", "wss://", 1)+socketPath, &websocket.DialOptions{
		HTTPClient: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	})
	if err != nil {
		err = dialError(ctx, resp, err)
		if connected.Load() && ctx.Err() != nil {
			err = fmt.Errorf("%w: %w", err, errConnection)
		}
		return nil, message{}, err
	}
	ws.SetReadLimit(maxReply)
	m, err := handshake(ctx, ws, hello)
	if err != nil {
		_ = ws.CloseNow()
		return nil, message{}, err
	}
	return &clientConn{ws, raw}, m, nil
}

// clientConn is a connection to the server.
type clientConn struct {
	*websocket.Conn
	raw net.Conn
}

// cut ends it at once. CloseNow alone would wait for a Close that goes on, and
// that one for the server's answer, for up to 5 s.
func (c *clientConn) cut() {
	_ = c.raw.Close()
	_ = c.CloseNow()
}

func handshake(ctx context.Context, ws *websocket.Conn, hello message) (message, error) {
	if err := writeMessage(ctx, ws, hello); err != nil {
		return message{}, unseated(ctx, err)
	}
	waiting, seated := context.WithCancel(ctx)
	var alive sync.WaitGroup
	alive.Go(func() {
		tick := time.NewTicker(aliveEvery)
		defer tick.Stop()
		for {
			select {
			case <-waiting.Done():
				return
			case <-tick.C:
				// Reading tells of what is broken; a write that is cut short breaks it.
				_ = writeMessage(ctx, ws, message{Type: typePong})
			}
		}
	})
	defer alive.Wait()
	defer seated()
	_, data, err := ws.Read(ctx)
	if err != nil {
		return message{}, unseated(ctx, err)
	}
	m, err := parse(data)
	switch {
	case err != nil:
		return message{}, err
	case m.Type == typeError:
		return message{}, m.err()
	case m.Type != typeSeated || m.Token == "":
		return message{}, fmt.Errorf("%w: the server answers with %.20q", signaling.ErrBadMessage, m.Type)
	}
	// It is shown, in a terminal too: not whatever the server likes.
	m.Room, err = signaling.ParseRoomID(string(m.Room))
	m.ICE = signaling.ValidICEServers(m.ICE)
	return m, err
}

// unseated is the error of a connection without a seat. It wraps errConnection where
// another one may get it.
func unseated(ctx context.Context, err error) error {
	if ctx.Err() != nil || errors.Is(broken(err), errDropped) {
		return fmt.Errorf("%w: %w", unreachable(ctx, err), errConnection)
	}
	return unreachable(ctx, err)
}

// tlsConfig trusts the one certificate with the fingerprint, under whatever
// name and address; without one, those that the system trusts.
func (c *Client) tlsConfig(fingerprint []byte) *tls.Config {
	if len(fingerprint) == 0 {
		return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.cfg.RootCAs}
	}
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, // VerifyConnection does it, more strictly
		VerifyConnection: func(s tls.ConnectionState) error {
			sum := sha256.Sum256(s.PeerCertificates[0].Raw)
			if !bytes.Equal(sum[:], fingerprint) {
				return signaling.ErrUntrusted
			}
			return nil
		},
	}
}

func dialError(ctx context.Context, resp *http.Response, err error) error {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fmt.Errorf("%w: %w", signaling.ErrUntrusted, err)
	}
	if errors.Is(err, signaling.ErrUntrusted) {
		return signaling.ErrUntrusted
	}
	if resp != nil {
		switch resp.StatusCode {
		case http.StatusForbidden:
			return signaling.ErrRefused
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			return signaling.ErrTooMany
		}
	}
	return unreachable(ctx, err)
}

// unreachable names an error of the network. Where the caller's time is up, the
// error is also the context's.
func unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", signaling.ErrUnreachable, ctx.Err())
	}
	return fmt.Errorf("%w: %w", signaling.ErrUnreachable, err)
}
