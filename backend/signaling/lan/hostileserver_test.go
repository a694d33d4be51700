package lan

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"parley/backend/signaling"
)

// What a server says is not believed: a link may lead to any.
func TestHostileServer(t *testing.T) {
	for _, test := range []struct {
		answer string
		want   error
	}{
		{`{"type":"seated","role":"callee","token":"T","room":"\u001b[2J"}`, signaling.ErrBadRoomID},
		{`{"type":"seated","role":"callee","token":"T","room":"` + strings.Repeat("a", 129) + `"}`, signaling.ErrBadRoomID},
		{`{"type":"seated","role":"callee","room":"abc"}`, signaling.ErrBadMessage},
		{`{"type":"hello"}`, signaling.ErrBadMessage},
		{`hello`, signaling.ErrBadMessage},
		{`{"type":"error","code":"no_such_code"}`, signaling.ErrRefused},
		{strings.Repeat(" ", maxReply+1), signaling.ErrUnreachable},
	} {
		room, err := NewClient(ClientConfig{}).Join(t.Context(), serverThatSays(t, test.answer))
		if !errors.Is(err, test.want) {
			t.Errorf("%.60s: %v, want %v", test.answer, err, test.want)
		}
		if err == nil {
			leaveNow(room)
		}
	}
}

// serverThatSays is the invite to a server that answers the first message so.
func serverThatSays(t *testing.T, answer string) signaling.Invite {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer ws.CloseNow()
		_, _, _ = ws.Read(r.Context())
		_ = ws.Write(r.Context(), websocket.MessageText, []byte(answer))
		_, _, _ = ws.Read(r.Context())
	}))
	t.Cleanup(server.Close)
	return inviteTo(server)
}

func inviteTo(server *httptest.Server) signaling.Invite {
	fingerprint := sha256.Sum256(server.Certificate().Raw)
	return signaling.Invite{Room: "abc", Server: server.URL, Fingerprint: fingerprint[:]}
}

func joinAt(t *testing.T, server *httptest.Server) signaling.Room {
	t.Helper()
	room, err := NewClient(ClientConfig{}).Join(t.Context(), inviteTo(server))
	if err != nil {
		t.Fatal(err)
	}
	return room
}

// leaveNow does not wait for a server that does not answer.
func leaveNow(r signaling.Room) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = r.Leave(ctx)
}

// A server that lets us in and drops us at once is not dialled without a pause.
func TestResumePauses(t *testing.T) {
	dropped, pause := make(chan time.Time, 1), make(chan time.Duration, 1)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer ws.CloseNow()
		m, err := readMessage(r.Context(), ws, maxReply)
		if hello, _ := parse(m); err == nil && hello.Type == typeResume {
			select {
			case at := <-dropped:
				pause <- time.Since(at)
			default: // it comes again
			}
			return
		}
		_ = writeMessage(r.Context(), ws, message{Type: typeSeated, Room: "abc", Role: signaling.Callee, Token: "T"})
		dropped <- time.Now()
	}))
	defer server.Close()
	room := joinAt(t, server)
	if d := <-pause; d < 200*time.Millisecond {
		t.Errorf("came back after %v", d)
	}
	leaveNow(room)
}
