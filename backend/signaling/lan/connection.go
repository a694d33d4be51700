package lan

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"golang.org/x/time/rate"

	"parley/backend/signaling"
	"parley/backend/signaling/memory"
)

// connection is how a peer is reached: a WebSocket, or a stream.
type connection interface {
	// read waits for one message. The error wraps errConnection, or is what
	// the peer did wrong.
	read(ctx context.Context, timeout time.Duration) (message, error)
	// write may be called by several goroutines.
	write(ctx context.Context, m message) error
	// close ends the connection: nil is the end of the room, errConnection
	// needs no more words, anything else is said to the peer.
	close(ctx context.Context, err error)
}

var (
	// errConnection is a connection that broke or was closed.
	errConnection = errors.New("connection lost")
	// errGoodbye is one that was closed by its user.
	errGoodbye = fmt.Errorf("%w: going away", errConnection)
	// errDropped is one that was closed under its user, as when a program is
	// killed: its system still said so. One that fell silent is none.
	errDropped = fmt.Errorf("%w: closed by the other end", errConnection)
)

// broken is an error of the network as errConnection, or errDropped.
func broken(err error) error {
	const wsaeconnreset = syscall.Errno(10054)
	for _, end := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE, wsaeconnreset} {
		if errors.Is(err, end) {
			return fmt.Errorf("%w: %w", errDropped, err)
		}
	}
	return fmt.Errorf("%w: %w", errConnection, err)
}

// serve gives a connection its seat, and the seat its connection until either
// ends. inbox is where a stream's messages come in; nil for a WebSocket.
func (s *Server) serve(ctx context.Context, c connection, inbox chan<- message, addr string) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	n, received, err := s.seat(ctx, c, addr)
	if err != nil {
		c.close(ctx, err)
		return
	}
	n.seat.Hear()
	a := n.attach(cancel, inbox)
	told := make(chan error, 1)
	go func() {
		m := n.seated(base64.RawURLEncoding.EncodeToString(s.fingerprint))
		if s.cfg.ICE != nil && n.seat.Owned() {
			m.ICE = s.cfg.ICE(m.Room)
		}
		err := c.write(ctx, m)
		if err == nil {
			err = tell(ctx, c, n.seat, received)
		}
		cancel()
		told <- err
	}()
	err = s.listen(ctx, c, n)
	cancel()
	// Either of the two may be the one who notices.
	n.detach(a, errors.Is(errors.Join(err, <-told), errDropped))
	c.close(ctx, err)
}

// seat reads the first message and gives the peer its seat.
func (s *Server) seat(ctx context.Context, c connection, addr string) (n *session, received int, err error) {
	if err := s.visitors.arrive(addr); err != nil {
		return nil, 0, err
	}
	m, err := c.read(ctx, helloTimeout)
	if err != nil {
		return nil, 0, err
	}
	from, limits := prefixOf(addr), s.cfg.Limits
	switch m.Type {
	case typeCreate:
		n, err = s.sessions.open("", "", from, limits.RoomsPerIP, func() (*memory.Seat, error) { return s.hub.Create(nil) })
	case typeJoin:
		var id signaling.RoomID
		if id, err = signaling.ParseRoomID(string(m.Room)); err == nil {
			n, err = s.sessions.open(id, m.Token, from, limits.Rooms, func() (*memory.Seat, error) { return s.hub.Join(id, nil) })
		}
	case typeResume:
		n, err = s.sessions.find(m.Room, m.Token)
		if err == nil && m.Received > n.seat.Told() {
			err = fmt.Errorf("%w: more received than was sent", signaling.ErrBadMessage)
		}
		received = m.Received
	default:
		err = fmt.Errorf("%w: first create, join or resume", signaling.ErrBadMessage)
	}
	if err == nil {
		s.log.Debug("seat taken", "by", m.Type, "role", n.seat.Role())
	}
	return n, received, err
}

// tell writes the seat's events after the first n, and a ping from time to
// time. The error is the connection's, nil at the end of the room or of ctx.
func tell(ctx context.Context, c connection, seat *memory.Seat, n int) error {
	ping := time.Now().Add(pingEvery)
	for {
		wait, cancel := context.WithDeadline(ctx, ping)
		events, err := seat.Events(wait, n)
		cancel()
		if errors.Is(err, io.EOF) {
			c.close(ctx, nil)
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		default:
		}
		if err != nil { // nothing happened for a while
			if err := c.write(ctx, message{Type: typePing}); err != nil {
				return err
			}
			ping = time.Now().Add(pingEvery)
		}
		for _, e := range events {
			n++
			if err := c.write(ctx, eventMessage(n, e)); err != nil {
				return err
			}
		}
	}
}

// listen does what the peer says.
func (s *Server) listen(ctx context.Context, c connection, n *session) error {
	limiter := rate.NewLimiter(rate.Limit(s.cfg.Limits.Rate), s.cfg.Limits.Burst)
	for {
		m, err := c.read(ctx, silence)
		if errors.Is(err, errGoodbye) {
			n.seat.Leave() // the tab was closed
		}
		if err != nil {
			return err
		}
		n.seat.Hear()
		if !limiter.Allow() {
			return fmt.Errorf("%w: messages too fast", signaling.ErrTooMany)
		}
		switch m.Type {
		case typePong:
		case typeLeave:
			n.seat.Leave() // tell closes the connection
		case typeDescription, typeCandidate:
			answer, err := n.take(m)
			if err != nil {
				return err
			}
			if err := c.write(ctx, answer); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%w: no message of the type %.20q", signaling.ErrBadMessage, m.Type)
		}
	}
}

// admit tells whether the request is from a page of this server, or from no
// page at all, and answers it if not. Who is admitted has to call the function.
// https://www.rfc-editor.org/rfc/rfc6455#section-10.2
func (s *Server) admit(w http.ResponseWriter, r *http.Request) (leave func(), ok bool) {
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "https" || u.Host != r.Host || !s.ourHost(r.Host) {
			http.Error(w, "this page is not from here", http.StatusForbidden)
			return nil, false
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		http.Error(w, "the room server is closing", http.StatusServiceUnavailable)
		return nil, false
	}
	s.connections.Add(1)
	return s.connections.Done, true
}
