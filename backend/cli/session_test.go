package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"parley/backend/call"
	"parley/backend/config"
	"parley/backend/signaling"
)

// step is something that happens in a scripted call, a time after the last one.
type step struct {
	after time.Duration
	snap  call.Snapshot
}

// scripted is a Session that plays steps when its call starts.
type scripted struct {
	steps    []step
	startErr error
	hangUp   func(ctx context.Context, s *scripted) error // nil: Ended comes at once
	closeErr error
	closing  time.Duration // how long Close takes
	record   func(path string) error
	stats    call.Stats

	snapshots chan call.Snapshot
	mu        sync.Mutex
	did       []string
}

func (s *scripted) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.did = append(s.did, what)
}

func (s *scripted) Create(ctx context.Context) error { s.note("create"); return s.play(ctx) }

func (s *scripted) Join(ctx context.Context, room string) error {
	s.note("join " + room)
	return s.play(ctx)
}

func (s *scripted) play(ctx context.Context) error {
	for _, step := range s.steps {
		select {
		case <-time.After(step.after):
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case s.snapshots <- step.snap:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return s.startErr
}

func (s *scripted) EnterCode(_ context.Context, code string) error {
	s.note("code " + code)
	if code == "cut" {
		return &call.Error{Code: call.BadCode, Err: signaling.ErrBadCode}
	}
	return nil
}

func (s *scripted) Knock(_ context.Context, name, _ string) error {
	s.note("knock " + name)
	return nil
}

func (s *scripted) LetIn(context.Context) error {
	s.note("let in")
	return nil
}

func (s *scripted) HangUp(ctx context.Context) error {
	s.note("hang up")
	if s.hangUp != nil {
		return s.hangUp(ctx, s)
	}
	select {
	case s.snapshots <- ended(call.HungUp):
	case <-ctx.Done():
	}
	return nil
}

func (s *scripted) Watch() (<-chan call.Snapshot, func()) {
	return s.snapshots, func() { s.note("unwatch") }
}

func (s *scripted) Stats() call.Stats { return s.stats }

func (s *scripted) Record(path string) error {
	s.note("record " + path)
	if s.record != nil {
		return s.record(path)
	}
	return nil
}

func (s *scripted) Close() error {
	s.note("close")
	<-time.After(s.closing)
	return s.closeErr
}

func in(state call.State) call.Snapshot {
	return call.Snapshot{State: state, Role: signaling.Caller, Room: "0123-4567-89ab", Invite: "https://192.168.1.7:7373/#room=0123-4567-89ab&cert=x"}
}

func ended(reason call.Reason) call.Snapshot {
	s := in(call.Ended)
	s.Reason = reason
	return s
}

func failedWith(code call.Code) call.Snapshot {
	s := in(call.Failed)
	s.Failure.Code, s.Failure.Message = code, "because"
	return s
}

// answered is a call that somebody joins after 9.5 s: between two ticks.
func answered() []step {
	return []step{
		{0, call.Snapshot{State: call.Idle}},
		{0, call.Snapshot{State: call.Preparing, Role: signaling.Caller}},
		{time.Second, in(call.Waiting)},
		{8500 * time.Millisecond, in(call.Connecting)},
		{0, in(call.Connected)},
	}
}

// outcome is what a command left behind.
type outcome struct {
	exit           int
	stdout, stderr string
	did            string
	took           time.Duration
}

// terminal is where a test's command runs.
type terminal struct {
	stdin  io.Reader // nil: nobody types
	stdout io.Writer // nil: into the outcome
	open   error     // of OpenSession
}

// run runs args against s in a bubble of its own, where waiting takes no time.
// Within it, meanwhile runs beside the command.
func run(t *testing.T, s *scripted, term terminal, meanwhile func(signals chan<- os.Signal), args ...string) (o outcome) {
	t.Helper()
	home := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s.snapshots = make(chan call.Snapshot)
		signals := make(chan os.Signal, 2)
		var stdout, stderr bytes.Buffer
		if term.stdout == nil {
			term.stdout = &stdout
		}
		a := app{
			Program: Program{
				Build: Build{Version: "1.2.3"},
				OpenSession: func(config.Config, *slog.Logger) (Session, error) {
					if term.open != nil {
						return nil, term.open
					}
					return s, nil
				},
			},
			stdin:   term.stdin,
			stdout:  term.stdout,
			stderr:  &stderr,
			environ: []string{"HOME=" + home, "AppData=" + home, "LocalAppData=" + home},
			notify:  func() (<-chan os.Signal, func()) { return signals, func() {} },
		}
		if meanwhile != nil {
			go meanwhile(signals)
		}
		begun := time.Now()
		o.exit = a.run(context.Background(), args)
		o.took = time.Since(begun)
		o.stdout, o.stderr = stdout.String(), stderr.String()
		s.mu.Lock()
		o.did = strings.Join(s.did, ", ")
		s.mu.Unlock()
		<-time.After(2 * time.Hour) // what was left behind runs out by itself
	})
	return o
}

// ctrlC presses Ctrl+C at each of these times after the beginning.
func ctrlC(times ...time.Duration) func(chan<- os.Signal) {
	return func(signals chan<- os.Signal) {
		last := time.Duration(0)
		for _, at := range times {
			<-time.After(at - last)
			last = at
			signals <- os.Interrupt
		}
	}
}

var errTest = errors.New("told by the test")

func TestMain(m *testing.M) {
	if os.Getenv(helperVariable) != "" {
		os.Exit(helper())
	}
	goleak.VerifyTestMain(m)
}
