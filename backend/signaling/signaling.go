// Package signaling is what two peers say to each other before, and beside,
// the media of a call: the room and its ID, the session descriptions and ICE
// candidates in it, and the contract that every way of carrying them keeps.
//
//	caller                     room                      callee
//	Create ───────────────────▶ ·
//	SendDescription(offer) ───▶ offer ─────▶ DescriptionEvent
//	SendCandidate ────────────▶ callerCandidates ─▶ CandidateEvent
//	                            ·  ◀──────────────────── Join
//	DescriptionEvent ◀───────── answer ◀──── SendDescription(answer)
//	CandidateEvent ◀─ calleeCandidates ◀──── SendCandidate
//	SendDescription ⇄ later offers and answers (ICE restart) ⇄ DescriptionEvent
//	Leave ────────────────────▶ deleted ───▶ LeftEvent
//
// The adapters live in the packages below; signalingtest holds what each of
// them must do. PROTOCOL.md is the wire form, for whoever writes another client.
package signaling

import (
	"context"
	"errors"
)

// Role is the seat a peer has in a room.
type Role string

// The two seats of a room. The zero Role is nobody's.
const (
	Caller Role = "caller" // made the room, sends the offer
	Callee Role = "callee" // joined the room, sends the answer
)

// Other is the seat across the table.
func (r Role) Other() Role {
	switch r {
	case Caller:
		return Callee
	case Callee:
		return Caller
	}
	return ""
}

// Description is a session description (RFC 8829), in the shape of
// RTCSessionDescriptionInit.
type Description struct {
	Type string `json:"type"` // "offer" or "answer"
	SDP  string `json:"sdp"`
}

// MoreAttribute stands at session level in the descriptions of a peer that reads
// several candidates in one message, where each message costs: see PROTOCOL.md,
// section 6.
const MoreAttribute = "x-parley-more"

// Candidate is an ICE candidate (RFC 8839) in the shape of RTCIceCandidateInit.
type Candidate struct {
	Candidate        string  `json:"candidate"`
	SDPMid           *string `json:"sdpMid"`
	SDPMLineIndex    *uint16 `json:"sdpMLineIndex"`
	UsernameFragment *string `json:"usernameFragment,omitempty"`
}

// Signaler opens rooms on one signaling service.
type Signaler interface {
	// Create makes a new room and takes the caller's seat in it.
	Create(ctx context.Context) (Room, error)
	// Join takes the callee's seat in a room that somebody else made.
	Join(ctx context.Context, invite Invite) (Room, error)
}

// Room is one seat in one room. Its methods may be called from any goroutine;
// each returns by its context's deadline.
type Room interface {
	// Invite is what the other side needs to come in.
	Invite() Invite
	// Events are what the other side did, in order, from the beginning of the
	// room: what was there before Join comes first. The channel closes after
	// Leave, after a LeftEvent and after a ClosedEvent. Even then, call Leave.
	Events() <-chan Event
	// SendDescription writes the offer, as caller, or the answer, as callee.
	// Until the answer is there a second one is ErrRefused and harms nothing.
	// From then on either seat sends later offers and answers, as for an ICE
	// restart (RFC 8839, section 4.4.1.1); each takes the place of the seat's
	// last, so that a side that was away hears of the newest only. A seat whose
	// other side is a client of the plain schema is never answered.
	SendDescription(ctx context.Context, d Description) error
	// SendCandidate adds one of our ICE candidates.
	SendCandidate(ctx context.Context, c Candidate) error
	// Leave hangs up: the other side is told and the room is deleted with all
	// that is in it. A second Leave does nothing. When Leave returns, Events is
	// closed, even if the error says that the other side may not know.
	Leave(ctx context.Context) error
}

// CodeTaker is a Room to which the other side's code is handed by its user. The
// error wraps ErrBadCode, ErrExpired or ErrRefused, and harms nothing.
type CodeTaker interface {
	TakeCode(ctx context.Context, code string) error
}

// Event is something that happened in a room: one of the types below.
type Event interface{ event() }

type (
	// DescriptionEvent carries the other side's offer or answer, the first or a
	// later one.
	DescriptionEvent struct{ Description Description }
	// CandidateEvent carries one of the other side's candidates. Candidates
	// may come before the description they belong to.
	CandidateEvent struct{ Candidate Candidate }
	// PresenceEvent tells that the other side has its seat (Present), or that
	// its connection broke without a goodbye; it may come back. Dropped is the
	// worse sign: the connection was closed under it, as when a program is
	// killed; otherwise it only fell silent, as when a network is away.
	PresenceEvent struct{ Present, Dropped bool }
	// CodeEvent carries what our user must hand to the other side, where no
	// server does it (package manual): an offer or an answer as a code.
	CodeEvent struct{ Code string }
	// LeftEvent tells that the other side hung up. The room is gone; it is the
	// last event.
	LeftEvent struct{}
	// ClosedEvent tells that our own way to the room is gone for good: Err is
	// ErrExpired, ErrUnreachable, ErrRoomGone or another of this package. It
	// is the last event.
	ClosedEvent struct{ Err error }
)

func (DescriptionEvent) event() {}
func (CandidateEvent) event()   {}
func (PresenceEvent) event()    {}
func (CodeEvent) event()        {}
func (LeftEvent) event()        {}
func (ClosedEvent) event()      {}

// What can go wrong in a room. Adapters wrap these; callers test with errors.Is.
var (
	ErrBadRoomID    = errors.New("not a room ID")
	ErrBadInvite    = errors.New("not an invite link")
	ErrNoServer     = errors.New("a room ID alone does not say where the room is")
	ErrRoomNotFound = errors.New("no such room")
	ErrRoomFull     = errors.New("the room is full")
	ErrExpired      = errors.New("the room has expired")
	ErrOwnRoom      = errors.New("this is your own room")
	ErrRoomGone     = errors.New("the room was closed")
	ErrUnreachable  = errors.New("the signaling service cannot be reached")
	ErrUntrusted    = errors.New("the server is not the one in the invite")
	ErrRefused      = errors.New("the signaling service refused")
	ErrTooLarge     = errors.New("the message is too large")
	ErrTooMany      = errors.New("too many messages, connections or rooms")
	ErrBadCode      = errors.New("not a call code")
	ErrBadMessage   = errors.New("not a valid signaling message")
)
