package tray

import (
	"context"
	"errors"
	"image"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"

	"parley/backend/call"
	"parley/backend/desktop/bustest"
)

const patience = 20 * time.Second // on a busy machine

// TestMain starts the tests anew with the races of the library that are known.
func TestMain(m *testing.M) {
	const known = "suppressions=testdata/races.txt"
	if os.Getenv("GORACE") == known {
		os.Exit(m.Run())
	}
	again := exec.Command(os.Args[0], os.Args[1:]...)
	again.Env = append(os.Environ(), "GORACE="+known)
	again.Stdout, again.Stderr = os.Stdout, os.Stderr
	if err := again.Run(); err != nil {
		os.Exit(1)
	}
}

// sessionBus starts a session bus and names it in the environment.
func sessionBus(t *testing.T) *dbus.Conn {
	t.Helper()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", bustest.Start(t))
	return connect(t)
}

func connect(t *testing.T) *dbus.Conn {
	t.Helper()
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bus.Close() })
	return bus
}

// panel stands in for a desktop's panel: it keeps the list of icons and shows them.
type panel struct {
	bus   *dbus.Conn
	icons chan dbus.Sender
}

func (p *panel) RegisterStatusNotifierItem(sender dbus.Sender, _ string) *dbus.Error {
	p.icons <- sender
	return nil
}

func startPanel(t *testing.T, bus *dbus.Conn, hosts bool) *panel {
	t.Helper()
	p := &panel{bus: bus, icons: make(chan dbus.Sender, 4)}
	if err := bus.Export(p, watcherPath, watcher); err != nil {
		t.Fatal(err)
	}
	_, err := prop.Export(bus, watcherPath, prop.Map{watcher: {"IsStatusNotifierHostRegistered": {Value: hosts}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bus.RequestName(watcher, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	return p
}

// icon waits for one to be put into the panel.
func (p *panel) icon(t *testing.T) dbus.BusObject {
	t.Helper()
	select {
	case sender := <-p.icons:
		return p.bus.Object(string(sender), "/StatusNotifierItem")
	case <-time.After(patience):
		t.Fatal("no icon")
		return nil
	}
}

type layout struct {
	ID         int32
	Properties map[string]dbus.Variant
	Children   []dbus.Variant
}

// lines are the menu's, by their label: the ID to click on, and whether it can be.
func lines(t *testing.T, icon dbus.BusObject) (ids map[string]int32, enabled map[string]bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var revision uint32
	var root layout
	menu := icon.(*dbus.Object)
	err := connect(t).Object(menu.Destination(), "/StatusNotifierItem/menu").
		CallWithContext(ctx, "com.canonical.dbusmenu.GetLayout", 0, int32(0), int32(-1), []string{}).Store(&revision, &root)
	if err != nil {
		t.Fatal(err)
	}
	ids, enabled = map[string]int32{}, map[string]bool{}
	for _, child := range root.Children {
		var line layout
		if err := dbus.Store([]any{child.Value()}, &line); err != nil {
			t.Fatal(err)
		}
		if label, ok := line.Properties["label"].Value().(string); ok {
			ids[label] = line.ID
			enabled[label] = line.Properties["enabled"].Value() == true
		}
	}
	return ids, enabled
}

func clicked(t *testing.T, clicks <-chan Action) Action {
	t.Helper()
	select {
	case a := <-clicks:
		return a
	case <-time.After(patience):
		t.Fatal("the click did nothing")
		return ""
	}
}

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !is(); {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not in %v", what, patience)
		}
		time.Sleep(5 * time.Millisecond) // the pace of asking another program
	}
}

// TestTheTrayLivesWithItsPanel is one test because a program has one tray.
func TestTheTrayLivesWithItsPanel(t *testing.T) {
	bus := sessionBus(t)
	var picture = image.NewNRGBA(image.Rect(0, 0, 48, 48))
	png, err := encode(picture)
	if err != nil {
		t.Fatal(err)
	}
	snapshots := make(chan call.Snapshot, 1)
	snapshots <- call.Snapshot{State: call.Idle}
	clicks, gone := make(chan Action, 1), make(chan struct{}, 1)
	tray := Start(snapshots, Options{
		Icon: png, Words: english, Logger: slog.New(slog.DiscardHandler),
		Act:  func(a Action) { clicks <- a },
		Gone: func() { gone <- struct{}{} },
	})
	defer tray.Close()
	if tray.Present() {
		t.Error("present on a desktop without a tray")
	}

	// A watcher without a host shows nothing: it is as good as none.
	first := connect(t)
	empty := startPanel(t, first, false)
	second := connect(t)
	if _, err := first.ReleaseName(watcher); err != nil {
		t.Fatal(err)
	}
	if len(empty.icons) > 0 || tray.Present() {
		t.Error("an icon that nobody shows")
	}

	shown := startPanel(t, second, true)
	icon := shown.icon(t)
	until(t, "the tray", tray.Present)
	ids, enabled := lines(t, icon)
	if len(ids) != len(Actions) || !enabled["Create room"] || enabled["Hang up"] || !enabled["Quit"] {
		t.Errorf("the menu has %v", enabled)
	}

	snapshots <- call.Snapshot{State: call.Waiting, Room: "4fk2-9xqa-07mz", Microphone: on}
	until(t, "the call in the menu", func() bool {
		ids, enabled = lines(t, icon)
		return enabled["Hang up"] && enabled["Copy room ID"] && !enabled["Create room"]
	})
	until(t, "the call in the tooltip", func() bool {
		tip, err := icon.GetProperty("org.kde.StatusNotifierItem.ToolTip")
		if err != nil {
			t.Fatal(err)
		}
		said, ok := tip.Value().([]any)
		return ok && said[2] == "Parley – Waiting for the other person"
	})
	menu := bus.Object(icon.Destination(), "/StatusNotifierItem/menu")
	for label, want := range map[string]Action{"Copy room ID": CopyRoomID, "Mute microphone": Microphone, "Quit": Quit} {
		if err := menu.Call("com.canonical.dbusmenu.Event", 0, ids[label], "clicked", dbus.MakeVariant(0), uint32(0)).Err; err != nil {
			t.Fatal(err)
		}
		if got := clicked(t, clicks); got != want {
			t.Errorf("%s did %q", label, got)
		}
	}
	if menu, err := icon.GetProperty("org.kde.StatusNotifierItem.ItemIsMenu"); err != nil || menu.Value() != false {
		t.Errorf("a click on the icon would open the menu: %v, %v", menu, err)
	}
	if err := icon.Call("org.kde.StatusNotifierItem.Activate", 0, int32(0), int32(0)).Err; err != nil {
		t.Fatal(err)
	}
	if got := clicked(t, clicks); got != Open {
		t.Errorf("a click on the icon did %q", got)
	}

	german := english
	german.HangUp = "Auflegen"
	tray.SetWords(german)
	until(t, "other words", func() bool { _, enabled = lines(t, icon); return enabled["Auflegen"] })

	// The panel dies. It was away for long enough when Gone is called, not before.
	second.Close()
	until(t, "the tray's end", func() bool { return !tray.Present() })
	select {
	case <-gone:
	case <-time.After(patience):
		t.Fatal("nobody was told")
	}
	again := startPanel(t, connect(t), true)
	_, enabled = lines(t, again.icon(t))
	until(t, "the tray in the new panel", tray.Present)
	if !enabled["Auflegen"] {
		t.Errorf("the menu came back as %v", enabled)
	}

	tray.Close()
	tray.Close()
	left := bus.Object(icon.Destination(), "/StatusNotifierItem").Call("org.freedesktop.DBus.Peer.Ping", 0)
	if refused, ok := errors.AsType[dbus.Error](left.Err); !ok || !strings.Contains(refused.Name, "ServiceUnknown") && !strings.Contains(refused.Name, "NameHasNoOwner") {
		t.Errorf("the icon is still on the bus: %v", left.Err)
	}
}

func TestWithoutASessionBusThereIsNoTray(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := watchBus(ctx, make(chan bool)); err == nil || ctx.Err() != nil {
		t.Errorf("watching no bus: %v", err)
	}
}
