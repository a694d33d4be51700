package call

// State is where a call stands, as its two users would say it.
type State string

const (
	// Idle: no call. The preview may run.
	Idle State = "idle"
	// Preparing: a room is being made or entered, devices are being opened.
	Preparing State = "preparing"
	// Waiting: our side is ready; the other side is not there yet.
	Waiting State = "waiting"
	// Connecting: the other side is there; a way between the two is being found.
	Connecting State = "connecting"
	// Knocking: the two are connected, and the callee waits to be let in: nobody
	// sees or hears anything yet.
	Knocking State = "knocking"
	// Connected: pictures and sound flow.
	Connected State = "connected"
	// Reconnecting: the call was connected and hears nothing from the other
	// side; it waits for it to come back.
	Reconnecting State = "reconnecting"
	// Ended: the call is over, for the reason in the snapshot. Another can begin.
	Ended State = "ended"
	// Failed: the call could not begin or go on, with the error in the
	// snapshot. Another can begin.
	Failed State = "failed"
)

// up tells whether the two have a connection, whatever flows on it.
func (s State) up() bool { return s == Connected || s == Knocking }

// Live tells whether a call is under way: it holds a room or devices.
func (s State) Live() bool { return s != Idle && s != Ended && s != Failed }

// Reason tells why a call ended.
type Reason string

const (
	HungUp        Reason = "hung_up"        // we did
	OtherHungUp   Reason = "other_hung_up"  // the other side did, or closed its page
	OtherLost     Reason = "other_lost"     // the other side vanished and did not come back
	Declined      Reason = "declined"       // we did not let the other side in
	OtherDeclined Reason = "other_declined" // it did not let us in
)
