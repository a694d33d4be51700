// Package memory keeps rooms in memory: who has which seat, what was said, and
// when it ends. The LAN server holds its rooms in a Hub, its own desktop uses
// the same Hub without a socket, and tests use one alone.
//
//	Create ─▶ room{caller, ·} ── Join ──▶ room{caller, callee}
//	            │      │                      │   │
//	            │      └─ TTL over ───────────┼───┴─ 24 h over ─▶ ClosedEvent{ErrExpired}, both
//	            └─ one absent for too long  ──┼──▶ ClosedEvent{ErrRoomGone}, both
//	                                  Leave ──┴──▶ LeftEvent, to the other
package memory

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"parley/backend/signaling"
	"parley/backend/signaling/internal/feed"
)

// Config sets a Hub's limits; a zero field is its default.
type Config struct {
	TTL   time.Duration // how long a room waits to be entered; 12 h
	Grace time.Duration // how long a seat may be without its peer before a call; 30 s
	Away  time.Duration // and in a call, from the answer on; 5 min
	Rooms int           // how many rooms at a time; 256
}

const (
	// maxCall is how long two may stay, so that nobody holds a room for ever.
	maxCall       = 24 * time.Hour
	maxCandidates = 256  // from one seat
	maxExpired    = 1024 // expired rooms remembered by ID
)

// Hub holds rooms.
type Hub struct {
	cfg Config

	mu      sync.Mutex
	rooms   map[signaling.RoomID]*room
	expired []signaling.RoomID // so that a late joiner is told the reason
	closed  bool
}

// room is one room; the Hub's mutex guards it.
type room struct {
	id     signaling.RoomID
	owner  any
	caller *Seat
	callee *Seat
	expiry *time.Timer
	end    error // why it is closed; nil while it is open
}

// New makes a Hub.
func New(cfg Config) *Hub {
	if cfg.TTL <= 0 {
		cfg.TTL = 12 * time.Hour
	}
	if cfg.Grace <= 0 {
		cfg.Grace = 30 * time.Second
	}
	if cfg.Away <= 0 {
		cfg.Away = 5 * time.Minute
	}
	if cfg.Rooms <= 0 {
		cfg.Rooms = 256
	}
	return &Hub{cfg: cfg, rooms: make(map[signaling.RoomID]*room)}
}

// Rooms is how many rooms are open.
func (h *Hub) Rooms() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.rooms)
}

// Create makes a room and takes the caller's seat. A Join by the same owner is
// refused, unless owner is nil. The error is ErrTooMany or ErrRoomGone.
func (h *Hub) Create(owner any) (*Seat, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.create(signaling.NewRoomID(), owner)
}

// Revive makes a room under the ID that it had before its program crashed, so
// that its invite stays good. The error is Create's, or ErrRoomFull where there
// is one.
func (h *Hub) Revive(id signaling.RoomID, owner any) (*Seat, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rooms[id] != nil {
		return nil, signaling.ErrRoomFull
	}
	return h.create(id, owner)
}

func (h *Hub) create(id signaling.RoomID, owner any) (*Seat, error) {
	if h.closed {
		return nil, signaling.ErrRoomGone
	}
	if len(h.rooms) >= h.cfg.Rooms {
		return nil, fmt.Errorf("%w: %d rooms are open", signaling.ErrTooMany, len(h.rooms))
	}
	r := &room{id: id, owner: owner}
	r.caller = &Seat{hub: h, room: r, role: signaling.Caller, feed: feed.New(), present: true}
	r.callee = &Seat{hub: h, room: r, role: signaling.Callee, feed: feed.New()}
	r.callee.feed.Append(signaling.PresenceEvent{Present: true})
	r.expiry = time.AfterFunc(h.cfg.TTL, func() { h.expire(r) })
	h.rooms[r.id] = r
	return r.caller, nil
}

// Join takes the callee's seat. The error is ErrRoomNotFound, ErrExpired,
// ErrOwnRoom or ErrRoomFull.
func (h *Hub) Join(id signaling.RoomID, owner any) (*Seat, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.rooms[id]
	switch {
	case r == nil:
		for _, e := range h.expired {
			if e == id {
				return nil, signaling.ErrExpired
			}
		}
		return nil, signaling.ErrRoomNotFound
	case owner != nil && r.owner == owner:
		return nil, signaling.ErrOwnRoom
	case r.callee.taken:
		return nil, signaling.ErrRoomFull
	case !r.expiry.Stop(): // expire waits for the lock
		return nil, signaling.ErrExpired
	}
	r.expiry = time.AfterFunc(maxCall, func() { h.expire(r) })
	r.callee.taken, r.callee.present = true, true
	h.tell(r.caller, signaling.PresenceEvent{Present: true})
	return r.callee, nil
}

// Close closes all rooms: each peer's last event is ErrRoomGone.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, r := range h.rooms {
		h.end(r, nil, signaling.ErrRoomGone)
	}
}

func (h *Hub) expire(r *room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.end != nil {
		return
	}
	h.expired = append(h.expired, r.id)
	if len(h.expired) > maxExpired {
		h.expired = h.expired[1:]
	}
	h.end(r, nil, signaling.ErrExpired)
}

// tell gives a seat an event. A seat that has been given too many closes its room.
func (h *Hub) tell(s *Seat, e signaling.Event) {
	if !s.feed.Append(e) && s.room.end == nil {
		h.end(s.room, nil, signaling.ErrTooMany)
	}
}

// end deletes a room. A leaver's seat ends without an event, the other one with
// LeftEvent; without a leaver both are told the reason.
func (h *Hub) end(r *room, leaver *Seat, reason error) {
	if r.end != nil {
		return
	}
	r.end = reason
	delete(h.rooms, r.id)
	r.expiry.Stop()
	for _, s := range []*Seat{r.caller, r.callee} {
		if s.grace != nil {
			s.grace.Stop()
		}
		switch {
		case s == leaver:
			s.feed.End()
		case leaver != nil:
			s.feed.End(signaling.LeftEvent{})
		default:
			s.feed.End(signaling.ClosedEvent{Err: reason})
		}
	}
}

// errDescribed is a second description from one seat before the other side's
// first: nobody could tell which of the two an answer is for.
var errDescribed = errors.New("the room has a description already, and no answer to it")
