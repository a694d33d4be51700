package call

import "parley/backend/signaling"

// Snapshot is the whole call as a watcher sees it: the window, the tray, a
// script. It is a value; each change makes a new one.
type Snapshot struct {
	State State          `json:"state"`
	Role  signaling.Role `json:"role,omitempty"`
	// Room is the room ID as it is shown; Invite is what to send to the other
	// side: a link where there is one, else the room ID.
	Room   string `json:"room,omitempty"`
	Invite string `json:"invite,omitempty"`
	// Code is what our user must hand to the other side in a call by hand.
	Code string `json:"code,omitempty"`
	// Reason stands beside Ended, Failure beside Failed.
	Reason  Reason  `json:"reason,omitempty"`
	Failure Failure `json:"failure,omitzero"`
	// Asking stands beside Reconnecting: the other side is away for long; is it
	// to be waited for (KeepTrying), or not (HangUp)?
	Asking bool `json:"asking,omitempty"`
	// Preview tells that the devices run without a call.
	Preview bool `json:"preview"`
	// DataSaver: picture is sent, and asked for, with few bits.
	DataSaver bool `json:"dataSaver"`
	// WaitingRoom: whoever comes into a room of ours waits to be let in.
	WaitingRoom bool `json:"waitingRoom"`
	// Knock stands beside Knocking: who waits, once they have said so.
	Knock Knock `json:"knock,omitzero"`
	// Unmirrored: our user wants to see themselves as others do.
	Unmirrored bool   `json:"unmirrored,omitempty"`
	Microphone Device `json:"microphone"`
	Camera     Device `json:"camera"`
	Speaker    Device `json:"speaker"`
	// Sharing stands beside Connected and Reconnecting.
	Sharing Sharing `json:"sharing"`
	// Choice are the devices that were asked for.
	Choice Choice `json:"choice"`
	Other  Other  `json:"other"`
	// Trust stands beside Connected and Reconnecting.
	Trust Trust `json:"trust"`
}

// Failure is an Error as it crosses to the page.
type Failure struct {
	Code    Code   `json:"code"`
	Message string `json:"message"` // for the log and the curious; the page words the code itself
}

// Device is one of our devices in the call.
type Device struct {
	// On is what the user wants: muted is On false.
	On bool `json:"on"`
	// Name is what runs now, as people call it; empty where nothing does.
	Name string `json:"name,omitempty"`
	// Problem tells why nothing runs though On says so.
	Problem Code `json:"problem,omitempty"`
	// Change tells what became of the one that was in use; Was is its name.
	Change Change `json:"change,omitempty"`
	Was    string `json:"was,omitempty"`
	// Paused: the camera runs, and the connection is too weak for any picture.
	Paused bool `json:"paused,omitempty"`
}

// Runs tells whether the device is as good as on: one that is wanted and has a
// problem reads as off, and to turn it on tries it again.
func (d Device) Runs() bool { return d.On && d.Problem == "" }

// Other is the other side. What an old client does not say counts as on.
type Other struct {
	Present      bool `json:"present"` // it has its seat in the room
	MicrophoneOn bool `json:"microphoneOn"`
	CameraOn     bool `json:"cameraOn"`
	Paused       bool `json:"paused"` // its camera is on, and its connection too weak for any picture
	// ShowsScreens: its user sees what we share. An old client does not say so.
	ShowsScreens bool `json:"showsScreens"`
	Sharing      bool `json:"sharing"` // it shares a screen of its own
}

// Sharing is our screen or window that the other side is shown.
type Sharing struct {
	On   bool   `json:"on"`             // our user wants it
	Name string `json:"name,omitempty"` // of what is shared now; empty where nothing is
	// Asking: the desktop asks our user what to share; nothing is until they choose.
	Asking bool `json:"asking,omitempty"`
	// Problem tells why nothing is though On says so.
	Problem ScreenProblem `json:"problem,omitempty"`
}

// ScreenProblem tells why a screen cannot be shared. The page has a sentence for each.
type ScreenProblem string

const (
	NoScreens     ScreenProblem = "no_screens"     // this system gives no pictures of them
	NoPortal      ScreenProblem = "no_portal"      // this desktop does not, another one would
	NoPipeWire    ScreenProblem = "no_pipewire"    // what brings the desktop's pictures does not work
	ScreenRefused ScreenProblem = "screen_refused" // the desktop does not let us
	ScreenGone    ScreenProblem = "screen_gone"    // the window was closed, the screen unplugged, or the desktop ended it
)

// ScreenList is what there is to share, or why there is nothing.
type ScreenList struct {
	Screens []ListedScreen `json:"screens"`
	// Asks, where it is not empty, is what to share in place of one of the Screens, of
	// which there are none: the desktop then asks our user itself.
	Asks    string        `json:"asks,omitempty"`
	Problem ScreenProblem `json:"problem,omitempty"`
}

// ListedScreen is a screen or a window. Its ID is good as long as it is there.
type ListedScreen struct {
	ID     string `json:"id"`
	Name   string `json:"name"` // a window's title, or what the system calls a screen
	Window bool   `json:"window"`
	Width  int    `json:"width"` // pixels
	Height int    `json:"height"`
}

// Trust is what our user can know of who the other side is.
type Trust struct {
	// Words are to be compared with those that the other side sees: the same
	// ones mean that nobody is in between (backend/trust). Empty until they are
	// made, and for good with another side that makes none.
	Words string `json:"words"`
	// Verified: our user says that they are the same.
	Verified bool `json:"verified"`
	// Swapped: since the words were last verified, something in between tried to
	// put another certificate in the place of the other side's, and was refused.
	Swapped bool `json:"swapped"`
}

// Choice names the devices to use. An empty name is the system's default.
type Choice struct {
	Camera     string `json:"camera"`     // a name or ID, FILE.y4m, "test" or "none"
	Microphone string `json:"microphone"` // a name or ID, FILE.wav, "test" or "none"
	Speaker    string `json:"speaker"`    // a name or ID, FILE.wav to write, or "none"
}

// DeviceList is what there is to choose from.
type DeviceList struct {
	Cameras     []ListedDevice `json:"cameras"`
	Microphones []ListedDevice `json:"microphones"`
	Speakers    []ListedDevice `json:"speakers"`
}

// ListedDevice is one device. Its ID stays the same from run to run.
type ListedDevice struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Default bool   `json:"default"`
	// Absent: it was there once, in this run or one before.
	Absent bool `json:"absent,omitempty"`
}
