// Package call is the call: who has which seat, where it stands, and what
// follows from what happens. It knows no pion, no Firestore and no Wails.
//
//	commands (Create, Join, HangUp, …) ─┐
//	events of the room ─────────────────┤            ┌─▶ decide(facts) = State ─▶ Snapshot ─▶ watchers
//	events of the peer ─────────────────┼─▶ one loop ┤
//	reports of the devices ─────────────┤            └─▶ work: rooms, peers and devices, each
//	deadlines ──────────────────────────┘                in its goroutine, whose results come
//	           ▲                                         back as events ─┐
//	           └─────────────────────────────────────────────────────────┘
//
// Everything that happens is a value in one inbox and is handled by one
// goroutine, so it may come in any order. What belongs to one attempt at a
// call carries it, and is dropped when another has begun.
package call

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"parley/backend/signaling"
	"parley/backend/trust"
)

// How long a call waits, at most, before it goes on without.
const (
	roomTimeout      = 25 * time.Second // for the signaling service to make or enter a room, whose own bounds are shorter
	describeTimeout  = 5 * time.Second  // for our own session description
	sendTimeout      = 10 * time.Second // for one signaling message to be taken
	offerTimeout     = 30 * time.Second // in a room, for a caller's offer
	connectTimeout   = 30 * time.Second // from both descriptions to a connection
	reconnectTimeout = 30 * time.Second // for a lost other side to come back; then the user is asked
	leaveTimeout     = 3 * time.Second  // for the signaling service to take our goodbye
	codeTimeout      = 10 * time.Minute // for our answer's code to be carried over
	togetherWithin   = 10 * time.Second // signaling and media that break in this time broke together
)

// Peer is the PeerConnection as a call needs it. Candidates may be added
// before the remote description.
type Peer interface {
	Offer(ctx context.Context) (signaling.Description, error)
	Answer(ctx context.Context, offer signaling.Description) (signaling.Description, error)
	SetAnswer(ctx context.Context, answer signaling.Description) error
	AddCandidate(c signaling.Candidate) error
	// Restart makes a later offer that looks for a new way to the other side;
	// it is an error where the other side answers none.
	Restart(ctx context.Context) (signaling.Description, error)
	// Renegotiate takes a later offer or answer, and gives the answer to send,
	// if there is one.
	Renegotiate(ctx context.Context, d signaling.Description) (*signaling.Description, error)
	// Fingerprints are the SHA-256 of the two DTLS certificates that the
	// connection has. They are there when the control channel is.
	Fingerprints() (ours, theirs trust.Fingerprint, err error)
	// Hold keeps all media back, ours and theirs, or lets it flow, with a key
	// frame first. A new Peer lets it flow.
	Hold(held bool)
	// Send sends a message on the control channel; without one it is an error.
	Send(message []byte) error
	Close() error
}

// PeerOptions are what a Peer is made for.
type PeerOptions struct {
	Role signaling.Role
	// Patient: the other side begins when its user has typed a code, so
	// nothing may be heard for minutes (codeTimeout) before there is a way.
	Patient bool
}

// PeerHandlers are how a Peer tells what happens to it. They may be called
// from any goroutine and do not block.
type PeerHandlers struct {
	Candidate func(signaling.Candidate)
	Transport func(Transport)
	// Network: our addresses have changed, or we were asleep; gone, the way of
	// the connection is no longer there.
	Network func(gone bool)
	Open    func() // the control channel is open
	Message func([]byte)
}

// Transport is the state of a peer's connection (the RTCPeerConnectionState of
// the W3C's WebRTC, without "new").
type Transport string

const (
	TransportConnecting   Transport = "connecting"
	TransportConnected    Transport = "connected"
	TransportDisconnected Transport = "disconnected" // nothing is heard; it may come back by itself
	TransportFailed       Transport = "failed"       // it will not without a restart
	TransportClosed       Transport = "closed"       // the other side closed it
)

// Devices are the camera, the screen that is shared, the microphone and the speaker.
type Devices interface {
	// Apply opens and closes devices until what runs is what is wanted, and
	// tells what runs. It returns early when ctx ends. Calls do not overlap.
	Apply(ctx context.Context, w Want) Report
	// Mute silences the microphone at once.
	Mute(muted bool)
	// Limit is the bit/s of picture that the other side may get at most, however
	// much the connection carries; 0 is no limit.
	Limit(bitrate int)
}

// Want is what the call asks of the devices.
type Want struct {
	Camera bool   // capture pictures
	Screen string // the ID of what is to be shared; "" is nothing
	Sound  bool   // open the microphone and the speaker
	Choice Choice
	Retry  int // a new number: try again what has a problem
}

// Report tells what runs, or why it does not.
type Report struct {
	Seq                         int // counts up: one that was overtaken by a later one is left out
	Camera, Microphone, Speaker Status
	Screen                      Sharing // without On, which our user says
	Declined                    bool    // our user, asked by the desktop what to share, chose nothing
}

func (r Report) hasProblem() bool {
	return r.Camera.Problem != nil || r.Microphone.Problem != nil || r.Speaker.Problem != nil
}

// Status of one device: its name, and its ID where it has one, when it runs, a problem when it should and
// does not, neither when it is not wanted.
type Status struct {
	ID      string
	Name    string
	Problem *Error
}

// Deps are what a call works with.
type Deps struct {
	Signaling signaling.Signaler
	// ByHand makes rooms whose codes the users carry; nil where that cannot be.
	ByHand  signaling.Signaler
	NewPeer func(PeerOptions, PeerHandlers) (Peer, error)
	Devices Devices
	Choice  Choice // the devices to begin with
	// Unmirrored is as SetMirrored has it, to begin with.
	Unmirrored bool
	// DataSaver is as SetDataSaver has it, to begin with.
	DataSaver bool
	// WaitingRoom is as SetWaitingRoom has it, to begin with.
	WaitingRoom bool
	// ShowsScreens: what the other side shares can be seen here.
	ShowsScreens bool
	Logger       *slog.Logger
}

// Call is one seat in one call at a time; after one has ended another can
// begin. Its methods may be called from any goroutine.
type Call struct {
	deps Deps

	// in
	inbox chan event
	// out
	watch watch

	// owned by the loop
	facts    facts
	attempt  *attempt
	report   Report
	applied  *Want // what the devices run; nil when an Apply was cut short
	applying *applying
	limit    int // that the devices were told
	running  int // goroutines that the loop started
	closing  bool

	done chan struct{} // the loop has ended
}

// New starts a call in state Idle. Close ends it.
func New(d Deps) *Call {
	c := &Call{
		deps:    d,
		inbox:   make(chan event, 256),
		facts:   facts{microphoneOn: true, cameraOn: true, choice: d.Choice, dataSaver: d.DataSaver, waitingRoom: d.WaitingRoom, unmirrored: d.Unmirrored},
		applied: &Want{},
		done:    make(chan struct{}),
	}
	c.watch.push(c.snapshot())
	go c.loop()
	return c
}

// Create makes a room and waits in it for the other side. It returns when the
// command is taken; what becomes of it shows in the snapshots. The error is an
// *Error: InCall.
func (c *Call) Create(ctx context.Context) error {
	return c.command(ctx, begin{role: signaling.Caller})
}

// CreateByHand makes a call without any server: the snapshot's Code is what the
// other side needs, EnterCode takes what comes back. The error is an *Error:
// InCall, NoServer.
func (c *Call) CreateByHand(ctx context.Context) error {
	if c.deps.ByHand == nil {
		return &Error{NoServer, "call by hand", errors.New("there are no codes here")}
	}
	return c.command(ctx, begin{role: signaling.Caller, byHand: true})
}

// EnterCode takes the code with which the other side answered ours. The error
// is an *Error: NotInCall, BadCode, RoomExpired.
func (c *Call) EnterCode(ctx context.Context, text string) error {
	return c.command(ctx, enterCode{text})
}

// Join enters the room of an invite link, a room ID or another side's code. It returns when the
// command is taken. The error is an *Error: BadRoomID, BadInvite, InCall.
func (c *Call) Join(ctx context.Context, text string) error {
	invite, err := signaling.ParseInvite(text)
	if err != nil {
		return errorOf("join", err)
	}
	return c.command(ctx, begin{role: signaling.Callee, invite: invite})
}

// HangUp ends the call. The error is an *Error: NotInCall.
func (c *Call) HangUp(ctx context.Context) error { return c.command(ctx, hangUp{}) }

// KeepTrying answers the question of a snapshot that is Asking: the call looks
// for the other side for another while. The answer no is HangUp. The error is an
// *Error: NotInCall, where nothing is asked.
func (c *Call) KeepTrying(ctx context.Context) error { return c.command(ctx, keepTrying{}) }

// SetMicrophone turns the microphone on, or mutes it.
func (c *Call) SetMicrophone(ctx context.Context, on bool) error {
	return c.command(ctx, setMicrophone{on})
}

// SetCamera turns the camera on or off. Off, the device is released; on, one
// that had a problem is tried again. So it is with SetMicrophone and Choose.
func (c *Call) SetCamera(ctx context.Context, on bool) error { return c.command(ctx, setCamera{on}) }

// SetDataSaver makes our picture, and asks the other side to make its own, of
// 300 kbit/s at most; or lets both be as good as the connection allows.
func (c *Call) SetDataSaver(ctx context.Context, on bool) error {
	return c.command(ctx, setDataSaver{on})
}

// SetWaitingRoom has whoever comes into a room of ours wait until LetIn; or not.
// On the call under way it takes effect while nobody has come.
func (c *Call) SetWaitingRoom(ctx context.Context, on bool) error {
	return c.command(ctx, setWaitingRoom{on})
}

// Knock says who we are to a caller with a waiting room, once: a name, of which
// 40 characters are said, and a JPEG of at most 12,000 bytes in base64, or
// nothing. The error is an *Error: NotInCall, where the state is not Knocking or
// we have knocked; Internal, where nothing of the name can be seen.
func (c *Call) Knock(ctx context.Context, name, picture string) error {
	return c.command(ctx, knock{Knock{Name: name, Picture: picture}})
}

// LetIn lets in who knocks. The answer no is HangUp. The error is an *Error:
// NotInCall, where nobody knocks.
func (c *Call) LetIn(ctx context.Context) error { return c.command(ctx, letIn{}) }

// Share shows the other side a screen or window, by its ID, in place of what is
// shared already; "" ends it. What is shared ends with the call. The error is an
// *Error: NotInCall, also where the other side cannot see it.
func (c *Call) Share(ctx context.Context, screen string) error { return c.command(ctx, share{screen}) }

// SetVerified notes that our user has compared the words of the snapshot with
// those that the other side sees, or takes that back. The error is an *Error:
// NotInCall, where there are no words.
func (c *Call) SetVerified(ctx context.Context, verified bool) error {
	return c.command(ctx, setVerified{verified})
}

// SetPreview runs the camera without a call. The error is an *Error: InCall.
func (c *Call) SetPreview(ctx context.Context, on bool) error { return c.command(ctx, setPreview{on}) }

// CheckDevices runs the camera, the microphone and the speaker for our user to try
// out, in a call or without one.
func (c *Call) CheckDevices(ctx context.Context, on bool) error {
	return c.command(ctx, checkDevices{on})
}

// SetMirrored shows our user as in a mirror, or as others see them.
func (c *Call) SetMirrored(ctx context.Context, on bool) error {
	return c.command(ctx, setMirrored{on})
}

// Choose changes the devices, also during a call.
func (c *Call) Choose(ctx context.Context, choice Choice) error {
	return c.command(ctx, choose{choice})
}

// DevicesListed tells the call what there is to see, hear and be heard with.
func (c *Call) DevicesListed(l DeviceList) { c.post(devicesListed{l}) }

// DevicesChanged tells the call that a device stopped by itself, or that the
// system has moved to another.
func (c *Call) DevicesChanged(r Report) { c.post(devicesChanged{r}) }

// CameraPaused tells the call that our pictures stop because the connection is
// too weak for any, or go on.
func (c *Call) CameraPaused(paused bool) { c.post(cameraPaused{paused}) }

// Watch gives the snapshot of now and then each one that follows, until stop
// or Close. A watcher that reads too slowly misses the older ones, never the last.
func (c *Call) Watch() (snapshots <-chan Snapshot, stop func()) { return c.watch.add() }

// Snapshot is the call as it stands now.
func (c *Call) Snapshot() Snapshot { return c.watch.last() }

// Close hangs up, releases everything and ends the loop. A second Close waits
// for the first.
func (c *Call) Close() error {
	c.post(closeCall{})
	<-c.done
	return nil
}

var errClosed = &Error{Code: NotInCall, Op: "call", Err: errors.New("the program is closing")}

// command hands a command to the loop and waits for its answer.
func (c *Call) command(ctx context.Context, cmd event) error {
	reply := make(chan error, 1)
	select {
	case c.inbox <- command{event: cmd, reply: reply}:
	case <-c.done:
		return errClosed
	case <-ctx.Done():
		return errorOf("call", ctx.Err())
	}
	select {
	case err := <-reply:
		return err
	case <-c.done:
		return errClosed
	case <-ctx.Done():
		return errorOf("call", ctx.Err())
	}
}

// run does work beside the loop, which waits for its end.
func (c *Call) run(work func()) {
	c.running++
	go func() {
		work()
		c.post(workDone{})
	}()
}

// post hands an event to the loop.
func (c *Call) post(e event) {
	select {
	case c.inbox <- e:
	case <-c.done:
	}
}
