package call

import (
	"time"

	"parley/backend/signaling"
)

// facts are all that the state and the snapshot follow from.
type facts struct {
	// of our user
	microphoneOn, cameraOn bool
	preview                bool
	checking               bool // looks at, listens to and tries out the devices
	unmirrored             bool
	dataSaver              bool
	waitingRoom            bool // of the next call that we make
	choice                 Choice
	retry                  int // times that a device with a problem was asked for again

	// of the camera: the connection is too weak for any picture
	paused bool

	// of the devices; without listed nobody knows what there is
	devices                     DeviceList
	listed                      bool
	camera, microphone, speaker history
	firstCamera                 string // ID of the one that ran first since one was chosen
	revivals                    int    // of those that stopped by themselves

	// of the attempt at a call; role is empty when none was made
	role         signaling.Role
	invite       signaling.Invite
	byHand       bool   // the users carry what the sides say to each other
	code         string // what ours has to carry
	roomOpen     bool   // we have our seat
	described    bool   // our description is in the room
	answered     bool   // the other side's description is set
	transport    Transport
	wasConnected bool
	other        Other
	share        string // the ID of what our user shares
	otherMost    int    // bit/s of picture that the other side wants at most; 0 is no limit
	roomGone     bool   // nothing can be said to the other side any more
	unmendable   bool   // the other side answers no later offers
	door         door
	knock        Knock // of the callee, behind the door
	asking       bool  // whether the other side, away for long, is to be waited for
	linkGone     bool  // our own way to the room broke for good, lately
	otherGone    bool  // the other side's broke, without a goodbye, lately

	words    string // that our user may compare; "" until they are made
	verified bool   // it did, and they were the same
	swapped  bool   // since then a description named another certificate

	// how it ended
	reason  Reason
	failure *Error
}

// decide is the state that the facts amount to.
func decide(f facts) State {
	switch {
	case f.role == "":
		return Idle
	case f.failure != nil:
		return Failed
	case f.reason != "":
		return Ended
	case f.wasConnected && f.transport == TransportConnected && f.door == shut:
		return Knocking
	case f.wasConnected && f.transport == TransportConnected:
		return Connected
	case f.wasConnected:
		return Reconnecting
	case f.answered:
		return Connecting
	case !f.roomOpen, f.role == signaling.Caller && !f.described:
		return Preparing
	default:
		return Waiting
	}
}

// connectWithin is how long it may take to find a way once both descriptions
// are known here.
func connectWithin(f facts) time.Duration {
	if patient(f.role, f.byHand) {
		return codeTimeout
	}
	return connectTimeout
}

// patient tells that the other side learns our description only when its user
// has typed it in.
func patient(role signaling.Role, byHand bool) bool { return byHand && role == signaling.Callee }

// want is what the facts ask of the devices.
func want(f facts) Want {
	live := decide(f).Live()
	w := Want{Camera: f.cameraOn && (live || f.preview || f.checking), Sound: live || f.checking}
	if inCall(f) {
		w.Screen = f.share
	}
	if w.Camera || w.Sound {
		w.Choice, w.Retry = resolve(f), f.retry
	}
	return w
}

// inCall tells that the two have seen each other, and the call goes on.
func inCall(f facts) bool {
	s := decide(f)
	return s == Connected || s == Reconnecting
}

// Bit/s of picture, without sound.
const (
	savingBitrate = 300_000 // each way with the data saver: enough for a face
	leastLimit    = 100_000 // that we obey the other side in
)

// limit is the bit/s that our picture may take at most; 0 is no limit.
func limit(f facts) int {
	most := 0
	if decide(f).Live() {
		most = f.otherMost
	}
	if f.dataSaver && (most == 0 || most > savingBitrate) {
		most = savingBitrate
	}
	return most
}

// lost tells that the other side will not come back: its way to the room, or
// ours, and its media broke together, as when a program is killed; or it is away
// for long and cannot be called back.
func lost(f facts) bool {
	return decide(f) == Reconnecting && (f.linkGone || f.otherGone || f.asking && !mendable(f))
}

// mendable tells that a restart can still be said to the other side, and answered.
func mendable(f facts) bool {
	return f.roomOpen && !f.roomGone && !f.unmendable && !f.byHand
}

// snapshot is what a watcher sees of the facts.
func snapshot(f facts, r Report) Snapshot {
	s := Snapshot{
		State:       decide(f),
		Role:        f.role,
		Reason:      f.reason,
		Asking:      f.asking && decide(f) == Reconnecting,
		Preview:     f.preview,
		DataSaver:   f.dataSaver,
		WaitingRoom: f.waitingRoom,
		Unmirrored:  f.unmirrored,
		Microphone:  device(f.microphoneOn, r.Microphone, f.microphone),
		Camera:      device(f.cameraOn, r.Camera, f.camera),
		Speaker:     device(true, r.Speaker, f.speaker),
		Choice:      f.choice,
		Other:       f.other,
	}
	if inCall(f) {
		s.Sharing = Sharing{On: f.share != "", Name: r.Screen.Name, Asking: f.share != "" && r.Screen.Asking, Problem: r.Screen.Problem}
		s.Trust = Trust{Words: f.words, Verified: f.verified, Swapped: f.swapped}
	}
	if s.State == Knocking {
		s.Knock = f.knock
	}
	s.Camera.Paused = f.paused && s.Camera.Name != ""
	if s.State.Live() && f.roomOpen {
		s.Code = f.code
		s.Room, s.Invite = f.invite.Room.String(), f.invite.String()
	}
	if f.failure != nil {
		s.Reason = ""
		s.Failure = Failure{Code: f.failure.Code, Message: f.failure.Error()}
	}
	return s
}

func device(on bool, status Status, h history) Device {
	d := Device{On: on, Name: status.Name}
	if d.Name != "" {
		d.Change, d.Was = h.change, h.was
	}
	if status.Problem != nil {
		d.Problem = status.Problem.Code
	}
	return d
}
