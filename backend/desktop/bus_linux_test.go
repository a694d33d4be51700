package desktop

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"parley/backend/call"
	"parley/backend/desktop/bustest"
)

const patience = 20 * time.Second // on a busy machine

// buses starts one bus as both the session's and the system's, and gives a
// connection to put services on.
func buses(t *testing.T) *dbus.Conn {
	t.Helper()
	address := bustest.Start(t)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
	bus, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bus.Close() })
	return bus
}

func serve(t *testing.T, bus *dbus.Conn, service any, name, path, iface string) {
	t.Helper()
	if err := bus.Export(service, dbus.ObjectPath(path), iface); err != nil {
		t.Fatal(err)
	}
	if _, err := bus.RequestName(name, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
}

func receive[T any](t *testing.T, from <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("no %s in %v", what, patience)
		panic("unreachable")
	}
}

// login stands in for systemd-logind: each inhibitor is the writing end of a
// pipe, whose reading end tells when it is let go.
type login struct{ taken chan *os.File }

func (l login) Inhibit(what, _, _, mode string) (dbus.UnixFD, *dbus.Error) {
	if what != "sleep:idle" || mode != "block" {
		return 0, dbus.MakeFailedError(os.ErrInvalid)
	}
	var ends [2]int
	if err := syscall.Pipe2(ends[:], syscall.O_CLOEXEC|syscall.O_NONBLOCK); err != nil {
		return 0, dbus.MakeFailedError(err)
	}
	l.taken <- os.NewFile(uintptr(ends[0]), "released")
	// godbus sends the descriptor after we return.
	time.AfterFunc(time.Second, func() { _ = syscall.Close(ends[1]) })
	return dbus.UnixFD(ends[1]), nil
}

// saver stands in for the screen saver.
type saver struct{ taken chan dbus.Sender }

func (s saver) Inhibit(sender dbus.Sender, _, _ string) (uint32, *dbus.Error) {
	s.taken <- sender
	return 7, nil
}

func TestTheMachineStaysAwakeInACall(t *testing.T) {
	bus := buses(t)
	sleep, screen := login{make(chan *os.File, 1)}, saver{make(chan dbus.Sender, 1)}
	serve(t, bus, sleep, "org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager")
	serve(t, bus, screen, "org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver")
	if err := bus.AddMatchSignal(dbus.WithMatchInterface("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged")); err != nil {
		t.Fatal(err)
	}
	changes := make(chan *dbus.Signal, 64)
	bus.Signal(changes)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	snapshots, done := make(chan call.Snapshot), make(chan struct{})
	go func() {
		defer close(done)
		KeepAwake(ctx, snapshots, slog.New(slog.DiscardHandler))
	}()
	for _, s := range []call.State{call.Idle, call.Preparing, call.Waiting} {
		snapshots <- call.Snapshot{State: s}
	}
	if len(sleep.taken)+len(screen.taken) > 0 {
		t.Error("awake without a call")
	}
	for _, end := range []func(){
		func() { snapshots <- call.Snapshot{State: call.Ended} },
		cancel, // the program ends in a call
	} {
		snapshots <- call.Snapshot{State: call.Connecting}
		released := receive(t, sleep.taken, "inhibitor of sleep")
		sender := receive(t, screen.taken, "inhibitor of the screen saver")
		if ctx.Err() == nil {
			snapshots <- call.Snapshot{State: call.Connected}
			snapshots <- call.Snapshot{State: call.Reconnecting}
		}
		if len(sleep.taken)+len(screen.taken) > 0 {
			t.Error("asked twice for one call")
		}
		end()
		if err := released.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		if _, err := released.Read(make([]byte, 1)); err == nil || os.IsTimeout(err) {
			t.Errorf("the machine is still kept awake: %v", err)
		}
		released.Close()
		for {
			change := receive(t, changes, "end of the screen saver's inhibitor")
			if change.Name == "org.freedesktop.DBus.NameOwnerChanged" && change.Body[0] == string(sender) && change.Body[2] == "" {
				break
			}
		}
	}
	<-done
}

// A bus that does not even greet holds up nothing: the machine sleeps after the call.
func TestASilentSessionBusKeepsNobodyAwake(t *testing.T) {
	bus := buses(t)
	usual := answerWithin
	answerWithin = time.Second
	t.Cleanup(func() { answerWithin = usual })
	silent, err := net.Listen("unix", filepath.Join(t.TempDir(), "bus"))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+silent.Addr().String())
	sleep := login{make(chan *os.File, 1)}
	serve(t, bus, sleep, "org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager")
	snapshots, done := make(chan call.Snapshot, 2), make(chan struct{})
	go func() {
		defer close(done)
		KeepAwake(t.Context(), snapshots, slog.New(slog.DiscardHandler))
	}()
	snapshots <- call.Snapshot{State: call.Connected}
	snapshots <- call.Snapshot{State: call.Ended}
	released := receive(t, sleep.taken, "inhibitor of sleep")
	defer released.Close()
	if err := released.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := released.Read(make([]byte, 1)); err == nil || os.IsTimeout(err) {
		t.Errorf("the machine is still kept awake: %v", err)
	}
	n := NewNotifier(nil, nil)
	defer n.Close()
	if err := n.Show(t.Context(), "The other person hung up."); err == nil {
		t.Error("a notification was shown by nobody")
	}
	close(snapshots)
	receive(t, done, "end")
}

func TestADesktopThatCannotIsLeftAlone(t *testing.T) {
	buses(t)
	inhibitSleep(t.Context(), slog.New(slog.DiscardHandler))()
	n := NewNotifier(nil, nil)
	defer n.Close()
	if err := n.Show(t.Context(), "The other person has joined."); err == nil {
		t.Error("nobody shows notifications, and no error")
	}
}

// shower stands in for a desktop's notifications.
type shower struct{ shown chan []any }

func (s shower) Notify(app string, replaces uint32, icon, title, text string, actions []string, _ map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	s.shown <- []any{app, replaces, icon, title, text, actions}
	return 42, nil
}

func TestANotificationTakesTheLastOnesPlace(t *testing.T) {
	bus := buses(t)
	s := shower{make(chan []any, 8)}
	serve(t, bus, s, notifications, notificationsPath, notifications)
	clicked := make(chan struct{}, 8)
	n := NewNotifier(nil, func() { clicked <- struct{}{} })
	defer n.Close()
	for i, text := range []string{"The other person has joined.", "The other person hung up."} {
		if err := n.Show(t.Context(), text); err != nil {
			t.Fatal(err)
		}
		shown := receive(t, s.shown, "notification")
		if want := uint32(42 * i); shown[1] != want || shown[4] != text {
			t.Errorf("shown: %v", shown)
		}
		if want := []string{"default", "Parley"}; !reflect.DeepEqual(shown[5], want) {
			t.Errorf("to click on: %v", shown[5])
		}
	}
	// A click on ours, and on nothing else, is told.
	click := func(id uint32, action string) {
		t.Helper()
		if err := bus.Emit(notificationsPath, notifications+".ActionInvoked", id, action); err != nil {
			t.Fatal(err)
		}
	}
	click(42, "default")
	receive(t, clicked, "click")
	click(42, "default")
	receive(t, clicked, "second click")
	click(41, "default")
	click(42, "other")
	if err := bus.Emit(notificationsPath, notifications+".ActionInvoked", "nonsense"); err != nil {
		t.Fatal(err)
	}
	if err := n.Show(t.Context(), "…"); err != nil { // its answer comes after those
		t.Fatal(err)
	}
	n.Close()
	if len(clicked) > 0 {
		t.Error("others' clicks were told")
	}
}
