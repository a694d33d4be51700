package portal

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"go.uber.org/goleak"

	"parley/backend/desktop/bustest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 10 * time.Second

// fake is a portal whose user answers at once, as it is told.
type fake struct {
	bus *dbus.Conn
	// What it answers; 0 means yes.
	created, started uint32
	noStreams        bool
	// What it does not answer.
	silentCreate, silentStart bool
	refuses                   string // an error's name, to CreateSession
	sources                   uint32
	part                      chan struct{} // what it waits for before it says what it offers, if not nil

	choosing chan dbus.ObjectPath // the session, when the dialog opens
	closed   chan struct{}        // the client closed the session
	remote   chan *os.File        // the other end of the connection to PipeWire
}

// startFake runs a portal on a bus of its own, which it names in the environment.
func startFake(t *testing.T, f *fake) *fake {
	t.Helper()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", bustest.Start(t))
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bus.Close() })
	f.bus, f.choosing, f.closed = bus, make(chan dbus.ObjectPath, 1), make(chan struct{}, 4)
	f.remote = make(chan *os.File, 1)
	for _, e := range []struct {
		methods any
		path    dbus.ObjectPath
		as      string
	}{
		{f, path, screenCast},
		{properties{f}, path, "org.freedesktop.DBus.Properties"},
		{closer{f}, path + "/session", session},
	} {
		if err := bus.ExportSubtree(e.methods, e.path, e.as); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := bus.RequestName(service, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	return f
}

type properties struct{ *fake }

func (p properties) GetAll(string) (map[string]dbus.Variant, *dbus.Error) {
	if p.part != nil {
		<-p.part
	}
	return map[string]dbus.Variant{
		"AvailableSourceTypes": dbus.MakeVariant(p.sources),
		"AvailableCursorModes": dbus.MakeVariant(uint32(3)),
	}, nil
}

type closer struct{ *fake }

func (c closer) Close() *dbus.Error {
	c.closed <- struct{}{}
	return nil
}

// respond answers a request, before its method returns: clients have to bear that.
func (f *fake) respond(options map[string]dbus.Variant, code uint32, results map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	handle := path + "/request/" + dbus.ObjectPath(options["handle_token"].Value().(string))
	_ = f.bus.Emit(path+"/request/another", request+".Response", uint32(2), map[string]dbus.Variant{})
	if results != nil {
		_ = f.bus.Emit(handle, request+".Response", code, results)
	}
	return handle, nil
}

func (f *fake) CreateSession(options map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	if f.refuses != "" {
		return "", dbus.NewError(f.refuses, []any{"no"})
	}
	if f.silentCreate {
		return f.respond(options, 0, nil)
	}
	return f.respond(options, f.created, map[string]dbus.Variant{"session_handle": dbus.MakeVariant(string(path) + "/session/1")})
}

func (f *fake) SelectSources(_ dbus.ObjectPath, options map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	if options["types"].Value() != f.sources&3 || options["cursor_mode"].Value() != cursorEmbedded || options["multiple"].Value() != false {
		return "", dbus.NewError("org.freedesktop.portal.Error.InvalidArgument", []any{"not what it offers"})
	}
	return f.respond(options, 0, map[string]dbus.Variant{})
}

func (f *fake) Start(session dbus.ObjectPath, _ string, options map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	f.choosing <- session
	if f.silentStart {
		return f.respond(options, 0, nil)
	}
	results := map[string]dbus.Variant{}
	if !f.noStreams {
		type stream struct {
			Node       uint32
			Properties map[string]dbus.Variant
		}
		results["streams"] = dbus.MakeVariant([]stream{{42, map[string]dbus.Variant{"source_type": dbus.MakeVariant(uint32(1))}}})
	}
	return f.respond(options, f.started, results)
}

func (f *fake) OpenPipeWireRemote(dbus.ObjectPath, map[string]dbus.Variant) (dbus.UnixFD, *dbus.Error) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, dbus.MakeFailedError(err)
	}
	f.remote <- os.NewFile(uintptr(fds[0]), "remote")
	return dbus.UnixFD(fds[1]), nil
}

func got[T any](t *testing.T, from <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("no %s", what)
		panic("")
	}
}

// What the user chose is there, until the desktop ends it.
func TestUserChooses(t *testing.T) {
	f := startFake(t, &fake{sources: 7})
	c, err := Open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	remote := <-f.remote
	defer remote.Close()
	if c.Node != 42 {
		t.Errorf("node %d", c.Node)
	}
	if _, err := remote.WriteString("hello"); err != nil {
		t.Fatal(err)
	}
	heard := make([]byte, 5)
	if _, err := io.ReadFull(c.PipeWire, heard); err != nil || string(heard) != "hello" {
		t.Errorf("PipeWire says %q (%v)", heard, err)
	}
	_ = c.PipeWire.Close()
	if c.Ended() {
		t.Error("it ended by itself")
	}
	for _, path := range []dbus.ObjectPath{path + "/session/another", <-f.choosing} {
		_ = f.bus.Emit(path, session+".Closed", map[string]dbus.Variant{})
	}
	got(t, c.ended, "end")
}

// A part of the portal that answers once it hears something more does hear something.
func TestPartThatSleepsIsWoken(t *testing.T) {
	shorten(t)
	f := startFake(t, &fake{sources: 3, part: make(chan struct{})})
	var woken sync.Once
	part, err := dbus.ConnectSessionBus(dbus.WithIncomingInterceptor(func(m *dbus.Message) {
		if m.Headers[dbus.FieldMember].Value() == "Ping" {
			woken.Do(func() { close(f.part) })
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer part.Close()
	if _, err := part.RequestName(wlroots, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	c, err := Open(context.Background())
	woken.Do(func() { close(f.part) })
	if err != nil {
		t.Fatal(err)
	}
	_, _ = c.PipeWire.Close(), (<-f.remote).Close()
	c.Close()
}

func TestOurUserEndsIt(t *testing.T) {
	f := startFake(t, &fake{sources: 1})
	c, err := Open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	_, _ = c.PipeWire.Close(), (<-f.remote).Close()
	c.Close()
	if !c.Ended() {
		t.Error("it goes on")
	}
	got(t, f.closed, "close of the session")
}

func TestWhyNothingIsShared(t *testing.T) {
	for _, tt := range []struct {
		name string
		fake fake
		want error
	}{
		{"the user closes the dialog", fake{sources: 3, started: 1}, ErrCancelled},
		{"the user chooses nothing", fake{sources: 3, silentStart: true}, ErrCancelled},
		{"it ends otherwise", fake{sources: 3, started: 2}, ErrRefused},
		{"no session", fake{sources: 3, created: 2}, ErrRefused},
		{"not allowed", fake{sources: 3, refuses: "org.freedesktop.portal.Error.NotAllowed"}, ErrRefused},
		{"it fails", fake{sources: 3, refuses: "org.freedesktop.portal.Error.Failed"}, ErrNoPortal},
		{"it does not answer", fake{sources: 3, silentCreate: true}, ErrNoPortal},
		{"nothing to share", fake{sources: 4}, ErrNoPortal},
		{"no stream", fake{sources: 3, noStreams: true}, ErrNoPortal},
	} {
		t.Run(tt.name, func(t *testing.T) {
			shorten(t)
			f := startFake(t, &tt.fake)
			if _, err := Open(context.Background()); !errors.Is(err, tt.want) {
				t.Errorf("%v", err)
			}
			if tt.fake.silentStart {
				got(t, f.closed, "close of the session")
			}
		})
	}
}

// shorten makes the limits short, and restores them.
func shorten(t *testing.T) {
	t.Helper()
	choose, answer, nudge := chooseWithin, answerWithin, nudgeEvery
	chooseWithin, answerWithin, nudgeEvery = 200*time.Millisecond, time.Second, 100*time.Millisecond
	t.Cleanup(func() { chooseWithin, answerWithin, nudgeEvery = choose, answer, nudge })
}

func TestNoPortal(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
	if _, err := Open(context.Background()); !errors.Is(err, ErrNoPortal) {
		t.Errorf("without a bus: %v", err)
	}
	f := startFake(t, &fake{sources: 3})
	_ = f.bus.ExportSubtree(nil, path, screenCast)
	_ = f.bus.ExportSubtree(nil, path, "org.freedesktop.DBus.Properties")
	if _, err := Open(context.Background()); !errors.Is(err, ErrNoPortal) {
		t.Errorf("one that shares no screens: %v", err)
	}
	_, _ = f.bus.ReleaseName(service)
	if _, err := Open(context.Background()); !errors.Is(err, ErrNoPortal) {
		t.Errorf("a bus without one: %v", err)
	}
}

// While the dialog is open the call may end, or the desktop close the session.
func TestEndWhileTheUserChooses(t *testing.T) {
	f := startFake(t, &fake{sources: 3, silentStart: true})
	open := func(ctx context.Context) <-chan error {
		result := make(chan error, 1)
		go func() {
			_, err := Open(ctx)
			result <- err
		}()
		return result
	}
	ended := open(context.Background())
	_ = f.bus.Emit(got(t, f.choosing, "dialog"), session+".Closed", map[string]dbus.Variant{})
	if err := got(t, ended, "end"); !errors.Is(err, ErrClosed) {
		t.Errorf("the desktop: %v", err)
	}
	got(t, f.closed, "close of the session")

	hungUp := errors.New("hung up")
	ctx, cancel := context.WithCancelCause(context.Background())
	ended = open(ctx)
	got(t, f.choosing, "dialog")
	cancel(hungUp)
	if err := got(t, ended, "end"); !errors.Is(err, hungUp) {
		t.Errorf("the call: %v", err)
	}
	got(t, f.closed, "close of the session")
}
