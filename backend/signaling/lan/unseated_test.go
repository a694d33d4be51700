package lan

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/coder/websocket"

	"parley/backend/signaling"
	"parley/backend/signaling/signalingtest"
)

// A peer whose connection ended before it heard of its seat asks again, and has it:
// the seat is taken, but by itself.
func TestJoinAgainWithTheSameToken(t *testing.T) {
	s, _, h := harness(t, signalingtest.Options{})
	caller, err := h.Caller.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer leaveNow(caller)
	join := func(token string) string {
		return fmt.Sprintf(`{"type":"join","room":%q,"token":%q}`, caller.Invite().Room, token)
	}
	const token, another = "abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba"
	for range 2 {
		r := newRaw(t, s)
		r.say(join(token))
		if m := r.want(typeSeated); m.Token != token || m.Role != signaling.Callee {
			t.Fatalf("%+v", m)
		}
		r.want(typePresence) // from the beginning
		_ = r.ws.CloseNow()
	}
	r := newRaw(t, s)
	r.say(join(another))
	r.wantRefused("room_full", websocket.StatusPolicyViolation)
	r = newRaw(t, s)
	r.say(join("guessed"))
	r.wantRefused("bad_message", websocket.StatusPolicyViolation)
	// A token opens a seat of its own room only, and takes none in another.
	other, err := h.Caller.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer leaveNow(other)
	r = newRaw(t, s)
	r.say(fmt.Sprintf(`{"type":"join","room":%q,"token":%q}`, other.Invite().Room, token))
	r.wantRefused("bad_message", websocket.StatusPolicyViolation)
}

// The client asks again where a server was gone before it gave a seat, with the same
// token.
func TestClientJoinsAgain(t *testing.T) {
	hellos := make(chan message, 2)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer ws.CloseNow()
		data, err := readMessage(r.Context(), ws, maxReply)
		if err != nil {
			return
		}
		hello, _ := parse(data)
		hellos <- hello
		if len(hellos) == 1 {
			return // without a word
		}
		_ = writeMessage(r.Context(), ws, message{Type: typeSeated, Room: "abc", Role: signaling.Callee, Token: hello.Token})
		_, _, _ = ws.Read(r.Context())
	}))
	defer server.Close()
	defer leaveNow(joinAt(t, server))
	one, two := <-hellos, <-hellos
	if one.Type != typeJoin || one.Token != two.Token || len(one.Token) < leastToken {
		t.Errorf("%+v, then %+v", one, two)
	}
}

// Where the server's words come late, as over a narrow link that is full, it hears
// from the client all the same: it would take it for gone.
func TestClientSaysThatItLives(t *testing.T) {
	var heard []string // before the seat, and after it
	enough := make(chan struct{})
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer ws.CloseNow()
		defer close(enough)
		for len(heard) < 4 {
			data, err := readMessage(r.Context(), ws, maxReply)
			if err != nil {
				return
			}
			m, _ := parse(data)
			heard = append(heard, m.Type)
			if len(heard) == 2 {
				_ = writeMessage(r.Context(), ws, message{Type: typeSeated, Room: "abc", Role: signaling.Callee, Token: "T"})
			}
		}
	}))
	defer server.Close()
	defer leaveNow(joinAt(t, server))
	<-enough
	if !slices.Equal(heard, []string{typeJoin, typePong, typePong, typePong}) {
		t.Errorf("heard %v", heard)
	}
}
