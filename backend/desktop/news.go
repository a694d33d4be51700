package desktop

import (
	"parley/backend/call"
	"parley/backend/signaling"
)

// News is what a notification tells of a call that its user does not look at.
type News string

const (
	None         News = ""
	Joined       News = "joined" // the other side came into our room
	Knocks       News = "knocks" // somebody waits to be let into our room
	Left         News = "left"
	Lost         News = "lost"
	Reconnecting News = "reconnecting"
)

// Between is the news when one snapshot follows another. What our own user did
// is none, nor is what they wait for with their eyes on the window.
func Between(before, now call.Snapshot) News {
	switch {
	case now.State == call.Reconnecting && before.State == call.Connected:
		return Reconnecting
	case now.State == call.Ended && before.State.Live() && now.Reason == call.OtherHungUp:
		return Left
	case now.State == call.Ended && before.State.Live() && now.Reason == call.OtherLost:
		return Lost
	case now.State == call.Knocking && now.Role == signaling.Caller && (before.State == call.Preparing || before.State == call.Waiting || before.State == call.Connecting):
		return Knocks
	case now.Role == signaling.Caller && !now.WaitingRoom && inCall(now.State) && (before.State == call.Preparing || before.State == call.Waiting):
		return Joined
	}
	return None
}
