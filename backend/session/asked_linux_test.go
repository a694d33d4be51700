package session

import (
	"context"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"parley/backend/call"
	"parley/backend/desktop/bustest"
	"parley/backend/frame"
	"parley/backend/media"
	"parley/backend/media/swaytest"
)

// askedFor shares what the desktop asks for, and is what the devices report at last.
func askedFor(t *testing.T) (d *devices, pictures <-chan frame.Video, last call.Report) {
	t.Helper()
	d = testDevices(t)
	frames, reports := make(chan frame.Video, 100), make(chan call.Report, 10)
	d.screenOut = func(f frame.Video) {
		select {
		case frames <- f:
		default:
		}
	}
	d.changed = func(r call.Report) { reports <- r }
	w := everything
	w.Screen = media.Asked
	if r := d.Apply(context.Background(), w); r.Screen != (call.Sharing{Asking: true}) || r.Camera.Name == "" {
		t.Fatalf("while the user is asked: %+v", r)
	}
	select {
	case r := <-reports:
		return d, frames, r
	case <-time.After(patience):
		t.Fatal("no report")
		panic("")
	}
}

// A screen of a Wayland session is shared when its user has chosen it, and no more when
// the session ends.
func TestScreenOfAWaylandSessionIsShared(t *testing.T) {
	s := swaytest.Start(t, swaytest.Any)
	if list := ListScreens(); list.Asks != media.Asked || len(list.Screens) > 0 || list.Problem != "" {
		t.Errorf("to choose from: %+v", list)
	}
	d, pictures, r := askedFor(t)
	if r.Screen.Name == "" || r.Screen.Asking || r.Screen.Problem != "" {
		t.Fatalf("%+v", r.Screen)
	}
	select {
	case <-pictures:
	case <-time.After(patience):
		t.Fatal("no picture")
	}
	ended := make(chan call.Report, 10)
	d.mu.Lock()
	d.changed = func(r call.Report) { ended <- r }
	d.mu.Unlock()
	s.End("sway")
	select {
	case r := <-ended:
		if r.Screen != (call.Sharing{Problem: call.ScreenGone}) {
			t.Errorf("it ended with %+v", r.Screen)
		}
	case <-time.After(patience):
		t.Error("it does not end")
	}
}

func TestUserChoosesNoScreen(t *testing.T) {
	swaytest.Start(t, swaytest.None)
	if _, _, r := askedFor(t); !r.Declined || r.Screen != (call.Sharing{}) {
		t.Errorf("%+v", r)
	}
}

func TestDesktopWithoutPortal(t *testing.T) {
	t.Setenv("XDG_SESSION_TYPE", "wayland")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", bustest.Start(t))
	if _, _, r := askedFor(t); r.Declined || r.Screen != (call.Sharing{Problem: call.NoPortal}) {
		t.Errorf("%+v", r)
	}
}

// While the desktop asks, the devices do what else is wanted, and nothing waits when
// sharing is not wanted any more.
func TestNothingWaitsForTheUsersChoice(t *testing.T) {
	address := bustest.Start(t)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	silent, err := dbus.Connect(address, dbus.WithHandler(unanswering{t.Context()}))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	if _, err := silent.RequestName("org.freedesktop.portal.Desktop", dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	d := testDevices(t)
	d.screenOut = func(frame.Video) {}
	d.changed = func(r call.Report) { t.Errorf("reported %+v", r) }
	w := everything
	w.Screen = media.Asked
	d.Apply(context.Background(), w)
	w.Camera = false
	if r := d.Apply(context.Background(), w); r.Camera.Name != "" || !r.Screen.Asking {
		t.Errorf("the camera off: %+v", r)
	}
	began := time.Now()
	w.Screen = ""
	if r := d.Apply(context.Background(), w); r.Screen != (call.Sharing{}) || time.Since(began) > 5*time.Second {
		t.Errorf("after %v %+v", time.Since(began), r.Screen)
	}
}

// unanswering has every object, and none of them answers before the test ends.
type unanswering struct{ test context.Context }

func (u unanswering) LookupObject(dbus.ObjectPath) (dbus.ServerObject, bool) {
	<-u.test.Done()
	return nil, false
}
