// Package manual is signaling without any server: two people carry codes, by
// camera (QR), chat or mail. One code is an offer, the other its answer, each
// with its candidates.
//
//	caller                                            callee
//	Create, SendDescription(offer), SendCandidate…
//	CodeEvent ── the users carry the offer's code ──▶ Join, DescriptionEvent
//	                                                  SendDescription(answer), SendCandidate…
//	TakeCode ◀── the users carry the answer's code ── CodeEvent
//	DescriptionEvent
//
// Nothing follows: candidates that come after the code was made, later
// descriptions and goodbyes have no way. The media and its control channel tell
// how the call goes.
package manual

import (
	"context"
	"fmt"
	"sync"
	"time"

	"parley/backend/signaling"
)

const (
	// gathering is how long a code waits for candidates: our own interfaces
	// and a STUN server that answers at all are there by then.
	gathering = 2 * time.Second
	// life is how long an offer waits for its answer, by the caller's own
	// monotonic clock.
	life = 10 * time.Minute
	// skew is by how much two people's clocks may differ. So a callee takes
	// codes that are up to life and skew old; the caller has closed the room of
	// a code that was too old all the same, and an answer says which offer it
	// is for and not when it was made.
	skew = 15 * time.Minute
)

// Signaler makes rooms whose codes the users carry. The zero value is ready.
type Signaler struct {
	mu     sync.Mutex
	offers map[uint32]bool // checksums of our own, while their rooms are open
}

// Create implements signaling.Signaler. The room's CodeEvent follows its offer.
func (s *Signaler) Create(ctx context.Context) (signaling.Room, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("create room: %w", err)
	}
	return newRoom(s, signaling.Caller), nil
}

// Join implements signaling.Signaler: it takes the invite's Code, an offer. The
// error wraps ErrBadCode, ErrExpired or ErrOwnRoom.
func (s *Signaler) Join(ctx context.Context, i signaling.Invite) (signaling.Room, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("join room: %w", err)
	}
	p, err := unpack(i.Code)
	if err == nil {
		err = s.joinable(p)
	}
	if err != nil {
		return nil, fmt.Errorf("join room: %w", err)
	}
	r := newRoom(s, signaling.Callee)
	r.code, r.offer = i.Code, p.sum
	r.feed.Append(signaling.PresenceEvent{Present: true})
	r.feed.Append(signaling.DescriptionEvent{Description: p.description})
	return r, nil
}

func (s *Signaler) joinable(p packet) error {
	if p.description.Type != "offer" {
		return fmt.Errorf("%w to begin with: it answers one; enter it where that call was begun", signaling.ErrBadCode)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.offers[p.sum] {
		return fmt.Errorf("%w: the code is for the other side", signaling.ErrOwnRoom)
	}
	switch age := time.Since(time.Unix(int64(p.stamp)*60, 0)); {
	case age > life+skew:
		return fmt.Errorf("%w: the code is %d minutes old; ask for a new one", signaling.ErrExpired, int(age.Minutes()))
	case age < -skew:
		return fmt.Errorf("%w: the code is from %d minutes in the future; set the clock of either side", signaling.ErrExpired, int(-age.Minutes()))
	}
	return nil
}

func (s *Signaler) own(sum uint32, open bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.offers == nil {
		s.offers = map[uint32]bool{}
	}
	if open {
		s.offers[sum] = true
	} else {
		delete(s.offers, sum)
	}
}
