package signalingtest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"parley/backend/signaling"
)

// later is the nth description that a seat sends after the first.
func later(kind string, n int) signaling.Description {
	return signaling.Description{Type: kind, SDP: fmt.Sprintf("v=0\r\no=- 1 %d IN IP4 127.0.0.1\r\ns=later %s\r\nt=0 0\r\n", n+1, kind)}
}

// described is a pair that has told each other how to connect.
func described(t *testing.T, h Harness) (caller, callee *peer) {
	t.Helper()
	caller, callee = pair(t, h)
	caller.describe()
	callee.want(signaling.DescriptionEvent{Description: description(signaling.Caller)})
	callee.describe()
	caller.want(signaling.DescriptionEvent{Description: description(signaling.Callee)})
	return caller, callee
}

func (p *peer) describeLater(d signaling.Description) {
	p.t.Helper()
	if err := p.room.SendDescription(ctx(p.t), d); err != nil {
		p.t.Fatalf("a later %s of the %s: %v", d.Type, p.role, err)
	}
}

// Either seat restarts, and both at once.
func testLaterDescriptions(t *testing.T, h Harness) {
	caller, callee := described(t, h)
	for n, from := range []*peer{caller, callee, callee, caller} {
		to := map[*peer]*peer{caller: callee, callee: caller}[from]
		from.describeLater(later("offer", n))
		to.want(signaling.DescriptionEvent{Description: later("offer", n)})
		to.describeLater(later("answer", n))
		from.want(signaling.DescriptionEvent{Description: later("answer", n)})
	}
	caller.describeLater(later("offer", 8))
	callee.describeLater(later("offer", 9))
	callee.want(signaling.DescriptionEvent{Description: later("offer", 8)})
	caller.want(signaling.DescriptionEvent{Description: later("offer", 9)})

	big := later("offer", 10)
	big.SDP += strings.Repeat("a=x\r\n", signaling.MaxSDP)
	for _, d := range []signaling.Description{big, {Type: "offer"}, {Type: "rollback", SDP: "v=0\r\n"}, {Type: "answer", SDP: "hello"}} {
		err := caller.room.SendDescription(ctx(t), d)
		if !errors.Is(err, signaling.ErrTooLarge) && !errors.Is(err, signaling.ErrBadMessage) {
			t.Errorf("a later description of the type %q and %d bytes: %v", d.Type, len(d.SDP), err)
		}
	}
	callee.describeLater(later("answer", 11)) // the room goes on
	caller.want(signaling.DescriptionEvent{Description: later("answer", 11)})
}

// A long call restarts more often than one generation has candidates, and what
// is bounded stays so within a generation.
func testManyRestarts(t *testing.T, h Harness) {
	caller, callee := described(t, h)
	const restarts, each = 2, 130
	for n := range restarts {
		caller.describeLater(later("offer", n))
		caller.candidates(n*each, (n+1)*each)
		want := map[string]bool{show(signaling.DescriptionEvent{Description: later("offer", n)}): true}
		for c := n * each; c < (n+1)*each; c++ {
			want[show(signaling.CandidateEvent{Candidate: candidate(c)})] = true
		}
		for first := true; len(want) > 0; first = false {
			e := callee.next()
			if _, ok := e.(signaling.DescriptionEvent); !want[show(e)] || first && !ok && !h.Unordered {
				t.Fatalf("restart %d: got %s", n, show(e))
			}
			delete(want, show(e))
		}
	}
	for n := range 5000 { // of the last generation
		if err := caller.room.SendCandidate(ctx(t), candidate(n%50000)); errors.Is(err, signaling.ErrTooMany) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
	t.Error("5000 candidates were taken after one offer")
}

// What a side that was away missed is not told to it offer by offer.
func testNewestDescription(t *testing.T, h Harness) {
	needBreak(t, h)
	caller, callee := described(t, h)
	h.Break()
	caller.want(signaling.PresenceEvent{Dropped: true})
	for n := range 5 {
		caller.describeLater(later("offer", n))
		caller.candidates(n, n+1)
	}
	h.Restore()
	caller.want(signaling.PresenceEvent{Present: true})
	newest := show(signaling.DescriptionEvent{Description: later("offer", 4)})
	for heard := false; !heard; {
		switch e := callee.next().(type) {
		case signaling.DescriptionEvent:
			if show(e) != newest {
				t.Fatalf("heard %s", show(e))
			}
			heard = true
		case signaling.CandidateEvent:
			if !h.Unordered {
				t.Fatalf("an old generation's %s came", show(e))
			}
		default:
			t.Fatalf("got %s", show(e))
		}
	}
	callee.describeLater(later("answer", 4))
	caller.want(signaling.DescriptionEvent{Description: later("answer", 4)})
	if !h.Unordered {
		callee.wantCandidates(4, 5)
	}
}
