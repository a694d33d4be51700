package memory

import (
	"context"
	"fmt"
	"time"

	"parley/backend/signaling"
)

// Signaler is one user's way into a Hub, without a network. Rooms of its own
// are closed to it.
type Signaler struct {
	hub    *Hub
	invite func(signaling.RoomID) signaling.Invite
}

// NewSignaler makes a user of the Hub; invite makes the invite to a room, nil
// gives the bare room ID.
func NewSignaler(h *Hub, invite func(signaling.RoomID) signaling.Invite) *Signaler {
	if invite == nil {
		invite = func(id signaling.RoomID) signaling.Invite { return signaling.Invite{Room: id} }
	}
	return &Signaler{hub: h, invite: invite}
}

// Create implements signaling.Signaler.
func (s *Signaler) Create(ctx context.Context) (signaling.Room, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("create room: %w", err)
	}
	seat, err := s.hub.Create(s)
	if err != nil {
		return nil, fmt.Errorf("create room: %w", err)
	}
	return s.open(seat), nil
}

// Revive makes a room of ours once more: see Hub.Revive.
func (s *Signaler) Revive(ctx context.Context, id signaling.RoomID) (signaling.Room, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("open the room again: %w", err)
	}
	seat, err := s.hub.Revive(id, s)
	if err != nil {
		return nil, fmt.Errorf("open the room again: %w", err)
	}
	return s.open(seat), nil
}

// Join implements signaling.Signaler.
func (s *Signaler) Join(ctx context.Context, i signaling.Invite) (signaling.Room, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("join room: %w", err)
	}
	seat, err := s.hub.Join(i.Room, s)
	if err != nil {
		return nil, fmt.Errorf("join room: %w", err)
	}
	return s.open(seat), nil
}

func (s *Signaler) open(seat *Seat) *Room {
	ctx, cancel := context.WithCancel(context.Background())
	r := &Room{
		seat:   seat,
		invite: s.invite(seat.Room()),
		events: make(chan signaling.Event),
		cancel: cancel,
		pumped: make(chan struct{}),
	}
	go func() {
		defer close(r.pumped)
		seat.feed.Pump(ctx, r.events)
	}()
	return r
}

// Room is a seat as a signaling.Room.
type Room struct {
	seat   *Seat
	invite signaling.Invite
	events chan signaling.Event
	cancel context.CancelFunc
	pumped chan struct{}
}

// Invite implements signaling.Room.
func (r *Room) Invite() signaling.Invite { return r.invite }

// Events implements signaling.Room.
func (r *Room) Events() <-chan signaling.Event { return r.events }

// Heard is when the other side last said something. A peer without a network
// between, which has no cause to, is always there.
func (r *Room) Heard() time.Time {
	r.seat.hub.mu.Lock()
	defer r.seat.hub.mu.Unlock()
	if heard := r.seat.other().heard; !heard.IsZero() {
		return heard
	}
	return time.Now()
}

// SendDescription implements signaling.Room.
func (r *Room) SendDescription(ctx context.Context, d signaling.Description) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("send %s: %w", d.Type, err)
	}
	if err := r.seat.SendDescription(d); err != nil {
		return fmt.Errorf("send description: %w", err)
	}
	return nil
}

// SendCandidate implements signaling.Room.
func (r *Room) SendCandidate(ctx context.Context, c signaling.Candidate) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("send candidate: %w", err)
	}
	if err := r.seat.SendCandidate(c); err != nil {
		return fmt.Errorf("send candidate: %w", err)
	}
	return nil
}

// Leave implements signaling.Room. It never waits for a network.
func (r *Room) Leave(context.Context) error {
	r.seat.Leave()
	r.cancel()
	<-r.pumped
	return nil
}
