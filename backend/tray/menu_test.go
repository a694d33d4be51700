package tray

import (
	"testing"

	"pgregory.net/rapid"

	"parley/backend/call"
)

var english = Words{
	CreateRoom: "Create room", CopyRoomID: "Copy room ID", CopyInvite: "Copy invite link",
	Mute: "Mute microphone", Unmute: "Unmute microphone",
	CameraTurnOff: "Turn camera off", CameraTurnOn: "Turn camera on",
	HangUp: "Hang up", Open: "Open Parley", Quit: "Quit", Muted: "Muted",
	State: map[call.State]string{
		call.Waiting: "Waiting for the other person", call.Connected: "Connected",
		call.Reconnecting: "Connection lost. Reconnecting…", call.Ended: "The call has ended",
	},
}

var on = call.Device{On: true, Name: "Built-in"}

func TestMenu(t *testing.T) {
	for _, test := range []struct {
		name     string
		snapshot call.Snapshot
		enabled  []Action // besides Open and Quit
		mic, cam string
		tooltip  string
		badge    Badge
	}{
		{
			"no call", call.Snapshot{State: call.Idle, Microphone: on, Camera: on},
			[]Action{CreateRoom}, "Mute microphone", "Turn camera off", "Parley", NoBadge,
		},
		{
			"after a call, whose room is gone", call.Snapshot{State: call.Ended, Room: "4fk2-9xqa-07mz", Invite: "https://x/#4fk2-9xqa-07mz", Microphone: on, Camera: on},
			[]Action{CreateRoom}, "Mute microphone", "Turn camera off", "Parley", NoBadge,
		},
		{
			"waiting", call.Snapshot{State: call.Waiting, Room: "4fk2-9xqa-07mz", Invite: "https://x/#4fk2-9xqa-07mz", Microphone: on, Camera: on},
			[]Action{CopyRoomID, CopyInvite, Microphone, Camera, HangUp},
			"Mute microphone", "Turn camera off", "Parley – Waiting for the other person", UnderWay,
		},
		{
			"a room ID that is the whole invite", call.Snapshot{State: call.Waiting, Room: "4fk2-9xqa-07mz", Invite: "4fk2-9xqa-07mz", Microphone: on},
			[]Action{CopyRoomID, Microphone, Camera, HangUp},
			"Mute microphone", "Turn camera on", "Parley – Waiting for the other person", UnderWay,
		},
		{
			"by hand, without a room", call.Snapshot{State: call.Preparing, Code: "PARLEY:X", Microphone: on, Camera: on},
			[]Action{Microphone, Camera, HangUp}, "Mute microphone", "Turn camera off", "Parley", UnderWay,
		},
		{
			"in a call", call.Snapshot{State: call.Connected, Room: "4fk2-9xqa-07mz", Microphone: on, Camera: on},
			[]Action{CopyRoomID, Microphone, Camera, HangUp}, "Mute microphone", "Turn camera off", "Parley – Connected", InCall,
		},
		{
			"muted", call.Snapshot{State: call.Connected, Camera: on},
			[]Action{Microphone, Camera, HangUp}, "Unmute microphone", "Turn camera off", "Parley – Connected – Muted", InCallMuted,
		},
		{
			"a microphone that fails", call.Snapshot{State: call.Connected, Microphone: call.Device{On: true, Problem: call.NoMicrophone}, Camera: on},
			[]Action{Microphone, Camera, HangUp}, "Unmute microphone", "Turn camera off", "Parley – Connected – Muted", InCallMuted,
		},
		{
			"reconnecting", call.Snapshot{State: call.Reconnecting, Microphone: on},
			[]Action{Microphone, Camera, HangUp}, "Mute microphone", "Turn camera on", "Parley – Connection lost. Reconnecting…", UnderWay,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := Menu(test.snapshot, english)
			want := map[Action]bool{Open: true, Quit: true}
			for _, a := range test.enabled {
				want[a] = true
			}
			for i, a := range Actions {
				if got := v.Lines[i].Enabled; got != want[a] {
					t.Errorf("%s: enabled %v", a, got)
				}
			}
			if got := v.Lines[3].Label; got != test.mic {
				t.Errorf("microphone: %q", got)
			}
			if got := v.Lines[4].Label; got != test.cam {
				t.Errorf("camera: %q", got)
			}
			if v.Tooltip != test.tooltip || v.Badge != test.badge {
				t.Errorf("%q %q, want %q %q", v.Tooltip, v.Badge, test.tooltip, test.badge)
			}
		})
	}
}

// TestWhatIsEnabledDoesSomething holds for every snapshot there can be, and for
// many that there cannot.
func TestWhatIsEnabledDoesSomething(t *testing.T) {
	states := []call.State{call.Idle, call.Preparing, call.Waiting, call.Connecting, call.Connected, call.Reconnecting, call.Ended, call.Failed}
	device := rapid.Custom(func(t *rapid.T) call.Device {
		return call.Device{On: rapid.Bool().Draw(t, "on"), Problem: rapid.SampledFrom([]call.Code{"", call.NoCamera}).Draw(t, "problem")}
	})
	rapid.Check(t, func(t *rapid.T) {
		s := call.Snapshot{
			State:      rapid.SampledFrom(states).Draw(t, "state"),
			Room:       rapid.SampledFrom([]string{"", "4fk2-9xqa-07mz"}).Draw(t, "room"),
			Invite:     rapid.SampledFrom([]string{"", "4fk2-9xqa-07mz", "https://x/"}).Draw(t, "invite"),
			Preview:    rapid.Bool().Draw(t, "preview"),
			Microphone: device.Draw(t, "microphone"),
			Camera:     device.Draw(t, "camera"),
		}
		v := Menu(s, english)
		enabled := map[Action]bool{}
		for i, a := range Actions {
			enabled[a] = v.Lines[i].Enabled
			if v.Lines[i].Label == "" {
				t.Errorf("%s has no words", a)
			}
		}
		switch {
		case enabled[CreateRoom] == enabled[HangUp]:
			t.Error("a call either begins or ends")
		case enabled[CopyRoomID] && s.Room == "", enabled[CopyInvite] && s.Invite == "":
			t.Error("there is nothing to copy")
		case !enabled[Open] || !enabled[Quit]:
			t.Error("there is no way out")
		case (v.Badge == NoBadge) != enabled[CreateRoom]:
			t.Errorf("the badge %q does not tell whether a call runs", v.Badge)
		}
	})
}
