package lan

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"parley/backend/signaling"
	"parley/backend/signaling/signalingtest"
)

// raw is a client that says what it likes.
type raw struct {
	t  *testing.T
	ws *websocket.Conn
}

func insecureClient(t *testing.T) *http.Client {
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func dialRaw(t *testing.T, s *Server, header http.Header) (*websocket.Conn, *http.Response, error) {
	t.Helper()
	return websocket.Dial(t.Context(), strings.Replace(s.Origin(), "https", "wss", 1)+socketPath,
		&websocket.DialOptions{HTTPClient: insecureClient(t), HTTPHeader: header})
}

func newRaw(t *testing.T, s *Server) *raw {
	t.Helper()
	ws, _, err := dialRaw(t, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.CloseNow() })
	return &raw{t, ws}
}

func (r *raw) say(s string) {
	r.t.Helper()
	if err := r.ws.Write(r.t.Context(), websocket.MessageText, []byte(s)); err != nil {
		r.t.Fatalf("say %.60s: %v", s, err)
	}
}

// hear is the next message but pings.
func (r *raw) hear() (message, error) {
	ctx, cancel := context.WithTimeout(r.t.Context(), 20*time.Second)
	defer cancel()
	for {
		_, data, err := r.ws.Read(ctx)
		if err != nil {
			return message{}, err
		}
		var m message
		if err := json.Unmarshal(data, &m); err != nil {
			return message{}, err
		}
		if m.Type != typePing {
			return m, nil
		}
	}
}

// want waits for a message of the type, past others.
func (r *raw) want(kind string) message {
	r.t.Helper()
	for {
		m, err := r.hear()
		if err != nil {
			r.t.Fatalf("waits for %s: %v", kind, err)
		}
		if m.Type == kind {
			return m
		}
	}
}

// wantRefused waits for an error with the code, and the close after it.
func (r *raw) wantRefused(code string, status websocket.StatusCode) {
	r.t.Helper()
	if m := r.want(typeError); m.Code != code || m.N != 0 || m.Message == "" {
		r.t.Errorf("refused with %+v, want %s", m, code)
	}
	if _, err := r.hear(); websocket.CloseStatus(err) != status {
		r.t.Errorf("closed with %v, want %d", err, status)
	}
}

// TestHostile has a call going on while others do all they can.
func TestHostile(t *testing.T) {
	s, _, h := harness(t, signalingtest.Options{})
	caller, callee := pair(t, h)
	id := string(caller.Invite().Room)
	stillWorks := func(t *testing.T) {
		t.Helper()
		line := uint16(0)
		c := signaling.Candidate{Candidate: "candidate:1", SDPMLineIndex: &line}
		if err := errors.Join(callee.SendCandidate(t.Context(), c), caller.SendCandidate(t.Context(), c)); err != nil {
			t.Fatal(err)
		}
		for _, r := range []signaling.Room{caller, callee} {
			if _, ok := next(t, r).(signaling.CandidateEvent); !ok {
				t.Fatal("the call was disturbed")
			}
		}
	}
	const tenMB = 10 << 20
	policy, tooBig := websocket.StatusPolicyViolation, websocket.StatusMessageTooBig
	for _, test := range []struct {
		name, say, code string
		status          websocket.StatusCode
	}{
		{"no JSON", "hello", "bad_message", policy},
		{"not an object", "[1]", "bad_message", policy},
		{"no type", "{}", "bad_message", policy},
		{"a wrong field type", `{"type":"join","room":7}`, "bad_message", policy},
		{"an unknown type", `{"type":"shout"}`, "bad_message", policy},
		{"a candidate without a seat", `{"type":"candidate","n":1,"candidate":{"candidate":""}}`, "bad_message", policy},
		{"deep nesting", strings.Repeat("[", 20000), "bad_message", policy},
		{"10 MB", `{"type":"join","room":"` + strings.Repeat("a", tenMB) + `"}`, "too_large", tooBig},
		{"a full room", `{"type":"join","room":"` + id + `"}`, "room_full", policy},
		{"a guessed room", `{"type":"join","room":"0000-0000-0000"}`, "room_not_found", policy},
		{"a bad room ID", `{"type":"join","room":"../../etc"}`, "bad_room_id", policy},
		{"a wrong token", `{"type":"resume","room":"` + id + `","token":"AAAA"}`, "room_closed", policy},
		{"no token", `{"type":"resume","room":"` + id + `"}`, "room_closed", policy},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRaw(t, s)
			heard := make(chan struct{})
			go func() { // 10 MB are longer than what fits on the way
				defer close(heard)
				_ = r.ws.Write(t.Context(), websocket.MessageText, []byte(test.say))
			}()
			r.wantRefused(test.code, test.status)
			<-heard
			stillWorks(t)
		})
	}
	t.Run("binary", func(t *testing.T) {
		r := newRaw(t, s)
		_ = r.ws.Write(t.Context(), websocket.MessageBinary, []byte(`{"type":"create"}`))
		r.wantRefused("bad_message", policy)
	})
	// With a seat of its own.
	for _, test := range []struct {
		name, say, code string
		status          websocket.StatusCode
	}{
		{"a second hello", `{"type":"create"}`, "bad_message", policy},
		{"a number left out", `{"type":"candidate","n":7,"candidate":{"candidate":""}}`, "bad_message", policy},
		{"no number", `{"type":"candidate","candidate":{"candidate":""}}`, "bad_message", policy},
		{"a number below zero", `{"type":"candidate","n":-1,"candidate":{"candidate":""}}`, "bad_message", policy},
		{"no content", `{"type":"description","n":1}`, "bad_message", policy},
		{"10 MB with a seat", strings.Repeat(" ", tenMB), "too_large", tooBig},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRaw(t, s)
			r.say(`{"type":"create"}`)
			r.want(typeSeated)
			wrote := make(chan struct{})
			go func() {
				defer close(wrote)
				_ = r.ws.Write(t.Context(), websocket.MessageText, []byte(test.say))
			}()
			r.wantRefused(test.code, test.status)
			<-wrote
			stillWorks(t)
		})
	}
	t.Run("a flood", func(t *testing.T) {
		r := newRaw(t, s)
		r.say(`{"type":"create"}`)
		r.want(typeSeated)
		wrote := make(chan struct{})
		go func() {
			defer close(wrote)
			for n := range 5000 {
				if r.ws.Write(t.Context(), websocket.MessageText, fmt.Appendf(nil, `{"type":"pong","x":%d}`, n)) != nil {
					return
				}
			}
		}()
		r.wantRefused("too_many", policy)
		<-wrote
		stillWorks(t)
	})
	// What is only wrong in its content is refused by its number, and the
	// connection goes on.
	t.Run("bad content", func(t *testing.T) {
		r := newRaw(t, s)
		r.say(`{"type":"create"}`)
		r.want(typeSeated)
		r.say(`{"type":"description","n":1,"description":{"type":"answer","sdp":"v=0\r\n"}}`)
		if m := r.want(typeError); m.N != 1 || m.Code != "bad_message" {
			t.Errorf("got %+v", m)
		}
		r.say(`{"type":"description","n":2,"description":{"type":"offer","sdp":"v=0\r\n` + strings.Repeat("a", signaling.MaxSDP) + `"}}`)
		if m := r.want(typeError); m.N != 2 || m.Code != "too_large" {
			t.Errorf("got %+v", m)
		}
		r.say(`{"type":"description","n":3,"description":{"type":"offer","sdp":"v=0\r\n"}}`)
		if m := r.want(typeAck); m.N != 3 {
			t.Errorf("got %+v", m)
		}
	})
	stillWorks(t)
}

func TestOrigin(t *testing.T) {
	s := listen(t, Config{Host: "call.example"})
	host := "127.0.0.1:" + s.Port()
	for _, test := range []struct {
		host, origin string
		ok           bool
	}{
		{host, "", true},
		{host, "https://" + host, true},
		{"call.example:" + s.Port(), "https://call.example:" + s.Port(), true},
		{"localhost:" + s.Port(), "https://localhost:" + s.Port(), true},
		{host, "http://" + host, false},
		{host, "https://127.0.0.1:1", false},
		{host, "https://evil.example", false},
		{host, "null", false},
		{host, "https://" + host + ".evil.example", false},
		{"evil.example:" + s.Port(), "https://evil.example:" + s.Port(), false}, // DNS rebinding
	} {
		header := http.Header{}
		if test.origin != "" {
			header.Set("Origin", test.origin)
		}
		c := insecureClient(t)
		dial := &net.Dialer{}
		c.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dial.DialContext(ctx, network, host)
		}
		ws, resp, err := websocket.Dial(t.Context(), "wss://"+test.host+socketPath,
			&websocket.DialOptions{HTTPClient: c, HTTPHeader: header})
		if (err == nil) != test.ok || err != nil && resp.StatusCode != http.StatusForbidden {
			t.Errorf("host %s, origin %s: %v", test.host, test.origin, err)
		}
		if err == nil {
			_ = ws.CloseNow()
		}
	}
}

func TestClosedTab(t *testing.T) {
	s := listen(t, Config{})
	room, err := s.Signaler().Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer room.Leave(t.Context())
	r := newRaw(t, s)
	r.say(`{"type":"join","room":"` + room.Invite().Room.String() + `"}`)
	r.want(typeSeated)
	want(t, room, signaling.PresenceEvent{Present: true})
	_ = r.ws.Close(websocket.StatusGoingAway, "")
	want(t, room, signaling.LeftEvent{})
	if n := s.Rooms(); n != 0 {
		t.Errorf("%d rooms are left", n)
	}
}

// How a connection ends tells whether its end is still there.
func TestBreaks(t *testing.T) {
	s := listen(t, Config{})
	for _, test := range []struct {
		name    string
		end     func(*websocket.Conn, *net.TCPConn)
		dropped bool
	}{
		{"killed", func(_ *websocket.Conn, c *net.TCPConn) { _ = c.CloseWrite() }, true},
		{"reset", func(_ *websocket.Conn, c *net.TCPConn) { _ = errors.Join(c.SetLinger(0), c.Close()) }, true},
		{"closed without a word", func(ws *websocket.Conn, _ *net.TCPConn) { _ = ws.CloseNow() }, true},
		{"closed with a word, to come back", func(ws *websocket.Conn, _ *net.TCPConn) { _ = ws.Close(4000, "") }, false},
		{"sent away", func(ws *websocket.Conn, _ *net.TCPConn) {
			_ = ws.Write(t.Context(), websocket.MessageText, []byte("hello"))
		}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			room, err := s.Signaler().Create(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer room.Leave(t.Context())
			client := insecureClient(t)
			var tcp *net.TCPConn
			client.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				c, err := new(net.Dialer).DialContext(ctx, network, addr)
				tcp, _ = c.(*net.TCPConn)
				return c, err
			}
			ws, _, err := websocket.Dial(t.Context(), strings.Replace(s.Origin(), "https", "wss", 1)+socketPath,
				&websocket.DialOptions{HTTPClient: client})
			if err != nil {
				t.Fatal(err)
			}
			defer ws.CloseNow()
			r := &raw{t, ws}
			r.say(`{"type":"join","room":"` + string(room.Invite().Room) + `"}`)
			r.want(typeSeated)
			want(t, room, signaling.PresenceEvent{Present: true})
			test.end(ws, tcp)
			want(t, room, signaling.PresenceEvent{Dropped: test.dropped})
		})
	}
}

// A newer connection with the token takes the seat over; nobody else is told.
func TestTakeover(t *testing.T) {
	s := listen(t, Config{})
	room, err := s.Signaler().Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer room.Leave(t.Context())
	first := newRaw(t, s)
	first.say(`{"type":"join","room":"` + string(room.Invite().Room) + `"}`)
	seated := first.want(typeSeated)
	first.want(typePresence)
	first.say(`{"type":"candidate","n":1,"candidate":{"candidate":""}}`)
	first.want(typeAck)
	second := newRaw(t, s)
	second.say(`{"type":"resume","room":"` + string(seated.Room) + `","token":"` + seated.Token + `","received":1}`)
	if m := second.want(typeSeated); m.Received != 1 || m.Role != signaling.Callee {
		t.Errorf("got %+v", m)
	}
	if _, err := first.hear(); err == nil {
		t.Error("the first connection is still there")
	}
	second.say(`{"type":"candidate","n":1,"candidate":{"candidate":""}}`) // again
	second.say(`{"type":"candidate","n":2,"candidate":{"candidate":""}}`)
	second.want(typeAck)
	second.want(typeAck)
	want(t, room, signaling.PresenceEvent{Present: true})
	want(t, room, signaling.CandidateEvent{})
	want(t, room, signaling.CandidateEvent{})
	second.say(`{"type":"leave"}`)
	want(t, room, signaling.LeftEvent{})
	if _, err := second.hear(); websocket.CloseStatus(err) != websocket.StatusNormalClosure {
		t.Errorf("closed with %v", err)
	}
	// Received more than was sent: a liar.
	third := newRaw(t, s)
	third.say(`{"type":"resume","room":"` + string(seated.Room) + `","token":"` + seated.Token + `","received":99}`)
	third.wantRefused("bad_message", websocket.StatusPolicyViolation)
}

func FuzzParse(f *testing.F) {
	line := uint16(0)
	for _, m := range []message{
		{Type: typeCreate}, {Type: typeResume, Room: "abc", Token: "x", Received: 3},
		{Type: typeDescription, N: 1, Description: &signaling.Description{Type: "offer", SDP: "v=0\r\n"}},
		{Type: typeCandidate, N: 2, Candidate: &signaling.Candidate{Candidate: "candidate:1", SDPMLineIndex: &line}},
		errorMessage(3, signaling.ErrTooLarge),
	} {
		data, _ := json.Marshal(m)
		f.Add(data)
	}
	f.Add([]byte(`{"type":"presence","n":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parse(data)
		if err != nil {
			if !errors.Is(err, signaling.ErrBadMessage) {
				t.Fatal(err)
			}
			return
		}
		// What was parsed is written and read the same, and is safe to use.
		again, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if m2, err := parse(again); err != nil || m2.Type != m.Type || m2.N != m.N {
			t.Fatalf("%s became %s: %v", data, again, err)
		}
		if e := m.event(); e != nil && eventMessage(m.N, e).Type != m.Type {
			t.Fatalf("%s is the event %+v", data, e)
		}
		if m.Type == typeDescription {
			_ = m.Description.Validate(signaling.Caller)
		}
		if m.Type == typeCandidate {
			_ = m.Candidate.Validate()
		}
	})
}
