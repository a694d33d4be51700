package call

import (
	"context"
	"errors"
	"fmt"

	"parley/backend/signaling"
)

// Code names a failure for the page and for scripts: the page has a sentence
// for each, in words that anyone understands.
type Code string

const (
	BadRoomID      Code = "bad_room_id"        // what was typed is no room ID
	BadInvite      Code = "bad_invite"         // what was pasted is no whole invite link
	BadCode        Code = "bad_code"           // what was pasted or scanned is no whole call code
	NeedLink       Code = "need_link"          // the room ID alone does not say where the room is
	RoomNotFound   Code = "room_not_found"     // nobody made such a room, or it is closed
	RoomFull       Code = "room_full"          // two are in it already
	RoomExpired    Code = "room_expired"       // it was made too long ago
	OwnRoom        Code = "own_room"           // it was made here
	RoomClosed     Code = "room_closed"        // it was closed under us
	Unreachable    Code = "unreachable"        // the signaling server does not answer
	Untrusted      Code = "untrusted"          // another server answers in its place
	NoServer       Code = "no_server"          // our own room server cannot start
	Refused        Code = "refused"            // the signaling server said no
	TooMany        Code = "too_many"           // it is asked too much
	NoOffer        Code = "no_offer"           // the other side never said how to connect
	BadDescription Code = "bad_description"    // what it said cannot be understood
	NoConnection   Code = "no_connection"      // no way between the two was found
	NoCamera       Code = "no_camera"          // there is none
	CameraBusy     Code = "camera_busy"        // another program has it
	CameraRefused  Code = "camera_refused"     // the system does not allow it
	NoMicrophone   Code = "no_microphone"      // there is none
	MicBusy        Code = "microphone_busy"    // another program has it
	MicRefused     Code = "microphone_refused" // the system does not allow it
	NoSpeaker      Code = "no_speaker"         // there is nothing to hear with
	BadDevice      Code = "bad_device"         // a device or file was named that cannot be used
	InCall         Code = "in_call"            // a call is under way already
	NotInCall      Code = "not_in_call"        // none is
	Internal       Code = "internal"           // a fault of ours
)

// Error is a failure with its code. Unwrap leads to the cause.
type Error struct {
	Code Code
	Op   string // what was being done, unless Err says it: "hang up"
	Err  error
}

func (e *Error) Error() string {
	if e.Op == "" {
		return e.Err.Error()
	}
	return fmt.Sprintf("%s: %v", e.Op, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// errorOf gives err its code; op is what was being done. A *Error stays as it is.
func errorOf(op string, err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	code := Internal
	for _, c := range codes {
		if errors.Is(err, c.err) {
			code = c.code
			break
		}
	}
	return &Error{Code: code, Op: op, Err: err}
}

// codes are tried in order: an error may wrap two of them.
var codes = []struct {
	err  error
	code Code
}{
	{signaling.ErrBadRoomID, BadRoomID},
	{signaling.ErrBadInvite, BadInvite},
	{signaling.ErrBadCode, BadCode},
	{signaling.ErrNoServer, NeedLink},
	{signaling.ErrRoomNotFound, RoomNotFound},
	{signaling.ErrRoomFull, RoomFull},
	{signaling.ErrExpired, RoomExpired},
	{signaling.ErrOwnRoom, OwnRoom},
	{signaling.ErrRoomGone, RoomClosed},
	{signaling.ErrUntrusted, Untrusted},
	{signaling.ErrUnreachable, Unreachable},
	{signaling.ErrTooMany, TooMany},
	{signaling.ErrTooLarge, Refused},
	{signaling.ErrBadMessage, Refused},
	{signaling.ErrRefused, Refused},
	{context.DeadlineExceeded, Unreachable},
}
