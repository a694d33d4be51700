package manual

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"parley/backend/signaling"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// next is the room's next event, nil at the end.
func next(t *testing.T, r signaling.Room) signaling.Event {
	t.Helper()
	select {
	case e := <-r.Events():
		return e
	case <-time.After(time.Hour): // virtual
		t.Fatal("an event is waited for")
		return nil
	}
}

func codeOf(t *testing.T, r signaling.Room) string {
	t.Helper()
	e, ok := next(t, r).(signaling.CodeEvent)
	if !ok {
		t.Fatalf("got %T", e)
	}
	return e.Code
}

func theirs(t *testing.T, r signaling.Room) signaling.Description {
	t.Helper()
	if e := next(t, r); e != (signaling.PresenceEvent{Present: true}) {
		t.Fatalf("got %T", e)
	}
	e, ok := next(t, r).(signaling.DescriptionEvent)
	if !ok {
		t.Fatalf("got %T", e)
	}
	return e.Description
}

func create(t *testing.T, s *Signaler) *Room {
	t.Helper()
	r, err := s.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Leave(t.Context()) })
	return r.(*Room)
}

func join(t *testing.T, s *Signaler, code string) *Room {
	t.Helper()
	r, err := s.Join(t.Context(), signaling.Invite{Code: code})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Leave(t.Context()) })
	return r.(*Room)
}

func send(t *testing.T, r *Room, d signaling.Description) {
	t.Helper()
	if err := r.SendDescription(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

func fixture(t testing.TB, name string) signaling.Description {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name + ".sdp")
	if err != nil {
		t.Fatal(err)
	}
	kind := "offer"
	if strings.Contains(name, "answer") {
		kind = "answer"
	}
	return signaling.Description{Type: kind, SDP: string(text)}
}

var (
	late = regexp.MustCompile(`(?m)^a=(candidate:.*|end-of-candidates)\r?\n`)
	mid  = "0"
)

func TestAnOfferAndItsAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ours, other Signaler
		caller := create(t, &ours)
		offer := fixture(t, "pion-offer")
		offer.SDP = late.ReplaceAllString(offer.SDP, "")
		send(t, caller, offer)
		begun := time.Now()
		for n, c := range []string{"candidate:1 1 udp 2130706431 192.0.2.7 5000 typ host", "candidate:1 2 udp 2130706430 192.0.2.7 5001 typ host", ""} {
			if n == 2 {
				time.Sleep(time.Second)
			}
			if err := caller.SendCandidate(t.Context(), signaling.Candidate{Candidate: c, SDPMid: &mid}); err != nil {
				t.Fatal(err)
			}
		}
		code := codeOf(t, caller)
		if d := time.Since(begun); d != time.Second || caller.Invite().Code != code {
			t.Errorf("the code came after %v, the last candidate after 1 s; the invite is %q", d, caller.Invite())
		}
		callee := join(t, &other, strings.ToLower(code[:40])+"\n "+code[40:])
		heard := theirs(t, callee)
		if heard.Type != "offer" || strings.Count(heard.SDP, "a=candidate:") != 1 || !strings.Contains(heard.SDP, "192.0.2.7 5000 typ host\r\n") {
			t.Errorf("the callee heard a %s:\n%s", heard.Type, heard.SDP)
		}
		begun = time.Now()
		answer := fixture(t, "firefox-answer-to-pion")
		answer.SDP = strings.Replace(answer.SDP, "a=end-of-candidates\r\n", "", 1)
		send(t, callee, answer)
		back := codeOf(t, callee)
		if d := time.Since(begun); d != gathering {
			t.Errorf("the answer's code came after %v", d)
		}
		if err := caller.TakeCode(t.Context(), back); err != nil {
			t.Fatal(err)
		}
		if d := theirs(t, caller); d.Type != "answer" {
			t.Errorf("the caller heard a %s", d.Type)
		}
		time.Sleep(2 * life) // an answered room does not expire
		for _, r := range []*Room{caller, callee} {
			if err := r.SendDescription(t.Context(), offer); !errors.Is(err, signaling.ErrRefused) && !errors.Is(err, signaling.ErrBadMessage) {
				t.Errorf("a later description: %v", err)
			}
			if err := r.SendCandidate(t.Context(), signaling.Candidate{Candidate: "candidate:1 1 udp 1 192.0.2.7 1 typ host", SDPMid: &mid}); !errors.Is(err, signaling.ErrRefused) {
				t.Errorf("a late candidate: %v", err)
			}
			for range 2 {
				if err := r.Leave(t.Context()); err != nil || next(t, r) != nil {
					t.Errorf("leave: %v", err)
				}
			}
		}
	})
}

func TestCodesThatAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ours, other Signaler
		caller, second := create(t, &ours), create(t, &ours)
		if err := caller.TakeCode(t.Context(), "PARLEY:"); !errors.Is(err, signaling.ErrBadCode) {
			t.Errorf("too early: %v", err)
		}
		send(t, caller, fixture(t, "chromium-offer")) // its code takes 2 s
		send(t, second, fixture(t, "pion-offer"))
		offer, foreign := codeOf(t, caller), codeOf(t, second)
		callee := join(t, &other, foreign)
		theirs(t, callee)
		send(t, callee, fixture(t, "pion-answer-to-chromium"))
		answer := codeOf(t, callee)

		for _, test := range []struct {
			name, code, says string
			want             error
		}{
			{"nothing", "", "begins with PARLEY:", signaling.ErrBadCode},
			{"a room ID", "0123-4567-89ab", "begins with PARLEY:", signaling.ErrBadCode},
			{"a link without one", "https://h/#room=abc", "no code", signaling.ErrBadCode},
			{"cut at its end", offer[:len(offer)-20], "very end", signaling.ErrBadCode},
			{"cut to nothing", "PARLEY:", "very end", signaling.ErrBadCode},
			{"a character changed", strings.Replace(offer, offer[100:104], "2345", 1), "checksum", signaling.ErrBadCode},
			{"one that cannot be", offer[:50] + "1" + offer[51:], `'1' cannot`, signaling.ErrBadCode},
			{"pasted twice", offer + offer, "cannot be in one", signaling.ErrBadCode},
			{"too long", "PARLEY:" + strings.Repeat("A", maxText), "twice", signaling.ErrBadCode},
			{"our own", offer, "your own", signaling.ErrBadCode},
			{"another offer", foreign, "join the other's", signaling.ErrBadCode},
			{"another call's answer", answer, "another call", signaling.ErrExpired},
		} {
			err := caller.TakeCode(t.Context(), test.code)
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s: %v", test.name, err)
			}
		}
		if err := second.TakeCode(t.Context(), answer); err != nil {
			t.Errorf("the right one: %v", err)
		}
		if err := second.TakeCode(t.Context(), answer); !errors.Is(err, signaling.ErrRefused) {
			t.Errorf("a second answer: %v", err)
		}
		if err := callee.TakeCode(t.Context(), answer); !errors.Is(err, signaling.ErrRefused) {
			t.Errorf("the callee takes a code: %v", err)
		}
		if _, err := ours.Join(t.Context(), signaling.Invite{Code: offer}); !errors.Is(err, signaling.ErrOwnRoom) {
			t.Errorf("joined the own room: %v", err)
		}
		if _, err := other.Join(t.Context(), signaling.Invite{Code: answer}); !errors.Is(err, signaling.ErrBadCode) {
			t.Errorf("joined an answer: %v", err)
		}
		if _, err := other.Join(t.Context(), signaling.Invite{Room: "abc"}); !errors.Is(err, signaling.ErrBadCode) {
			t.Errorf("joined a room ID: %v", err)
		}
	})
}

func TestAnOfferExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ours, other Signaler
		caller := create(t, &ours)
		send(t, caller, fixture(t, "pion-offer"))
		begun := time.Now()
		code := codeOf(t, caller)
		callee := join(t, &other, code)
		theirs(t, callee)
		send(t, callee, fixture(t, "pion-answer-to-chromium"))
		answer := codeOf(t, callee)
		e, ok := next(t, caller).(signaling.ClosedEvent)
		if !ok || !errors.Is(e.Err, signaling.ErrExpired) || time.Since(begun) != life {
			t.Errorf("got %v after %v", e, time.Since(begun))
		}
		if err := caller.TakeCode(t.Context(), answer); !errors.Is(err, signaling.ErrExpired) {
			t.Errorf("an answer too late: %v", err)
		}
		time.Sleep(skew + 2*time.Minute)
		if _, err := other.Join(t.Context(), signaling.Invite{Code: code}); !errors.Is(err, signaling.ErrExpired) {
			t.Errorf("joined an old code: %v", err)
		}
	})
}

// The two sides' clocks differ by 10 minutes, either way; then by an hour.
func TestClocksThatDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s Signaler
		for off, want := range map[time.Duration]error{
			-10 * time.Minute: nil, 10 * time.Minute: nil, -(life + 10*time.Minute): nil,
			-time.Hour: signaling.ErrExpired, time.Hour: signaling.ErrExpired,
		} {
			code, _, err := pack(fixture(t, "pion-offer"), nil, uint32(time.Now().Add(off).Unix()/60))
			if err != nil {
				t.Fatal(err)
			}
			room, err := s.Join(t.Context(), signaling.Invite{Code: code})
			if !errors.Is(err, want) || want == nil && err != nil {
				t.Errorf("%v: %v", off, err)
			}
			if room != nil {
				_ = room.Leave(t.Context())
			}
		}
	})
}

func TestRoomsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ours Signaler
		caller := create(t, &ours)
		var err error
		for n := 0; err == nil && n < 5000; n++ {
			err = caller.SendCandidate(t.Context(), signaling.Candidate{Candidate: fmt.Sprintf("candidate:1 1 udp %d 192.0.2.7 %d typ host", n, n+1), SDPMid: &mid})
		}
		if !errors.Is(err, signaling.ErrTooMany) {
			t.Error(err)
		}
		offer := fixture(t, "pion-offer")
		offer.SDP = late.ReplaceAllString(offer.SDP, "")
		send(t, caller, offer)
		p, err := unpack(codeOf(t, caller))
		if n := strings.Count(p.description.SDP, "a=candidate:"); err != nil || n != maxCandidates {
			t.Errorf("%d candidates, %v", n, err)
		}
		large := offer
		for n := range 2000 {
			large.SDP += fmt.Sprintf("a=x-%d:%x\r\n", n, n*n*7919)
		}
		if err := create(t, &ours).SendDescription(t.Context(), large); !errors.Is(err, signaling.ErrTooLarge) {
			t.Errorf("a description of %d bytes: %v", len(large.SDP), err)
		}
		if err := create(t, &ours).SendDescription(t.Context(), fixture(t, "pion-answer-to-chromium")); !errors.Is(err, signaling.ErrBadMessage) {
			t.Errorf("the caller answers: %v", err)
		}
		left := create(t, &ours)
		send(t, left, offer)
		_ = left.Leave(t.Context()) // while it gathers
		if err := left.SendDescription(t.Context(), offer); !errors.Is(err, signaling.ErrRoomGone) {
			t.Errorf("after the end: %v", err)
		}
	})
}

// lines are a description's lines but for those that a code leaves out or
// writes anew.
func lines(sdp string) []string {
	text, _ := strip(sdp, nil)
	return slices.Collect(strings.Lines(text))
}
