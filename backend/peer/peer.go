// Package peer is the WebRTC connection of a call: it sends and receives the
// encoded frames of a camera, a screen and a voice, and small control messages,
// between two peers that were introduced to each other through signaling. It
// is the only package that knows pion.
//
//	caller                          callee
//	Offer ── offer ───────────────▶ Answer
//	SetAnswer ◀─────────── answer ──┘
//	Candidate ◀── candidates ─────▶ AddCandidate     (at any time, both ways)
//	Restart ── later offer ───────▶ Renegotiate      (later, from either side)
//	Renegotiate ◀── later answer ───┘
//
//	WriteVideo ▶ queue ▶ packets ▶ pace ▶ ─network─ ▶ repair ▶ assemble ▶ Video
//	Target ◀──── bandwidth estimate ◀──── TWCC ────── ┤
//	resend ◀───────────────────────────── NACK ────── ┤
//	Keyframe ◀──────────────────────────── PLI ────── ┘
//
//	WriteAudio ▶ with copies, if it is lost ▶ ─network─ ▶ take apart, each once ▶ Audio
//	copies ◀───────────────────── receiver reports ────── ┘
//
// Where the answer to a NACK would be late, parity (RFC 5109) follows each picture,
// as shield says how much; repairer makes lost packets of it again.
//
// The callee decides on the video codec: its answer lists the codecs of both
// in its own order, and each side sends the first of them.
//
// The screen has a place of its own in the first offer, and rests until one is
// shown: to begin and to end that is nothing but to send frames or none, so that
// nothing is negotiated anew in a running call. An offer without that place is
// answered without it.
package peer

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/interceptor/pkg/stats"
	"github.com/pion/transport/v4"
	"github.com/pion/webrtc/v4"

	"parley/backend/frame"
	"parley/backend/signaling"
)

// Config says how a Peer reaches the other side and what it encodes.
type Config struct {
	ICEServers []ICEServer
	// Interfaces are the network interfaces to use, by name; none means all
	// but the loopback one. Naming the loopback one makes candidates of it.
	Interfaces []string
	// RelayOnly allows nothing but TURN: it hides our addresses.
	RelayOnly bool
	// Patient waits 10 minutes instead of 30 s for the first sign of the other
	// side: its user has yet to type our answer in.
	Patient bool
	// Codecs are the video codecs in order of preference; none means VP8, H264.
	Codecs []frame.Codec
	// Logger gets no SDP and no addresses; nil is slog.Default.
	Logger *slog.Logger
}

// ICEServer is a STUN or TURN server.
type ICEServer = signaling.ICEServer

// Transport is where the connection stands (RTCPeerConnectionState).
type Transport string

const (
	TransportNew          Transport = "new"
	TransportConnecting   Transport = "connecting"
	TransportConnected    Transport = "connected"
	TransportDisconnected Transport = "disconnected" // nothing heard for 0.7 s; it may come back by itself
	TransportFailed       Transport = "failed"       // no way found, or nothing heard for 30 s more; a restart may find one
	TransportClosed       Transport = "closed"       // the other side closed the connection; final
)

// Handlers are called from the peer's own goroutines: Video, Screen and Audio
// from one each, all others in order from another. Any may be nil. None may
// block or call Close, and none is called after Close has returned.
type Handlers struct {
	// Candidate gets each local candidate to send to the other side, after the
	// description: Offer or Answer has returned, or is about to.
	Candidate func(signaling.Candidate)
	Transport func(Transport)
	// Network tells that the addresses of this machine have changed, or that it
	// was asleep; gone, that the way of the connection is no longer among them.
	Network func(gone bool)
	// VideoCodec gets the codec that the other side takes: encode with this.
	// It is not called when the two have none in common or there is no video.
	VideoCodec func(frame.Codec)
	// Target gets the bit/s that the encoders of camera and screen may make
	// together, when it changes.
	Target func(bitrate int)
	// AudioTarget gets what the encoder of sound is to make, when it changes.
	AudioTarget func(Voice)
	// Keyframe asks the video encoder for a key frame: when the connection is
	// made, and for the other side's PLI and FIR. At most once a second, and not
	// while none could be sent.
	Keyframe func()
	// Video gets the other side's frames whole, in decode order; each decodes.
	Video func(frame.Video)
	// ScreenCodec, ScreenKeyframe and Screen are the same of the screen.
	ScreenCodec    func(frame.Codec)
	ScreenKeyframe func()
	Screen         func(frame.Video)
	// Audio gets the other side's Opus packets as they come, late or out of order
	// as the network has it, each once: a lost one may come as a copy in a later
	// one (RFC 2198), of which nothing is seen here but the time of arrival.
	Audio func(frame.Audio)
	// AudioLoss gets the fraction, 0 to 1, of our audio packets that the other
	// side lately lost (RFC 3550, 6.4.1): what Opus' in-band FEC is set by.
	AudioLoss func(fraction float64)
	// Open tells that Send works now.
	Open func()
	// Message gets a message of the control channel, at most MaxMessage bytes.
	// None comes before Open.
	Message func([]byte)
	// Chat are all nil where texts and files are not wanted.
	Chat ChannelHandlers
}

const (
	// keyframeInterval is the least time between two Keyframe calls.
	keyframeInterval = time.Second
	// keyframeLongest is the most that a round trip makes of it: one that was measured
	// through a silence is half a minute, for which the picture would stand still.
	keyframeLongest = 3 * time.Second
)

// Peer is one side of one connection. Its methods may be called from any
// goroutine.
type Peer struct {
	role     signaling.Role
	handlers Handlers
	log      *slog.Logger
	codecs   []frame.Codec
	pc       *webrtc.PeerConnection
	counters stats.Getter
	bwe      *estimator
	relays   *relays
	checks   *checks

	video  *videoSender
	screen *videoSender
	audio  *audioSender
	in     inbound
	ctl    control

	negotiation

	held    atomic.Bool            // no media flows
	rtt     atomic.Int64           // ns; 0 until measured
	source  atomic.Pointer[string] // of the way in use: see sourceOf
	sampled sampler

	events chan func()   // what the dispatcher calls, in order
	target chan struct{} // the bandwidth estimate changed
	paced  chan struct{} // there may be something to send

	closing sync.Mutex // guards closed against wg.Add after wg.Wait
	closed  bool
	done    chan struct{}
	wg      sync.WaitGroup
	once    sync.Once

	gone     chan struct{} // pion is through
	closeErr error         // of it
}

// New makes a Peer that waits for Offer, as caller, or Answer, as callee. The
// error wraps ErrBadConfig.
func New(cfg Config, role signaling.Role, h Handlers) (*Peer, error) {
	return newPeer(cfg, role, h, nil)
}

// newPeer is New on a virtual network, for tests; nil is this machine's.
func newPeer(cfg Config, role signaling.Role, h Handlers, on transport.Net) (*Peer, error) {
	if role != signaling.Caller && role != signaling.Callee {
		return nil, fmt.Errorf("new peer: %w: role %q", ErrBadConfig, role)
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if len(cfg.Codecs) == 0 {
		cfg.Codecs = []frame.Codec{frame.VP8, frame.H264}
	}
	p := &Peer{
		role:     role,
		handlers: h,
		log:      cfg.Logger,
		codecs:   cfg.Codecs,
		relays:   newRelays(),
		checks:   newChecks(),
		events:   make(chan func(), 256),
		target:   make(chan struct{}, 1),
		paced:    make(chan struct{}, 1),
		done:     make(chan struct{}),
		gone:     make(chan struct{}),
	}
	p.found = make(chan struct{}, 1)
	p.in.video.pli.every, p.in.screen.pli.every = pliInterval, pliInterval
	if err := p.connect(cfg, on); err != nil {
		if p.pc != nil {
			_ = p.pc.GracefulClose()
		}
		return nil, fmt.Errorf("new peer: %w: %w", ErrBadConfig, err)
	}
	p.run(p.dispatch)
	p.run(p.pace)
	p.run(p.audio.run)
	p.run(p.sample)
	if role == signaling.Caller {
		p.run(p.hasten)
		if !cfg.RelayOnly {
			p.run(p.leaveRelays)
		}
	}
	p.run(func() { p.watchNetwork(func() []string { return localAddresses(cfg.Interfaces) }) })
	return p, nil
}

// connect makes the PeerConnection with its tracks and control channel.
func (p *Peer) connect(cfg Config, on transport.Net) error {
	api, err := p.newAPI(cfg, on)
	if err != nil {
		return err
	}
	p.pc, err = api.NewPeerConnection(configuration(cfg))
	if err != nil {
		if p.bwe != nil {
			_ = p.bwe.Close() // pion forgets it
		}
		return err
	}
	p.relays.ask(cfg.ICEServers)
	p.pc.OnICECandidate(p.onCandidate)
	p.pc.OnConnectionStateChange(func(webrtc.PeerConnectionState) { p.onTransport() })
	p.pc.OnTrack(p.onTrack)
	p.audio = newAudioSender(p)
	p.video = newVideoSender(p, "video", p.handlers.VideoCodec)
	p.screen = newVideoSender(p, "screen", p.handlers.ScreenCodec)
	streams := []*rtpSender{p.audio.rtp, p.video.rtp}
	if p.role == signaling.Caller {
		streams = append(streams, p.screen.rtp)
	}
	for _, s := range streams {
		if err := p.add(s); err != nil {
			return err
		}
	}
	p.pc.SCTP().Transport().ICETransport().OnSelectedCandidatePairChange(func(pair *webrtc.ICECandidatePair) {
		p.selected(pair)
		p.bwe.reset() // of another way nothing is known
		source := sourceOf(pair)
		p.source.Store(&source)
	})
	return p.openControl()
}

// add gives a stream of ours its place in the descriptions.
func (p *Peer) add(s *rtpSender) error {
	t, err := p.pc.AddTransceiverFromTrack(s, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendrecv})
	if err != nil {
		return err
	}
	s.transceiver = t
	p.run(func() { p.readFeedback(s) })
	return nil
}

// run starts a goroutine that Close waits for; after Close it does nothing.
func (p *Peer) run(f func()) {
	p.closing.Lock()
	defer p.closing.Unlock()
	if !p.closed {
		p.wg.Go(f)
	}
}

// post has the dispatcher call f; after Close it does nothing.
func (p *Peer) post(f func()) {
	select {
	case p.events <- f:
	case <-p.done:
	}
}

// requests are those for key frames of one stream: at most one in keyframeInterval,
// or in a round trip where that is longer, up to keyframeLongest, is let through.
type requests struct {
	from, open chan struct{} // open is nil while the last one is less than that ago
	again      *time.Timer
}

func newRequests(from chan struct{}) *requests {
	r := &requests{from, from, time.NewTimer(keyframeInterval)}
	r.again.Stop()
	return r
}

func (r *requests) pass(rtt time.Duration, handler func()) {
	r.open = nil
	r.again.Reset(min(max(keyframeInterval, rtt), keyframeLongest))
	if handler != nil {
		handler()
	}
}

// ask passes a request for a key frame on, but not in a rest: it could not be sent,
// and would put off the one that resume asks for.
func (p *Peer) ask(r *requests, handler func()) {
	if !p.bwe.rests() {
		r.pass(time.Duration(p.rtt.Load()), handler)
	}
}

// dispatch calls the handlers, all but Video, Screen and Audio.
func (p *Peer) dispatch() {
	video, screen := newRequests(p.video.keyframe), newRequests(p.screen.keyframe)
	defer video.again.Stop()
	defer screen.again.Stop()
	told, toldVoice := 0, Voice{}
	for {
		select {
		case <-p.done:
			return
		default:
		}
		select {
		case <-p.done:
			return
		case f := <-p.events:
			f()
		case <-p.target:
			bitrate := p.bwe.videoBitrate()
			p.video.setTarget(bitrate)
			p.screen.setTarget(bitrate)
			if bitrate != told && p.handlers.Target != nil {
				p.handlers.Target(bitrate)
			}
			told = bitrate
			if voice := p.bwe.voice(); voice != toldVoice && p.handlers.AudioTarget != nil {
				p.handlers.AudioTarget(voice)
				toldVoice = voice
			}
		case <-video.open:
			p.ask(video, p.handlers.Keyframe)
		case <-screen.open:
			p.ask(screen, p.handlers.ScreenKeyframe)
		case <-video.again.C:
			video.open = video.from
		case <-screen.again.C:
			screen.open = screen.from
		}
	}
}

// wake leaves one token in a channel of one.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// onTransport reports the state as it is now: pion calls it in goroutines of
// their own, which may overtake each other.
func (p *Peer) onTransport() {
	p.post(func() {
		state := Transport(p.pc.ConnectionState().String())
		if state == p.in.transport {
			return
		}
		p.in.transport = state
		p.log.Info("connection", "state", string(state))
		switch state {
		case TransportConnected:
			p.audio.rtp.ready.Store(true)
			p.screen.rtp.ready.Store(true)
			if !p.video.rtp.ready.Swap(true) {
				wake(p.target)
			}
			wake(p.video.keyframe) // also after a break: what was lost in it is missed
			wake(p.screen.keyframe)
		case TransportFailed, TransportClosed:
			p.audio.rtp.ready.Store(false)
			p.video.rtp.ready.Store(false)
			p.screen.rtp.ready.Store(false)
		}
		if p.handlers.Transport != nil {
			p.handlers.Transport(state)
		}
	})
}

// closeTime is how long Close waits for pion. It is there in a few ms, but for
// a TURN server that does not answer, whose retries (8 s) cannot be cut short.
const closeTime = time.Second

// Close ends the connection, tells the other side, and waits for the peer's
// goroutines. A second Close does nothing.
func (p *Peer) Close() error {
	var err error
	p.once.Do(func() {
		p.closing.Lock()
		p.closed = true
		p.closing.Unlock()
		close(p.done)
		go func() {
			defer close(p.gone)
			p.closeErr = p.pc.GracefulClose()
		}()
		p.wg.Wait()
		select {
		case <-p.gone:
			err = p.closeErr
		case <-time.After(closeTime):
			p.log.Warn("the connection's sockets are not closed yet")
		}
	})
	if err != nil && !errors.Is(err, webrtc.ErrConnectionClosed) {
		return fmt.Errorf("close peer: %w", err)
	}
	return nil
}

func (p *Peer) isClosed() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}
