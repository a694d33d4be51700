package lan

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func TestCounts(t *testing.T) {
	t.Run("rooms from one address", func(t *testing.T) {
		s := listen(t, Config{Limits: Limits{RoomsPerIP: 2}})
		var rooms []*raw
		for range 2 {
			r := newRaw(t, s)
			r.say(`{"type":"create"}`)
			r.want(typeSeated)
			rooms = append(rooms, r)
		}
		r := newRaw(t, s)
		r.say(`{"type":"create"}`)
		r.wantRefused("too_many", websocket.StatusPolicyViolation)
		rooms[0].say(`{"type":"leave"}`)
		if _, err := rooms[0].hear(); err == nil {
			t.Fatal("a room that was left goes on")
		}
		r = newRaw(t, s)
		r.say(`{"type":"create"}`)
		r.want(typeSeated)
		if n := s.Rooms(); n != 2 {
			t.Errorf("%d rooms", n)
		}
	})
	t.Run("arrivals", func(t *testing.T) {
		s := listen(t, Config{Limits: Limits{ArrivalsPerIP: 0.001}})
		for n := range 61 {
			r := newRaw(t, s)
			if n == 60 {
				r.wantRefused("too_many", websocket.StatusPolicyViolation)
				return
			}
			r.say(`{"type":"join","room":"0000-0000-0000"}`) // the answer tells that it was counted
			r.wantRefused("room_not_found", websocket.StatusPolicyViolation)
		}
	})
	t.Run("messages without a token", func(t *testing.T) {
		s := listen(t, Config{Limits: Limits{SendsPerIP: 0.001}})
		flood := &streamed{t: t, server: s, client: insecureClient(t)}
		for n := range 514 {
			resp := flood.post(sendPath, `{"type":"pong"}`, nil)
			want := http.StatusTooManyRequests
			if n < 512 {
				want = http.StatusNotFound
			}
			if resp.StatusCode != want {
				t.Fatalf("the answer to message %d has status %d, want %d", n+1, resp.StatusCode, want)
			}
			_ = resp.Body.Close()
			flood.cancel()
		}
		seated := newRaw(t, s) // who has a seat is not concerned
		seated.say(`{"type":"create"}`)
		seated.want(typeSeated)
		seated.say(`{"type":"description","n":1,"description":{"type":"offer","sdp":"v=0\r\n"}}`)
		seated.want(typeAck)
	})
	t.Run("connections", func(t *testing.T) {
		s := listen(t, Config{Limits: Limits{ConnectionsPerIP: 2}})
		first, second := newRaw(t, s), newRaw(t, s)
		if _, _, err := dialRaw(t, s, nil); err == nil {
			t.Fatal("a third connection was let in")
		}
		_ = first.ws.CloseNow()
		second.say(`{"type":"create"}`)
		second.want(typeSeated)
		for deadline := time.Now().Add(20 * time.Second); ; { // the server has to see the end first
			if ws, _, err := dialRaw(t, s, nil); err == nil {
				_ = ws.CloseNow()
				return
			} else if time.Now().After(deadline) {
				t.Fatal(err)
			}
		}
	})
}

func TestPlainHTTP(t *testing.T) {
	s := listen(t, Config{})
	resp, err := http.Get("http://127.0.0.1:" + s.Port() + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusBadRequest || !bytes.Contains(body, []byte("HTTPS")) {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}
