package call

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"parley/backend/signaling"
)

// next are the states that may follow each; a state may also follow itself.
var next = map[State][]State{
	Idle:         {Preparing, Failed},
	Preparing:    {Waiting, Connecting, Knocking, Connected, Reconnecting, Ended, Failed},
	Waiting:      {Connecting, Knocking, Connected, Reconnecting, Ended, Failed},
	Connecting:   {Knocking, Connected, Reconnecting, Ended, Failed},
	Knocking:     {Connected, Reconnecting, Ended, Failed},
	Connected:    {Knocking, Reconnecting, Ended, Failed}, // a callee hears of the door a moment later
	Reconnecting: {Knocking, Connected, Ended, Failed},
	Ended:        {Preparing, Failed},
	Failed:       {Preparing},
}

// step is one thing that happens, done to the world.
type step struct {
	name string
	do   func(w *world)
}

func room(name string, e signaling.Event) step {
	return step{"room: " + name, func(w *world) {
		if r := w.room(); r != nil {
			r.happen(e)
		}
	}}
}

func peer(name string, do func(p *fakePeer)) step {
	return step{"peer: " + name, func(w *world) {
		if p := w.peer(); p != nil {
			do(p)
		}
	}}
}

var steps = []step{
	{"create", func(w *world) { _ = w.call.Create(ctx) }},
	{"join", func(w *world) { _ = w.call.Join(ctx, joinable) }},
	{"join with a bad ID", func(w *world) { _ = w.call.Join(ctx, "?") }},
	{"hang up", func(w *world) { _ = w.call.HangUp(ctx) }},
	{"mute", func(w *world) { _ = w.call.SetMicrophone(ctx, false) }},
	{"unmute", func(w *world) { _ = w.call.SetMicrophone(ctx, true) }},
	{"camera off", func(w *world) { _ = w.call.SetCamera(ctx, false) }},
	{"camera on", func(w *world) { _ = w.call.SetCamera(ctx, true) }},
	{"data saver on", func(w *world) { _ = w.call.SetDataSaver(ctx, true) }},
	{"data saver off", func(w *world) { _ = w.call.SetDataSaver(ctx, false) }},
	{"waiting room", func(w *world) { w.setWaitingRoom(true) }},
	{"no waiting room", func(w *world) { w.setWaitingRoom(false) }},
	{"knock", func(w *world) { _ = w.call.Knock(ctx, "Ada", "") }},
	{"let in", func(w *world) {
		if w.call.LetIn(ctx) == nil {
			p := w.peer()
			p.mu.Lock()
			defer p.mu.Unlock()
			p.letIn = true
		}
	}},
	{"camera paused", func(w *world) { w.call.CameraPaused(true) }},
	{"camera goes on", func(w *world) { w.call.CameraPaused(false) }},
	{"share a screen", func(w *world) { _ = w.call.Share(ctx, "screen") }},
	{"share a window", func(w *world) { _ = w.call.Share(ctx, "window") }},
	{"share nothing", func(w *world) { _ = w.call.Share(ctx, "") }},
	{"what is shared is gone", func(w *world) {
		w.call.DevicesChanged(Report{Screen: Sharing{Problem: ScreenGone}})
	}},
	{"preview on", func(w *world) { _ = w.call.SetPreview(ctx, true) }},
	{"preview off", func(w *world) { _ = w.call.SetPreview(ctx, false) }},
	{"choose a camera", func(w *world) { _ = w.call.Choose(ctx, Choice{Camera: "b"}) }},
	{"choose the default", func(w *world) { _ = w.call.Choose(ctx, Choice{}) }},
	{"signaling works", func(w *world) { w.set(func() { w.openErr, w.openSlow = nil, 0 }) }},
	{"signaling is slow", func(w *world) { w.set(func() { w.openErr, w.openSlow = nil, 2*time.Second }) }},
	{"signaling hangs", func(w *world) { w.set(func() { w.openErr, w.openSlow = nil, time.Hour }) }},
	{"signaling refuses", func(w *world) { w.set(func() { w.openErr = signaling.ErrRefused }) }},
	{"peers work", func(w *world) { w.set(func() { w.peerErr = nil }) }},
	{"peers do not", func(w *world) { w.set(func() { w.peerErr = errors.New("no") }) }},
	{"devices are slow", func(w *world) { w.set(func() { w.devices.slow = 3 * time.Second }) }},
	{"devices are fast", func(w *world) { w.set(func() { w.devices.slow = 0 }) }},
	{"keep trying", func(w *world) {
		if p := w.peer(); p != nil {
			p.allow(maxRestarts)
		}
		_ = w.call.KeepTrying(ctx)
	}},
	room("later offer", laterOffer),
	room("later answer", laterAnswer),
	room("bad later offer", signaling.DescriptionEvent{Description: signaling.Description{Type: "offer", SDP: "bad"}}),
	peer("network changed", func(p *fakePeer) { p.allow(1); p.Network(false) }),
	peer("way gone", func(p *fakePeer) { p.allow(1); p.Network(true) }),
	peer("other restarts", func(p *fakePeer) { p.mu.Lock(); defer p.mu.Unlock(); p.noRestart = nil }),
	peer("other cannot", func(p *fakePeer) { p.mu.Lock(); defer p.mu.Unlock(); p.noRestart = errBadSDP }),
	room("offer", offer),
	room("answer", answer),
	room("empty offer", signaling.DescriptionEvent{Description: signaling.Description{Type: "offer"}}),
	room("bad description", signaling.DescriptionEvent{Description: signaling.Description{Type: "answer", SDP: "bad"}}),
	room("candidate", signaling.CandidateEvent{}),
	room("other is there", signaling.PresenceEvent{Present: true}),
	room("other is silent", signaling.PresenceEvent{}),
	room("other is gone", signaling.PresenceEvent{Dropped: true}),
	room("other hung up", signaling.LeftEvent{}),
	room("closed", signaling.ClosedEvent{Err: signaling.ErrRoomGone}),
	room("unreachable", signaling.ClosedEvent{Err: signaling.ErrUnreachable}),
	peer("candidate", func(p *fakePeer) { p.Candidate(signaling.Candidate{Candidate: "c"}) }),
	peer("connecting", func(p *fakePeer) { p.Transport(TransportConnecting) }),
	{"peer: connected", func(w *world) {
		if p := w.peer(); p != nil {
			w.connected(p)
		}
	}},
	peer("disconnected", func(p *fakePeer) { p.Transport(TransportDisconnected) }),
	peer("failed", func(p *fakePeer) { p.Transport(TransportFailed) }),
	peer("closed", func(p *fakePeer) { p.Transport(TransportClosed) }),
	peer("channel open", func(p *fakePeer) { p.Open() }),
	peer("bye", func(p *fakePeer) { p.Message([]byte(`{"type":"bye"}`)) }),
	peer("state", func(p *fakePeer) { p.Message([]byte(`{"type":"state","camera":false}`)) }),
	peer("asks for little", func(p *fakePeer) { p.Message([]byte(`{"type":"state","maxBitrate":200000}`)) }),
	peer("asks for all", func(p *fakePeer) { p.Message([]byte(`{"type":"state","maxBitrate":0}`)) }),
	peer("door shut", func(p *fakePeer) { p.Message([]byte(`{"type":"door","open":false}`)) }),
	peer("door open", func(p *fakePeer) { p.Message([]byte(`{"type":"door","open":true}`)) }),
	peer("knocks", func(p *fakePeer) { p.Message([]byte(`{"type":"knock","name":"Bob","open":true}`)) }),
	peer("sees screens", func(p *fakePeer) { p.Message([]byte(`{"type":"state","can":["x","screen"]}`)) }),
	peer("sees none", func(p *fakePeer) { p.Message([]byte(`{"type":"state","can":[]}`)) }),
	peer("shares", func(p *fakePeer) { p.Message([]byte(`{"type":"state","sharing":true}`)) }),
	peer("nonsense", func(p *fakePeer) { p.Message([]byte("\x00")) }),
	{"a second passes", func(*world) { pass(time.Second) }},
	{"five seconds pass", func(*world) { pass(5 * time.Second) }},
	{"six minutes pass", func(*world) { pass(6 * time.Minute) }},
	{"half a minute passes", func(*world) { pass(31 * time.Second) }},
}

// TestAnyOrderOfEvents throws events at a call in random order and holds it,
// after each, against what must always be so.
func TestAnyOrderOfEvents(t *testing.T) {
	reached := map[State]int{}
	rapid.Check(t, func(rt *rapid.T) {
		connected := rapid.Bool().Draw(rt, "begins connected")
		guarded := rapid.Bool().Draw(rt, "with a waiting room")
		checkOrder(t, rt, steps, connected, guarded, reached)
	})
	for s := range next {
		if s != Idle && reached[s] == 0 {
			t.Errorf("no order of events reached %s", s)
		}
	}
}

// TestAnyOrderAtTheDoor does so to a call at whose door somebody stands, with
// what could open it by mistake, and little of what would end it.
func TestAnyOrderAtTheDoor(t *testing.T) {
	names := []string{"let in", "knock", "waiting room", "no waiting room", "create", "hang up", "camera off", "camera on",
		"room: later offer", "room: answer", "room: other is silent", "room: other is there", "peer: way gone",
		"peer: disconnected", "peer: connected", "peer: channel open", "peer: door open", "peer: door shut", "peer: knocks", "peer: state",
		"a second passes", "half a minute passes", "keep trying"}
	door := slices.DeleteFunc(slices.Clone(steps), func(s step) bool { return !slices.Contains(names, s.name) })
	if len(door) != len(names) {
		t.Fatalf("%d steps of %d", len(door), len(names))
	}
	reached := map[State]int{}
	for range 10 { // an order of two certain events in a life at the door takes some hundred tries
		rapid.Check(t, func(rt *rapid.T) { checkOrder(t, rt, door, true, true, reached) })
	}
	if reached[Knocking] == 0 || reached[Reconnecting] == 0 || reached[Connected] == 0 {
		t.Errorf("reached %v", reached)
	}
}

func checkOrder(t *testing.T, rt *rapid.T, steps []step, connected, guarded bool, reached map[State]int) {
	order := rapid.SliceOfN(rapid.IntRange(0, len(steps)-1), 1, 60).Draw(rt, "order")
	settle := rapid.SliceOfN(rapid.Bool(), len(order), len(order)).Draw(rt, "settle")
	var problem string
	synctest.Test(t, func(*testing.T) {
		w := newWorld()
		snapshots, stop := w.call.Watch()
		defer stop()
		was := (<-snapshots).State
		w.setWaitingRoom(guarded)
		if connected {
			_ = w.call.Create(ctx)
			w.wait()
			w.room().happen(answer)
			w.wait()
			w.connected(w.peer())
		}
		for i, n := range order {
			steps[n].do(w)
			if !settle[i] {
				continue // the next event comes before this one is digested
			}
			w.wait()
			if err := w.check(); err != nil && problem == "" {
				problem = fmt.Sprintf("after %q: %v", steps[n].name, err)
			}
		}
		_ = w.call.Close()
		if rooms, peers := w.held(); rooms+peers > 0 || w.devices.running() != (Want{}) {
			problem = fmt.Sprintf("after Close %d rooms, %d peers, devices %+v", rooms, peers, w.devices.running())
		}
		for s := range snapshots {
			reached[s.State]++
			if s.State != was && !slices.Contains(next[was], s.State) {
				problem = fmt.Sprintf("%s came after %s", s.State, was)
			}
			was = s.State
		}
	})
	if problem != "" {
		for _, n := range order {
			rt.Log(steps[n].name)
		}
		rt.Fatal(problem)
	}
}

// check holds a world at rest against what must always be so.
func (w *world) check() error {
	s := w.call.Snapshot()
	rooms, peers := w.held()
	runs := w.devices.running()
	w.devices.mu.Lock()
	defer w.devices.mu.Unlock()
	switch {
	case (s.State == Failed) != (s.Failure != Failure{}):
		return fmt.Errorf("%s with failure %q", s.State, s.Failure.Code)
	case (s.State == Ended) != (s.Reason != ""):
		return fmt.Errorf("%s with reason %q", s.State, s.Reason)
	case !s.State.Live() && s.Room != "":
		return fmt.Errorf("%s with room %s", s.State, s.Room)
	case !s.State.Live() && (rooms > 0 || peers > 0):
		return fmt.Errorf("%s holds %d rooms and %d peers", s.State, rooms, peers)
	case rooms > 1 || peers > 1:
		return fmt.Errorf("%d rooms and %d peers at once", rooms, peers)
	case !s.State.Live() && (runs.Sound || runs.Camera && !s.Preview):
		return fmt.Errorf("%s and the devices run: %+v", s.State, runs)
	case !s.Camera.On && runs.Camera:
		return fmt.Errorf("the camera is off and runs")
	case runs.Screen != "" && !s.Sharing.On, s.Sharing != (Sharing{}) && s.State != Connected && s.State != Reconnecting:
		return fmt.Errorf("%s, sharing %+v, and %q is shared", s.State, s.Sharing, runs.Screen)
	case s.Camera.Paused && s.Camera.Name == "":
		return fmt.Errorf("paused without a camera")
	case s.DataSaver && (w.devices.limit == 0 || w.devices.limit > savingBitrate), !s.DataSaver && !s.State.Live() && w.devices.limit != 0:
		return fmt.Errorf("data saver %v, limit %d", s.DataSaver, w.devices.limit)
	case s.Knock != (Knock{}) && s.State != Knocking:
		return fmt.Errorf("%s and %q knocks", s.State, s.Knock.Name)
	case s.Asking && s.State != Reconnecting:
		return fmt.Errorf("%s and asking", s.State)
	case w.devices.overlaps > 0:
		return fmt.Errorf("two Apply at once")
	case w.devices.muted == s.Microphone.On:
		return fmt.Errorf("muted %v, microphone on %v", w.devices.muted, s.Microphone.On)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.rooms {
		said := slices.DeleteFunc(r.said(), func(s string) bool { return s == "redial" })
		if len(said) > 0 && (strings.HasPrefix(said[0], "later") || said[0] == "c" || slices.Contains(said[1:], "offer") || slices.Contains(said[1:], "answer")) {
			return fmt.Errorf("the room was told %v", said)
		}
	}
	for _, p := range w.peers {
		if err := errors.Join(p.checkRestarts(), p.checkDoor(s)); err != nil {
			return err
		}
	}
	return nil
}

// setWaitingRoom notes what whoever comes next finds.
func (w *world) setWaitingRoom(on bool) {
	_ = w.call.SetWaitingRoom(ctx, on)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waitingRoom = on
}

// connected connects a peer, which finds the door as it is now.
func (w *world) connected(p *fakePeer) {
	w.mu.Lock()
	guarded := w.waitingRoom && p.role == signaling.Caller
	w.mu.Unlock()
	p.mu.Lock()
	p.guarded = guarded && !p.met || p.guarded
	p.met = true
	p.mu.Unlock()
	p.allow(maxRestarts)
	p.Transport(TransportConnected)
}

// checkDoor holds the media against the one rule of the waiting room: who came
// to its door gets none before our user lets them in, whatever happens.
func (p *fakePeer) checkDoor(s Snapshot) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
	case p.guarded && !p.letIn && !p.held:
		return fmt.Errorf("media flows and nobody was let in")
	case p.guarded && !p.letIn && s.State == Connected:
		return fmt.Errorf("connected and nobody was let in")
	case s.State == Connected && p.held, s.State == Knocking && !p.held:
		return fmt.Errorf("%s, media held back: %v", s.State, p.held)
	}
	return nil
}

// checkRestarts holds the later offers against their bound.
func (p *fakePeer) checkRestarts() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.restarts); n > p.allowed {
		return fmt.Errorf("%d offers", n)
	}
	return nil
}
