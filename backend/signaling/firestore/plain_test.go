package firestore

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"

	"parley/backend/signaling"
)

// patience is how long a test waits for what should come at once.
const patience = 60 * time.Second

func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func nextEvent(t testing.TB, r signaling.Room) signaling.Event {
	t.Helper()
	select {
	case e := <-r.Events():
		return e
	case <-time.After(patience):
		t.Fatal("no event")
		return nil
	}
}

func want(t testing.TB, r signaling.Room, wanted ...signaling.Event) {
	t.Helper()
	for _, w := range wanted {
		if got := nextEvent(t, r); fmt.Sprintf("%T%+v", got, got) != fmt.Sprintf("%T%+v", w, w) {
			t.Fatalf("got %T%.300v, want %T%.300v", got, got, w, w)
		}
	}
}

func leaveAtEnd(t testing.TB, r signaling.Room) {
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		_ = r.Leave(ctx) // the service may be broken by then
	})
}

func sdp(kind string, lines ...string) signaling.Description {
	return signaling.Description{Type: kind, SDP: "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n" +
		strings.Join(lines, "") + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n"}
}

func host(n int) signaling.Candidate {
	mid, line := "0", uint16(0)
	return signaling.Candidate{Candidate: fmt.Sprintf("candidate:%d 1 udp 2130706431 192.0.2.7 %d typ host", n, 10000+n), SDPMid: &mid, SDPMLineIndex: &line}
}

// plainRoom is a room as a client of the plain schema has it, through
// Firestore's library and field names alone.
func plainRoom(t testing.TB, s service, id string) *firestore.DocumentRef {
	return s.client(t, nil).store.Collection("rooms").Doc(id)
}

func plainCandidate(n int, ufrag bool) map[string]any {
	m := map[string]any{"candidate": host(n).Candidate, "sdpMid": "0", "sdpMLineIndex": 0}
	if ufrag {
		m["usernameFragment"] = "abcd"
	}
	return m
}

func forBoth(t *testing.T, f func(*testing.T, service)) {
	t.Run("fake", func(t *testing.T) { s, _ := startFake(t, AuthNone); f(t, s) })
	t.Run("emulator", func(t *testing.T) { f(t, startEmulator(t, AuthNone)) })
}

// An old caller's candidates, its room and its offer come in any order, with
// the offer empty at first.
func TestPlainCaller(t *testing.T) {
	forBoth(t, func(t *testing.T, s service) {
		for round := range 12 {
			ctx := within(t)
			offer := sdp("offer")
			ref := plainRoom(t, s, fmt.Sprintf("PlainRoom%011d", round))
			candidates := func() {
				for n := range 3 {
					if _, _, err := ref.Collection("callerCandidates").Add(ctx, plainCandidate(n, n%2 == 0)); err != nil {
						t.Fatal(err)
					}
				}
			}
			before := round%2 == 0
			if before {
				candidates()
			}
			empty := []any{nil, map[string]any{}, map[string]any{"type": "offer", "sdp": ""}}[rand.IntN(3)]
			if _, err := ref.Set(ctx, map[string]any{"offer": empty}); err != nil {
				t.Fatal(err)
			}
			room, err := s.client(t, nil).Join(ctx, signaling.Invite{Room: signaling.RoomID(ref.ID)})
			if err != nil {
				t.Fatal(err)
			}
			leaveAtEnd(t, room)
			want(t, room, signaling.PresenceEvent{Present: true})
			if !before {
				candidates()
			}
			if _, err := ref.Update(ctx, []firestore.Update{{Path: "offer", Value: descriptionFields(offer)}}); err != nil {
				t.Fatal(err)
			}
			heard := map[string]bool{}
			for described := false; !described || len(heard) < 3; {
				switch e := nextEvent(t, room).(type) {
				case signaling.DescriptionEvent:
					if e.Description != offer || described {
						t.Fatalf("offer %+v", e)
					}
					described = true
				case signaling.CandidateEvent:
					heard[e.Candidate.Candidate] = true
				default:
					t.Fatalf("%T%+v", e, e)
				}
			}
			// It keeps no candidate that comes before the answer: none does.
			if err := room.SendCandidate(ctx, host(9)); err != nil {
				t.Fatal(err)
			}
			if err := room.SendDescription(ctx, sdp("answer")); err != nil {
				t.Fatal(err)
			}
			// Asked for, not listened for: a listener of the emulator that begins
			// while a commit is under way may never hear of it.
			for {
				written, err := ref.Collection("calleeCandidates").Documents(ctx).GetAll()
				if err != nil {
					t.Fatal(err)
				}
				if len(written) == 0 {
					continue
				}
				got, err := ref.Get(ctx)
				if err != nil {
					t.Fatal(err)
				}
				if answered, _ := got.DataAt("answer.sdp"); answered != sdp("answer").SDP || written[0].CreateTime.Before(got.UpdateTime) {
					t.Fatal("a candidate was there before the answer")
				}
				break
			}
			if err := room.Leave(ctx); err != nil {
				t.Fatal(err)
			}
			if n := s.readable(); n != 0 {
				t.Fatalf("%d documents are left", n)
			}
		}
	})
}

// An old callee reads the offer once, claims nothing, and hears candidates as
// documents only: also those that went into the offer after it had read it.
func TestPlainCallee(t *testing.T) {
	forBoth(t, func(t *testing.T, s service) {
		ctx := within(t)
		room, err := s.client(t, func(c *Config) { c.foldAfter = time.Millisecond }).Create(ctx)
		if err != nil {
			t.Fatal(err)
		}
		leaveAtEnd(t, room)
		offer := sdp("offer")
		if err := room.SendDescription(ctx, offer); err != nil {
			t.Fatal(err)
		}
		ref := plainRoom(t, s, string(room.Invite().Room))
		for n := range 3 {
			if err := room.SendCandidate(ctx, host(n)); err != nil {
				t.Fatal(err)
			}
		}
		// Asked for, not listened for: see TestPlainCaller.
		for folded := 0; folded < 3; {
			snapshot, err := ref.Get(ctx)
			if err != nil {
				t.Fatal(err)
			}
			text, _ := snapshot.DataAt("offer.sdp")
			folded = strings.Count(text.(string), "a=candidate:")
		}
		if _, _, err := ref.Collection("calleeCandidates").Add(ctx, plainCandidate(7, false)); err != nil {
			t.Fatal(err)
		}
		if _, err := ref.Update(ctx, []firestore.Update{{Path: "answer", Value: map[string]any{"type": "answer", "sdp": sdp("answer").SDP}}}); err != nil {
			t.Fatal(err)
		}
		want(t, room, signaling.PresenceEvent{Present: true}, signaling.DescriptionEvent{Description: sdp("answer")})
		if e, ok := nextEvent(t, room).(signaling.CandidateEvent); !ok || e.Candidate.Candidate != host(7).Candidate {
			t.Fatalf("got %+v", e)
		}
		for written := 0; written < 3; {
			all, err := ref.Collection("callerCandidates").Documents(ctx).GetAll()
			if err != nil {
				t.Fatal(err)
			}
			written = len(all)
		}
		if err := room.Leave(ctx); err != nil {
			t.Fatal(err)
		}
		if n := s.readable(); n != 0 {
			t.Fatalf("%d documents are left", n)
		}
	})
}

// A second answer, a changed offer and a plain room that has an answer already.
func TestPlainHabits(t *testing.T) {
	s, _ := startFake(t, AuthNone)
	ctx := within(t)
	ref := plainRoom(t, s, "PlainRoomFull0000000")
	full := map[string]any{"offer": descriptionFields(sdp("offer")), "answer": descriptionFields(sdp("answer"))}
	if _, err := ref.Set(ctx, full); err != nil {
		t.Fatal(err)
	}
	if _, err := s.client(t, nil).Join(ctx, signaling.Invite{Room: signaling.RoomID(ref.ID)}); !isErr(err, signaling.ErrRoomFull) {
		t.Fatalf("joined a room that has its answer: %v", err)
	}
	room, err := s.client(t, nil).Create(ctx)
	if err != nil {
		t.Fatal(err)
	}
	leaveAtEnd(t, room)
	if err := room.SendDescription(ctx, sdp("offer")); err != nil {
		t.Fatal(err)
	}
	mine := plainRoom(t, s, string(room.Invite().Room))
	answer := func(text string) {
		if _, err := mine.Update(ctx, []firestore.Update{{Path: "answer", Value: descriptionFields(sdp("answer", text))}}); err != nil {
			t.Fatal(err)
		}
	}
	answer("")
	// A listener hears the newest state, so what has to be heard is waited for.
	want(t, room, signaling.PresenceEvent{Present: true}, signaling.DescriptionEvent{Description: sdp("answer")})
	answer("a=x-second:1\r\n")
	if _, err := mine.Delete(ctx); err != nil {
		t.Fatal(err)
	}
	want(t, room, signaling.LeftEvent{})
}
