package call

import (
	"context"
	"errors"
	"time"

	"parley/backend/signaling"
	"parley/backend/trust"
)

// loop owns the call.
func (c *Call) loop() {
	defer close(c.done)
	defer c.watch.close()
	for !c.closing || c.running > 0 {
		e := <-c.inbox
		cmd, isCommand := e.(command)
		if !isCommand {
			c.handle(e)
			c.settle()
			continue
		}
		err := c.obey(cmd.event)
		c.settle() // first: who asked finds the answer in the snapshot
		cmd.reply <- err
	}
}

func (c *Call) handle(e event) {
	switch e := e.(type) {
	case ofAttempt:
		if e.attempt != c.attempt {
			c.discard(e.event)
			return
		}
		c.handleAttempt(e.attempt, e.event)
	case devicesApplied:
		c.noteApplied(e.want, e.report)
		c.applied = &e.want
		if c.applying.cut {
			c.applied = nil
		}
		c.applying.cancel()
		c.applying = nil
		c.tellOther()
	case devicesChanged:
		c.noteStopped(e.report)
		c.tellOther()
	case devicesListed:
		c.noteDevices(e.list)
	case cameraPaused:
		c.facts.paused = e.paused
		c.tellOther()
	case workDone:
		c.running--
	case closeCall:
		c.closing = true
		c.facts.preview, c.facts.checking = false, false
		c.finish(over{reason: HungUp})
	}
}

// discard takes an event that came too late. A room that opened for nobody is left.
func (c *Call) discard(e event) {
	if opened, ok := e.(roomOpened); ok && opened.room != nil {
		c.leave(opened.room)
	}
}

func (c *Call) obey(cmd event) error {
	if c.closing {
		return errClosed
	}
	live := decide(c.facts).Live()
	switch cmd := cmd.(type) {
	case begin:
		if live && c.facts.role == signaling.Caller && cmd.invite.Room == c.facts.invite.Room {
			return errorOf("join", signaling.ErrOwnRoom)
		}
		if live {
			return &Error{InCall, "begin a call", errors.New("one is under way")}
		}
		return c.begin(cmd)
	case hangUp:
		if !live {
			return &Error{NotInCall, "hang up", errors.New("there is no call")}
		}
		c.finish(over{reason: HungUp})
	case keepTrying:
		return c.keepTrying()
	case setVerified:
		return c.setVerified(cmd.verified)
	case enterCode:
		return c.enterCode(cmd.text)
	case setMicrophone:
		c.facts.microphoneOn = cmd.on
		c.retry(cmd.on && c.report.Microphone.Problem != nil)
		c.deps.Devices.Mute(!cmd.on)
		c.tellOther()
	case setCamera:
		c.facts.cameraOn = cmd.on
		c.retry(cmd.on && c.report.Camera.Problem != nil)
		c.tellOther()
	case setDataSaver:
		c.facts.dataSaver = cmd.on
		c.tellOther()
	case setWaitingRoom:
		c.setWaitingRoom(cmd.on)
	case knock:
		return c.knock(cmd.knock)
	case letIn:
		return c.letIn()
	case share:
		return c.share(cmd.screen)
	case setPreview:
		if cmd.on && live {
			return &Error{InCall, "show the preview", errors.New("the call shows the camera")}
		}
		c.facts.preview = cmd.on
	case checkDevices:
		c.facts.checking = cmd.on
	case setMirrored:
		c.facts.unmirrored = !cmd.on
	case choose:
		c.choose(cmd.choice)
	}
	return nil
}

// share begins to show a screen, or ends it. One with a problem is tried again.
func (c *Call) share(screen string) error {
	if !inCall(c.facts) || screen != "" && !c.facts.other.ShowsScreens {
		return &Error{NotInCall, "share a screen", errors.New("nobody can see it")}
	}
	c.facts.share = screen
	c.retry(c.report.Screen.Problem != "")
	c.tellOther()
	return nil
}

// retry has the devices with a problem tried again.
func (c *Call) retry(yes bool) {
	if yes {
		c.facts.retry++
	}
}

// begin starts an attempt: room, offer and devices side by side.
func (c *Call) begin(b begin) error {
	f := facts{
		microphoneOn: c.facts.microphoneOn,
		cameraOn:     c.facts.cameraOn,
		choice:       c.facts.choice,
		dataSaver:    c.facts.dataSaver,
		waitingRoom:  c.facts.waitingRoom,
		door:         doorOf(b.role, c.facts.waitingRoom),
		retry:        c.facts.retry,
		paused:       c.facts.paused,
		unmirrored:   c.facts.unmirrored,
		checking:     c.facts.checking,
		devices:      c.facts.devices,
		listed:       c.facts.listed,
		firstCamera:  c.report.Camera.ID,
		camera:       begun(c.report.Camera),
		microphone:   begun(c.report.Microphone),
		speaker:      begun(c.report.Speaker),
		role:         b.role,
		invite:       b.invite,
		byHand:       b.byHand || b.invite.Code != "",
		other:        Other{MicrophoneOn: true, CameraOn: true},
	}
	c.facts = f
	c.retry(c.report.hasProblem())
	a, err := c.newAttempt(b)
	c.attempt = a
	if err != nil {
		c.finish(over{failure: errorOf("prepare the connection", err)})
	}
	return nil
}

func (c *Call) handleAttempt(a *attempt, e event) {
	f := &c.facts
	switch e := e.(type) {
	case roomOpened:
		if e.err != nil {
			c.finish(over{failure: errorOf("", e.err)})
			return
		}
		f.roomOpen, f.invite = true, e.room.Invite()
		c.enter(a, e.room)
	case roomEvent:
		c.handleRoom(a, e.event)
	case described:
		f.described = true
		if e.generation > 0 {
			c.tryAgain(a)
		}
	case sendFailed:
		switch {
		case e.generation > 0:
			c.tryAgain(a)
		case !f.wasConnected: // else it arrived after all
			c.finish(over{failure: errorOf("reach the other side", e.err)})
		}
	case candidate:
		a.sendCandidate(e.candidate)
	case transport:
		c.handleTransport(e.transport)
	case network:
		c.handleNetwork(a, e.gone)
	case restartDue:
		if e.n == a.restarts.due {
			c.restart(a)
		}
	case waited:
		f.asking = f.asking || e.n == a.restarts.losses && decide(*f) == Reconnecting
	case channelOpen:
		c.beginWords(a)
		c.sayDoor(a)
		c.tellOther()
	case message:
		c.handleMessage(a, e.data)
	case forgiven:
		if decide(*f).up() {
			f.linkGone, f.otherGone = false, false
		}
	case deadline:
		if o, ok := e.passed(*f); ok {
			c.finish(o)
		}
	}
}

func (c *Call) handleRoom(a *attempt, e signaling.Event) {
	f := &c.facts
	switch e := e.(type) {
	case signaling.DescriptionEvent:
		if e.Description.SDP == "" { // an old client's "not yet"
			return
		}
		if f.answered {
			c.renegotiate(a, e.Description)
			return
		}
		if err := c.accept(a, e.Description); err != nil {
			c.finish(over{failure: &Error{BadDescription, "understand the other side", err}})
			return
		}
		a.named = trust.Named(e.Description.SDP)
		f.answered, f.other.Present, f.otherGone = true, true, false
		c.after(a, connectWithin(*f), func(f facts) (over, bool) {
			return over{failure: &Error{NoConnection, "connect", errors.New("no way to the other side was found in time")}}, !f.wasConnected
		})
	case signaling.CandidateEvent:
		if err := a.peer.AddCandidate(e.Candidate); err != nil {
			c.deps.Logger.Debug("a candidate of the other side was refused", "err", err)
		}
	case signaling.CodeEvent:
		f.code = e.Code
	case signaling.PresenceEvent:
		f.other.Present, f.otherGone = e.Present, e.Dropped
		c.forgive(a)
	case signaling.LeftEvent:
		c.finish(over{reason: OtherHungUp})
	case signaling.ClosedEvent:
		f.roomGone, f.linkGone = true, errors.Is(e.Err, signaling.ErrUnreachable)
		c.forgive(a)
		if !f.answered {
			c.finish(over{failure: errorOf("wait in the room", e.Err)})
		}
	}
}

// enterCode hands the other side's code to the room.
func (c *Call) enterCode(text string) error {
	var taker signaling.CodeTaker
	if c.attempt != nil && !c.facts.answered {
		taker, _ = c.attempt.room.(signaling.CodeTaker)
	}
	if taker == nil {
		return &Error{NotInCall, "enter a code", errors.New("no code is waited for")}
	}
	ctx, cancel := context.WithTimeout(c.attempt.ctx, describeTimeout)
	defer cancel()
	if err := taker.TakeCode(ctx, text); err != nil {
		return errorOf("enter a code", err)
	}
	return nil
}

// accept sets the other side's description; as callee it also answers.
func (c *Call) accept(a *attempt, d signaling.Description) error {
	ctx, cancel := context.WithTimeout(a.ctx, describeTimeout)
	defer cancel()
	if c.facts.role == signaling.Caller {
		return a.peer.SetAnswer(ctx, d)
	}
	answer, err := a.peer.Answer(ctx, d)
	if err != nil {
		return err
	}
	a.sendDescription(answer)
	return nil
}

// settler is a room that brings our candidates one by one, at a price: once the
// two are connected those that are left need not be brought.
type settler interface{ Settled() }

func (c *Call) handleTransport(t Transport) {
	f := &c.facts
	if t == f.transport {
		return
	}
	was := decide(*f)
	f.transport = t
	switch {
	case t == TransportConnected:
		f.wasConnected, f.asking = true, false
		if room, ok := c.attempt.room.(settler); ok {
			room.Settled()
		}
		c.attempt.restarts.found()
	case t == TransportClosed:
		c.finish(over{reason: OtherHungUp})
	case t == TransportFailed && !f.wasConnected:
		c.finish(over{failure: &Error{NoConnection, "connect", errors.New("no way to the other side was found")}})
	case was.up():
		c.broke(c.attempt)
	}
}

// finish ends the attempt, once: everything it holds is let go.
func (c *Call) finish(o over) {
	if !decide(c.facts).Live() {
		return
	}
	c.facts.reason, c.facts.failure = atTheDoor(c.facts, o.reason), o.failure
	if o.failure != nil {
		c.deps.Logger.Info("call failed", "code", o.failure.Code)
		c.deps.Logger.Debug("call failed", "err", o.failure) // may hold addresses
	}
	if c.attempt != nil {
		c.release(c.attempt, o.reason == HungUp)
		c.attempt = nil
	}
}

// settle brings the world in line with the facts after each event.
func (c *Call) settle() {
	if lost(c.facts) {
		c.finish(over{reason: OtherLost})
	}
	c.settleDoor()
	if l := limit(c.facts); l != c.limit {
		c.limit = l
		c.deps.Devices.Limit(l)
	}
	c.settleDevices()
	c.watch.push(c.snapshot())
}

// applying is an Apply under way.
type applying struct {
	want   Want
	cancel context.CancelFunc
	cut    bool // it was told to return early
}

// settleDevices makes the devices run that the facts ask for. One Apply runs
// at a time; when it is no longer what is wanted it is cut short.
func (c *Call) settleDevices() {
	w := want(c.facts)
	switch {
	case c.applying != nil:
		if c.applying.want != w {
			c.applying.cut = true
			c.applying.cancel()
		}
	case c.applied == nil || *c.applied != w:
		ctx, cancel := context.WithCancel(context.Background())
		c.applying = &applying{want: w, cancel: cancel}
		c.run(func() { c.post(devicesApplied{w, c.deps.Devices.Apply(ctx, w)}) })
	}
}

func (c *Call) snapshot() Snapshot { return snapshot(c.facts, c.report) }

// forgive forgets a break of the signaling that media outlives.
func (c *Call) forgive(a *attempt) {
	c.later(a, togetherWithin, forgiven{})
}

// after asks passed, once d is over, whether that still ends the attempt.
func (c *Call) after(a *attempt, d time.Duration, passed func(facts) (over, bool)) {
	c.later(a, d, deadline{passed})
}

func (c *Call) later(a *attempt, d time.Duration, e event) {
	t := time.AfterFunc(d, func() { c.post(ofAttempt{a, e}) })
	context.AfterFunc(a.ctx, func() { t.Stop() })
}
