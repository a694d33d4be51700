package session

import (
	"context"
	"testing"
	"time"

	"parley/backend/call"
	"parley/backend/frame"
)

// Beside a screen the camera gets a fifth of what the connection carries, and no
// more than it needs; alone, each gets all.
func TestScreenTakesMostOfWhatTheConnectionCarries(t *testing.T) {
	d := testDevices(t)
	d.screenOut = func(frame.Video) {}
	both, screen, camera := everything, everything, everything
	both.Screen, screen.Screen, screen.Camera = "test", "test", false
	for _, tt := range []struct {
		name                   string
		want                   call.Want
		carries, limit         int
		ofCamera, ofScreen, of int
	}{
		{"both", both, 1_000_000, 0, 200_000, 800_000, 200_000},
		{"both on a wide way", both, 2_400_000, 0, 300_000, 2_100_000, 300_000},
		{"both with the data saver", both, 2_400_000, 300_000, 60_000, 240_000, 60_000},
		{"the screen alone", screen, 1_000_000, 0, 0, 1_000_000, 0},
		{"the camera alone", camera, 1_000_000, 0, 1_000_000, 0, 1_000_000},
		{"both again", both, 1_000_000, 0, 200_000, 800_000, 200_000},
	} {
		r := d.Apply(context.Background(), tt.want)
		if (r.Screen.Name != "") != (tt.want.Screen != "") || r.Screen.Problem != "" {
			t.Errorf("%s: %+v", tt.name, r.Screen)
		}
		d.Limit(tt.limit)
		d.setBitrate(tt.carries)
		target := func(running bool, target func() int) int {
			if running {
				return target()
			}
			return 0
		}
		c := target(d.camera != nil, func() int { return d.camera.Stats().Target })
		s := target(d.screen != nil, func() int { return d.screen.Stats().Target })
		if c != tt.ofCamera || s != tt.ofScreen {
			t.Errorf("%s: the camera makes %d, the screen %d", tt.name, c, s)
		}
		if got := d.ofCamera(tt.carries); got != tt.of {
			t.Errorf("%s: told of %d", tt.name, got)
		}
	}
}

func TestScreenThatCannotBeShared(t *testing.T) {
	d := testDevices(t)
	d.screenOut = func(frame.Video) {}
	t.Setenv("DISPLAY", "")
	t.Setenv("XDG_SESSION_TYPE", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	w := everything
	w.Screen = "screen:none"
	if r := d.Apply(context.Background(), w); r.Screen.Problem != call.NoScreens || r.Camera.Name == "" {
		t.Errorf("%+v", r)
	}
	if list := ListScreens(); list.Problem != call.NoScreens || list.Screens == nil {
		t.Errorf("%+v", list)
	}
}

// Two windows in a call: what one shares arrives at the other's page, twice, and
// the picture of the camera goes on.
func TestWindowSharesWithAnother(t *testing.T) {
	caller, callee := openFor(t, nil, "wails://a"), openFor(t, nil, "wails://b")
	connect(t, caller, callee)
	for _, way := range [][2]*Session{{caller, callee}, {callee, caller}} {
		from, to := way[0], way[1]
		until(t, from, "told that screens are seen", func(s call.Snapshot) bool { return s.Other.ShowsScreens })
		for range 2 {
			before := to.screen.Stats().Written
			if err := from.Share(context.Background(), "test"); err != nil {
				t.Fatal(err)
			}
			until(t, from, "sharing", func(s call.Snapshot) bool { return s.Sharing.Name != "" })
			until(t, to, "told of it", func(s call.Snapshot) bool { return s.Other.Sharing })
			tick := time.NewTicker(50 * time.Millisecond)
			defer tick.Stop()
			for late := time.After(patience); to.screen.Stats().Written < before+5; {
				select {
				case <-tick.C:
				case <-late:
					t.Fatalf("%d pictures of the screen came", to.screen.Stats().Written-before)
				}
			}
			if err := from.Share(context.Background(), ""); err != nil {
				t.Fatal(err)
			}
			until(t, to, "told of its end", func(s call.Snapshot) bool { return !s.Other.Sharing })
		}
	}
	frames := callee.Stats().Video.In.Frames
	eventually(t, callee, "picture of the camera", func(s call.Stats) bool { return s.Video.In.Frames > frames+10 })
}
