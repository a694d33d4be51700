package call

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"parley/backend/signaling"
)

// knocking brings somebody to the door of our waiting room.
func knocking(t *testing.T, w *world) {
	t.Helper()
	if err := w.call.SetWaitingRoom(ctx, true); err != nil {
		t.Fatal(err)
	}
	if err := w.call.Create(ctx); err != nil {
		t.Fatal(err)
	}
	w.wait()
	w.room().happen(answer)
	w.wait()
	w.peer().Transport(TransportConnected)
	expect(t, w.wait(), Knocking)
	w.peer().Open()
	expect(t, w.wait(), Knocking)
}

// atTheirDoor brings us to the door of somebody else's waiting room.
func atTheirDoor(t *testing.T, w *world) {
	t.Helper()
	if err := w.call.Join(ctx, joinable); err != nil {
		t.Fatal(err)
	}
	w.wait()
	w.room().happen(offer)
	w.wait()
	w.peer().Transport(TransportConnected)
	expect(t, w.wait(), Connected)
	w.peer().Open()
	w.peer().Message([]byte(`{"type":"door","open":false}`))
	expect(t, w.wait(), Knocking)
}

func (p *fakePeer) wasTold(message string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Contains(p.sent, message)
}

func (p *fakePeer) isHeld() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.held
}

func TestWhoKnocksIsSeenAndLetIn(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		knocking(t, w)
		p := w.peer()
		if !p.isHeld() || !p.wasTold(`{"type":"door","open":false}`) {
			t.Fatalf("held %v, told %v", p.isHeld(), p.sent)
		}
		if s := w.call.Snapshot(); s.Knock != (Knock{}) || s.Trust != (Trust{}) {
			t.Errorf("before the knock: %+v", s)
		}
		picture := base64.StdEncoding.EncodeToString([]byte("picture"))
		p.Message([]byte(`{"type":"knock","name":" Ann\u202e ","picture":"` + picture + `"}`))
		p.Message([]byte(`{"type":"knock","name":"Eve"}`)) // the first counts
		p.Message([]byte(`{"type":"state","camera":false}`))
		s := w.wait()
		if s.Knock != (Knock{Name: "Ann", Picture: picture}) || !s.Other.CameraOn {
			t.Errorf("%+v", s)
		}
		if err := w.call.LetIn(ctx); err != nil {
			t.Fatal(err)
		}
		s = w.wait()
		expect(t, s, Connected)
		if p.isHeld() || s.Knock != (Knock{}) || !p.wasTold(`{"type":"door","open":true}`) {
			t.Errorf("held %v, told %v, %+v", p.isHeld(), p.sent, s)
		}
		if last := p.sent[len(p.sent)-1]; !strings.Contains(last, `"type":"state"`) {
			t.Errorf("after the door: %s", last)
		}
		if err := w.call.LetIn(ctx); codeOf(err) != NotInCall {
			t.Errorf("let in twice: %v", err)
		}
		p.Message([]byte(`{"type":"door","open":false}`)) // is not for a caller
		expect(t, w.wait(), Connected)
	})
}

func TestWhoIsNotLetInHearsThat(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		knocking(t, w)
		p := w.peer()
		_ = w.call.HangUp(ctx)
		s := w.wait()
		expect(t, s, Ended)
		if s.Reason != Declined || !p.wasTold(`{"type":"bye"}`) || !p.isHeld() || !w.room().left {
			t.Errorf("%s, told %v, held %v, left %v", s.Reason, p.sent, p.isHeld(), w.room().left)
		}
	})
	for name, end := range map[string]func(w *world){
		"bye":               func(w *world) { w.peer().Message([]byte(`{"type":"bye"}`)) },
		"room left":         func(w *world) { w.room().happen(signaling.LeftEvent{}) },
		"connection closed": func(w *world) { w.peer().Transport(TransportClosed) },
		"no answer":         func(*world) { pass(knockTimeout + time.Second) },
	} {
		inWorld(t, func(t *testing.T, w *world) {
			atTheirDoor(t, w)
			end(w)
			s := w.wait()
			expect(t, s, Ended)
			if s.Reason != OtherDeclined {
				t.Errorf("%s: %s", name, s.Reason)
			}
		})
	}
}

func TestWeKnock(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		if err := w.call.Knock(ctx, "Bob", ""); codeOf(err) != NotInCall {
			t.Errorf("without a door: %v", err)
		}
		atTheirDoor(t, w)
		p := w.peer()
		if !p.isHeld() {
			t.Error("our media flows")
		}
		if err := w.call.LetIn(ctx); codeOf(err) != NotInCall {
			t.Errorf("let ourselves in: %v", err)
		}
		if err := w.call.Knock(ctx, "\u202e", ""); codeOf(err) != Internal {
			t.Errorf("a name that cannot be seen: %v", err)
		}
		if err := w.call.Knock(ctx, "Bob", ""); err != nil || !p.wasTold(`{"type":"knock","name":"Bob"}`) {
			t.Errorf("%v, told %v", err, p.sent)
		}
		if s := w.wait(); s.Knock.Name != "Bob" {
			t.Errorf("%+v", s.Knock)
		}
		if err := w.call.Knock(ctx, "Bob", ""); codeOf(err) != NotInCall {
			t.Errorf("twice: %v", err)
		}
		p.Message([]byte(`{"type":"door","open":true}`))
		expect(t, w.wait(), Connected)
		if p.isHeld() {
			t.Error("our media is held back")
		}
		p.Message([]byte(`{"type":"door","open":false}`)) // once open it stays so
		expect(t, w.wait(), Connected)
	})
}

// TestAnOldClientIsLetIn: it has no control channel, and knocks by being there.
func TestAnOldClientIsLetIn(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		_ = w.call.SetWaitingRoom(ctx, true)
		_ = w.call.Create(ctx)
		w.wait()
		w.room().happen(answer)
		w.wait()
		w.peer().Transport(TransportConnected)
		expect(t, w.wait(), Knocking)
		if err := w.call.LetIn(ctx); err != nil || w.peer().isHeld() {
			t.Errorf("%v, held %v", err, w.peer().isHeld())
		}
		expect(t, w.wait(), Connected)
	})
}

func TestAKnockThatIsLostComesBackOrIsOver(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		knocking(t, w)
		p := w.peer()
		p.Transport(TransportDisconnected)
		expect(t, w.wait(), Reconnecting)
		if err := w.call.LetIn(ctx); codeOf(err) != NotInCall || !p.isHeld() {
			t.Errorf("let in who is away: %v, held %v", err, p.isHeld())
		}
		pass(2 * restartAfter)
		w.wait()
		if p.restarted() == 0 {
			t.Error("it is not looked for")
		}
		p.Transport(TransportConnected)
		expect(t, w.wait(), Knocking)
		if !p.isHeld() {
			t.Error("media flows")
		}
		pass(knockTimeout)
		s := w.wait()
		expect(t, s, Ended)
		if s.Reason != Declined {
			t.Errorf("nobody answered: %s", s.Reason)
		}
	})
	inWorld(t, func(t *testing.T, w *world) {
		knocking(t, w)
		w.room().happen(signaling.PresenceEvent{Dropped: true})
		w.peer().Transport(TransportDisconnected)
		s := w.wait()
		expect(t, s, Ended)
		if s.Reason != OtherLost {
			t.Errorf("killed at the door: %s", s.Reason)
		}
	})
	inWorld(t, func(t *testing.T, w *world) {
		knocking(t, w)
		w.peer().Message([]byte(`{"type":"bye"}`))
		s := w.wait()
		expect(t, s, Ended)
		if s.Reason != OtherHungUp {
			t.Errorf("gone by itself: %s", s.Reason)
		}
	})
}

func TestTheWaitingRoomIsSwitchedWhileNobodyIsThere(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		_ = w.call.Create(ctx)
		w.wait()
		_ = w.call.SetWaitingRoom(ctx, true)
		if s := w.wait(); !s.WaitingRoom || !w.peer().isHeld() {
			t.Errorf("on: %+v", s)
		}
		_ = w.call.SetWaitingRoom(ctx, false)
		if s := w.wait(); s.WaitingRoom || w.peer().isHeld() {
			t.Errorf("off: %+v", s)
		}
		w.room().happen(answer)
		w.wait()
		w.peer().Transport(TransportConnected)
		expect(t, w.wait(), Connected)
		_ = w.call.SetWaitingRoom(ctx, true) // from the next call on
		expect(t, w.wait(), Connected)
		_ = w.call.HangUp(ctx)
		w.wait()
		_ = w.call.Create(ctx)
		if w.wait(); !w.peer().isHeld() {
			t.Error("the next call has no waiting room")
		}
	})
}

// TestNames: the page has the same list (frontend/src/model/name.test.ts).
func TestNames(t *testing.T) {
	text, err := os.ReadFile("testdata/names.json")
	if err != nil {
		t.Fatal(err)
	}
	var names [][2]string
	if err := json.Unmarshal(text, &names); err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if got := CleanName(n[0]); got != n[1] {
			t.Errorf("%+q: %+q, want %+q", n[0], got, n[1])
		}
	}
}

func TestPicturesOfAKnock(t *testing.T) {
	largest := base64.StdEncoding.EncodeToString(make([]byte, largestKnock))
	for _, tt := range []struct{ picture, want string }{
		{largest, largest},
		{base64.StdEncoding.EncodeToString(make([]byte, largestKnock+1)), ""},
		{"not base64!", ""},
		{"AA\n==", ""}, // which Go would take
		{"", ""},
	} {
		data, err := json.Marshal(knockMessage{Type: "knock", Knock: Knock{Name: strings.Repeat("&", longestName), Picture: tt.picture}})
		if err != nil || len(tt.want) > 0 && len(data) > 16<<10 {
			t.Fatalf("%d bytes, %v", len(data), err)
		}
		if k, ok := parseKnock(data); !ok || k.Picture != tt.want {
			t.Errorf("%.20q: %.20q", tt.picture, k.Picture)
		}
	}
}

func FuzzKnock(f *testing.F) {
	f.Add([]byte(`{"type":"knock","name":"Ann","picture":"AAAA"}`))
	f.Add([]byte(`{"type":"knock","name":"\u202e\ud800x"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		k, ok := parseKnock(data)
		if ok != (k.Name != "") || utf8.RuneCountInString(k.Name) > longestName || !utf8.ValidString(k.Name) || CleanName(k.Name) != k.Name {
			t.Errorf("%v, %+q", ok, k.Name)
		}
		if p, err := base64.StdEncoding.DecodeString(k.Picture); err != nil || len(p) > largestKnock {
			t.Errorf("%d bytes, %v", len(p), err)
		}
	})
}
