package call

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing/synctest"
	"time"

	"parley/backend/signaling"
	"parley/backend/trust"
)

// world is everything around a call, in the hands of a test.
type world struct {
	mu          sync.Mutex
	rooms       []*fakeRoom
	peers       []*fakePeer
	openErr     error         // what Create and Join answer
	openSlow    time.Duration // how long they take
	peerErr     error
	sendSlow    time.Duration // how long a room takes to take what is sent
	sendErr     error
	devices     fakeDevices
	waitingRoom bool // as our user has it

	call *Call
}

func newWorld() *world {
	w := &world{}
	w.call = New(Deps{
		Signaling: w,
		NewPeer:   w.newPeer,
		Devices:   &w.devices,
		Logger:    slog.New(slog.DiscardHandler),
	})
	return w
}

func (w *world) Create(ctx context.Context) (signaling.Room, error) {
	return w.open(ctx, signaling.Invite{Room: "000000000000", Server: "https://here"})
}

func (w *world) Join(ctx context.Context, i signaling.Invite) (signaling.Room, error) {
	return w.open(ctx, i)
}

func (w *world) open(ctx context.Context, i signaling.Invite) (signaling.Room, error) {
	w.mu.Lock()
	slow, err := w.openSlow, w.openErr
	w.mu.Unlock()
	if slow > 0 { // see pass
		select {
		case <-time.After(slow):
		case <-ctx.Done():
			if slow < time.Hour { // an adapter that was too far on to turn back
				break
			}
			return nil, ctx.Err()
		}
	}
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	r := &fakeRoom{invite: i, events: make(chan signaling.Event, 100), sendSlow: w.sendSlow, sendErr: w.sendErr}
	w.rooms = append(w.rooms, r)
	w.mu.Unlock()
	return r, nil
}

// room is the newest room, or nil.
func (w *world) room() *fakeRoom {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rooms) == 0 {
		return nil
	}
	return w.rooms[len(w.rooms)-1]
}

func (w *world) peer() *fakePeer {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.peers) == 0 {
		return nil
	}
	return w.peers[len(w.peers)-1]
}

// held counts the rooms not left and the peers not closed.
func (w *world) held() (rooms, peers int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.rooms {
		r.mu.Lock()
		if !r.left {
			rooms++
		}
		r.mu.Unlock()
	}
	for _, p := range w.peers {
		p.mu.Lock()
		if !p.closed {
			peers++
		}
		p.mu.Unlock()
	}
	return rooms, peers
}

func (w *world) newPeer(o PeerOptions, h PeerHandlers) (Peer, error) {
	role := o.Role
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.peerErr != nil {
		return nil, w.peerErr
	}
	p := &fakePeer{PeerHandlers: h, role: role, allowed: maxRestarts}
	w.peers = append(w.peers, p)
	return p, nil
}

type fakeRoom struct {
	invite   signaling.Invite
	events   chan signaling.Event
	sendSlow time.Duration
	sendErr  error

	mu   sync.Mutex
	left bool
	sent []string  // "offer", "answer" or a candidate, in order
	dark time.Time // since when nothing was heard; zero while something is
}

// Heard is what a room over a network tells.
func (r *fakeRoom) Heard() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dark.IsZero() {
		return time.Now()
	}
	return r.dark
}

// darken has nothing be heard any more, or something again.
func (r *fakeRoom) darken(on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dark = time.Time{}
	if on {
		r.dark = time.Now()
	}
}

func (r *fakeRoom) Invite() signaling.Invite       { return r.invite }
func (r *fakeRoom) Events() <-chan signaling.Event { return r.events }

func (r *fakeRoom) SendDescription(_ context.Context, d signaling.Description) error {
	if d.SDP == "later" {
		return r.send("later " + d.Type)
	}
	return r.send(d.Type)
}

func (r *fakeRoom) SendCandidate(_ context.Context, c signaling.Candidate) error {
	return r.send(c.Candidate)
}

func (r *fakeRoom) send(what string) error {
	pass(r.sendSlow)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = append(r.sent, what)
	return r.sendErr
}

// Redial is what a room over a network does when that has changed.
func (r *fakeRoom) Redial() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = append(r.sent, "redial")
}

func (r *fakeRoom) said() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.sent...)
}

func (r *fakeRoom) Leave(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.left {
		r.left = true
		close(r.events)
	}
	return nil
}

// happen is an event in the room; in one that was left nothing happens.
func (r *fakeRoom) happen(e signaling.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.left {
		r.events <- e
	}
}

type fakePeer struct {
	PeerHandlers
	role signaling.Role

	mu      sync.Mutex
	closed  bool
	remote  bool
	early   int // candidates that came before the remote description
	sent    []string
	answers int
	// restarts are the times of the later offers made here, renegotiated what
	// came from the other side; noRestart is what an old other side makes of it.
	restarts     []time.Time
	renegotiated []string
	noRestart    error
	certificates [2]trust.Fingerprint // ours and theirs
	noWords      error
	allowed      int // how many restarts there may be by now
	held         bool
	// met: somebody came; guarded: and there was a waiting room; letIn: our user let them in.
	met, guarded, letIn bool
}

func (p *fakePeer) allow(more int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.allowed += more
}

var errBadSDP = errors.New("not a description")

func (p *fakePeer) Offer(context.Context) (signaling.Description, error) {
	return signaling.Description{Type: "offer", SDP: "v=0"}, nil
}

func (p *fakePeer) Answer(_ context.Context, d signaling.Description) (signaling.Description, error) {
	return signaling.Description{Type: "answer", SDP: "v=0"}, p.set(d)
}

func (p *fakePeer) SetAnswer(_ context.Context, d signaling.Description) error { return p.set(d) }

func (p *fakePeer) set(d signaling.Description) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d.SDP == "bad" {
		return errBadSDP
	}
	p.answers++
	p.remote = true
	return nil
}

func (p *fakePeer) Restart(context.Context) (signaling.Description, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.noRestart != nil {
		return signaling.Description{}, p.noRestart
	}
	p.restarts = append(p.restarts, time.Now())
	return signaling.Description{Type: "offer", SDP: "later"}, nil
}

func (p *fakePeer) Renegotiate(_ context.Context, d signaling.Description) (*signaling.Description, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.renegotiated = append(p.renegotiated, d.Type)
	if d.SDP == "bad" {
		return nil, errBadSDP
	}
	if d.Type == "answer" {
		return nil, nil
	}
	return &signaling.Description{Type: "answer", SDP: "later"}, nil
}

func (p *fakePeer) restarted() int { return len(p.restartsAfter(time.Time{})) }

// restartsAfter are the times of the later offers since a moment.
func (p *fakePeer) restartsAfter(since time.Time) (after []time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, at := range p.restarts {
		after = append(after, at.Sub(since))
	}
	return after
}

func (p *fakePeer) Fingerprints() (ours, theirs trust.Fingerprint, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.certificates[0], p.certificates[1], p.noWords
}

func (p *fakePeer) AddCandidate(signaling.Candidate) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.remote {
		p.early++
	}
	return nil
}

func (p *fakePeer) Hold(held bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = held
}

func (p *fakePeer) Send(b []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, string(b))
	return nil
}

func (p *fakePeer) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	return nil
}

type fakeDevices struct {
	mu       sync.Mutex
	slow     time.Duration // how long opening takes
	problem  *Error        // of the camera
	runs     Want
	muted    bool
	limit    int
	overlaps int
	busy     bool
}

func (d *fakeDevices) Apply(ctx context.Context, w Want) Report {
	d.mu.Lock()
	if d.busy {
		d.overlaps++
	}
	d.busy = true
	slow := d.slow
	// what is not wanted is released at once; opening may take its time
	d.runs.Camera, d.runs.Sound = d.runs.Camera && w.Camera, d.runs.Sound && w.Sound
	if d.runs.Screen != w.Screen {
		d.runs.Screen = ""
	}
	if !d.runs.Camera && !d.runs.Sound {
		d.runs = Want{}
	}
	opens := w != d.runs
	d.mu.Unlock()
	if opens && (w.Camera || w.Sound) {
		select {
		case <-time.After(slow):
		case <-ctx.Done():
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.busy = false
	var r Report
	if ctx.Err() != nil {
		return r
	}
	d.runs = w
	if w.Camera {
		r.Camera = Status{Name: "camera"}
		if d.problem != nil {
			r.Camera = Status{Problem: d.problem}
		}
	}
	switch w.Screen {
	case "":
	case "asked":
		r.Screen.Asking = true
	default:
		r.Screen.Name = "the " + w.Screen
	}
	if w.Sound {
		r.Microphone, r.Speaker = Status{Name: "microphone"}, Status{Name: "speaker"}
	}
	return r
}

func (d *fakeDevices) Mute(muted bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.muted = muted
}

func (d *fakeDevices) Limit(bitrate int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.limit = bitrate
}

func (d *fakeDevices) running() Want {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.runs
}

// set changes how the world answers from now on.
func (w *world) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.devices.mu.Lock()
	defer w.devices.mu.Unlock()
	change()
}

// pass lets time pass, which in a bubble is at once. Of none nothing is waited
// for: under -race Go 1.26's runtime crashes, once in some thousand tries, where
// a bubble's timer that has no time to wait is read
// (runtime.(*timer).maybeRunChan).
func pass(d time.Duration) {
	if d > 0 {
		<-time.After(d)
	}
}

// wait lets everything that can happen now happen.
func (w *world) wait() Snapshot {
	synctest.Wait()
	return w.call.Snapshot()
}
