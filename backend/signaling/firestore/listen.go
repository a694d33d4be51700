package firestore

import (
	"context"
	"errors"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"parley/backend/signaling"
)

// offerWithin is how long a caller's listener waits for the offer.
const offerWithin = 300 * time.Millisecond

// relisten is the pause before a listener that the service ended is begun anew.
const relisten = time.Second

// listen tells what the room's document says, until the room is over. A caller's
// listener begins with its offer, or it would be told of that, which is a read
// more. Whoever comes sooner has nothing to answer yet.
func (r *room) listen(states <-chan seen) {
	if states == nil {
		r.pause(offerWithin, r.offerIn)
		states = r.db.watchRoom(r.context, r.ref)
	}
	told := false
	for {
		select {
		case s, open := <-states:
			switch {
			case !open:
				return // Leave
			case s.err != nil:
				if !r.survives(s.err) {
					return
				}
				states, told = r.db.watchRoom(r.context, r.ref), false
			case !s.exists:
				if r.isConnected() || r.isGone() {
					r.over(signaling.ErrRoomGone)
					return
				}
			case !r.see(s):
				return
			}
			if s.err == nil && !told {
				told = true
				r.doubt(r.client.cfg.doubtAfter)
			}
		case <-r.context.Done():
			return
		}
	}
}

// survives tells whether a room whose listener ended goes on. It waits before
// that, so that a service that ends listeners at once is not pressed.
func (r *room) survives(err error) bool {
	if r.context.Err() != nil {
		return false
	}
	if code := status.Code(err); code == codes.PermissionDenied || code == codes.NotFound {
		switch err := r.refused(r.context, err); {
		case errors.Is(err, signaling.ErrRoomGone), errors.Is(err, signaling.ErrExpired):
			r.over(err)
			return false
		}
	}
	r.client.cfg.Logger.Debug("the room's listener ended; beginning anew", "err", err)
	select {
	case <-time.After(relisten):
		return true
	case <-r.context.Done():
		return false
	}
}

// doubt has the room be looked at once, in a while, where the other side is not
// seen there: a listener that begins may leave out that it came.
func (r *room) doubt(in time.Duration) {
	r.locked(func() {
		if !r.present {
			r.unsure, r.doubtAt = true, time.Now().Add(in)
		}
	})
}

// isGone asks for a room that the listener does not see: the emulator may tell a
// listener that begins beside a commit that the document is not there.
func (r *room) isGone() bool {
	for r.context.Err() == nil {
		ctx, cancel := context.WithTimeout(r.context, opTimeout)
		_, err := r.db.getRoom(ctx, r.ref)
		cancel()
		switch code := status.Code(err); {
		case code == codes.NotFound:
			return true
		case code == codes.OK, code == codes.PermissionDenied, errors.Is(err, signaling.ErrBadMessage):
			return false
		}
		r.pause(retryAfter, nil)
	}
	return false
}

func (r *room) isConnected() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.connected
}

// see takes a state of the room in; false where it ends the room.
func (r *room) see(s seen) bool {
	state, err := parseRoom(s.data)
	if err != nil {
		r.over(err)
		return false
	}
	return r.learn(state, s.changed)
}

// learn tells what is new in a state of the room.
func (r *room) learn(s roomState, changed time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state = s
	if changed.After(r.changed) {
		r.changed = changed
	}
	other := s.updates[r.role.Other()]
	r.sentN = max(r.sentN, s.updates[r.role].n)
	first := s.offer
	if r.role == signaling.Caller {
		first = s.answer
		if s.calleeUID != "" || s.answer != nil {
			r.meetLocked()
		}
		if s.answer != nil && s.calleeUID == "" {
			// A client of the plain schema read the offer whenever it liked.
			r.waiting = append(r.waiting, r.folded...)
			r.folded = nil
		}
	}
	r.answered = r.answered || s.answer != nil
	if first != nil && !r.told {
		r.told = true
		r.tell(signaling.DescriptionEvent{Description: *first})
	}
	if other.n > r.toldN {
		r.toldN = other.n
		r.tell(signaling.DescriptionEvent{Description: other.description})
	}
	r.look()
	return r.gone == nil
}

func (r *room) meet() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.meetLocked()
}

// meetLocked tells that the other side is there, and listens to its candidates.
func (r *room) meetLocked() {
	if r.present || r.gone != nil {
		return
	}
	r.present, r.met = true, time.Now()
	r.unsure, r.doubts, r.doubtAt = false, 0, r.met.Add(r.client.cfg.doubtAfter)
	r.tell(signaling.PresenceEvent{Present: true})
	r.work.Go(r.hear)
}

// hear tells the other side's candidates, until the room is over.
func (r *room) hear() {
	for r.context.Err() == nil {
		err := r.db.watchCandidates(r.context, r.ref.Collection(candidatesOf(r.role.Other())), r.hearAll)
		select { // a room that is gone is the other listener's to tell
		case <-time.After(relisten):
			r.client.cfg.Logger.Debug("the candidates' listener ended; beginning anew", "err", err)
		case <-r.context.Done():
		}
	}
}

// hearAll tells candidates that were not told yet. One that is none is left
// out: the others may do.
func (r *room) hearAll(added []*firestore.DocumentSnapshot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, doc := range added {
		if r.theirs[doc.Ref.ID] != nil {
			continue
		}
		r.theirs[doc.Ref.ID] = doc.Ref
		candidates, err := parseCandidates(doc.Data())
		if err != nil {
			r.client.cfg.Logger.Warn("a candidate of the other side is left out", "err", err)
			continue
		}
		for _, c := range candidates {
			r.tell(signaling.CandidateEvent{Candidate: c})
		}
	}
}

// tell adds an event. A room that says more than is read ends.
func (r *room) tell(e signaling.Event) {
	if !r.events.add(e) && r.gone == nil && !r.leaving {
		r.overLocked(signaling.ErrTooMany)
	}
}

// over ends the room.
func (r *room) over(reason error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.overLocked(reason)
}

func (r *room) overLocked(reason error) {
	if r.gone != nil {
		return
	}
	r.gone = reason
	r.cancel()
	switch {
	case !errors.Is(reason, signaling.ErrRoomGone):
		r.events.end(signaling.ClosedEvent{Err: reason})
	case !r.state.expireAt.IsZero() && !r.db.time.now().Before(r.state.expireAt):
		r.events.end(signaling.ClosedEvent{Err: signaling.ErrExpired}) // the TTL policy's work
	default:
		r.events.end(signaling.LeftEvent{})
	}
	r.look()
}
