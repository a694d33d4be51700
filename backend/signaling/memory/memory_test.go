package memory_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"parley/backend/signaling"
	"parley/backend/signaling/memory"
	"parley/backend/signaling/signalingtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// seated remembers the room it joined last.
type seated struct {
	signaling.Signaler
	room *memory.Room
}

func (s *seated) Join(ctx context.Context, i signaling.Invite) (signaling.Room, error) {
	r, err := s.Signaler.Join(ctx, i)
	if err == nil {
		s.room = r.(*memory.Room)
	}
	return r, err
}

func TestConformance(t *testing.T) {
	signalingtest.Run(t, func(t *testing.T, o signalingtest.Options) signalingtest.Harness {
		hub := memory.New(memory.Config{TTL: o.TTL, Grace: o.Grace})
		t.Cleanup(hub.Close)
		callee := &seated{Signaler: memory.NewSignaler(hub, nil)}
		return signalingtest.Harness{
			Caller:  memory.NewSignaler(hub, nil),
			Callee:  callee,
			Third:   memory.NewSignaler(hub, nil),
			Break:   func() { callee.room.Break(true) },
			Silence: func() { callee.room.Break(false) },
			Restore: func() { callee.room.Return() },
			Rooms:   hub.Rooms,
		}
	})
}

func TestTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := memory.New(memory.Config{})
		began := time.Now()
		long, err := memory.NewSignaler(hub, nil).Create(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		wantClosed(t, long, signaling.ErrExpired)
		if d := time.Since(began); d != 12*time.Hour {
			t.Errorf("a room lived for %v", d)
		}

		// Who has entered may stay: the life is for rooms that nobody entered.
		joiner := memory.NewSignaler(hub, nil)
		call, _ := memory.NewSignaler(hub, nil).Create(t.Context())
		time.Sleep(11 * time.Hour)
		began = time.Now()
		callee, err := joiner.Join(t.Context(), call.Invite())
		if err != nil {
			t.Fatal(err)
		}
		callee.(*memory.Room).Break(false)
		time.Sleep(29 * time.Second)
		callee.(*memory.Room).Return()
		wantClosed(t, call, signaling.ErrExpired)
		wantClosed(t, callee, signaling.ErrExpired)
		if d := time.Since(began); d != 24*time.Hour {
			t.Errorf("a room with two in it lived for %v", d)
		}
		_ = errors.Join(call.Leave(t.Context()), callee.Leave(t.Context()))

		began = time.Now()
		room, _ := memory.NewSignaler(hub, nil).Create(t.Context())
		room.(*memory.Room).Break(false)
		time.Sleep(29 * time.Second)
		room.(*memory.Room).Return() // just in time
		time.Sleep(time.Second)
		room.(*memory.Room).Break(true)
		wantClosed(t, room, signaling.ErrRoomGone)
		if d := time.Since(began); d != 60*time.Second {
			t.Errorf("a peer that came back and left for good was waited for until %v", d)
		}
		hub.Close()
		for _, r := range []signaling.Room{long, room} {
			_ = r.Leave(t.Context())
		}
	})
}

func wantClosed(t *testing.T, r signaling.Room, want error) {
	t.Helper()
	for e := range r.Events() {
		if c, ok := e.(signaling.ClosedEvent); ok && errors.Is(c.Err, want) {
			return
		}
	}
	t.Fatalf("no %v", want)
}

func TestLimits(t *testing.T) {
	hub := memory.New(memory.Config{Rooms: 2})
	defer hub.Close()
	var seats []*memory.Seat
	for range 2 {
		seat, err := hub.Create(nil)
		if err != nil {
			t.Fatal(err)
		}
		seats = append(seats, seat)
	}
	if _, err := hub.Create(nil); !errors.Is(err, signaling.ErrTooMany) {
		t.Fatalf("a third room: %v", err)
	}
	seats[0].Leave()
	if _, err := hub.Create(nil); err != nil {
		t.Fatalf("a room in the place of one that is gone: %v", err)
	}
	// A peer that comes and goes for ever ends its room, and no other.
	for range 5000 {
		seats[1].Break(false)
		seats[1].Return()
	}
	if !seats[1].Ended() || hub.Rooms() != 1 {
		t.Fatalf("%d rooms are left", hub.Rooms())
	}
	hub.Close()
	if _, err := hub.Create(nil); !errors.Is(err, signaling.ErrRoomGone) {
		t.Fatalf("a room after the end: %v", err)
	}
}

func TestARoomIsRevived(t *testing.T) {
	before := memory.New(memory.Config{})
	seat, err := before.Create(nil)
	if err != nil {
		t.Fatal(err)
	}
	id := seat.Room()
	before.Close() // its program crashed
	hub := memory.New(memory.Config{})
	defer hub.Close()
	owner := memory.NewSignaler(hub, nil)
	room, err := owner.Revive(t.Context(), id)
	if err != nil || room.Invite().Room != id {
		t.Fatal(room, err)
	}
	defer func() { _ = room.Leave(context.Background()) }()
	if _, err := owner.Revive(t.Context(), id); !errors.Is(err, signaling.ErrRoomFull) {
		t.Errorf("twice: %v", err)
	}
	if _, err := owner.Join(t.Context(), signaling.Invite{Room: id}); !errors.Is(err, signaling.ErrOwnRoom) {
		t.Errorf("our own: %v", err)
	}
	guest, err := memory.NewSignaler(hub, nil).Join(t.Context(), signaling.Invite{Room: id})
	if err != nil {
		t.Fatal(err)
	}
	_ = guest.Leave(t.Context())
}
