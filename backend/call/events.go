package call

import "parley/backend/signaling"

// event is anything that happens to a call.
type event interface{}

// Commands of our user, each inside a command with its reply.
type (
	command struct {
		event event
		reply chan<- error
	}
	begin struct {
		role   signaling.Role
		invite signaling.Invite
		byHand bool // as caller; as callee the invite tells
	}
	enterCode      struct{ text string }
	hangUp         struct{}
	keepTrying     struct{}
	setVerified    struct{ verified bool }
	setMicrophone  struct{ on bool }
	setCamera      struct{ on bool }
	setDataSaver   struct{ on bool }
	setWaitingRoom struct{ on bool }
	knock          struct{ knock Knock }
	letIn          struct{}
	setPreview     struct{ on bool }
	share          struct{ screen string }
	checkDevices   struct{ on bool }
	setMirrored    struct{ on bool }
	choose         struct{ choice Choice }
)

// What happens by itself.
type (
	// ofAttempt is an event that concerns one attempt at a call.
	ofAttempt struct {
		attempt *attempt
		event   event
	}
	roomOpened struct {
		room signaling.Room
		err  error
	}
	roomEvent  struct{ event signaling.Event }
	described  struct{ generation int64 } // our description is in the room
	sendFailed struct {                   // it could not be brought there
		err        error
		generation int64
	}
	network     struct{ gone bool }                       // ours has changed
	restartDue  struct{ n int }                           // the nth that was planned
	waited      struct{ n int }                           // reconnectTimeout since the nth loss
	candidate   struct{ candidate signaling.Candidate }   // one of ours
	transport   struct{ transport Transport }             // of the peer
	channelOpen struct{}                                  // the control channel
	message     struct{ data []byte }                     // on the control channel
	forgiven    struct{}                                  // media outlived a break of the signaling
	deadline    struct{ passed func(facts) (over, bool) } // a bound is over: does it still matter?

	devicesApplied struct {
		want   Want
		report Report
	}
	devicesChanged struct{ report Report }
	devicesListed  struct{ list DeviceList }
	cameraPaused   struct{ paused bool }
	workDone       struct{} // a goroutine of the loop's has ended
	closeCall      struct{}
)

// over is how an attempt ends.
type over struct {
	reason  Reason
	failure *Error
}
