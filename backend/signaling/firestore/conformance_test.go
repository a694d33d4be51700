package firestore

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"parley/backend/signaling"
	"parley/backend/signaling/firestore/emulator"
	"parley/backend/signaling/firestore/fake"
	"parley/backend/signaling/firestore/fakeauth"
	"parley/backend/signaling/signalingtest"
)

func TestMain(m *testing.M) {
	// The emulator's process is shared, and ends with this one.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("os/exec.(*Cmd).Start.func2"), goleak.IgnoreAnyFunction("os/exec.(*Cmd).Wait"))
}

const testProject = "demo-parley"

// service is a Firestore for a test, with users or open to all.
type service struct {
	project, host string
	auth          string
	signIn        *fakeauth.Server // nil: nobody signs in
	readable      func() int       // documents that have not expired
}

// client makes a user of its own.
func (s service) client(t testing.TB, change func(*Config)) *Client {
	t.Helper()
	cfg := Config{
		Project: s.project, Auth: s.auth, APIKey: "key", FirestoreEmulator: s.host, Dir: t.TempDir(),
		Logger: slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if s.signIn != nil {
		cfg.AuthEmulator = s.signIn.Host
	}
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

type testLog struct{ t testing.TB }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

// startFake is a fake as a service, with rules where auth asks for them.
func startFake(t testing.TB, auth string) (service, *fake.Server) {
	f := fake.Start(t, auth == AuthAnonymous)
	s := service{project: testProject, host: f.Host, auth: auth, readable: f.Readable}
	if auth == AuthAnonymous {
		s.signIn = fakeauth.Start(t, testProject)
	}
	return s, f
}

// startEmulator is the official emulator as a service, with our rules or those for
// old clients.
func startEmulator(t testing.TB, auth string) service {
	e := emulator.Start(t)
	t.Cleanup(http.DefaultClient.CloseIdleConnections) // those of its admin
	rules := emulator.Rules(t, "firestore.dev.rules")
	if auth == AuthAnonymous {
		rules = emulator.Rules(t, "firestore.rules")
	}
	s := service{project: e.Project(t, rules), host: e.Host, auth: auth}
	if auth == AuthAnonymous {
		s.signIn = fakeauth.Start(t, s.project)
	}
	s.readable = func() int {
		documents, err := e.Documents(context.Background(), s.project)
		if err != nil {
			t.Error(err)
		}
		n := 0
		for _, d := range documents {
			if end, ok := d.Fields["expireAt"].(time.Time); !ok || end.After(time.Now()) {
				n++
			}
		}
		return n
	}
	return s
}

func conform(t *testing.T, start func(t testing.TB) service) {
	signalingtest.Run(t, func(t *testing.T, o signalingtest.Options) signalingtest.Harness {
		s := start(t)
		// A room is nothing but a suite's one document as long as it waits; what
		// is written into the offer is tested by itself.
		set := func(c *Config) {
			c.foldAfter = time.Hour
			if o.TTL > 0 {
				c.ttl = o.TTL + time.Second // the sign-in tells the time in whole seconds
			}
		}
		return signalingtest.Harness{
			Caller: s.client(t, set), Callee: s.client(t, set), Third: s.client(t, set),
			Unordered: true, Rooms: s.readable,
		}
	})
}

func TestConformance(t *testing.T) {
	for _, auth := range []string{AuthAnonymous, AuthNone} {
		t.Run(auth, func(t *testing.T) {
			conform(t, func(t testing.TB) service { s, _ := startFake(t, auth); return s })
		})
	}
}

func TestEmulatorConformance(t *testing.T) {
	emulator.Start(t) // before goroutines are counted
	for _, auth := range []string{AuthAnonymous, AuthNone} {
		t.Run(auth, func(t *testing.T) {
			conform(t, func(t testing.TB) service { return startEmulator(t, auth) })
		})
	}
}

var _ signaling.Signaler = (*Client)(nil)
