package firestore

import (
	"context"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"parley/backend/signaling"
)

// retryAfter is the pause after a write that the service could not take.
const retryAfter = time.Second

// job is what the writer does next.
type job int

const (
	nothing job = iota
	trickle     // write the waiting candidates as documents
	fold        // write them into the offer: nobody has read it yet
	renew       // give the room a new end
	doubt       // look at what the listeners may have missed
	expire      // tell that it has ended
	abandon     // tell that no answer comes
	stop
)

// next is what is to be done now, or in how long to look again.
func (r *room) next() (job, time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	soonest := time.Hour
	due := func(in time.Duration) bool {
		soonest = min(soonest, max(in, 0))
		return in <= 0
	}
	if r.gone != nil {
		return stop, 0
	}
	if end := r.state.expireAt; !end.IsZero() {
		now := r.db.time.now()
		left := end.Sub(now)
		if due(left) {
			return expire, 0
		}
		// A room of two is kept while they are in it; the callee does it where
		// the caller did not.
		half := r.client.cfg.ttl / 2
		if r.role == signaling.Callee {
			half -= half / 8
		}
		pause := r.renewed.Add(r.client.cfg.ttl / 20).Sub(now) // where it was refused
		if r.present && due(max(left-half, pause)) {
			return renew, 0
		}
	}
	if r.role == signaling.Caller && r.offered != nil && r.present && !r.answered && due(time.Until(r.met.Add(r.client.cfg.noAnswer))) {
		return abandon, 0
	}
	if (r.unsure || r.present && !r.connected) && due(time.Until(r.doubtAt)) {
		return doubt, 0
	}
	if len(r.waiting) == 0 {
		return nothing, soonest
	}
	switch {
	case r.role == signaling.Callee && r.answered, r.role == signaling.Caller && r.offered != nil && r.present:
		if !r.packs() || due(time.Until(r.wroteAt.Add(pauseAfter(r.commits)))) {
			return trickle, 0
		}
	case r.role == signaling.Caller && r.offered != nil && !r.unfold && due(time.Until(r.since.Add(r.client.cfg.foldAfter<<min(r.folds, 10)))):
		return fold, 0
	}
	return nothing, soonest
}

// write does what may wait, until the room is over.
func (r *room) write() {
	for {
		what, in := r.next()
		var err error
		switch what {
		case stop:
			return
		case expire:
			r.over(signaling.ErrExpired)
			return
		case abandon:
			r.over(ErrNoAnswer)
			return
		case trickle:
			err = r.trickle()
		case fold:
			err = r.fold()
		case renew:
			err = r.renew()
		case doubt:
			err = r.lookAgain()
		case nothing:
			r.pause(in, r.wake)
			continue
		}
		if err != nil {
			r.client.cfg.Logger.Debug("the room could not be written to; trying again", "err", err)
			r.pause(retryAfter, nil)
		}
	}
}

// pause waits, for no longer than until something new is there.
func (r *room) pause(d time.Duration, wake <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-wake:
	case <-r.context.Done():
	}
}

// trickle writes the candidates that wait, in one commit.
func (r *room) trickle() error {
	r.mu.Lock()
	some := r.waiting[:min(len(r.waiting), maxBatch)]
	documents := pack(some, r.packs())
	generation, end := r.sentN, r.state.expireAt
	ids := make([]string, len(documents))
	for i := range documents {
		ids[i] = newCandidateID(r.named)
		r.named++
		// Even where no answer comes, they may be there.
		r.mine = append(r.mine, r.ref.Collection(candidatesOf(r.role)).Doc(ids[i]))
	}
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(r.context, opTimeout)
	defer cancel()
	err := r.db.addCandidates(ctx, r.ref, r.role, ids, documents, end)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wroteAt = time.Now() // also without an answer, see above
	if err != nil && isTemporary(err) {
		return err
	}
	r.commits++
	if err != nil && len(documents) < len(some) && !r.single {
		r.single = true // the project's rules are older than we are
		return nil
	}
	if r.sentN == generation && len(r.waiting) >= len(some) {
		r.waiting = r.waiting[len(some):]
	}
	if err != nil {
		// What is refused today is refused tomorrow; the room's listener knows
		// whether it is gone.
		r.client.cfg.Logger.Warn("candidates were refused", "err", named(r.context, err))
	}
	return nil
}

// fold writes the candidates that wait into the offer: one document in the
// place of many, and quicker for who joins. It is refused where the room has
// changed, that is where the other side came, seen or not; then they are trickled.
func (r *room) fold() error {
	r.sending <- struct{}{} // the offer is ours alone now
	defer func() { <-r.sending }()
	r.mu.Lock()
	some, changed := r.waiting, r.changed
	offer := *r.offered
	r.mu.Unlock()
	var in []signaling.Candidate
	for _, c := range some {
		if sdp, ok := insertCandidate(offer.SDP, c); ok && len(sdp) <= signaling.MaxSDP {
			offer.SDP = sdp
			in = append(in, c)
		}
	}
	if len(in) < len(some) {
		r.locked(func() { r.unfold = true }) // the odd ones go as documents, with all that follow
		return nil
	}
	ctx, cancel := context.WithTimeout(r.context, opTimeout)
	defer cancel()
	now, err := r.db.setOffer(ctx, r.ref, offer, changed)
	if err != nil && isTemporary(err) {
		return err
	}
	if err != nil {
		r.locked(func() { r.unfold = true })
		r.doubt(0)
		return nil
	}
	r.locked(func() {
		r.offered, r.changed = &offer, now
		r.folds++
		r.folded = append(r.folded, in...)
		r.waiting = r.waiting[min(len(some), len(r.waiting)):]
		r.since = time.Now()
	})
	return nil
}

func (r *room) renew() error {
	ctx, cancel := context.WithTimeout(r.context, opTimeout)
	defer cancel()
	now := r.db.time.now()
	end := now.Add(r.client.cfg.ttl)
	r.locked(func() { r.renewed = now })
	changed, err := r.db.renewRoom(ctx, r.ref, end)
	if err != nil {
		return err
	}
	r.locked(func() { r.state.expireAt, r.changed = end, changed })
	return nil
}

// lookAgain reads all that the listeners should have told: once where nobody
// came, and where the two are not connected in time, each pause twice the last.
// The emulator leaves out what is committed while a listener begins (7 % of
// tries at it).
func (r *room) lookAgain() error {
	r.mu.Lock()
	r.doubts++
	r.doubtAt = time.Now().Add(r.client.cfg.doubtAfter << r.doubts)
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(r.context, opTimeout)
	defer cancel()
	state, err := r.db.getRoom(ctx, r.ref)
	if status.Code(err) == codes.NotFound {
		r.over(signaling.ErrRoomGone)
		return nil
	}
	if err != nil {
		return err
	}
	r.learn(state, time.Time{})
	r.mu.Lock()
	r.unsure = false
	present := r.present
	r.mu.Unlock()
	if !present {
		return nil
	}
	theirs, err := r.db.candidates(ctx, r.ref, r.role.Other())
	if err != nil {
		return err
	}
	r.hearAll(theirs)
	return nil
}

// isTemporary tells whether the same write may go through later.
func isTemporary(err error) bool {
	switch status.Code(err) {
	case codes.PermissionDenied, codes.NotFound, codes.InvalidArgument, codes.FailedPrecondition, codes.AlreadyExists, codes.Unimplemented, codes.OutOfRange:
		return false
	}
	return true
}

// insertCandidate puts a candidate into the media section of an SDP that it
// belongs to (RFC 8839, section 5.1); false where there is none.
func insertCandidate(sdp string, c signaling.Candidate) (string, bool) {
	lines := strings.SplitAfter(sdp, "\n")
	section, end := -1, -1
	for i, line := range lines {
		if strings.HasPrefix(line, "m=") {
			if end >= 0 {
				break
			}
			section++
		}
		line = strings.TrimRight(line, "\r\n")
		byMid := c.SDPMid != nil && line == "a=mid:"+*c.SDPMid
		byLine := c.SDPMid == nil && c.SDPMLineIndex != nil && section == int(*c.SDPMLineIndex)
		if section >= 0 && (byMid || byLine || end >= 0) && line != "" {
			end = i + 1
		}
	}
	if end < 0 || c.Candidate == "" || !strings.HasSuffix(lines[end-1], "\n") {
		return sdp, false
	}
	line := strings.TrimPrefix(c.Candidate, "a=")
	return strings.Join(lines[:end], "") + "a=" + line + "\r\n" + strings.Join(lines[end:], ""), true
}

var _ signaling.Room = (*room)(nil)
