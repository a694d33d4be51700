package cli

import (
	"errors"
	"fmt"

	"parley/backend/call"
	"parley/backend/config"
)

// What the program's exit code says. Scripts depend on these.
const (
	ExitEnded       = 0   // all went well: the call was hung up by one of the two
	ExitInternal    = 1   // a fault of ours, or standard output could not be written
	ExitUsage       = 2   // the command line, config file, room ID or link cannot be used
	ExitSignaling   = 3   // the signaling server does not answer, refuses, or is another one
	ExitRoom        = 4   // no such room, or it is full, expired, closed or our own; or we were not let in
	ExitConnection  = 5   // no way to the other side was found, or it was lost
	ExitDevice      = 6   // a device or file that was named cannot be used
	ExitInterrupted = 130 // Ctrl+C a second time, before the hang-up was done
)

// exits are the exit codes as --help tells them.
const exits = `Exit codes:
    0  all went well: the call was hung up by one of the two
    1  a fault of Parley, or its output could not be written
    2  the command line, config file, room ID or link cannot be used
    3  the signaling server does not answer, refuses, or is not the one in the link
    4  no such room, or it is full, expired, closed or your own; or you were not let in
    5  no way to the other side was found, or it was lost
    6  a device or file that was named cannot be used
  130  Ctrl+C a second time, before the hang-up was done
`

// failures gives each code its exit code, and words for people.
var failures = map[call.Code]struct {
	exit  int
	words string
}{
	call.BadRoomID:      {ExitUsage, "That is not a room ID."},
	call.BadInvite:      {ExitUsage, "That is not a whole invite link."},
	call.BadCode:        {ExitUsage, "That is not a whole call code."},
	call.NeedLink:       {ExitUsage, "On the local network the room ID alone is not enough: use the whole invite link."},
	call.RoomNotFound:   {ExitRoom, "There is no such room. Is the ID right, and is the other side still there?"},
	call.RoomFull:       {ExitRoom, "Two people are in that room already."},
	call.RoomExpired:    {ExitRoom, "That room has expired. Ask for a new one."},
	call.OwnRoom:        {ExitRoom, "That is your own room. Send it to the other side."},
	call.RoomClosed:     {ExitRoom, "The room was closed."},
	call.Unreachable:    {ExitSignaling, "The signaling server cannot be reached. Are both sides on the same network?"},
	call.Untrusted:      {ExitSignaling, "Another server answers in place of the one in the link. Do not go on; ask for a new link."},
	call.NoServer:       {ExitSignaling, "The room server in Parley cannot start. Is its address free, and its folder writable?"},
	call.Refused:        {ExitSignaling, "The signaling server refused."},
	call.TooMany:        {ExitSignaling, "The signaling server is asked too much. Try again in a minute."},
	call.NoOffer:        {ExitConnection, "The other side never said how to connect."},
	call.BadDescription: {ExitConnection, "What the other side said cannot be understood."},
	call.NoConnection:   {ExitConnection, "No way to the other side was found. A TURN server may help."},
	call.NoCamera:       {ExitDevice, "There is no camera."},
	call.CameraBusy:     {ExitDevice, "Another program uses the camera."},
	call.CameraRefused:  {ExitDevice, "The system does not allow the camera."},
	call.NoMicrophone:   {ExitDevice, "There is no microphone."},
	call.MicBusy:        {ExitDevice, "Another program uses the microphone."},
	call.MicRefused:     {ExitDevice, "The system does not allow the microphone."},
	call.NoSpeaker:      {ExitDevice, "There is nothing to hear with."},
	call.BadDevice:      {ExitDevice, "A device or file that was named cannot be used."},
	call.InCall:         {ExitInternal, "A call is under way already."},
	call.NotInCall:      {ExitInternal, "There is no call."},
	call.Internal:       {ExitInternal, "Something in Parley went wrong."},
}

// codeOf is the code of err, Internal where it has none.
func codeOf(err error) call.Code {
	if e, ok := errors.AsType[*call.Error](err); ok {
		return e.Code
	}
	return call.Internal
}

// exitOf is the exit code for what a command returned.
func exitOf(err error) int {
	if err == nil {
		return ExitEnded
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return ExitUsage
	}
	if _, ok := errors.AsType[*config.Error](err); ok {
		return ExitUsage
	}
	return exitOfCode(codeOf(err))
}

func exitOfCode(code call.Code) int {
	if f, ok := failures[code]; ok {
		return f.exit
	}
	return ExitInternal
}

// exitOfReason is the exit code for how a call ended.
func exitOfReason(r call.Reason) int {
	switch r {
	case call.OtherLost:
		return ExitConnection
	case call.OtherDeclined:
		return ExitRoom
	}
	return ExitEnded
}

// exitStatus is the error of a command that has said all there is to say.
type exitStatus int

func (e exitStatus) Error() string { return fmt.Sprintf("exit code %d", int(e)) }
