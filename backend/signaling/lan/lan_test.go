package lan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"parley/backend/signaling"
	"parley/backend/signaling/signalingtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var testPage = fstest.MapFS{
	"phone.html":          {Data: []byte("<!doctype html><title>phone</title>")},
	"index.html":          {Data: []byte("desktop")},
	"assets/phone-1a2.js": {Data: []byte("export {}")},
	"assets/style-1a2.css": {
		Data: []byte("body{}"),
	},
	"assets/notes.map": {Data: []byte("{}")},
}

func listen(t *testing.T, cfg Config) *Server {
	t.Helper()
	cfg.Address = "127.0.0.1:0"
	if cfg.Page == nil {
		cfg.Page = testPage
	}
	s, err := Listen(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// proxy is a network between a client and the server that can break.
type proxy struct {
	listener net.Listener
	to       string
	wait     sync.WaitGroup
	ended    chan struct{} // closed with the test

	mu     sync.Mutex
	conns  map[net.Conn]bool
	silent map[net.Conn]bool // for good
	broken bool
	hole   bool // bytes go nowhere
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, to: strings.TrimPrefix(to, "https://"), conns: make(map[net.Conn]bool), silent: make(map[net.Conn]bool), ended: make(chan struct{})}
	p.wait.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.wait.Go(func() { p.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		close(p.ended)
		p.Break()
		p.wait.Wait()
	})
	return p
}

func (p *proxy) serve(c net.Conn) {
	defer c.Close()
	s, err := net.Dial("tcp", p.to)
	if err != nil {
		return
	}
	defer s.Close()
	p.mu.Lock()
	broken := p.broken
	p.conns[c], p.conns[s] = true, true
	p.mu.Unlock()
	if broken {
		return
	}
	var both sync.WaitGroup
	for _, d := range [][2]net.Conn{{c, s}, {s, c}} {
		both.Go(func() {
			_, _ = io.Copy(d[0], holed{p, d[1]})
			_ = d[0].Close()
		})
	}
	both.Wait()
}

type holed struct {
	p *proxy
	c net.Conn
}

func (h holed) Read(b []byte) (int, error) {
	for {
		n, err := h.c.Read(b)
		h.p.mu.Lock()
		hole, silent := h.p.hole, h.p.silent[h.c]
		h.p.mu.Unlock()
		if silent && err != nil {
			<-h.p.ended // the other end does not hear of this one's
		}
		if !hole && !silent || err != nil {
			return n, err
		}
	}
}

func (p *proxy) origin() string { return "https://" + p.listener.Addr().String() }

// Break resets all connections and refuses new ones.
func (p *proxy) Break() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.broken = true
	for c := range p.conns {
		_ = c.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
	}
	clear(p.conns)
}

// kill is Break, and nobody listens any more.
func (p *proxy) kill() {
	_ = p.listener.Close()
	p.Break()
}

func (p *proxy) Restore() { p.set(false, false) }

// Silence lets nothing through any more, without a word to anyone. The
// connections that are open stay silent for good, their end included.
func (p *proxy) Silence() {
	p.set(false, true)
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.Copy(p.silent, p.conns)
}

func (p *proxy) set(broken, hole bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.broken, p.hole = broken, hole
}

// through is a client whose way to the server is the proxy.
type through struct {
	*Client
	proxy *proxy
}

func (c through) Join(ctx context.Context, i signaling.Invite) (signaling.Room, error) {
	i.Server = c.proxy.origin()
	return c.Client.Join(ctx, i)
}

func harness(t *testing.T, o signalingtest.Options) (*Server, *proxy, signalingtest.Harness) {
	s := listen(t, Config{TTL: o.TTL, Grace: o.Grace})
	p := newProxy(t, s.Origin())
	return s, p, signalingtest.Harness{
		Caller:  s.Signaler(),
		Callee:  through{NewClient(ClientConfig{}), p},
		Third:   NewClient(ClientConfig{}),
		Break:   p.Break,
		Silence: p.Silence,
		Restore: p.Restore,
		Rooms:   s.Rooms,
	}
}

func TestConformance(t *testing.T) {
	signalingtest.Run(t, func(t *testing.T, o signalingtest.Options) signalingtest.Harness {
		_, _, h := harness(t, o)
		return h
	})
}

func TestConformanceRemoteCaller(t *testing.T) {
	signalingtest.Run(t, func(t *testing.T, o signalingtest.Options) signalingtest.Harness {
		s, _, h := harness(t, o)
		i := s.Invite("")
		h.Caller = NewClient(ClientConfig{Server: i.Server, Fingerprint: i.Fingerprint})
		return h
	})
}

// pair is a room with the server's desktop and a client in it.
func pair(t *testing.T, h signalingtest.Harness) (caller, callee signaling.Room) {
	t.Helper()
	caller, err := h.Caller.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	callee, err = h.Callee.Join(t.Context(), caller.Invite())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_ = callee.Leave(ctx)
		_ = caller.Leave(ctx)
	})
	want(t, caller, signaling.PresenceEvent{Present: true})
	want(t, callee, signaling.PresenceEvent{Present: true})
	return caller, callee
}

func next(t *testing.T, r signaling.Room) signaling.Event {
	t.Helper()
	select {
	case e := <-r.Events():
		return e
	case <-time.After(20 * time.Second):
		t.Fatal("no event")
		return nil
	}
}

func want(t *testing.T, r signaling.Room, e signaling.Event) {
	t.Helper()
	if got := next(t, r); got != e {
		t.Fatalf("got %T%+v, want %T%+v", got, got, e, e)
	}
}

func wantClosed(t *testing.T, r signaling.Room, err error) {
	t.Helper()
	e, ok := next(t, r).(signaling.ClosedEvent)
	if !ok || !errors.Is(e.Err, err) {
		t.Fatalf("got %+v, want %v", e, err)
	}
}

func TestServerGone(t *testing.T) {
	s := listen(t, Config{})
	caller, err := s.Signaler().Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := newProxy(t, s.Origin())
	i := caller.Invite()
	i.Server = p.origin()
	lost, err := NewClient(ClientConfig{Reconnect: 500 * time.Millisecond}).Join(t.Context(), i)
	if err != nil {
		t.Fatal(err)
	}
	want(t, lost, signaling.PresenceEvent{Present: true})
	p.Break()
	wantClosed(t, lost, signaling.ErrUnreachable)

	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	want(t, caller, signaling.PresenceEvent{Present: true})
	want(t, caller, signaling.PresenceEvent{Dropped: true})
	wantClosed(t, caller, signaling.ErrRoomGone)
	if _, err := NewClient(ClientConfig{}).Join(t.Context(), caller.Invite()); !errors.Is(err, signaling.ErrUnreachable) {
		t.Fatalf("joined a server that is gone: %v", err)
	}
	if err := errors.Join(lost.Leave(t.Context()), caller.Leave(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// A program that is killed takes its rooms with it, and its system refuses us:
// that is no broken network to wait for.
func TestServerKilled(t *testing.T) {
	_, p, h := harness(t, signalingtest.Options{})
	caller, callee := pair(t, h)
	p.kill()
	wantClosed(t, callee, signaling.ErrUnreachable)
	want(t, caller, signaling.PresenceEvent{Dropped: true})
}

func TestRefusals(t *testing.T) {
	refused := fmt.Errorf("dial: %w", os.NewSyscallError("connect", syscall.ECONNREFUSED))
	type try struct {
		after time.Duration
		err   error
		gone  bool
	}
	for name, tries := range map[string][]try{
		"refused for a while": {{0, refused, false}, {200 * time.Millisecond, refused, false}, {400 * time.Millisecond, refused, true}},
		"slowly, on Windows":  {{0, refused, false}, {2 * time.Second, syscall.Errno(10061), true}},
		"something between": {{0, refused, false}, {2 * time.Second, os.ErrDeadlineExceeded, false},
			{2 * time.Second, refused, false}, {time.Second, refused, true}},
		"no network": {{0, syscall.ENETUNREACH, false}, {time.Second, syscall.EHOSTUNREACH, false}, {time.Second, io.EOF, false}},
	} {
		t.Run(name, func(t *testing.T) {
			var r refusals
			now := time.Now()
			for n, try := range tries {
				now = now.Add(try.after)
				if gone := r.add(try.err, now); gone != try.gone {
					t.Fatalf("try %d: %v", n, gone)
				}
			}
		})
	}
}

// A desktop that closes tells the phone, which need not wait for it.
func TestServerClosesUnderAPeer(t *testing.T) {
	s, _, h := harness(t, signalingtest.Options{})
	caller, callee := pair(t, h)
	_ = s.Close()
	wantClosed(t, callee, signaling.ErrRoomGone)
	wantClosed(t, caller, signaling.ErrRoomGone)
}

// Nor does the desktop wait for a peer that hears and says nothing.
func TestServerClosesUnderADeafPeer(t *testing.T) {
	s := listen(t, Config{})
	room, err := s.Signaler().Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := newRaw(t, s)
	r.say(`{"type":"join","room":"` + string(room.Invite().Room) + `"}`)
	r.want(typeSeated)
	wrong := newRaw(t, s)
	wrong.say("hello")
	want(t, room, signaling.PresenceEvent{Present: true})
	began := time.Now()
	_ = s.Close()
	t.Logf("closed after %v", time.Since(began).Round(10*time.Millisecond))
	wantClosed(t, room, signaling.ErrRoomGone)
	_ = room.Leave(t.Context())
}

func TestTrust(t *testing.T) {
	s := listen(t, Config{})
	room, err := s.Signaler().Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer room.Leave(t.Context())
	i := room.Invite()
	if i.Server != s.Origin() || len(i.Fingerprint) != 32 {
		t.Fatalf("invite %v", i)
	}
	parsed, err := signaling.ParseInvite(i.String())
	if err != nil || parsed.String() != i.String() {
		t.Fatalf("invite %v is read as %v, %v", i, parsed, err)
	}
	other := listen(t, Config{})
	wrong := i
	wrong.Fingerprint = other.Invite("").Fingerprint
	if _, err := NewClient(ClientConfig{}).Join(t.Context(), wrong); !errors.Is(err, signaling.ErrUntrusted) {
		t.Errorf("another certificate than the pinned one: %v", err)
	}
	wrong.Fingerprint = nil
	if _, err := NewClient(ClientConfig{}).Join(t.Context(), wrong); !errors.Is(err, signaling.ErrUntrusted) {
		t.Errorf("a certificate that nobody trusts: %v", err)
	}
	if _, err := NewClient(ClientConfig{}).Join(t.Context(), signaling.Invite{Room: i.Room}); !errors.Is(err, signaling.ErrNoServer) {
		t.Errorf("a room ID without a server: %v", err)
	}
	if _, err := NewClient(ClientConfig{Server: "http://127.0.0.1:" + s.Port()}).Create(t.Context()); !errors.Is(err, signaling.ErrBadInvite) {
		t.Errorf("a server without TLS: %v", err)
	}
	// The desktop finds its own room whatever address the invite has, or none.
	for _, server := range []string{"https://192.0.2.7:1", ""} {
		again := i
		again.Server = server
		if _, err := s.Signaler().Join(t.Context(), again); !errors.Is(err, signaling.ErrOwnRoom) {
			t.Errorf("its own room at %q: %v", server, err)
		}
	}
	if _, err := s.Signaler().Join(t.Context(), signaling.Invite{Room: signaling.NewRoomID()}); !errors.Is(err, signaling.ErrNoServer) {
		t.Errorf("the ID alone of a room that is not here: %v", err)
	}
	// And it can join another desktop's.
	theirs, err := other.Signaler().Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ours, err := s.Signaler().Join(t.Context(), theirs.Invite())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(ours.Leave(t.Context()), theirs.Leave(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// Two programs with one data folder show one certificate, on two ports.
func TestSharedCertificate(t *testing.T) {
	dir := t.TempDir()
	one, two := listen(t, Config{Dir: dir}), listen(t, Config{Dir: dir})
	caller, err := one.Signaler().Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	callee, err := two.Signaler().Join(t.Context(), caller.Invite())
	if err != nil {
		t.Fatal(err)
	}
	want(t, caller, signaling.PresenceEvent{Present: true})
	if err := errors.Join(callee.Leave(t.Context()), caller.Leave(t.Context())); err != nil {
		t.Fatal(err)
	}
	// A room of our own that is closed is not there, whoever is asked.
	if _, err := one.Signaler().Join(t.Context(), caller.Invite()); !errors.Is(err, signaling.ErrRoomNotFound) {
		t.Errorf("an own room that is closed: %v", err)
	}
}

// A client whose network changed connects anew at once, is not taken for killed,
// and loses nothing.
func TestRedial(t *testing.T) {
	_, p, h := harness(t, signalingtest.Options{})
	caller, callee := pair(t, h)
	for n := range 3 {
		p.Silence() // the old way carries nothing any more, not even a goodbye
		p.Restore() // for new ones
		callee.(*clientRoom).Redial()
		text := fmt.Sprintf("candidate:%d 1 udp 1 127.0.0.1 9 typ host", n)
		mid := "0"
		began := time.Now()
		if err := callee.SendCandidate(t.Context(), signaling.Candidate{Candidate: text, SDPMid: &mid}); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began); waited > silence {
			t.Errorf("the old connection was waited for: %v", waited)
		}
		for heard := false; !heard; {
			switch e := (<-caller.Events()).(type) {
			case signaling.CandidateEvent:
				heard = e.Candidate.Candidate == text
			case signaling.PresenceEvent:
				if e.Dropped {
					t.Error("it was taken for killed")
				}
			default:
				t.Fatalf("got %+v", e)
			}
		}
	}
}
