package memory

import (
	"context"
	"fmt"
	"time"

	"parley/backend/signaling"
	"parley/backend/signaling/internal/feed"
)

// Seat is one peer's place in a room. Its methods may be called from any
// goroutine and never wait, but for Events.
type Seat struct {
	hub  *Hub
	room *room
	role signaling.Role
	feed *feed.Feed // what this peer is told

	// The Hub's mutex guards these.
	taken      bool // the callee's seat: somebody joined
	present    bool
	heard      time.Time   // when its peer last said something, be it nothing new
	described  bool        // its offer or answer is there
	candidates int         // since its last offer
	latest     []int       // where the other side's feed has what its next description makes useless
	grace      *time.Timer // runs while absent
}

// Room is the room's ID.
func (s *Seat) Room() signaling.RoomID { return s.room.id }

// Owned tells whether the room was made for an owner, and so with a Signaler of
// the Hub's own.
func (s *Seat) Owned() bool { return s.room.owner != nil }

// Role is whose seat it is.
func (s *Seat) Role() signaling.Role { return s.role }

// Events waits for this peer's events after the first n: see feed.Feed.After.
func (s *Seat) Events(ctx context.Context, n int) ([]signaling.Event, error) {
	return s.feed.After(ctx, n)
}

// Told is how many events this peer has been given so far.
func (s *Seat) Told() int { return s.feed.Len() }

// Ended tells whether the room is closed.
func (s *Seat) Ended() bool { return s.feed.Ended() }

// Hear notes that this peer says something.
func (s *Seat) Hear() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.heard = time.Now()
}

// Return tells that this peer is back after a break.
func (s *Seat) Return() { s.setPresence(signaling.PresenceEvent{Present: true}) }

// Break tells that this peer's connection broke: it was closed under it
// (dropped), or it fell silent. The room closes when a peer stays away for the
// grace time.
func (s *Seat) Break(dropped bool) { s.setPresence(signaling.PresenceEvent{Dropped: dropped}) }

func (s *Seat) setPresence(e signaling.PresenceEvent) {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.room.end != nil || s.present == e.Present {
		return
	}
	s.present = e.Present
	if e.Present {
		s.grace.Stop()
	} else {
		patience := h.cfg.Grace
		if s.described && s.other().described {
			patience = h.cfg.Away // its user walks through a tunnel, and is asked
		}
		var grace *time.Timer
		grace = time.AfterFunc(patience, func() {
			h.mu.Lock()
			defer h.mu.Unlock()
			if s.grace == grace && !s.present {
				h.end(s.room, nil, signaling.ErrRoomGone)
			}
		})
		s.grace = grace
	}
	h.tell(s.other(), e)
}

// SendDescription gives the other side our description: the first, or from the
// answer on later ones. A later one takes the place of the one before, and of
// our candidates up to here: they belong to it (RFC 8839, section 4.4.1.1).
func (s *Seat) SendDescription(d signaling.Description) error {
	if err := d.ValidateLater(); err != nil {
		return err
	}
	return s.send(func() error {
		later := s.described
		if !later {
			if err := d.Validate(s.role); err != nil {
				return err
			}
		} else if !s.other().described {
			return fmt.Errorf("%w: %w", signaling.ErrRefused, errDescribed)
		}
		s.described = true
		if d.Type == "offer" {
			s.candidates = 0
		}
		feed := s.other().feed
		if later {
			feed.Drop(s.latest)
			s.latest = append(s.latest[:0], feed.Len())
		}
		s.hub.tell(s.other(), signaling.DescriptionEvent{Description: d})
		return nil
	})
}

// SendCandidate gives the other side one of our candidates.
func (s *Seat) SendCandidate(c signaling.Candidate) error {
	if err := c.Validate(); err != nil {
		return err
	}
	return s.send(func() error {
		if s.candidates >= maxCandidates {
			return fmt.Errorf("%w: %d candidates", signaling.ErrTooMany, s.candidates)
		}
		s.candidates++
		s.latest = append(s.latest, s.other().feed.Len())
		s.hub.tell(s.other(), signaling.CandidateEvent{Candidate: c})
		return nil
	})
}

func (s *Seat) send(tell func() error) error {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	if s.room.end != nil {
		return s.room.end
	}
	return tell()
}

// Leave hangs up: the room is deleted and the other side told.
func (s *Seat) Leave() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.hub.end(s.room, s, signaling.ErrRoomGone)
}

func (s *Seat) other() *Seat {
	if s.role == signaling.Caller {
		return s.room.callee
	}
	return s.room.caller
}
