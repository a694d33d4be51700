// Package signalingtest is what every signaling adapter must do, as tests that
// run against any of them.
package signalingtest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"parley/backend/signaling"
)

// Options are what a test wants to be different; a zero field is the adapter's
// own default.
type Options struct {
	TTL   time.Duration // a room's life
	Grace time.Duration // how long a vanished peer keeps its seat
}

// Harness is one signaling service and three users of it. It ends what it
// started in a t.Cleanup.
type Harness struct {
	Caller, Callee, Third signaling.Signaler
	// Break closes the callee's connections to the service under it, Silence
	// has them carry nothing any more, and Restore mends either. Tests that
	// need them are skipped where they are nil.
	Break, Silence, Restore func()
	// Unordered tells that descriptions and candidates may come in any order to
	// each other; among themselves candidates keep theirs.
	Unordered bool
	// Rooms is how many rooms the service holds, of whatever is in them; nil
	// where it cannot be counted.
	Rooms func() int
}

// patience is how long a test waits for what should come at once.
const patience = time.Minute

// Run runs all tests against the adapter that start makes harnesses of.
func Run(t *testing.T, start func(t *testing.T, o Options) Harness) {
	for _, test := range []struct {
		name string
		o    Options
		run  func(*testing.T, Harness)
	}{
		{"an offer and an answer with their candidates", Options{}, testExchange},
		{"the callee is there before the offer", Options{}, testCalleeFirst},
		{"a third peer finds the room full", Options{}, testFull},
		{"the own room is refused", Options{}, testOwn},
		{"a room that is not there", Options{}, testNotFound},
		{"a room expires", Options{TTL: 300 * time.Millisecond}, testExpired},
		{"the caller leaves", Options{}, func(t *testing.T, h Harness) { testLeave(t, h, signaling.Caller) }},
		{"the callee leaves", Options{}, func(t *testing.T, h Harness) { testLeave(t, h, signaling.Callee) }},
		{"the caller leaves alone", Options{}, testLeaveAlone},
		{"leaving with events unread", Options{}, testLeaveUnread},
		{"a second description", Options{}, testSecondDescription},
		{"later descriptions", Options{}, testLaterDescriptions},
		{"restarts without end", Options{}, testManyRestarts},
		{"the newest description is heard after a break", Options{}, testNewestDescription},
		{"messages that are refused", Options{}, testRefused},
		{"sends are bounded", Options{}, testBounded},
		{"deadlines hold", Options{}, testDeadline},
		{"a broken connection resumes", Options{}, testResume},
		{"a connection falls silent", Options{}, testSilence},
		{"a send waits for the connection", Options{}, testSendWhileBroken},
		{"a peer that stays away", Options{Grace: 300 * time.Millisecond}, testLost},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			t.Cleanup(func() { goleak.VerifyNone(t, before) })
			test.run(t, start(t, test.o))
		})
	}
}

// peer is a seat in a test.
type peer struct {
	t    *testing.T
	role signaling.Role
	room signaling.Room
}

func newPeer(t *testing.T, role signaling.Role, room signaling.Room, err error) *peer {
	t.Helper()
	if err != nil {
		t.Fatalf("the %s has no room: %v", role, err)
	}
	p := &peer{t, role, room}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = room.Leave(ctx) // a broken way may not let it
	})
	return p
}

func create(t *testing.T, h Harness) *peer {
	t.Helper()
	room, err := h.Caller.Create(ctx(t))
	return newPeer(t, signaling.Caller, room, err)
}

func join(t *testing.T, h Harness, caller *peer) *peer {
	t.Helper()
	room, err := h.Callee.Join(ctx(t), caller.room.Invite())
	p := newPeer(t, signaling.Callee, room, err)
	return p
}

// pair is two peers in a room who know of each other.
func pair(t *testing.T, h Harness) (caller, callee *peer) {
	t.Helper()
	caller = create(t, h)
	callee = join(t, h, caller)
	caller.want(signaling.PresenceEvent{Present: true})
	callee.want(signaling.PresenceEvent{Present: true})
	return caller, callee
}

func ctx(t *testing.T) context.Context {
	c, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return c
}

// next is the next event, or nil where there will be none.
func (p *peer) next() signaling.Event {
	p.t.Helper()
	select {
	case e := <-p.room.Events():
		return e
	case <-time.After(patience):
		p.t.Fatalf("the %s waits for an event", p.role)
		return nil
	}
}

func (p *peer) want(events ...signaling.Event) {
	p.t.Helper()
	for _, want := range events {
		if got := p.next(); show(got) != show(want) {
			p.t.Fatalf("the %s got %s, want %s", p.role, show(got), show(want))
		}
	}
}

func (p *peer) wantClosed() {
	p.t.Helper()
	if e := p.next(); e != nil {
		p.t.Fatalf("the %s got %s after the last event", p.role, show(e))
	}
}

// show is an event with what its pointers point to.
func show(e signaling.Event) string {
	c, ok := e.(signaling.CandidateEvent)
	if !ok {
		return fmt.Sprintf("%T%+v", e, e)
	}
	s := c.Candidate.Candidate
	if c.Candidate.SDPMid != nil {
		s += " mid " + *c.Candidate.SDPMid
	}
	if c.Candidate.SDPMLineIndex != nil {
		s += fmt.Sprintf(" line %d", *c.Candidate.SDPMLineIndex)
	}
	if c.Candidate.UsernameFragment != nil {
		s += " ufrag " + *c.Candidate.UsernameFragment
	}
	return s
}

func (p *peer) describe() {
	p.t.Helper()
	if err := p.room.SendDescription(ctx(p.t), description(p.role)); err != nil {
		p.t.Fatalf("the %s's description: %v", p.role, err)
	}
}

// candidates sends those from the numbers on.
func (p *peer) candidates(from, to int) {
	p.t.Helper()
	for n := from; n < to; n++ {
		if err := p.room.SendCandidate(ctx(p.t), candidate(n)); err != nil {
			p.t.Fatalf("candidate %d of the %s: %v", n, p.role, err)
		}
	}
}

func (p *peer) wantCandidates(from, to int) {
	p.t.Helper()
	for n := from; n < to; n++ {
		p.want(signaling.CandidateEvent{Candidate: candidate(n)})
	}
}

// wantBoth wants a description among the candidates from number 0 to n: after
// the first before of them, or anywhere where the adapter keeps no such order.
func (p *peer) wantBoth(h Harness, d signaling.DescriptionEvent, before, n int) {
	p.t.Helper()
	described := false
	for heard := 0; heard < n || !described; {
		switch e := p.next(); {
		case !described && show(e) == show(d) && (h.Unordered || heard == before):
			described = true
		case heard < n && show(e) == show(signaling.CandidateEvent{Candidate: candidate(heard)}):
			heard++
		default:
			p.t.Fatalf("the %s got %s after %d candidates", p.role, show(e), heard)
		}
	}
}

func description(from signaling.Role) signaling.Description {
	kind := map[signaling.Role]string{signaling.Caller: "offer", signaling.Callee: "answer"}[from]
	return signaling.Description{Type: kind, SDP: "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=" + kind + " <&>\r\nt=0 0\r\n" +
		strings.Repeat("a=x-filler:0123456789\r\n", 300)}
}

func candidate(n int) signaling.Candidate {
	mid, line, ufrag := "0", uint16(0), "abcd"
	c := signaling.Candidate{
		Candidate: fmt.Sprintf("candidate:%d 1 udp 2130706431 127.0.0.1 %d typ host", n, 10000+n),
		SDPMid:    &mid, SDPMLineIndex: &line,
	}
	if n%2 == 0 {
		c.UsernameFragment = &ufrag
	}
	return c
}

func wantRooms(t *testing.T, h Harness, want int) {
	t.Helper()
	if h.Rooms == nil {
		return
	}
	if n := h.Rooms(); n != want {
		t.Fatalf("the service holds %d rooms, want %d", n, want)
	}
}
