package peer

import (
	"context"
	"fmt"
	"strings"

	"github.com/pion/webrtc/v4"

	"parley/backend/signaling"
)

// heardAttribute says in a later description which of the other side's it
// follows, by ICE username fragment: PROTOCOL.md, section 1.
const heardAttribute = "x-parley-heard"

// renegotiator decides what becomes of later offers and answers, whoever sends
// them and in whatever order they come. It is the "perfect negotiation" of the
// W3C's WebRTC (section 10.7) for a signaling that may drop all but a side's
// newest description: each says which of the other side's it follows.
//
// The callee is the polite side: the caller's offer opened the call, and one
// rule holds for all of it.
type renegotiator struct {
	polite bool
	open   string // ufrag of our offer that waits for its answer; "" without one
	taken  string // ufrag of the other side's description that was taken last

	theirs signaling.Description // that description
	able   bool                  // the other side answers later offers: it says so in its first
	setup  string                // our side of DTLS, which a restart keeps
}

// verdict is what is to be done with a description.
type verdict int

const (
	ignore      verdict = iota // it is late, or our own offer goes first
	takeAnswer                 // it answers our open offer
	answerOffer                // our own offer, if one is open, is taken back first
)

// judge decides on a description of the other side, by its ufrag; heard is that
// of ours which it follows, "" where it does not say.
func (r *renegotiator) judge(kind, ufrag, heard string) verdict {
	switch {
	case ufrag == r.taken: // told twice, as old clients do
		return ignore
	case kind == "answer" && r.open != "" && (heard == r.open || heard == ""):
		return takeAnswer
	case kind == "answer":
		return ignore
	case r.open == "", r.polite:
		return answerOffer
	case heard == r.open: // no clash: our offer was answered, and the answer replaced
		return answerOffer
	}
	return ignore
}

// Restart makes a later offer that looks for a new way to the other side (ICE
// restart, RFC 8445, section 9): the candidates are gathered anew, and the old
// way ends. An open offer of ours is replaced. The error wraps ErrUnexpected,
// before the first offer and answer and where the other side answers no later
// offer, or ErrClosed.
func (p *Peer) Restart(ctx context.Context) (signaling.Description, error) {
	const op = "restart"
	p.describing.Lock()
	defer p.describing.Unlock()
	if err := p.expectLater(op); err != nil {
		return signaling.Description{}, err
	}
	p.mu.Lock()
	able := p.later.able
	p.mu.Unlock()
	if !able { // and without an answer not even the old way would be left
		return signaling.Description{}, fmt.Errorf("%s: %w: the other side cannot", op, ErrUnexpected)
	}
	if err := p.takeBack(); err != nil {
		return signaling.Description{}, p.failed(op, err)
	}
	p.hold()
	offer, err := p.pc.CreateOffer(&webrtc.OfferOptions{ICERestart: true})
	if err != nil {
		return signaling.Description{}, p.failed(op, err)
	}
	d, err := p.setLocal(ctx, op, offer)
	if err != nil {
		return signaling.Description{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.later.open = sdpValue(d.SDP, "ice-ufrag")
	return following(d, p.later.taken), nil
}

// Renegotiate takes the other side's later offer or answer, and gives the answer
// to send, if there is one. What is late or clashes with our own offer changes
// nothing. The errors are those of Answer.
func (p *Peer) Renegotiate(ctx context.Context, d signaling.Description) (*signaling.Description, error) {
	const op = "renegotiate"
	p.describing.Lock()
	defer p.describing.Unlock()
	if err := p.expectLater(op); err != nil {
		return nil, err
	}
	kind := webrtc.NewSDPType(d.Type)
	if kind != webrtc.SDPTypeOffer && kind != webrtc.SDPTypeAnswer {
		return nil, fmt.Errorf("%s: %w: its type is %.20q", op, ErrBadDescription, d.Type)
	}
	if err := checkDescription(d, kind); err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	p.mu.Lock()
	what := p.later.judge(d.Type, sdpValue(d.SDP, "ice-ufrag"), sdpValue(d.SDP, heardAttribute))
	p.mu.Unlock()
	switch what {
	case takeAnswer:
		return nil, p.takeLater(op, d, kind)
	case answerOffer:
		return p.answerLater(ctx, op, d)
	}
	return nil, nil
}

func (p *Peer) takeLater(op string, d signaling.Description, kind webrtc.SDPType) error {
	if err := p.setRemote(d, kind); err != nil {
		return p.failed(op, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.later.theirs, p.later.open = d, ""
	return nil
}

func (p *Peer) answerLater(ctx context.Context, op string, offer signaling.Description) (*signaling.Description, error) {
	if err := p.takeBack(); err != nil {
		return nil, p.failed(op, err)
	}
	p.hold()
	if err := p.takeLater(op, offer, webrtc.SDPTypeOffer); err != nil {
		return nil, err
	}
	if err := p.preferCodecs(p.sendingFirst()); err != nil {
		return nil, p.failed(op, err)
	}
	answer, err := p.pc.CreateAnswer(nil)
	if err != nil {
		return nil, p.failed(op, err)
	}
	d, err := p.setLocal(ctx, op, answer)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	// pion always answers "active". Where the other side is that already, a
	// browser refuses: a restart keeps the roles (RFC 8842, section 5.5).
	d.SDP = strings.ReplaceAll(d.SDP, "a=setup:"+sdpValue(d.SDP, "setup"), "a=setup:"+p.later.setup)
	d = following(d, p.later.taken)
	return &d, nil
}

func (p *Peer) expectLater(op string) error {
	if p.isClosed() {
		return fmt.Errorf("%s: %w", op, ErrClosed)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.accepted {
		return fmt.Errorf("%s: %w: before the first offer and answer", op, ErrUnexpected)
	}
	return nil
}

// takeBack ends the wait for an answer to our open offer. pion has no rollback
// (RFC 8829, section 4.1.10.2): it is answered in the other side's name with
// its last description, which changes nothing.
func (p *Peer) takeBack() error {
	if p.pc.SignalingState() != webrtc.SignalingStateHaveLocalOffer {
		return nil
	}
	p.mu.Lock()
	text, _ := splitCandidates(p.later.theirs.SDP)
	p.later.open = ""
	p.mu.Unlock()
	return p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: text})
}

// hold keeps the candidates of the next gathering until its description is out.
func (p *Peer) hold() {
	p.saying.Lock()
	defer p.saying.Unlock()
	p.said, p.unsaid = false, nil
	select {
	case <-p.found: // of the gathering before
	default:
	}
}

// following adds to a description of ours which of theirs it follows, and what
// we read. That the first line is there says that we answer later offers.
func following(d signaling.Description, taken string) signaling.Description {
	if session, media, ok := strings.Cut(d.SDP, "\nm="); ok {
		d.SDP = session + "\na=" + signaling.MoreAttribute + "\r\na=" + heardAttribute + ":" + taken + "\r\nm=" + media
	}
	return d
}

// sdpValue is the first value that a description gives an attribute.
func sdpValue(text, name string) string {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "a="+name+":"); ok {
			return value
		}
	}
	return ""
}

// ufragOf is the generation that a candidate belongs to, "" where it says none:
// browsers write it into the candidate, too.
func ufragOf(c signaling.Candidate) string {
	if c.UsernameFragment != nil && *c.UsernameFragment != "" {
		return *c.UsernameFragment
	}
	if _, rest, ok := strings.Cut(c.Candidate, " ufrag "); ok {
		ufrag, _, _ := strings.Cut(rest, " ")
		return ufrag
	}
	return ""
}
