package trust_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"

	"parley/backend/call"
	"parley/backend/peer"
	"parley/backend/signaling"
	"parley/backend/trust"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds what a test waits for; what it waits for takes far less.
const patience = 60 * time.Second

// room is one side's seat in a room whose service is in the hands of a test.
type room struct {
	events chan signaling.Event
	told   func(signaling.Event) // what this side says; set before the call begins
}

func newRoom() *room { return &room{events: make(chan signaling.Event, 1000)} }

func (r *room) Create(context.Context) (signaling.Room, error)                 { return r, nil }
func (r *room) Join(context.Context, signaling.Invite) (signaling.Room, error) { return r, nil }
func (r *room) Invite() signaling.Invite                                       { return signaling.Invite{Room: "0123456789ab"} }
func (r *room) Events() <-chan signaling.Event                                 { return r.events }

func (r *room) SendDescription(_ context.Context, d signaling.Description) error {
	r.told(signaling.DescriptionEvent{Description: d})
	return nil
}

func (r *room) SendCandidate(_ context.Context, c signaling.Candidate) error {
	r.told(signaling.CandidateEvent{Candidate: c})
	return nil
}

func (r *room) Leave(context.Context) error {
	close(r.events)
	return nil
}

// say tells this side something; what comes after it left is nobody's.
func (r *room) say(e signaling.Event) {
	defer func() { _ = recover() }()
	r.events <- e
}

type noDevices struct{}

func (noDevices) Apply(context.Context, call.Want) call.Report { return call.Report{} }
func (noDevices) Mute(bool)                                    {}
func (noDevices) Limit(int)                                    {}

func config(t *testing.T) peer.Config {
	t.Helper()
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		if i.Flags&net.FlagLoopback != 0 {
			return peer.Config{Interfaces: []string{i.Name}, Logger: slog.New(slog.DiscardHandler)}
		}
	}
	t.Skip("this machine has no loopback interface")
	return peer.Config{}
}

// start makes both sides' calls, each with a real connection, over these rooms.
func start(t *testing.T, ours, theirs *room) (caller, callee *call.Call) {
	t.Helper()
	side := func(r *room) *call.Call {
		c := call.New(call.Deps{Signaling: r, Devices: noDevices{}, Logger: slog.New(slog.DiscardHandler),
			NewPeer: func(o call.PeerOptions, h call.PeerHandlers) (call.Peer, error) {
				return peer.New(config(t), o.Role, peer.Handlers{
					Candidate: h.Candidate, Network: h.Network, Open: h.Open, Message: h.Message,
					Transport: func(t peer.Transport) { h.Transport(call.Transport(t)) },
				})
			}})
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	caller, callee = side(ours), side(theirs)
	if err := caller.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := callee.Join(t.Context(), "0123456789ab"); err != nil {
		t.Fatal(err)
	}
	return caller, callee
}

// until waits for a snapshot that is as wanted.
func until(t *testing.T, c *call.Call, what string, wanted func(call.Snapshot) bool) call.Snapshot {
	t.Helper()
	snapshots, stop := c.Watch()
	defer stop()
	late := time.After(patience)
	for {
		select {
		case s := <-snapshots:
			if wanted(s) {
				return s
			}
		case <-late:
			t.Fatalf("no %s in time: %+v", what, c.Snapshot())
		}
	}
}

func hasWords(s call.Snapshot) bool { return s.State == call.Connected && s.Trust.Words != "" }

func TestLiveCall(t *testing.T) {
	ours, theirs := newRoom(), newRoom()
	ours.told, theirs.told = theirs.say, ours.say
	caller, callee := start(t, ours, theirs)
	a, b := until(t, caller, "words", hasWords), until(t, callee, "words", hasWords)
	if a.Trust.Words != b.Trust.Words {
		t.Fatalf("%q and %q", a.Trust.Words, b.Trust.Words)
	}
	if err := caller.SetVerified(t.Context(), true); err != nil || !caller.Snapshot().Trust.Verified {
		t.Fatalf("verify: %v, %+v", err, caller.Snapshot().Trust)
	}

	// In the call, the service offers itself in the callee's place.
	thief, err := peer.New(config(t), signaling.Caller, peer.Handlers{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = thief.Close() }()
	offer, err := thief.Offer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ours.say(signaling.DescriptionEvent{Description: offer})
	s := until(t, caller, "alarm", func(s call.Snapshot) bool { return s.Trust.Swapped })
	if s.Trust.Verified || s.State != call.Connected || s.Trust.Words != a.Trust.Words {
		t.Errorf("after the swap: %s, %+v", s.State, s.Trust)
	}
}

// TestLiveAttack: a service that puts itself between two real ends, with real
// connections to both, over which it carries all that they say.
func TestLiveAttack(t *testing.T) {
	ours, theirs := newRoom(), newRoom()
	toCaller := newThief(t, signaling.Callee, ours)
	toCallee := newThief(t, signaling.Caller, theirs)
	toCaller.other, toCallee.other = toCallee, toCaller
	ours.told, theirs.told = toCaller.hear, toCallee.hear
	caller, callee := start(t, ours, theirs)
	offer, err := toCallee.Offer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	theirs.say(signaling.DescriptionEvent{Description: offer})

	a, b := until(t, caller, "words", hasWords), until(t, callee, "words", hasWords)
	if a.Trust.Words == b.Trust.Words {
		t.Fatalf("both see %q, and somebody is in between", a.Trust.Words)
	}
	// What they say to each other goes through: the attack is a whole one.
	if err := caller.SetDataSaver(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	select {
	case <-toCallee.carried:
	case <-time.After(patience):
		t.Error("nothing was carried over")
	}
}

// thief is the end of a connection that plays one honest side to the other.
type thief struct {
	*peer.Peer
	t        *testing.T
	role     signaling.Role
	room     *room
	other    *thief
	exchange *trust.Exchange
	carried  chan struct{} // closed when something of the other honest side was sent here
}

func newThief(t *testing.T, role signaling.Role, r *room) *thief {
	t.Helper()
	x := &thief{t: t, role: role, room: r, carried: make(chan struct{}, 100)}
	p, err := peer.New(config(t), role, peer.Handlers{
		Candidate: func(c signaling.Candidate) { r.say(signaling.CandidateEvent{Candidate: c}) },
		Open:      func() { x.open() },
		Message:   func(data []byte) { x.message(data) },
	})
	if err != nil {
		t.Fatal(err)
	}
	x.Peer = p
	t.Cleanup(func() { _ = p.Close() })
	return x
}

// hear takes what the honest side on this end tells the service.
func (x *thief) hear(e signaling.Event) {
	switch e := e.(type) {
	case signaling.CandidateEvent:
		_ = x.AddCandidate(e.Candidate)
	case signaling.DescriptionEvent:
		if e.Description.Type == "answer" {
			_ = x.SetAnswer(context.Background(), e.Description)
			return
		}
		answer, err := x.Answer(context.Background(), e.Description)
		if err != nil {
			x.t.Error(err)
			return
		}
		x.room.say(signaling.DescriptionEvent{Description: answer})
	}
}

func (x *thief) open() {
	ours, theirs, err := x.Fingerprints()
	if err != nil {
		x.t.Error(err)
		return
	}
	x.exchange = trust.New(x.role, ours, theirs)
	x.words(x.exchange.Begin())
}

func (x *thief) words(m *trust.Message) {
	if m == nil {
		return
	}
	text, err := json.Marshal(struct {
		Type string `json:"type"`
		*trust.Message
	}{"words", m})
	if err != nil {
		x.t.Error(err)
	}
	_ = x.Send(text)
}

func (x *thief) message(data []byte) {
	var m struct {
		Type string `json:"type"`
		trust.Message
	}
	if err := json.Unmarshal(data, &m); err != nil {
		x.t.Error(err)
		return
	}
	if m.Type != "words" {
		if x.other.Send(data) == nil {
			x.other.carried <- struct{}{}
		}
		return
	}
	answer, err := x.exchange.Take(m.Message)
	if err != nil {
		x.t.Error(err)
	}
	x.words(answer)
}
