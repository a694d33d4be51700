// Package tray is Parley's icon beside the clock, and the menu under it.
//
//	snapshots of the call ─▶ Menu ─▶ View ─▶ the desktop's tray
//	                                  │
//	the page's words ─────────────────┘       clicks ─▶ Options.Act
//
// What the menu says is a function of the snapshot; the rest of the package
// carries it to where the desktop shows it, if it has such a place.
package tray

import "parley/backend/call"

// Action is what a line of the menu does.
type Action string

const (
	CreateRoom Action = "create room"
	CopyRoomID Action = "copy room ID"
	CopyInvite Action = "copy invite link"
	Microphone Action = "microphone" // mutes it or turns it on, whichever the line says
	Camera     Action = "camera"     // likewise
	HangUp     Action = "hang up"
	Open       Action = "open" // shows the window
	Quit       Action = "quit"
)

// Actions are the lines of the menu, from the top.
var Actions = [...]Action{CreateRoom, CopyRoomID, CopyInvite, Microphone, Camera, HangUp, Open, Quit}

// View is all that the tray shows.
type View struct {
	Lines   [len(Actions)]Line // in the order of Actions
	Tooltip string
	Badge   Badge
}

// Line is one line of the menu. One that would do nothing is not Enabled.
type Line struct {
	Label   string
	Enabled bool
}

// Badge is the dot on the icon.
type Badge string

const (
	NoBadge      Badge = ""         // no call
	UnderWay     Badge = "underway" // somebody is waited for or looked for
	InCall       Badge = "in call"
	InCallMuted  Badge = "muted" // in a call that does not hear us
	productTitle       = "Parley"
)

// Words are what the menu says, in the language of the page, which hands them in.
type Words struct {
	CreateRoom    string `json:"createRoom"`
	CopyRoomID    string `json:"copyRoomId"`
	CopyInvite    string `json:"copyInvite"`
	Mute          string `json:"mute"`
	Unmute        string `json:"unmute"`
	CameraTurnOff string `json:"cameraTurnOff"`
	CameraTurnOn  string `json:"cameraTurnOn"`
	HangUp        string `json:"hangUp"`
	Open          string `json:"open"`
	Quit          string `json:"quit"`
	Muted         string `json:"muted"`
	// State says where a call stands.
	State map[call.State]string `json:"state"`
}

// Menu is what the tray shows while the call stands as s says.
func Menu(s call.Snapshot, w Words) View {
	live := s.State.Live()
	mic, cam := s.Microphone.Runs(), s.Camera.Runs()
	inCall := s.State == call.Connected || s.State == call.Reconnecting
	v := View{
		Lines: [...]Line{
			{w.CreateRoom, !live},
			{w.CopyRoomID, live && s.Room != ""},
			// A room ID alone is the line above; a code is not an invite.
			{w.CopyInvite, live && s.Invite != "" && s.Invite != s.Room},
			{choose(mic, w.Mute, w.Unmute), live},
			{choose(cam, w.CameraTurnOff, w.CameraTurnOn), live},
			{w.HangUp, live},
			{w.Open, true},
			{w.Quit, true},
		},
		Tooltip: productTitle,
	}
	if said := w.State[s.State]; live && said != "" {
		v.Tooltip += " – " + said
	}
	switch {
	case inCall && !mic:
		v.Badge = InCallMuted
		v.Tooltip += " – " + w.Muted
	case s.State == call.Connected:
		v.Badge = InCall
	case live:
		v.Badge = UnderWay
	}
	return v
}

func choose(on bool, yes, no string) string {
	if on {
		return yes
	}
	return no
}
