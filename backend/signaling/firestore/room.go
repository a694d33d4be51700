package firestore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"parley/backend/signaling"
)

// maxCandidates is how many candidates one seat has, counted anew from each of
// its later offers.
const maxCandidates = 256

// room is one seat in one room. One goroutine listens to the room (listen.go),
// one to the other side's candidates, one writes what may wait (write.go);
// descriptions are written by whoever sends them.
type room struct {
	client *Client
	db     database
	ref    *firestore.DocumentRef
	role   signaling.Role

	events  *queue
	context context.Context // of all that goes on in the background
	cancel  context.CancelFunc
	work    sync.WaitGroup
	wrote   chan struct{} // the writer has ended
	wake    chan struct{} // holds one: the writer has something to look at
	sending chan struct{} // holds one: who is sending a description
	offerIn chan struct{} // closed once the first offer is in the room
	unread  chan struct{} // closed by Leave: nobody reads events any more
	left    chan struct{} // closed when Leave is done
	leave   sync.Once
	leftErr error

	mu        sync.Mutex
	state     roomState
	changed   time.Time // when state was last seen to change
	present   bool      // the other side has its seat
	met       time.Time // when it was first seen there
	told      bool      // its first description was told
	toldN     int64     // and its later ones up to this
	sentN     int64     // ours
	offered   *signaling.Description
	answered  bool      // the answer is in the room
	settled   bool      // our candidates need not be written, until a later description
	connected bool      // the two were, once
	unsure    bool      // the other side may be there, unseen
	doubtAt   time.Time // when to look for what the listeners missed, until connected
	doubts    int
	leaving   bool
	gone      error // why the room is over; nil while it is not

	waiting []signaling.Candidate // not written yet
	since   time.Time             // when the first of them came
	folded  []signaling.Candidate // written into the offer
	folds   int                   // how often
	unfold  bool                  // the rules keep us from doing so
	single  bool                  // they want a document for each candidate
	commits int                   // of candidates' documents, since our last description
	taken   int                   // of ours, since our last offer
	named   int                   // documents, for their IDs
	mine    []*firestore.DocumentRef
	wroteAt time.Time // when the newest of them may have been
	renewed time.Time // when a new end was last tried, by the service's clock
	theirs  map[string]*firestore.DocumentRef
}

func newRoom(c *Client, db database, ref *firestore.DocumentRef, role signaling.Role, s seat) *room {
	r := &room{
		client: c, db: db, ref: ref, role: role,
		events: newQueue(), wrote: make(chan struct{}), wake: make(chan struct{}, 1),
		sending: make(chan struct{}, 1), offerIn: make(chan struct{}), unread: make(chan struct{}), left: make(chan struct{}),
		state: s.state, changed: s.changed,
		theirs: make(map[string]*firestore.DocumentRef),
	}
	r.context, r.cancel = s.context, s.cancel
	if r.context == nil {
		r.context, r.cancel = context.WithCancel(context.Background())
	}
	if role == signaling.Callee {
		r.meet() // whoever made the room sits in it
	}
	r.learn(s.state, s.changed)
	go r.events.pump(r.unread)
	r.work.Go(func() { r.listen(s.states) })
	go func() {
		defer close(r.wrote)
		r.write()
	}()
	return r
}

// Invite is a link to the phone page.
func (r *room) Invite() signaling.Invite { return r.client.invite(signaling.RoomID(r.ref.ID)) }

func (r *room) Events() <-chan signaling.Event { return r.events.out }

// Settled tells that the two are connected: candidates that were not written
// yet are not needed any more. A later description begins anew.
func (r *room) Settled() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settled, r.connected = true, true
	r.waiting = nil
}

// SendDescription returns when Firestore has it. Where the context ends first,
// it may still arrive.
func (r *room) SendDescription(ctx context.Context, d signaling.Description) error {
	bounded, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	if err := r.sendDescription(bounded, d); err != nil {
		return fmt.Errorf("send description: %w", named(ctx, err))
	}
	return nil
}

func (r *room) sendDescription(ctx context.Context, d signaling.Description) error {
	if err := d.ValidateLater(); err != nil {
		return err
	}
	select {
	case r.sending <- struct{}{}:
		defer func() { <-r.sending }()
	case <-ctx.Done():
		return ctx.Err()
	}
	r.mu.Lock()
	gone, answered, offered, n := r.gone, r.answered, r.offered, r.sentN+1
	r.mu.Unlock()
	if gone != nil {
		return gone
	}
	if answered {
		return r.sendLater(ctx, update{n, d})
	}
	if err := d.Validate(r.role); err != nil {
		return err
	}
	if offered != nil {
		return fmt.Errorf("%w: the room has its offer, and no answer yet", signaling.ErrRefused)
	}
	if r.role == signaling.Callee {
		changed, err := r.db.setAnswer(ctx, r.ref, d)
		if err == nil {
			r.locked(func() { r.answered, r.changed = true, changed })
		}
		return r.refused(ctx, err)
	}
	changed, err := r.db.setOffer(ctx, r.ref, d, time.Time{})
	if err == nil {
		r.locked(func() { r.offered, r.changed = &d, changed })
		close(r.offerIn)
	}
	return r.refused(ctx, err)
}

// sendLater writes a later description, and begins a new generation of
// candidates.
func (r *room) sendLater(ctx context.Context, u update) error {
	_, err := r.db.setUpdate(ctx, r.ref, r.role, u)
	if err == nil {
		r.locked(func() {
			r.sentN, r.settled, r.waiting, r.commits = u.n, false, nil, 0
			if u.description.Type == "offer" {
				r.taken = 0
			}
		})
	}
	return r.refused(ctx, err)
}

// refused tells a room that is gone from one whose rules refuse: both are
// denied to whoever writes.
func (r *room) refused(ctx context.Context, err error) error {
	if code := status.Code(err); code != codes.PermissionDenied && code != codes.NotFound {
		return err
	}
	_, lookErr := r.db.getRoom(ctx, r.ref)
	switch status.Code(lookErr) {
	case codes.NotFound:
		return signaling.ErrRoomGone
	case codes.PermissionDenied:
		return signaling.ErrExpired
	}
	return err
}

// locked runs f with the lock, and has the writer look.
func (r *room) locked(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
	r.look()
}

func (r *room) look() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// SendCandidate leaves a candidate to the writer.
func (r *room) SendCandidate(ctx context.Context, c signaling.Candidate) error {
	err := ctx.Err()
	if err == nil {
		err = r.sendCandidate(c)
	}
	if err != nil {
		return fmt.Errorf("send candidate: %w", err)
	}
	return nil
}

func (r *room) sendCandidate(c signaling.Candidate) error {
	if err := c.Validate(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.gone != nil:
		return r.gone
	case r.settled:
		return nil
	case r.taken >= maxCandidates:
		return fmt.Errorf("%w: %d candidates", signaling.ErrTooMany, r.taken)
	}
	if len(r.waiting) == 0 {
		r.since = time.Now()
	}
	r.taken++
	r.waiting = append(r.waiting, c)
	r.look()
	return nil
}

// Leave deletes the room. Where the context ends first, or after 5 s, the error
// says so: the next start sweeps the room, and it expires.
func (r *room) Leave(ctx context.Context) error {
	r.leave.Do(func() {
		defer close(r.left)
		bounded, cancel := context.WithTimeout(ctx, leaveTimeout)
		defer cancel()
		if err := r.hangUp(bounded); err != nil {
			r.leftErr = fmt.Errorf("leave room: %w", named(ctx, err))
		}
		r.events.end()
		r.cancel()
		close(r.unread)
		<-r.events.pumped
		<-r.wrote
		r.work.Wait()
		r.client.giveUp(signaling.RoomID(r.ref.ID))
	})
	<-r.left
	return r.leftErr
}

// hangUp deletes what the room has: what we know of, without asking, because
// questions cost.
func (r *room) hangUp(ctx context.Context) error {
	r.mu.Lock()
	r.leaving = true
	gone := r.gone
	if gone == nil {
		r.gone = signaling.ErrRoomGone
	}
	r.look()
	r.mu.Unlock()
	select { // so that no candidate is written after the deleting
	case <-r.wrote:
	case <-ctx.Done():
		r.cancel()
		<-r.wrote
		return ctx.Err()
	}
	r.mu.Lock()
	mine, theirs := r.mine, slices.Collect(maps.Values(r.theirs))
	r.mu.Unlock()
	if errors.Is(gone, signaling.ErrRoomGone) {
		r.deleteLate(ctx)
		return r.forget()
	}
	if !hasAll(theirs) {
		// The listener left some out, or a client of the plain schema has begun,
		// unseen as yet. Past its end a room can be deleted, but not read.
		switch refs, err := r.db.candidateIDs(ctx, r.ref, r.role.Other()); status.Code(err) {
		case codes.OK:
			theirs = refs
		case codes.PermissionDenied:
		default:
			return err
		}
	}
	err := r.db.deleteAll(ctx, slices.Concat(mine, theirs, []*firestore.DocumentRef{r.ref}))
	if code := status.Code(err); code == codes.PermissionDenied || code == codes.NotFound {
		// Both sides hang up at once, mostly.
		if err := r.refused(ctx, err); !errors.Is(err, signaling.ErrRoomGone) {
			return err
		}
		r.deleteLate(ctx)
		return r.forget()
	}
	if err != nil {
		return err
	}
	return r.forget()
}

// late is how long a candidate may take to the other side.
const late = 5 * time.Second

// deleteLate deletes those of our candidates that the other side may not have
// known of when it deleted the room. What is refused expires.
func (r *room) deleteLate(ctx context.Context) {
	r.mu.Lock()
	mine, when := r.mine, r.wroteAt
	r.mu.Unlock()
	if len(mine) == 0 || time.Since(when) > late {
		return
	}
	if err := r.db.deleteAll(ctx, mine); err != nil {
		r.client.cfg.Logger.Debug("candidates are left to expire", "err", err)
	}
}

// forget takes the room from those to sweep.
func (r *room) forget() error {
	if r.role != signaling.Caller {
		return nil
	}
	return r.client.leftovers.remove(signaling.RoomID(r.ref.ID))
}
