package firestore

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"parley/backend/signaling"
)

// seat is what is known of a room when we have our seat in it.
type seat struct {
	state   roomState
	changed time.Time
	states  <-chan seen // the callee listens already; nil: nobody does
	context context.Context
	cancel  context.CancelFunc
}

// Join takes the callee's seat in the invite's room. Besides the errors of the
// contract it may be ErrFullOrExpired.
func (c *Client) Join(ctx context.Context, i signaling.Invite) (signaling.Room, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("join room: %w", err)
	}
	c.mu.Lock()
	taken := c.seats[i.Room]
	c.mu.Unlock()
	switch {
	case taken == signaling.Caller:
		return nil, fmt.Errorf("join room: %w", signaling.ErrOwnRoom)
	case taken != "":
		return nil, fmt.Errorf("join room: %w: we are in it", signaling.ErrRoomFull)
	}
	bounded, cancel := context.WithTimeout(ctx, joinTimeout)
	defer cancel()
	r, err := c.join(bounded, i.Room)
	if err != nil {
		return nil, fmt.Errorf("join room: %w", named(ctx, err))
	}
	return r, nil
}

func (c *Client) join(ctx context.Context, id signaling.RoomID) (*room, error) {
	db, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	listening, cancel := context.WithCancel(context.Background())
	j := joining{client: c, db: db, ref: db.room(id), claimed: make(chan error, 1), listening: listening}
	s, err := j.takeSeat(ctx, id.Own())
	if err == nil && !c.take(id, signaling.Callee) {
		err = signaling.ErrRoomFull
	}
	if err != nil {
		cancel()
		return nil, err
	}
	s.states, s.context, s.cancel = j.states, listening, cancel
	return newRoom(c, db, j.ref, signaling.Callee, s), nil
}

// joining reads a room and claims it.
type joining struct {
	client  *Client
	db      database
	ref     *firestore.DocumentRef
	claimed chan error

	listening context.Context // the listener's
	states    <-chan seen     // nil where it has ended

	claiming, owner bool      // a claim is on its way; the seat is ours
	since           time.Time // the state that it was made on
	read            *seat     // the newest state, nil until there is one
}

// claim asks for the seat. In the background, because reading and claiming
// need not wait for each other where the rules let one claim through only.
func (j *joining) claim(ctx context.Context, unchangedSince time.Time) {
	j.claiming, j.since = true, unchangedSince
	go func() {
		_, err := j.db.claimRoom(ctx, j.ref, unchangedSince)
		j.claimed <- err
	}()
}

// tellWithin is how soon the listener tells of a claim that went through, or
// we look ourselves. The emulator leaves out what is committed while a listener
// begins.
const tellWithin = 300 * time.Millisecond

func (j *joining) takeSeat(ctx context.Context, own bool) (seat, error) {
	var untold <-chan time.Time
	j.states = j.db.watchRoom(j.listening, j.ref)
	rulesDecide := j.client.user != nil
	if rulesDecide && own {
		j.claim(ctx, time.Time{})
	}
	for {
		select {
		case s := <-j.states:
			if err := j.see(s); err != nil {
				return seat{}, err
			}
		case err := <-j.claimed:
			j.claiming = false
			switch status.Code(err) {
			case codes.OK:
				j.owner = true
				untold = time.After(tellWithin)
				if j.states == nil {
					j.states = j.db.watchRoom(j.listening, j.ref)
				}
			case codes.NotFound:
				return seat{}, signaling.ErrRoomNotFound
			case codes.PermissionDenied:
				if err := j.whyDenied(ctx); err != nil {
					return seat{}, err
				}
			case codes.FailedPrecondition, codes.Aborted:
				if j.read != nil && j.read.changed.Equal(j.since) {
					j.read = nil // it changed since: what it is now follows
				}
			default:
				return seat{}, err
			}
		case <-untold:
			s, err := j.db.getRoom(ctx, j.ref)
			if status.Code(err) == codes.NotFound {
				return seat{}, signaling.ErrRoomNotFound
			}
			if err != nil {
				return seat{}, err
			}
			j.read = &seat{state: s}
		case <-ctx.Done():
			return seat{}, fmt.Errorf("%w: %w", signaling.ErrUnreachable, ctx.Err())
		}
		if j.read == nil {
			continue
		}
		if j.read.state.callerUID != "" && j.read.state.callerUID == j.db.uid {
			return seat{}, signaling.ErrOwnRoom
		}
		mine := j.read.state.calleeUID == j.db.uid
		if mine && (j.owner || j.read.state.answer == nil) {
			return *j.read, nil
		}
		if err := j.refusal(); err != nil && !j.claiming && !j.owner {
			return seat{}, err
		} else if err == nil && !j.claiming && !j.owner {
			j.claim(ctx, j.read.changed)
		}
	}
}

// see takes a state of the room in.
func (j *joining) see(s seen) error {
	switch {
	case status.Code(s.err) == codes.PermissionDenied && (j.claiming || j.owner):
		j.states = nil
		return nil // the claim says more
	case status.Code(s.err) == codes.PermissionDenied:
		return ErrFullOrExpired
	case s.err != nil:
		return s.err
	case !s.exists && (j.claiming || j.owner):
		return nil // the claim says more: a listener that begins beside it may be told so
	case !s.exists:
		return signaling.ErrRoomNotFound
	}
	state, err := parseRoom(s.data)
	if err != nil {
		return err
	}
	j.read = &seat{state: state, changed: s.changed}
	return nil
}

// refusal is why this room is not for us, if it is not.
func (j *joining) refusal() error {
	s := j.read.state
	switch {
	case !s.expireAt.IsZero() && !j.db.time.now().Before(s.expireAt):
		return signaling.ErrExpired
	case s.calleeUID != "" && s.calleeUID != j.db.uid, s.answer != nil:
		return signaling.ErrRoomFull
	}
	return nil
}

// whyDenied looks at a room whose seat the rules did not give us.
func (j *joining) whyDenied(ctx context.Context) error {
	s, err := j.db.getRoom(ctx, j.ref)
	switch status.Code(err) {
	case codes.OK:
	case codes.NotFound:
		return signaling.ErrRoomNotFound
	case codes.PermissionDenied:
		return ErrFullOrExpired
	default:
		return err
	}
	j.read = &seat{state: s}
	if s.calleeUID == j.db.uid { // an earlier try of this claim went through
		j.owner = true
		if j.states == nil {
			j.states = j.db.watchRoom(j.listening, j.ref)
		}
		return nil
	}
	if s.callerUID == j.db.uid {
		return signaling.ErrOwnRoom
	}
	if err := j.refusal(); err != nil {
		return err
	}
	return fmt.Errorf("%w: the project's rules do not let us in", signaling.ErrRefused)
}
