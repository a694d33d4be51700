package lan

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"parley/backend/signaling"
	"parley/backend/signaling/signalingtest"
)

// streamed is a client without a WebSocket.
type streamed struct {
	t      *testing.T
	server *Server
	client *http.Client
	lines  *bufio.Scanner
	cancel context.CancelFunc
}

func (s *streamed) post(path, body string, header http.Header) *http.Response {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	s.cancel = cancel
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.server.Origin()+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for k, v := range header {
		r.Header[k] = v
	}
	resp, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func newStreamed(t *testing.T, server *Server, hello string) *streamed {
	t.Helper()
	s := &streamed{t: t, server: server, client: insecureClient(t)}
	resp := s.post(streamPath, hello, nil)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v", resp.StatusCode, resp.Header)
	}
	s.lines = bufio.NewScanner(resp.Body)
	return s
}

// want waits for a message of the type, past others.
func (s *streamed) want(kind string) message {
	s.t.Helper()
	for s.lines.Scan() {
		var m message
		if strings.TrimSpace(s.lines.Text()) == "" {
			continue
		}
		if err := json.Unmarshal(s.lines.Bytes(), &m); err != nil {
			s.t.Fatal(err)
		}
		if m.Type == kind {
			return m
		}
	}
	s.t.Fatalf("waits for %s: %v", kind, s.lines.Err())
	return message{}
}

func (s *streamed) wantEnd() {
	s.t.Helper()
	for s.lines.Scan() {
		if strings.TrimSpace(s.lines.Text()) != "" {
			s.t.Fatalf("got %s after the end", s.lines.Text())
		}
	}
}

func TestStream(t *testing.T) {
	server := listen(t, Config{})
	room, err := server.Signaler().Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer room.Leave(t.Context())
	id := string(room.Invite().Room)

	s := newStreamed(t, server, `{"type":"join","room":"`+id+`"}`)
	seated := s.want(typeSeated)
	s.want(typePresence)
	want(t, room, signaling.PresenceEvent{Present: true})
	seat := `"room":"` + id + `","token":"` + seated.Token + `"`
	other := &streamed{t: t, server: server, client: s.client}
	for _, test := range []struct {
		body   string
		status int
		code   string
	}{
		{`{"type":"candidate","n":1,"candidate":{"candidate":""},` + seat + `}`, 204, ""},
		{`{"type":"pong",` + seat + `}`, 204, ""},
		{`{"type":"leave","room":"` + id + `","token":"AAAA"}`, 404, "room_closed"},
		{`{"type":"leave","room":"` + id + `"}`, 404, "room_closed"},
		{`{"type":"leave"`, 400, "bad_message"},
		{strings.Repeat(" ", 10<<20), 413, "too_large"},
	} {
		resp := other.post(sendPath, test.body, nil)
		var m message
		_ = json.NewDecoder(resp.Body).Decode(&m)
		if resp.StatusCode != test.status || m.Code != test.code {
			t.Errorf("%.60s: %d %+v", test.body, resp.StatusCode, m)
		}
	}
	want(t, room, signaling.CandidateEvent{})
	if m := s.want(typeAck); m.N != 1 {
		t.Errorf("got %+v", m)
	}

	// It breaks, and is taken up again.
	s.cancel()
	want(t, room, signaling.PresenceEvent{Dropped: true})
	if resp := other.post(sendPath, `{"type":"pong",`+seat+`}`, nil); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("sent to no stream: %d", resp.StatusCode)
	}
	s = newStreamed(t, server, `{"type":"resume","received":1,`+seat+`}`)
	if m := s.want(typeSeated); m.Received != 1 {
		t.Errorf("got %+v", m)
	}
	want(t, room, signaling.PresenceEvent{Present: true})
	s.cancel()
	want(t, room, signaling.PresenceEvent{Dropped: true})
	// A page that closes breaks its stream before its goodbye comes.
	other.post(sendPath, `{"type":"leave",`+seat+`}`, nil)
	want(t, room, signaling.LeftEvent{})

	again, err := server.Signaler().Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s = newStreamed(t, server, `{"type":"join","room":"`+string(again.Invite().Room)+`"}`)
	s.want(typeSeated)
	_ = again.Leave(t.Context())
	s.want(typeLeft)
	s.wantEnd()
}

func TestHostileStream(t *testing.T) {
	server, _, h := harness(t, signalingtest.Options{})
	caller, callee := pair(t, h)
	for _, test := range []struct{ hello, code string }{
		{"hello", "bad_message"},
		{`{"type":"pong"}`, "bad_message"},
		{`{"type":"join","room":"0000-0000-0000"}`, "room_not_found"},
		{`{"type":"join","room":"` + string(caller.Invite().Room) + `"}`, "room_full"},
		{strings.Repeat(" ", 10<<20), "too_large"},
	} {
		s := newStreamed(t, server, test.hello)
		if m := s.want(typeError); m.Code != test.code {
			t.Errorf("%.60s: %+v", test.hello, m)
		}
		s.wantEnd()
	}
	// However slow the machine floods, the burst does not fill up again.
	strict := listen(t, Config{Limits: Limits{Rate: 0.001}})
	s := newStreamed(t, strict, `{"type":"create"}`)
	seated := s.want(typeSeated)
	flood := &streamed{t: t, server: strict, client: s.client}
	for taken := 0; taken <= 512; { // more than the burst; of what comes while others wait some is refused by itself
		switch resp := flood.post(sendPath, `{"type":"pong","room":"`+string(seated.Room)+`","token":"`+seated.Token+`"}`, nil); resp.StatusCode {
		case http.StatusNoContent:
			taken++
		case http.StatusTooManyRequests:
		default:
			t.Fatalf("message %d: %s", taken+1, resp.Status)
		}
	}
	if m := s.want(typeError); m.Code != "too_many" {
		t.Errorf("a flood: %+v", m)
	}
	for _, path := range []string{streamPath, sendPath} {
		resp := s.post(path, `{"type":"create"}`, http.Header{"Origin": {"https://evil.example"}})
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s from a foreign page: %d", path, resp.StatusCode)
		}
	}
	if err := callee.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	want(t, caller, signaling.LeftEvent{})
}
