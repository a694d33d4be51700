package lan

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/coder/websocket"

	"parley/backend/signaling"
	"parley/backend/signaling/internal/feed"
)

// maxPending bounds what waits to be acknowledged.
const maxPending = 512

// refusedFor is how long a server refuses before it counts as gone. A single
// refusal may be a full queue (on Windows) or a proxy that starts again.
const refusedFor = 500 * time.Millisecond

// clientRoom is a seat on another's server. One goroutine (run) owns the
// connection; what goes out waits in pending until the server has it.
type clientRoom struct {
	client *Client
	invite signaling.Invite
	token  string
	role   signaling.Role
	ice    []signaling.ICEServer

	feed   *feed.Feed
	events chan signaling.Event
	wake   chan struct{} // there is something to write
	anew   chan struct{} // the network changed: connect anew
	cancel context.CancelFunc
	done   chan struct{} // run has ended
	pumped chan struct{}
	stop   context.CancelFunc // the pump's

	heard atomic.Pointer[time.Time] // when the server last said something

	mu      sync.Mutex
	pending []outgoing
	sent    int // of pending, on this connection
	last    int // number of the last message
	leaving bool
}

type outgoing struct {
	message message
	answer  chan error // one
}

func newClientRoom(c *Client, i signaling.Invite, seated message, ws *clientConn) *clientRoom {
	ctx, cancel := context.WithCancel(context.Background())
	pump, stop := context.WithCancel(context.Background())
	r := &clientRoom{
		client: c, invite: i, token: seated.Token, role: seated.Role, ice: seated.ICE,
		feed: feed.New(), events: make(chan signaling.Event), wake: make(chan struct{}, 1),
		anew:   make(chan struct{}, 1),
		cancel: cancel, done: make(chan struct{}), pumped: make(chan struct{}), stop: stop,
	}
	r.hear()
	go r.run(ctx, ws)
	go func() {
		defer close(r.pumped)
		r.feed.Pump(pump, r.events)
	}()
	return r
}

func (r *clientRoom) Invite() signaling.Invite { return r.invite }

// ICEServers implements signaling.ICEProvider.
func (r *clientRoom) ICEServers() []signaling.ICEServer { return r.ice }

func (r *clientRoom) Events() <-chan signaling.Event { return r.events }

// SendDescription returns when the server has it. Where the context ends
// first, it may still arrive.
func (r *clientRoom) SendDescription(ctx context.Context, d signaling.Description) error {
	if err := d.ValidateLater(); err != nil { // whether it is the first, the server knows
		return fmt.Errorf("send description: %w", err)
	}
	return r.send(ctx, message{Type: typeDescription, Description: &d})
}

// SendCandidate is like SendDescription.
func (r *clientRoom) SendCandidate(ctx context.Context, c signaling.Candidate) error {
	if err := c.Validate(); err != nil {
		return fmt.Errorf("send candidate: %w", err)
	}
	return r.send(ctx, message{Type: typeCandidate, Candidate: &c})
}

func (r *clientRoom) send(ctx context.Context, m message) error {
	r.mu.Lock()
	switch {
	case r.leaving || r.feed.Ended():
		r.mu.Unlock()
		return fmt.Errorf("send %s: %w", m.Type, signaling.ErrRoomGone)
	case len(r.pending) >= maxPending:
		r.mu.Unlock()
		return fmt.Errorf("send %s: %w", m.Type, signaling.ErrTooMany)
	}
	r.last++
	m.N = r.last
	answer := make(chan error, 1)
	r.pending = append(r.pending, outgoing{m, answer})
	r.mu.Unlock()
	r.poke()
	var err error
	select {
	case err = <-answer:
	case <-r.done:
		err = signaling.ErrRoomGone
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("send %s: %w", m.Type, err)
	}
	return nil
}

func (r *clientRoom) poke() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Redial connects anew at once: our network changed, and a connection from an
// address that is gone would be noticed only after 6 s of silence.
func (r *clientRoom) Redial() {
	select {
	case r.anew <- struct{}{}:
	default:
	}
}

// Heard is when the server last said something, which it does each second.
func (r *clientRoom) Heard() time.Time { return *r.heard.Load() }

func (r *clientRoom) hear() {
	now := time.Now()
	r.heard.Store(&now)
}

// Leave tells the server. Where the context ends first, or after 5 s, the
// error says so, and the server closes the room after its grace time.
func (r *clientRoom) Leave(ctx context.Context) error {
	r.mu.Lock()
	r.leaving = true
	r.mu.Unlock()
	r.poke()
	ctx, cancel := context.WithTimeout(ctx, leaveTimeout)
	defer cancel()
	var err error
	select {
	case <-r.done:
	case <-ctx.Done():
		err = fmt.Errorf("leave room: %w", unreachable(ctx, nil))
		r.cancel()
		<-r.done
	}
	r.stop()
	<-r.pumped
	return err
}

// run keeps the seat over one connection after the other, until the room ends.
func (r *clientRoom) run(ctx context.Context, ws *clientConn) {
	defer close(r.done)
	defer r.client.setOwn(r.invite.Room, false)
	for ws != nil {
		err := r.exchange(ctx, ws)
		ws.cut()
		switch {
		case r.feed.Ended():
			return
		case err != nil && !errors.Is(err, errConnection):
			r.feed.End(signaling.ClosedEvent{Err: err})
			return
		}
		ws = r.resume(ctx)
	}
}

// resume takes the seat up again within the bound, as long as the server may
// still be there; nil where the room is over.
func (r *clientRoom) resume(ctx context.Context) *clientConn {
	ctx, cancel := context.WithTimeout(ctx, r.client.cfg.Reconnect)
	defer cancel()
	r.client.cfg.Logger.Debug("signaling connection broke; trying again")
	var refused refusals
	for pause := 200 * time.Millisecond; ; pause = min(pause*3/2, time.Second) {
		select {
		case <-time.After(pause): // also the first time: a server may let us in and drop us for ever
		case <-r.anew:
		case <-ctx.Done():
			r.finish(signaling.ErrUnreachable)
			return nil
		}
		attempt, cancel := context.WithTimeout(ctx, resumeTimeout)
		go func() {
			select {
			case <-r.anew: // it began on a network that is gone
				cancel()
				r.Redial()
			case <-attempt.Done():
			}
		}()
		ws, seated, err := r.client.dial(attempt, r.invite,
			message{Type: typeResume, Room: r.invite.Room, Token: r.token, Received: r.feed.Len()})
		cancel()
		if err == nil {
			r.hear()
			r.answerUpTo(seated.Received)
			return ws
		}
		if refused.add(err, time.Now()) {
			r.finish(signaling.ErrUnreachable)
			return nil
		}
		if !errors.Is(err, signaling.ErrUnreachable) && !errors.Is(err, signaling.ErrTooMany) {
			r.finish(err)
			return nil
		}
	}
}

// refusals are tries in a row that the server's machine answered and refused:
// its program is gone, and the rooms were in its memory.
type refusals struct{ since time.Time }

// add counts a try's error, and tells whether the program is gone for certain.
func (r *refusals) add(err error, now time.Time) bool {
	const wsaeconnrefused = syscall.Errno(10061)
	switch {
	case !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, wsaeconnrefused):
		r.since = time.Time{}
	case r.since.IsZero():
		r.since = now
	default:
		return now.Sub(r.since) >= refusedFor
	}
	return false
}

// finish ends the room because our way to it is gone.
func (r *clientRoom) finish(err error) {
	r.mu.Lock()
	leaving := r.leaving
	r.mu.Unlock()
	if leaving {
		r.feed.End()
	} else {
		r.feed.End(signaling.ClosedEvent{Err: err})
	}
}

// answerUpTo marks what the server has, on a new connection: the rest is
// written again.
func (r *clientRoom) answerUpTo(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.pending) > 0 && r.pending[0].message.N <= n {
		r.pending[0].answer <- nil
		r.pending = r.pending[1:]
	}
	r.sent = 0
}

// exchange speaks over one connection. The error wraps errConnection where it
// broke; any other ends the room, as does a nil one.
func (r *clientRoom) exchange(ctx context.Context, ws *clientConn) error {
	ctx, cancel := context.WithCancel(ctx)
	wrote := make(chan struct{})
	go func() {
		defer close(wrote)
		defer cancel()
		r.write(ctx, ws.Conn)
	}()
	r.poke()
	err := r.read(ctx, ws.Conn)
	cancel()
	<-wrote
	return err
}

func (r *clientRoom) write(ctx context.Context, ws *websocket.Conn) {
	alive := time.NewTicker(aliveEvery)
	defer alive.Stop()
	for {
		m, ok := r.next()
		if !ok {
			select {
			case <-r.wake:
				continue
			case <-alive.C:
				if time.Since(r.Heard()) < aliveEvery {
					continue // it has had our answers
				}
				m = message{Type: typePong}
			case <-r.anew:
				r.Redial() // for resume, which then does not wait
				goodbye(ws)
				return
			case <-ctx.Done():
				return
			}
		}
		if writeMessage(ctx, ws, m) != nil {
			return
		}
		if m.Type == typeLeave {
			<-ctx.Done() // the server closes the connection
			return
		}
	}
}

// goodbye ends a connection with a word, if it still carries one: cut off
// without, the client would count as killed. The answer, which Close waits for
// up to 5 s, is not: the connection is cut after this.
func goodbye(ws *websocket.Conn) {
	said := make(chan struct{})
	go func() {
		defer close(said)
		_ = ws.Close(websocket.StatusNormalClosure, "")
	}()
	select {
	case <-said:
	case <-time.After(20 * time.Millisecond):
	}
}

// next is the message to write now, if any.
func (r *clientRoom) next() (message, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.leaving {
		return message{Type: typeLeave}, true
	}
	if r.sent < len(r.pending) {
		r.sent++
		return r.pending[r.sent-1].message, true
	}
	return message{}, false
}

func (r *clientRoom) read(ctx context.Context, ws *websocket.Conn) error {
	for {
		rctx, cancel := context.WithTimeout(ctx, deadAfter)
		_, data, err := ws.Read(rctx)
		cancel()
		if err != nil {
			r.mu.Lock()
			leaving := r.leaving
			r.mu.Unlock()
			if leaving && websocket.CloseStatus(err) == websocket.StatusNormalClosure {
				r.feed.End()
				return nil
			}
			return fmt.Errorf("%w: %w", errConnection, err)
		}
		r.hear()
		m, err := parse(data)
		if err != nil {
			return err
		}
		switch {
		case m.Type == typePing:
			err = writeMessage(ctx, ws, message{Type: typePong})
		case m.Type == typeAck:
			r.answer(m.N, nil)
		case m.Type == typeError && m.N > 0:
			r.answer(m.N, m.err())
		case m.Type == typeError:
			err = m.err()
		default:
			err = r.take(m)
		}
		if err != nil || r.feed.Ended() {
			return err
		}
	}
}

// answer gives the sender of message n its answer; answers come in order.
func (r *clientRoom) answer(n int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sent > 0 && r.pending[0].message.N == n {
		r.pending[0].answer <- err
		r.pending = r.pending[1:]
		r.sent--
	}
}

// take takes the server's numbered message in. Unknown types are a newer
// server's, and none of them carries a number.
func (r *clientRoom) take(m message) error {
	e := m.event()
	n := r.feed.Len()
	switch {
	case e == nil && m.Type != typeReplaced || m.N <= n:
		return nil
	case m.N != n+1:
		return fmt.Errorf("%w: number %d does not follow %d", signaling.ErrBadMessage, m.N, n)
	}
	switch e := e.(type) {
	case signaling.DescriptionEvent:
		if err := e.Description.ValidateLater(); err != nil {
			return err
		}
	case signaling.CandidateEvent:
		if err := e.Candidate.Validate(); err != nil {
			return err
		}
	case signaling.LeftEvent, signaling.ClosedEvent:
		r.feed.End(e)
		return nil
	}
	if !r.feed.Append(e) {
		return fmt.Errorf("%w: events", signaling.ErrTooMany)
	}
	return nil
}
