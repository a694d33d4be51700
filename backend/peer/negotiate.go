package peer

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"parley/backend/signaling"
)

const (
	maxDescription = 256 << 10 // bytes
	maxCandidate   = 1 << 10   // bytes
	maxCandidates  = 200       // of one side
	// hostGathering is how long a description waits at most for the candidates of
	// our own interfaces, which may then travel inside of it: an old caller drops
	// those that reach it before the answer, and a room may have its price for each.
	// They come at once, and are all there when no other has come for hostPause.
	hostGathering = 50 * time.Millisecond
	hostPause     = 10 * time.Millisecond
)

// negotiation is what was said and heard so far.
type negotiation struct {
	describing sync.Mutex // one description at a time; taken before mu

	mu       sync.Mutex
	remote   bool // the remote description is set
	early    []signaling.Candidate
	far      []farAddress   // of the other side's candidates
	using    netip.AddrPort // where what we send goes
	heard    int            // remote candidates since the other side's last description
	accepted bool           // offer and answer are both set
	later    renegotiator

	saying sync.Mutex // keeps local candidates in order
	said   bool       // our description was returned
	unsaid []signaling.Candidate
	ufrag  string        // of the candidates that are gathered now
	found  chan struct{} // one that may still travel inside of the description
}

// Offer makes the caller's description. It does not wait for STUN or TURN:
// candidates follow through Handlers.Candidate.
func (p *Peer) Offer(ctx context.Context) (signaling.Description, error) {
	p.describing.Lock()
	defer p.describing.Unlock()
	if err := p.expect(signaling.Caller, webrtc.SignalingStateStable); err != nil {
		return signaling.Description{}, fmt.Errorf("make offer: %w", err)
	}
	// What we send and take; what is common to both is then the answer's to say.
	voice := p.audio.rtp.transceiver
	if err := voice.SetCodecPreferences([]webrtc.RTPCodecParameters{opusCodec, redCodec}); err != nil {
		return signaling.Description{}, p.failed("make offer", err)
	}
	offer, err := p.pc.CreateOffer(nil)
	if err != nil {
		return signaling.Description{}, p.failed("make offer", err)
	}
	if err := voice.SetCodecPreferences(nil); err != nil {
		return signaling.Description{}, p.failed("make offer", err)
	}
	d, err := p.setLocal(ctx, "make offer", offer)
	return following(d, "none"), err
}

// Answer takes the caller's offer and makes the callee's description. The
// error wraps ErrBadDescription, ErrNoCommonCodec, ErrUnexpected or ErrClosed;
// after an offer that does not parse or is not complete another can be tried.
func (p *Peer) Answer(ctx context.Context, offer signaling.Description) (signaling.Description, error) {
	const op = "answer offer"
	p.describing.Lock()
	defer p.describing.Unlock()
	if err := p.expect(signaling.Callee, webrtc.SignalingStateStable); err != nil {
		return signaling.Description{}, fmt.Errorf("%s: %w", op, err)
	}
	if hasScreen(offer.SDP) && p.screen.rtp.transceiver == nil {
		if err := p.add(p.screen.rtp); err != nil {
			return signaling.Description{}, p.failed(op, err)
		}
	}
	if err := p.setRemote(offer, webrtc.SDPTypeOffer); err != nil {
		return signaling.Description{}, p.failed(op, err)
	}
	if err := p.preferCodecs(p.codecs); err != nil {
		return signaling.Description{}, p.failed(op, err)
	}
	answer, err := p.pc.CreateAnswer(nil)
	if err != nil {
		return signaling.Description{}, p.failed(op, err)
	}
	d, err := p.setLocal(ctx, op, answer)
	if err == nil {
		p.accept(offer, sdpValue(d.SDP, "setup"))
	}
	return following(d, sdpValue(offer.SDP, "ice-ufrag")), err
}

// hasScreen tells whether an offer has a place for a screen: its second picture.
func hasScreen(offer string) bool { return strings.Count(offer, "\nm=video ") > 1 }

// SetAnswer takes the callee's answer. The errors are those of Answer.
func (p *Peer) SetAnswer(_ context.Context, answer signaling.Description) error {
	const op = "take answer"
	p.describing.Lock()
	defer p.describing.Unlock()
	if err := p.expect(signaling.Caller, webrtc.SignalingStateHaveLocalOffer); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	if err := p.setRemote(answer, webrtc.SDPTypeAnswer); err != nil {
		return p.failed(op, err)
	}
	setup := "passive" // what is left of actpass (RFC 5763, section 5)
	if sdpValue(answer.SDP, "setup") == "passive" {
		setup = "active"
	}
	p.accept(answer, setup)
	return nil
}

// accept notes that offer and answer are set: later ones may follow.
func (p *Peer) accept(theirs signaling.Description, setup string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.accepted = true
	p.later.polite, p.later.theirs, p.later.setup = p.role == signaling.Callee, theirs, setup
	p.later.able = sdpValue(theirs.SDP, heardAttribute) != ""
}

// expect tells whether this role may give or take a description in this state.
func (p *Peer) expect(role signaling.Role, state webrtc.SignalingState) error {
	if p.isClosed() {
		return ErrClosed
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.role != role || p.accepted || p.pc.SignalingState() != state {
		return fmt.Errorf("%w: as %s, in state %s", ErrUnexpected, p.role, p.pc.SignalingState())
	}
	return nil
}

// failed names err: what was closed meanwhile is ErrClosed.
func (p *Peer) failed(op string, err error) error {
	if p.isClosed() || errors.Is(err, webrtc.ErrConnectionClosed) {
		return fmt.Errorf("%s: %w", op, ErrClosed)
	}
	return fmt.Errorf("%s: %w", op, err)
}

func (p *Peer) setLocal(ctx context.Context, op string, d webrtc.SessionDescription) (signaling.Description, error) {
	gathered := webrtc.GatheringCompletePromise(p.pc)
	if err := p.pc.SetLocalDescription(d); err != nil {
		return signaling.Description{}, p.failed(op, err)
	}
	p.awaitHosts(ctx, gathered)
	if p.isClosed() {
		return signaling.Description{}, fmt.Errorf("%s: %w", op, ErrClosed)
	}
	local := p.pc.LocalDescription()
	if local == nil {
		return signaling.Description{}, p.failed(op, ErrClosed)
	}
	p.saying.Lock()
	defer p.saying.Unlock()
	p.said, p.ufrag = true, sdpValue(local.SDP, "ice-ufrag")
	for _, c := range p.unsaid {
		// What travels inside of the description need not be said again: where
		// rooms are documents, each candidate costs.
		if !strings.Contains(local.SDP, c.Candidate) {
			p.sayCandidate(c)
		}
	}
	p.unsaid = nil
	return signaling.Description{Type: local.Type.String(), SDP: local.SDP}, nil
}

// awaitHosts waits for the candidates of our own interfaces.
func (p *Peer) awaitHosts(ctx context.Context, gathered <-chan struct{}) {
	late := time.NewTimer(hostGathering)
	defer late.Stop()
	var pause <-chan time.Time
	for {
		select {
		case <-p.found:
			pause = time.After(hostPause)
		case <-pause:
			return
		case <-late.C:
			return
		case <-gathered:
			return
		case <-ctx.Done():
			return
		case <-p.done:
			return
		}
	}
}

// setRemote checks and takes the other side's description, then its early candidates.
func (p *Peer) setRemote(d signaling.Description, want webrtc.SDPType) error {
	if err := checkDescription(d, want); err != nil {
		return err
	}
	text, inside := splitCandidates(d.SDP)
	p.checks.begin(sdpValue(d.SDP, "ice-pwd"))
	if err := p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: want, SDP: text}); err != nil {
		return fmt.Errorf("%w: %w", ErrBadDescription, err)
	}
	p.bwe.takesPackets(text)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.remote = true
	ufrag := sdpValue(d.SDP, "ice-ufrag")
	p.far, p.using = nil, netip.AddrPort{}
	for _, c := range append(inside, p.early...) {
		if of := ufragOf(c); of != "" && of != ufrag {
			continue // another generation's
		}
		p.noteAddress(c)
		if err := p.pc.AddICECandidate(candidateInit(c)); err != nil {
			p.log.Warn("candidate refused", "error", errorKind(err))
		}
	}
	p.early, p.heard, p.later.taken = nil, 0, ufrag
	return nil
}

// splitCandidates takes the candidates out of a description: one that pion
// does not understand is then only that candidate's end, not the call's.
func splitCandidates(text string) (rest string, candidates []signaling.Candidate) {
	var b strings.Builder
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "a=candidate:") {
			b.WriteString(line)
		} else if c := strings.TrimSpace(strings.TrimPrefix(line, "a=")); !seen[c] && len(candidates) < maxCandidates {
			seen[c] = true // with bundling each section repeats them
			candidates = append(candidates, signaling.Candidate{Candidate: c})
		}
	}
	return b.String(), candidates
}

// checkDescription refuses what pion would find wrong only after it had taken
// the description, when it could not go back.
func checkDescription(d signaling.Description, want webrtc.SDPType) error {
	if d.Type != want.String() {
		return fmt.Errorf("%w: its type is not %q", ErrBadDescription, want)
	}
	if len(d.SDP) > maxDescription {
		return fmt.Errorf("%w: it has %d bytes", ErrBadDescription, len(d.SDP))
	}
	s := sdp.SessionDescription{}
	if err := s.UnmarshalString(d.SDP); err != nil {
		return fmt.Errorf("%w: it does not parse", ErrBadDescription)
	}
	if len(s.MediaDescriptions) == 0 || len(s.MediaDescriptions) > 16 {
		return fmt.Errorf("%w: it has %d media sections", ErrBadDescription, len(s.MediaDescriptions))
	}
	if missing := missingOfBundle(s); missing != "" {
		return fmt.Errorf("%w: its media section %.20q is missing", ErrBadDescription, missing)
	}
	for _, m := range s.MediaDescriptions {
		if m.MediaName.Port.Value == 0 {
			continue // rejected; it says no more
		}
		for _, key := range []string{"ice-ufrag", "ice-pwd", "fingerprint", "mid"} {
			v, ok := m.Attribute(key)
			if !ok && key != "mid" {
				v, ok = s.Attribute(key)
			}
			if !ok || v == "" || key == "fingerprint" && !strings.Contains(v, " ") {
				return fmt.Errorf("%w: a media section lacks its %s", ErrBadDescription, key)
			}
		}
	}
	return nil
}

// missingOfBundle is the first mid that the BUNDLE group names and no media
// section has (RFC 9143, section 7.1): the description was cut on its way. A
// cut within a line is not seen by the parser.
func missingOfBundle(s sdp.SessionDescription) string {
	group, _ := s.Attribute("group")
	tags := strings.Fields(group)
	if len(tags) == 0 || tags[0] != "BUNDLE" {
		return ""
	}
	for _, tag := range tags[1:] {
		if !slices.ContainsFunc(s.MediaDescriptions, func(m *sdp.MediaDescription) bool {
			mid, _ := m.Attribute("mid")
			return mid == tag
		}) {
			return tag
		}
	}
	return ""
}

// AddCandidate takes one of the other side's candidates; one without a text
// says that there are no more. Those that come before the description wait for
// it. The error wraps ErrBadCandidate, ErrTooManyCandidates or ErrClosed, and
// the connection goes on without the candidate.
func (p *Peer) AddCandidate(c signaling.Candidate) error {
	const op = "add candidate"
	if p.isClosed() {
		return fmt.Errorf("%s: %w", op, ErrClosed)
	}
	text := strings.TrimPrefix(c.Candidate, "candidate:")
	if text != "" {
		if len(text) > maxCandidate {
			return fmt.Errorf("%s: %w: it has %d bytes", op, ErrBadCandidate, len(text))
		}
		_, err := ice.UnmarshalCandidate(text)
		if err != nil && !errors.Is(err, ice.ErrUnknownCandidateTyp) && !errors.Is(err, ice.ErrDetermineNetworkType) {
			return fmt.Errorf("%s: %w", op, ErrBadCandidate)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.heard++; p.heard > maxCandidates {
		return fmt.Errorf("%s: %w", op, ErrTooManyCandidates)
	}
	if of := ufragOf(c); !p.remote || p.accepted && of != "" && of != p.later.taken {
		p.early = append(p.early, c) // or it is late, and dropped with the next description
		return nil
	}
	p.noteAddress(c)
	if err := p.pc.AddICECandidate(candidateInit(c)); err != nil {
		if p.isClosed() || errors.Is(err, webrtc.ErrConnectionClosed) {
			return fmt.Errorf("%s: %w", op, ErrClosed)
		}
		return fmt.Errorf("%s: %w: %s", op, ErrBadCandidate, errorKind(err))
	}
	return nil
}

func candidateInit(c signaling.Candidate) webrtc.ICECandidateInit {
	return webrtc.ICECandidateInit{Candidate: c.Candidate, SDPMid: c.SDPMid, SDPMLineIndex: c.SDPMLineIndex, UsernameFragment: c.UsernameFragment}
}

// errorKind is an error's type: pion's texts hold addresses.
func errorKind(err error) string { return fmt.Sprintf("%T", err) }

// onCandidate takes a local candidate from pion; nil is the last. The end is
// not sent: nobody needs it, and old clients choke on a candidate without text.
func (p *Peer) onCandidate(c *webrtc.ICECandidate) {
	if c == nil {
		return
	}
	init := c.ToJSON()
	local := signaling.Candidate{Candidate: init.Candidate, SDPMid: init.SDPMid, SDPMLineIndex: init.SDPMLineIndex, UsernameFragment: init.UsernameFragment}
	p.saying.Lock()
	defer p.saying.Unlock()
	if !p.said {
		p.unsaid = append(p.unsaid, local)
		wake(p.found)
		return
	}
	p.sayCandidate(local)
}

func (p *Peer) sayCandidate(c signaling.Candidate) {
	ufrag := p.ufrag
	c.UsernameFragment = &ufrag
	if p.handlers.Candidate != nil {
		p.post(func() { p.handlers.Candidate(c) })
	}
}
