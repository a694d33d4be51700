package manual

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"parley/backend/signaling"
	"parley/backend/signaling/internal/feed"
)

// maxApart is how many candidates a room takes; a code carries maxCandidates.
const maxApart = 200

// Room is a seat. It implements signaling.Room and, for the caller,
// signaling.CodeTaker.
type Room struct {
	signaler *Signaler
	role     signaling.Role
	feed     *feed.Feed
	events   chan signaling.Event
	cancel   context.CancelFunc
	pumped   chan struct{}

	mu         sync.Mutex
	ours       signaling.Description // zero until SendDescription
	candidates []signaling.Candidate
	code       string      // the offer's; "" until it is made
	offer      uint32      // its checksum
	made       bool        // our own code is
	answered   bool        // TakeCode took the answer
	timer      *time.Timer // gathering, then life
}

func newRoom(s *Signaler, role signaling.Role) *Room {
	ctx, cancel := context.WithCancel(context.Background())
	r := &Room{
		signaler: s, role: role, feed: feed.New(),
		events: make(chan signaling.Event), cancel: cancel, pumped: make(chan struct{}),
	}
	go func() {
		defer close(r.pumped)
		r.feed.Pump(ctx, r.events)
	}()
	return r
}

// Invite implements signaling.Room. The caller's holds nothing until its
// CodeEvent.
func (r *Room) Invite() signaling.Invite {
	r.mu.Lock()
	defer r.mu.Unlock()
	return signaling.Invite{Code: r.code}
}

// Events implements signaling.Room.
func (r *Room) Events() <-chan signaling.Event { return r.events }

// SendDescription implements signaling.Room. The code is made when the
// candidates are complete, as an empty one or the description itself says, or
// after 2 s; a CodeEvent tells it. A second description is ErrRefused.
func (r *Room) SendDescription(ctx context.Context, d signaling.Description) error {
	const op = "send description"
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	if err := d.Validate(r.role); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.feed.Ended():
		return fmt.Errorf("%s: %w", op, signaling.ErrRoomGone)
	case r.ours.Type != "":
		return fmt.Errorf("%s: %w: a code carries one description", op, signaling.ErrRefused)
	}
	if _, _, err := pack(d, nil, 0); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	r.ours = d
	if strings.Contains(d.SDP, "a=end-of-candidates") || r.complete() {
		r.make()
		return nil
	}
	r.timer = time.AfterFunc(gathering, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.make()
	})
	return nil
}

// complete tells whether the last candidate is there.
func (r *Room) complete() bool {
	n := len(r.candidates)
	return n > 0 && r.candidates[n-1].Candidate == ""
}

// SendCandidate implements signaling.Room. Once the code is made it is
// ErrRefused: nothing can carry it.
func (r *Room) SendCandidate(ctx context.Context, c signaling.Candidate) error {
	const op = "send candidate"
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	if err := c.Validate(); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.feed.Ended():
		return fmt.Errorf("%s: %w", op, signaling.ErrRoomGone)
	case r.made && c.Candidate == "": // it says nothing new
		return nil
	case r.made:
		return fmt.Errorf("%s: %w: the code is made", op, signaling.ErrRefused)
	case len(r.candidates) == maxApart:
		return fmt.Errorf("%s: %w: %d candidates", op, signaling.ErrTooMany, maxApart)
	}
	r.candidates = append(r.candidates, c)
	if r.ours.Type != "" && r.complete() {
		r.make()
	}
	return nil
}

// make makes our code and tells it; r.mu is held.
func (r *Room) make() {
	if r.made || r.feed.Ended() {
		return
	}
	stop(r.timer)
	stamp := r.offer
	if r.role == signaling.Caller {
		stamp = uint32(time.Now().Unix() / 60) // until the year 10136
	}
	code, sum, err := pack(r.ours, r.candidates, stamp)
	if err != nil { // the candidates were too much
		r.feed.End(signaling.ClosedEvent{Err: err})
		return
	}
	r.made = true
	if r.role == signaling.Caller {
		r.code, r.offer = code, sum
		r.signaler.own(sum, true)
		r.timer = time.AfterFunc(life, r.expire)
	}
	r.feed.Append(signaling.CodeEvent{Code: code})
}

func (r *Room) expire() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.answered {
		return
	}
	r.signaler.own(r.offer, false)
	r.feed.End(signaling.ClosedEvent{Err: fmt.Errorf("%w: no answer's code in %v", signaling.ErrExpired, life)})
}

// TakeCode implements signaling.CodeTaker: it takes the answer to our offer.
func (r *Room) TakeCode(ctx context.Context, code string) error {
	const op = "take code"
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	p, err := unpack(code)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.role != signaling.Caller || !r.made || r.answered:
		return fmt.Errorf("%s: %w: no answer is waited for", op, signaling.ErrRefused)
	case r.feed.Ended():
		return fmt.Errorf("%s: %w: the call that it answers is over", op, signaling.ErrExpired)
	case p.description.Type == "offer" && p.sum == r.offer:
		return fmt.Errorf("%s: %w for this side: it is your own; enter the one that the other side shows", op, signaling.ErrBadCode)
	case p.description.Type == "offer":
		return fmt.Errorf("%s: %w that answers yours: the other side has begun a call of its own; one of you has to join the other's", op, signaling.ErrBadCode)
	case p.stamp != r.offer:
		return fmt.Errorf("%s: %w: the code answers another call than this one; hand over the code that is shown now", op, signaling.ErrExpired)
	}
	r.answered = true
	stop(r.timer)
	r.feed.Append(signaling.PresenceEvent{Present: true})
	r.feed.Append(signaling.DescriptionEvent{Description: p.description})
	return nil
}

// Leave implements signaling.Room. The other side is not told: it cannot be.
func (r *Room) Leave(context.Context) error {
	r.mu.Lock()
	stop(r.timer)
	r.feed.End()
	if r.role == signaling.Caller {
		r.signaler.own(r.offer, false)
	}
	r.mu.Unlock()
	r.cancel()
	<-r.pumped
	return nil
}

func stop(t *time.Timer) {
	if t != nil {
		t.Stop()
	}
}
