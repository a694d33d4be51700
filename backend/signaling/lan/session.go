package lan

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"parley/backend/signaling"
	"parley/backend/signaling/memory"
)

// session is a seat that is reached over sockets, one connection at a time.
type session struct {
	seat  *memory.Seat
	token string
	from  netip.Prefix
	ended time.Time // when the room was first seen closed; the sessions' mutex guards it

	mu       sync.Mutex
	received int         // numbered messages taken so far
	current  *attachment // the connection it has now
}

type attachment struct {
	cancel context.CancelFunc
	inbox  chan<- message // of a stream
	done   chan struct{}
	taken  bool // over by a newer connection
}

// attach makes a connection the session's own and ends the one before.
func (s *session) attach(cancel context.CancelFunc, inbox chan<- message) *attachment {
	a := &attachment{cancel: cancel, inbox: inbox, done: make(chan struct{})}
	s.mu.Lock()
	old := s.current
	s.current = a
	if old != nil {
		old.taken = true
	}
	s.seat.Return()
	s.mu.Unlock()
	if old != nil {
		old.cancel()
		<-old.done
	}
	return a
}

// detach ends a connection's time; without another one the peer is absent, and
// worse than that if its end was dropped.
func (s *session) detach(a *attachment, dropped bool) {
	s.mu.Lock()
	if !a.taken {
		s.current = nil
		s.seat.Break(dropped)
	}
	s.mu.Unlock()
	close(a.done)
}

// deliver brings a message that came by itself to the session's stream. A
// goodbye needs none: a page that closes breaks its stream first.
func (s *session) deliver(m message) error {
	if m.Type == typeLeave {
		s.seat.Leave()
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil || s.current.inbox == nil {
		return fmt.Errorf("%w: there is no stream", signaling.ErrRefused)
	}
	select {
	case s.current.inbox <- m:
		return nil
	default:
		return fmt.Errorf("%w: messages too fast", signaling.ErrTooMany)
	}
}

// take does what a numbered message asks, once, and answers it.
func (s *session) take(m message) (message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case m.N <= 0 || m.N > s.received+1:
		return message{}, fmt.Errorf("%w: number %d does not follow %d", signaling.ErrBadMessage, m.N, s.received)
	case m.N <= s.received: // sent again after a break
		return message{Type: typeAck, N: m.N}, nil
	}
	s.received++
	var err error
	if m.Type == typeDescription {
		err = s.seat.SendDescription(*m.Description)
	} else {
		err = s.seat.SendCandidate(*m.Candidate)
	}
	if err != nil {
		return errorMessage(m.N, err), nil
	}
	return message{Type: typeAck, N: m.N}, nil
}

// seated is the answer to the first message of a connection.
func (s *session) seated(cert string) message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return message{
		Type: typeSeated, Room: s.seat.Room(), Role: s.seat.Role(),
		Token: s.token, Received: s.received, Cert: cert,
	}
}

// sessions are all seats reached over sockets. Those of closed rooms are kept
// for a while, so that a peer that was away when it happened is told how.
type sessions struct {
	mu  sync.Mutex
	all map[string]*session // by token
}

// keepEnded is how long: as long as a client tries to come back.
const keepEnded = 30 * time.Second

// The length of a token that a client chose, bytes: 128 random bits in base32 or
// longer.
const leastToken, mostToken = 26, 64

// open takes a seat for a peer at the given address and makes its session; of
// the rooms made from there, no more than limit are open at a time. A token that a
// client chose, for that room, opens the seat that it has already: its client did not
// hear of it, and asks again. The error wraps ErrBadMessage for a token that is none.
func (s *sessions) open(room signaling.RoomID, token string, from netip.Prefix, limit int, take func() (*memory.Seat, error)) (*session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch n := s.all[token]; {
	case n != nil && n.seat.Room() == room:
		return n, nil
	case token == "": // an older client, or one that makes a room
		token = rand.Text()
	case n != nil, len(token) < leastToken, len(token) > mostToken:
		return nil, fmt.Errorf("%w: a token that cannot be chosen", signaling.ErrBadMessage)
	}
	made := 0
	for token, n := range s.all {
		switch {
		case !n.seat.Ended():
			if n.from == from && n.seat.Role() == signaling.Caller {
				made++
			}
		case n.ended.IsZero():
			n.ended = time.Now()
		case time.Since(n.ended) > keepEnded:
			delete(s.all, token)
		}
	}
	if made >= limit {
		return nil, fmt.Errorf("%w: %d rooms from one address", signaling.ErrTooMany, made)
	}
	seat, err := take()
	if err != nil {
		return nil, err
	}
	n := &session{seat: seat, token: token, from: from}
	if s.all == nil {
		s.all = make(map[string]*session)
	}
	s.all[n.token] = n
	return n, nil
}

// find is the session of a token of 128 random bits, which nobody guesses.
func (s *sessions) find(room signaling.RoomID, token string) (*session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.all[token]
	if n == nil || n.seat.Room() != room {
		return nil, fmt.Errorf("%w: no seat with this token", signaling.ErrRoomGone)
	}
	return n, nil
}
