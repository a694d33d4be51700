package call

import (
	"strings"
	"testing"
	"time"
)

func code(err error) Code {
	if err == nil {
		return ""
	}
	return errorOf("", err).Code
}

// A screen is shown to who can see it, as long as the call lasts, and the other
// side hears when it begins and when it ends.
func TestScreenIsShared(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		if got := code(w.call.Share(ctx, "screen")); got != NotInCall {
			t.Errorf("without a call: %q", got)
		}
		connect(t, w)
		if got := code(w.call.Share(ctx, "screen")); got != NotInCall {
			t.Errorf("to an old client: %q", got)
		}
		w.peer().Message([]byte(`{"type":"state","can":["screen","more"]}`))
		if s := w.wait(); !s.Other.ShowsScreens {
			t.Fatal("the snapshot does not know")
		}
		share := func(screen string) Snapshot {
			t.Helper()
			if err := w.call.Share(ctx, screen); err != nil {
				t.Fatal(err)
			}
			return w.wait()
		}
		const head = `{"type":"state","microphone":true,"camera":true,"paused":false,"maxBitrate":0,`
		for range 2 {
			if s := share("screen"); s.Sharing != (Sharing{On: true, Name: "the screen"}) || w.devices.running().Screen != "screen" {
				t.Errorf("%+v, and %+v runs", s.Sharing, w.devices.running())
			}
			if got := said(w); got != head+`"sharing":true}` {
				t.Errorf("said %s", got)
			}
			if s := share(""); s.Sharing != (Sharing{}) || w.devices.running().Screen != "" {
				t.Errorf("%+v, and %+v runs", s.Sharing, w.devices.running())
			}
			if got := said(w); got != head+`"sharing":false}` {
				t.Errorf("said %s", got)
			}
		}

		share("window")
		w.call.DevicesChanged(Report{Screen: Sharing{Problem: ScreenGone}})
		if s := w.wait(); s.Sharing != (Sharing{On: true, Problem: ScreenGone}) {
			t.Errorf("closed: %+v", s.Sharing)
		}
		if got := said(w); !strings.HasSuffix(got, `"sharing":false}`) {
			t.Errorf("said %s", got)
		}
		before := w.devices.running().Retry
		if s := share("window"); s.Sharing.Problem != "" || w.devices.running().Retry == before {
			t.Errorf("once more: %+v", s.Sharing)
		}

		// It outlives a break, and not the call.
		w.peer().Transport(TransportDisconnected)
		if w.wait(); w.devices.running().Screen != "window" {
			t.Error("a break ended it")
		}
		w.peer().Transport(TransportConnected)
		_ = w.call.HangUp(ctx)
		pass(time.Second)
		connect(t, w)
		if s := w.wait(); s.Sharing != (Sharing{}) || s.Other.ShowsScreens || w.devices.running().Screen != "" {
			t.Errorf("the next call: %+v", s)
		}
	})
}

func TestOtherShares(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		connect(t, w)
		for _, on := range []bool{true, false, true} {
			message := `{"type":"state","sharing":false}`
			if on {
				message = `{"type":"state","sharing":true}`
			}
			w.peer().Message([]byte(message))
			if s := w.wait(); s.Other.Sharing != on {
				t.Errorf("after %s %+v", message, s.Other)
			}
		}
	})
}

// What we can is said when the channel opens.
func TestScreensAreSeenHere(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.call.deps.ShowsScreens = true // before its loop looks
		connect(t, w)
		w.peer().Open()
		if got := said(w); got[len(got)-len(`"can":["screen"]}`):] != `"can":["screen"]}` {
			t.Errorf("said %s", got)
		}
	})
}

// Where the desktop asks what to share, nothing is shared until our user has chosen; one
// who chooses nothing leaves the call as it was, and can share again.
func TestDesktopAsksWhatToShare(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		connect(t, w)
		w.peer().Message([]byte(`{"type":"state","can":["screen"]}`))
		w.wait()
		for range 2 {
			if err := w.call.Share(ctx, "asked"); err != nil {
				t.Fatal(err)
			}
			if s := w.wait(); s.Sharing != (Sharing{On: true, Asking: true}) {
				t.Errorf("asked: %+v", s.Sharing)
			}
			if got := said(w); !strings.HasSuffix(got, `"sharing":false}`) {
				t.Errorf("said %s", got)
			}
			w.call.DevicesChanged(Report{Declined: true})
			if s := w.wait(); s.Sharing != (Sharing{}) || w.devices.running().Screen != "" {
				t.Errorf("declined: %+v, and %+v runs", s.Sharing, w.devices.running())
			}
		}
		if err := w.call.Share(ctx, "asked"); err != nil {
			t.Fatal(err)
		}
		w.wait()
		w.call.DevicesChanged(Report{Screen: Sharing{Name: "the screen"}})
		if s := w.wait(); s.Sharing != (Sharing{On: true, Name: "the screen"}) {
			t.Errorf("chosen: %+v", s.Sharing)
		}
		if got := said(w); !strings.HasSuffix(got, `"sharing":true}`) {
			t.Errorf("said %s", got)
		}
	})
}
