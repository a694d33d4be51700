package signalingtest

import (
	"errors"
	"strings"
	"testing"

	"parley/backend/signaling"
)

func testExchange(t *testing.T, h Harness) {
	caller := create(t, h)
	if id := caller.room.Invite().Room; !id.Own() {
		t.Errorf("room ID %q is not of our form", id)
	}
	caller.candidates(0, 3) // an old caller's come first
	caller.describe()
	caller.candidates(3, 6)
	callee := join(t, h, caller)
	callee.want(signaling.PresenceEvent{Present: true})
	callee.wantBoth(h, signaling.DescriptionEvent{Description: description(signaling.Caller)}, 3, 6)
	callee.describe()
	callee.candidates(0, 3)
	caller.candidates(6, 9)
	caller.want(signaling.PresenceEvent{Present: true})
	caller.wantBoth(h, signaling.DescriptionEvent{Description: description(signaling.Callee)}, 0, 3)
	callee.wantCandidates(6, 9)
}

func testCalleeFirst(t *testing.T, h Harness) {
	caller, callee := pair(t, h)
	caller.describe()
	callee.want(signaling.DescriptionEvent{Description: description(signaling.Caller)})
	callee.describe()
	caller.want(signaling.DescriptionEvent{Description: description(signaling.Callee)})
}

func testFull(t *testing.T, h Harness) {
	caller, callee := pair(t, h)
	room, err := h.Third.Join(ctx(t), caller.room.Invite())
	if !errors.Is(err, signaling.ErrRoomFull) || room != nil {
		t.Fatalf("a third peer got %v, %v", room, err)
	}
	caller.describe()
	callee.want(signaling.DescriptionEvent{Description: description(signaling.Caller)})
	callee.describe()
	caller.want(signaling.DescriptionEvent{Description: description(signaling.Callee)})
}

func testOwn(t *testing.T, h Harness) {
	caller := create(t, h)
	if _, err := h.Caller.Join(ctx(t), caller.room.Invite()); !errors.Is(err, signaling.ErrOwnRoom) {
		t.Fatalf("joined the own room: %v", err)
	}
	callee := join(t, h, caller) // nobody took its place
	callee.want(signaling.PresenceEvent{Present: true})
}

func testNotFound(t *testing.T, h Harness) {
	i := create(t, h).room.Invite()
	for _, id := range []signaling.RoomID{signaling.NewRoomID(), "AnotherClientsRoom_1"} {
		i.Room = id
		if _, err := h.Callee.Join(ctx(t), i); !errors.Is(err, signaling.ErrRoomNotFound) {
			t.Errorf("room %s: %v", id, err)
		}
	}
	wantRooms(t, h, 1)
}

func testExpired(t *testing.T, h Harness) {
	caller := create(t, h)
	e, ok := caller.next().(signaling.ClosedEvent)
	if !ok || !errors.Is(e.Err, signaling.ErrExpired) {
		t.Fatalf("got %s", show(e))
	}
	caller.wantClosed()
	if err := caller.room.SendCandidate(ctx(t), candidate(0)); err == nil {
		t.Error("a candidate was taken by an expired room")
	}
	wantRooms(t, h, 0)
	if _, err := h.Callee.Join(ctx(t), caller.room.Invite()); !errors.Is(err, signaling.ErrExpired) {
		t.Fatalf("joined an expired room: %v", err)
	}
}

func testLeave(t *testing.T, h Harness, who signaling.Role) {
	caller, callee := pair(t, h)
	caller.describe()
	caller.candidates(0, 3)
	callee.wantBoth(h, signaling.DescriptionEvent{Description: description(signaling.Caller)}, 0, 3)
	leaver, other := caller, callee
	if who == signaling.Callee {
		leaver, other = callee, caller
	}
	for range 2 {
		if err := leaver.room.Leave(ctx(t)); err != nil {
			t.Fatalf("leave: %v", err)
		}
	}
	leaver.wantClosed()
	other.want(signaling.LeftEvent{})
	other.wantClosed()
	wantRooms(t, h, 0)
	for _, p := range []*peer{leaver, other} {
		if err := p.room.SendCandidate(ctx(t), candidate(9)); err == nil {
			t.Errorf("a candidate of the %s was taken after the end", p.role)
		}
	}
	if _, err := h.Third.Join(ctx(t), caller.room.Invite()); !errors.Is(err, signaling.ErrRoomNotFound) {
		t.Errorf("the room is still there: %v", err)
	}
	if err := other.room.Leave(ctx(t)); err != nil {
		t.Errorf("leave after the other side: %v", err)
	}
}

func testLeaveAlone(t *testing.T, h Harness) {
	caller := create(t, h)
	caller.describe()
	caller.candidates(0, 3)
	wantRooms(t, h, 1)
	if err := caller.room.Leave(ctx(t)); err != nil {
		t.Fatal(err)
	}
	caller.wantClosed()
	wantRooms(t, h, 0)
}

func testLeaveUnread(t *testing.T, h Harness) {
	caller := create(t, h)
	callee := join(t, h, caller)
	callee.describe()
	callee.candidates(0, 100) // the caller reads none of them
	if err := caller.room.Leave(ctx(t)); err != nil {
		t.Fatal(err)
	}
	callee.want(signaling.PresenceEvent{Present: true}, signaling.LeftEvent{})
}

func testSecondDescription(t *testing.T, h Harness) {
	caller, callee := pair(t, h)
	caller.describe()
	callee.want(signaling.DescriptionEvent{Description: description(signaling.Caller)})
	if err := caller.room.SendDescription(ctx(t), later("offer", 1)); !errors.Is(err, signaling.ErrRefused) {
		t.Errorf("a second offer before the answer: %v", err)
	}
	callee.describe()
	caller.want(signaling.DescriptionEvent{Description: description(signaling.Callee)})
	caller.candidates(0, 1)
	callee.candidates(0, 1)
	caller.wantCandidates(0, 1)
	callee.wantCandidates(0, 1)
}

func testRefused(t *testing.T, h Harness) {
	caller, callee := pair(t, h)
	big := description(signaling.Caller)
	big.SDP += strings.Repeat("a=x\r\n", signaling.MaxSDP)
	for _, d := range []signaling.Description{
		big, description(signaling.Callee), {Type: "offer"}, {Type: "rollback", SDP: "v=0\r\n"}, {Type: "offer", SDP: "hello"},
	} {
		err := caller.room.SendDescription(ctx(t), d)
		if !errors.Is(err, signaling.ErrTooLarge) && !errors.Is(err, signaling.ErrBadMessage) {
			t.Errorf("a description of the type %q and %d bytes: %v", d.Type, len(d.SDP), err)
		}
	}
	long := candidate(0)
	long.Candidate += strings.Repeat(" x", signaling.MaxCandidate)
	split := candidate(0)
	split.Candidate += "\r\na=evil"
	for _, c := range []signaling.Candidate{long, split, {Candidate: "candidate:1"}, {Candidate: "hello"}} {
		err := caller.room.SendCandidate(ctx(t), c)
		if !errors.Is(err, signaling.ErrTooLarge) && !errors.Is(err, signaling.ErrBadMessage) {
			t.Errorf("candidate %.40q: %v", c.Candidate, err)
		}
	}
	caller.describe() // the room goes on
	callee.want(signaling.DescriptionEvent{Description: description(signaling.Caller)})
}

func testBounded(t *testing.T, h Harness) {
	caller := create(t, h)
	for n := range 5000 {
		err := caller.room.SendCandidate(ctx(t), candidate(n%50000))
		if err == nil {
			continue
		}
		if !errors.Is(err, signaling.ErrTooMany) {
			t.Fatalf("candidate %d: %v", n, err)
		}
		caller.describe() // the room goes on
		callee := join(t, h, caller)
		callee.want(signaling.PresenceEvent{Present: true})
		callee.wantBoth(h, signaling.DescriptionEvent{Description: description(signaling.Caller)}, n, n)
		return
	}
	t.Fatal("5000 candidates were taken")
}
