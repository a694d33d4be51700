package peer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/webrtc/v4"
	"pgregory.net/rapid"

	"parley/backend/frame"
	"parley/backend/signaling"
)

// restart makes a later offer of from and carries what follows to its end.
func restart(t testing.TB, from, to *end) {
	t.Helper()
	offer, err := from.Restart(ctx(t))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := to.Renegotiate(ctx(t), offer)
	if err != nil || answer == nil {
		t.Fatalf("the answer %v, %v", answer, err)
	}
	if none, err := from.Renegotiate(ctx(t), *answer); err != nil || none != nil {
		t.Fatalf("an answer is answered: %v, %v", none, err)
	}
}

// agreed tells whether each side's credentials are those that the other has.
func agreed(a, b *end) error {
	mine := func(e *end) string {
		e.saying.Lock() // not from pion: its description must not be read while another is made
		defer e.saying.Unlock()
		return e.ufrag
	}
	a.mu.Lock()
	ofB, openA := a.later.taken, a.later.open
	a.mu.Unlock()
	b.mu.Lock()
	ofA, openB := b.later.taken, b.later.open
	b.mu.Unlock()
	if openA != "" || openB != "" || mine(a) != ofA || mine(b) != ofB {
		return fmt.Errorf("open %q and %q; %q is taken for %q, %q for %q", openA, openB, ofA, mine(a), ofB, mine(b))
	}
	return nil
}

// flows sends one picture and one packet each way, and messages: all arrive.
func flows(t testing.TB, a, b *end, n int) {
	t.Helper()
	for _, way := range [][2]*end{{a, b}, {b, a}} {
		from, to := way[0], way[1]
		pump(t, from, to, frame.VP8, 3000, func(int, frame.Video) bool { return true })
		if err := from.WriteAudio(frame.Audio{Data: []byte{1, byte(n)}, Captured: time.Now()}); err != nil {
			t.Fatal(err)
		}
		get(t, to.audio, "sound")
		if err := from.Send(fmt.Appendf(nil, "%d", n)); err != nil {
			t.Fatal(err)
		}
		until(t, to.message, fmt.Sprint(n))
	}
}

// together waits until both sides agree and are connected. A restart may be over
// before anybody was told that it began.
func together(t testing.TB, a, b *end) {
	t.Helper()
	late := time.After(patience)
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	connected := func(e *end) bool { return e.pc.ConnectionState() == webrtc.PeerConnectionStateConnected }
	for agreed(a, b) != nil || !connected(a) || !connected(b) {
		select {
		case <-again.C:
		case <-late:
			t.Fatal(agreed(a, b), a.pc.ConnectionState(), b.pc.ConnectionState())
		}
	}
}

func TestRestart(t *testing.T) {
	caller, callee := newPair(t)
	get(t, caller.open, "open channel")
	get(t, callee.open, "open channel")
	before := sdpValue(caller.pc.LocalDescription().SDP, "ice-ufrag")
	flows(t, caller, callee, 0)
	for n, way := range [][2]*end{{caller, callee}, {callee, caller}, {callee, caller}, {caller, callee}} {
		restart(t, way[0], way[1])
		together(t, caller, callee)
		flows(t, caller, callee, n+1)
		if err := agreed(caller, callee); err != nil {
			t.Fatal(err)
		}
	}
	if sdpValue(caller.pc.LocalDescription().SDP, "ice-ufrag") == before {
		t.Error("no new credentials")
	}
	if got := len(caller.codec) + len(callee.codec); got != 2 {
		t.Errorf("codecs were told %d times", got)
	}
}

// From the moment that a change of the network was noticed, the picture is back after the
// round trips that offer, answer, checks and a key frame take, whichever side noticed it.
func TestPictureIsBackSoonAfterARestart(t *testing.T) {
	const way = 25 * time.Millisecond
	for _, noticed := range []signaling.Role{signaling.Caller, signaling.Callee} {
		synctest.Test(t, func(t *testing.T) {
			var gone atomic.Bool
			var old sync.Map // sockets of before, from which nothing comes any more
			caller, callee := networkPair(t, way, func(from string, _ []byte) bool {
				if gone.Load() {
					_, was := old.Load(from)
					return was
				}
				old.Store(from, true)
				return false
			}, frame.VP8)
			from, to := caller, callee
			if noticed == signaling.Callee {
				from, to = callee, caller
			}
			get(t, caller.keyframe, "key frame request on connecting")
			pump(t, caller, callee, frame.VP8, 2500, func(n int, _ frame.Video) bool { return n >= 60 })
			gone.Store(true)
			time.Sleep(networkInterval)
			for len(callee.video) > 0 {
				<-callee.video
			}
			began := time.Now()
			offer, err := from.Restart(ctx(t))
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(way) // through the room
			answer, err := to.Renegotiate(ctx(t), offer)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(way)
			if _, err := from.Renegotiate(ctx(t), *answer); err != nil {
				t.Fatal(err)
			}
			var took time.Duration
			pumpOn(t, caller, callee, 200, func(frame.Video) bool { took = time.Since(began); return true })
			t.Logf("noticed by the %s: a picture after %v", noticed, took)
			if took > time.Second/2 { // a second is promised
				t.Errorf("noticed by the %s: a picture after %v", noticed, took)
			}
		})
	}
}

// Both offer at once: the caller's offer is answered, the callee's is taken back.
func TestRestartFromBothSides(t *testing.T) {
	caller, callee := newPair(t)
	get(t, caller.open, "open channel")
	get(t, callee.open, "open channel")
	for n := range 3 {
		ours, err := caller.Restart(ctx(t))
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := callee.Restart(ctx(t))
		if err != nil {
			t.Fatal(err)
		}
		if answer, err := caller.Renegotiate(ctx(t), theirs); err != nil || answer != nil {
			t.Fatalf("the caller gave way: %v, %v", answer, err)
		}
		answer, err := callee.Renegotiate(ctx(t), ours)
		if err != nil || answer == nil {
			t.Fatalf("the callee did not: %v, %v", answer, err)
		}
		if _, err := caller.Renegotiate(ctx(t), *answer); err != nil {
			t.Fatal(err)
		}
		together(t, caller, callee)
		if err := agreed(caller, callee); err != nil {
			t.Fatal(err)
		}
		flows(t, caller, callee, n)
	}
}

// A second restart before the answer to the first; the late answer and an old
// generation's candidates do no harm.
func TestLateWords(t *testing.T) {
	caller, callee := newEnd(t, signaling.Caller, nil), newEnd(t, signaling.Callee, nil)
	if _, err := caller.Restart(ctx(t)); !errors.Is(err, ErrUnexpected) {
		t.Errorf("a restart before the call: %v", err)
	}
	connect(t, caller, callee)
	first, err := caller.Restart(ctx(t))
	if err != nil {
		t.Fatal(err)
	}
	second, err := caller.Restart(ctx(t))
	if err != nil {
		t.Fatal(err)
	}
	late, err := callee.Renegotiate(ctx(t), first)
	if err != nil || late == nil {
		t.Fatal(late, err)
	}
	answer, err := callee.Renegotiate(ctx(t), second)
	if err != nil || answer == nil {
		t.Fatal(answer, err)
	}
	for _, d := range []signaling.Description{*late, *answer, *late, *answer} {
		if _, err := caller.Renegotiate(ctx(t), d); err != nil {
			t.Fatal(err)
		}
	}
	old := "longgone"
	_, stale, _ := strings.Cut(first.SDP, "a=candidate:")
	stale, _, _ = strings.Cut(stale, "\r\n")
	mid := "0"
	if err := caller.AddCandidate(signaling.Candidate{Candidate: "candidate:" + stale, SDPMid: &mid, UsernameFragment: &old}); err != nil {
		t.Error(err)
	}
	together(t, caller, callee)
	if err := agreed(caller, callee); err != nil {
		t.Fatal(err)
	}
	pump(t, caller, callee, frame.VP8, 1000, func(n int, _ frame.Video) bool { return n > 2 })
	for _, d := range []signaling.Description{{Type: "offer", SDP: "v=0\r\n"}, {Type: "rollback", SDP: first.SDP}, {Type: "answer"}} {
		if _, err := caller.Renegotiate(ctx(t), d); !errors.Is(err, ErrBadDescription) {
			t.Errorf("%s of %d bytes: %v", d.Type, len(d.SDP), err)
		}
	}
	_ = caller.Close()
	if _, err := caller.Restart(ctx(t)); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

// A new generation's candidates that come before their description wait for it.
func TestEarlyCandidatesOfARestart(t *testing.T) {
	caller, callee := newPair(t)
	offer, err := caller.Restart(ctx(t))
	if err != nil {
		t.Fatal(err)
	}
	ufrag := sdpValue(offer.SDP, "ice-ufrag")
	_, candidates := splitCandidates(offer.SDP)
	for _, c := range candidates {
		c.UsernameFragment = &ufrag
		if err := callee.AddCandidate(c); err != nil {
			t.Fatal(err)
		}
	}
	offer.SDP = withoutCandidates(offer.SDP)
	answer, err := callee.Renegotiate(ctx(t), offer)
	if err != nil {
		t.Fatal(err)
	}
	answer.SDP = withoutCandidates(answer.SDP) // the caller hears of the callee by its checks
	if _, err := caller.Renegotiate(ctx(t), *answer); err != nil {
		t.Fatal(err)
	}
	together(t, caller, callee)
}

// model is a side of a negotiation without a connection below it.
type model struct {
	renegotiator
	name string
	n    int
	own  string // the ufrag that is in use
}

type said struct{ kind, ufrag, heard string }

func (m *model) next() string { m.n++; return fmt.Sprintf("%s%d", m.name, m.n) }

func (m *model) offer() said {
	m.open = m.next()
	m.own = m.open
	return said{"offer", m.own, m.taken}
}

func (m *model) hear(s said) (said, bool) {
	switch m.judge(s.kind, s.ufrag, s.heard) {
	case takeAnswer:
		m.taken, m.open = s.ufrag, ""
	case answerOffer:
		m.open, m.taken, m.own = "", s.ufrag, m.next()
		return said{"answer", m.own, m.taken}, true
	}
	return said{}, false
}

// Whatever order two sides offer and hear in, and whichever words are replaced
// by newer ones before they are heard: in the end they agree.
func TestAnyOrderOfRestarts(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		caller := &model{name: "caller", own: "caller0"}
		callee := &model{name: "callee", own: "callee0"}
		caller.taken, callee.taken, callee.polite = "callee0", "caller0", true
		replaces := rapid.Bool().Draw(rt, "a newer word replaces one that is not heard")
		box := map[*model][]said{} // what each is to hear
		say := func(to *model, s said) {
			if replaces {
				box[to] = nil
			}
			box[to] = append(box[to], s)
		}
		hear := func(m, other *model) {
			s := box[m][0]
			box[m] = box[m][1:]
			if answer, ok := m.hear(s); ok {
				say(other, answer)
			}
		}
		sides := []*model{caller, callee}
		for _, step := range rapid.SliceOfN(rapid.IntRange(0, 3), 1, 40).Draw(rt, "steps") {
			m, other := sides[step%2], sides[1-step%2]
			switch {
			case step < 2:
				say(other, m.offer())
			case len(box[m]) > 0:
				hear(m, other)
			}
		}
		for len(box[caller])+len(box[callee]) > 0 {
			m := sides[rapid.IntRange(0, 1).Draw(rt, "who")]
			if len(box[m]) > 0 {
				hear(m, sides[1-slices.Index(sides, m)])
			}
		}
		if caller.open+callee.open != "" || caller.taken != callee.own || callee.taken != caller.own {
			rt.Fatalf("caller %+v, callee %+v", caller, callee)
		}
	})
}

// The same with real connections, in a few orders, with goroutines that do not
// wait for each other.
func TestRestartsAtAnyTime(t *testing.T) {
	caller, callee := newPair(t)
	boxes := map[*end]chan signaling.Description{caller: make(chan signaling.Description, 100), callee: make(chan signaling.Description, 100)}
	c, stop := context.WithCancel(context.Background())
	var wg, offering sync.WaitGroup
	for e, other := range map[*end]*end{caller: callee, callee: caller} {
		wg.Go(func() {
			for {
				select {
				case d := <-boxes[e]:
					answer, err := e.Renegotiate(ctx(t), d)
					if err != nil {
						t.Error(err)
					}
					if answer != nil {
						boxes[other] <- *answer
					}
				case <-c.Done():
					return
				}
			}
		})
		offering.Go(func() {
			for range 4 {
				d, err := e.Restart(ctx(t))
				if err != nil {
					t.Error(err)
					return
				}
				boxes[other] <- d
			}
		})
	}
	offering.Wait()
	// The words that are left are heard; then the two agree and are connected.
	together(t, caller, callee)
	stop()
	wg.Wait()
	pump(t, caller, callee, frame.VP8, 1000, func(n int, _ frame.Video) bool { return n > 2 })
	pump(t, callee, caller, frame.VP8, 1000, func(n int, _ frame.Video) bool { return n > 2 })
}

// What a description of ours says of us stands at session level, for the other
// side and for the room that carries it.
func TestFollowing(t *testing.T) {
	d := following(signaling.Description{SDP: "v=0\r\ns=-\r\nm=audio 9 x 111\r\n"}, "none")
	if want := "v=0\r\ns=-\r\na=x-parley-more\r\na=x-parley-heard:none\r\nm=audio 9 x 111\r\n"; d.SDP != want {
		t.Errorf("got %q", d.SDP)
	}
}
