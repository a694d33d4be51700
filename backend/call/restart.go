package call

import (
	"context"
	"errors"
	"time"

	"parley/backend/signaling"
	"parley/backend/trust"
)

// When a connection that broke is looked for anew (ICE restart). The way that it
// had may come back by itself in restartAfter; a network that has changed says
// that it will not, and is not waited for.
const (
	restartAfter = time.Second            // of silence
	restartAgain = 3 * time.Second        // after an offer is in the room, or was answered; doubles
	restartLimit = 15 * time.Second       // at most
	restartRest  = 500 * time.Millisecond // between two changes of the network, and grows by that
	maxRestarts  = 12                     // without a connection; then only our user or our network begins again
	// darkAfter is the silence of a room that says something each second, and
	// darkAgain how long after it the old way may yet come back before it is given up.
	darkAfter = 1250 * time.Millisecond
	darkAgain = 500 * time.Millisecond
)

// restarts is how far an attempt is with finding a lost connection again.
type restarts struct {
	losses int       // times the connection broke, or our user let it be waited for
	tries  int       // since it was last there
	due    int       // which of the restarts that were planned still is
	gone   bool      // our network says that the way is, whatever the peer does
	last   time.Time // when one of ours began
	rest   time.Time // until then what was begun, here or there, is given its time
}

// found notes that the connection is back.
func (r *restarts) found() { r.due, r.tries, r.gone, r.rest = r.due+1, 0, false, time.Time{} }

// redialer is a room whose way to its service can be told to look for another.
type redialer interface{ Redial() }

// hearer is a room that tells when its service, or the other side in it, was last
// heard. Each says something at least once a second.
type hearer interface{ Heard() time.Time }

// dark tells that the room is silent, too. Then the whole network is, and an offer
// would only end the way that comes back with it.
func (a *attempt) dark() bool {
	room, ok := a.room.(hearer)
	return ok && time.Since(room.Heard()) > darkAfter
}

// plan has a restart begin after d, unless another is planned, or the connection
// is back, before.
func (c *Call) plan(a *attempt, d time.Duration) {
	a.restarts.due++
	if d = max(d, time.Until(a.restarts.rest)); d <= 0 {
		c.restart(a)
		return
	}
	c.later(a, d, restartDue{a.restarts.due})
}

// giveTime lets no restart begin for d, and plans one for then.
func (c *Call) giveTime(a *attempt, d time.Duration) {
	a.restarts.rest = time.Now().Add(d)
	c.plan(a, d)
}

// broke begins to look for a connection that was there until now.
func (c *Call) broke(a *attempt) {
	c.plan(a, restartAfter)
	c.waitLonger(a)
}

// waitLonger gives the other side another reconnectTimeout before our user is asked.
func (c *Call) waitLonger(a *attempt) {
	c.facts.asking = false
	a.restarts.losses++
	c.later(a, reconnectTimeout, waited{a.restarts.losses})
}

// restart makes an offer that looks for a new way, if there is a use for one.
func (c *Call) restart(a *attempt) {
	state := decide(c.facts)
	needed := state == Reconnecting || state.up() && a.restarts.gone
	if !needed || !mendable(c.facts) || a.restarts.tries >= maxRestarts {
		return
	}
	if a.restarts.tries == 0 && !a.restarts.gone && a.dark() {
		c.plan(a, darkAgain)
		return
	}
	a.restarts.gone = false
	a.restarts.tries++
	a.restarts.last = time.Now()
	ctx, cancel := context.WithTimeout(a.ctx, describeTimeout)
	defer cancel()
	offer, err := a.peer.Restart(ctx)
	if err != nil {
		c.deps.Logger.Info("the connection cannot be looked for anew", "err", err)
		c.facts.unmendable = true
		return
	}
	a.sendLater(offer)
	c.tryAgain(a)
}

// tryAgain plans the next restart, later each time, and anew when the offer is
// in the room.
func (c *Call) tryAgain(a *attempt) {
	if a.restarts.tries > 0 {
		c.giveTime(a, min(restartAgain<<(a.restarts.tries-1), restartLimit))
	}
}

// handleNetwork looks for a new way as soon as the old one is gone. A connection
// that is there, and whose way is, is left alone.
func (c *Call) handleNetwork(a *attempt, gone bool) {
	if room, ok := a.room.(redialer); ok {
		room.Redial()
	}
	state := decide(c.facts)
	if state != Reconnecting && (!state.up() || !gone) {
		return
	}
	a.restarts.gone = gone
	a.restarts.tries = min(a.restarts.tries, maxRestarts-1)
	a.restarts.rest = a.restarts.last.Add(restartRest * time.Duration(a.restarts.tries))
	c.plan(a, 0)
}

// renegotiate takes a later description of the other side. One that cannot be
// understood harms nothing: what was agreed on still holds. So does one that
// names another certificate, as it would be if somebody tried to take the other
// side's place: it is refused, and our user told.
func (c *Call) renegotiate(a *attempt, d signaling.Description) {
	if trust.Named(d.SDP) != a.named {
		c.deps.Logger.Warn("a later description with another certificate was refused")
		c.facts.verified, c.facts.swapped = false, true
		return
	}
	ctx, cancel := context.WithTimeout(a.ctx, describeTimeout)
	defer cancel()
	answer, err := a.peer.Renegotiate(ctx, d)
	if err != nil {
		c.deps.Logger.Info("a later description of the other side was refused", "err", err)
		return
	}
	if answer == nil {
		return
	}
	a.sendLater(*answer)
	c.giveTime(a, restartAgain)
}

// keepTrying waits on for an other side that is away for long.
func (c *Call) keepTrying() error {
	if !c.facts.asking || decide(c.facts) != Reconnecting {
		return &Error{NotInCall, "keep trying", errors.New("nothing is asked")}
	}
	c.waitLonger(c.attempt)
	c.attempt.restarts.tries, c.attempt.restarts.rest = 0, time.Time{}
	c.plan(c.attempt, 0)
	return nil
}
