package lan

import (
	"encoding/json"
	"errors"
	"fmt"

	"parley/backend/signaling"
)

// socketPath is where the WebSocket is. A change that old clients cannot live with
// gets a new one.
const socketPath = "/signaling/v1"

// message is every JSON message of the protocol, both ways; PROTOCOL.md tells
// which fields each type has.
type message struct {
	Type string `json:"type"`
	// N numbers the messages of one direction, from 1; 0 is not numbered.
	N        int              `json:"n,omitempty"`
	Room     signaling.RoomID `json:"room,omitempty"`
	Role     signaling.Role   `json:"role,omitempty"`
	Token    string           `json:"token,omitempty"`
	Received int              `json:"received,omitempty"`
	Cert     string           `json:"cert,omitempty"` // the fingerprint, as in invites

	ICE []signaling.ICEServer `json:"ice,omitempty"`

	Description *signaling.Description `json:"description,omitempty"`
	Candidate   *signaling.Candidate   `json:"candidate,omitempty"`
	Present     *bool                  `json:"present,omitempty"`
	Dropped     bool                   `json:"dropped,omitempty"`

	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
}

const (
	typeCreate      = "create"
	typeJoin        = "join"
	typeResume      = "resume"
	typeSeated      = "seated"
	typeDescription = "description"
	typeCandidate   = "candidate"
	typeReplaced    = "replaced"
	typePresence    = "presence"
	typeLeave       = "leave"
	typeLeft        = "left"
	typeClosed      = "closed"
	typeAck         = "ack"
	typeError       = "error"
	typePing        = "ping"
	typePong        = "pong"
)

// parse reads one message. The error wraps ErrBadMessage.
func parse(data []byte) (message, error) {
	var m message
	if err := json.Unmarshal(data, &m); err != nil {
		return message{}, fmt.Errorf("%w: it is no JSON object of ours", signaling.ErrBadMessage)
	}
	switch {
	case m.Type == "":
		return message{}, fmt.Errorf("%w: it has no type", signaling.ErrBadMessage)
	case m.N < 0 || m.Received < 0:
		return message{}, fmt.Errorf("%w: it has a number below zero", signaling.ErrBadMessage)
	case m.Type == typeDescription && m.Description == nil,
		m.Type == typeCandidate && m.Candidate == nil,
		m.Type == typePresence && m.Present == nil:
		return message{}, fmt.Errorf("%w: a %s without its content", signaling.ErrBadMessage, m.Type)
	}
	return m, nil
}

// eventMessage is an event as the server sends it, as the nth; nil is one that
// a later description made useless.
func eventMessage(n int, e signaling.Event) message {
	switch e := e.(type) {
	case nil:
		return message{Type: typeReplaced, N: n}
	case signaling.DescriptionEvent:
		return message{Type: typeDescription, N: n, Description: &e.Description}
	case signaling.CandidateEvent:
		return message{Type: typeCandidate, N: n, Candidate: &e.Candidate}
	case signaling.PresenceEvent:
		return message{Type: typePresence, N: n, Present: &e.Present, Dropped: e.Dropped}
	case signaling.ClosedEvent:
		m := errorMessage(n, e.Err)
		m.Type = typeClosed
		return m
	default:
		return message{Type: typeLeft, N: n}
	}
}

// event is what a numbered message of the server tells; nil where it is none.
func (m message) event() signaling.Event {
	switch m.Type {
	case typeDescription:
		return signaling.DescriptionEvent{Description: *m.Description}
	case typeCandidate:
		return signaling.CandidateEvent{Candidate: *m.Candidate}
	case typePresence:
		return signaling.PresenceEvent{Present: *m.Present, Dropped: m.Dropped && !*m.Present}
	case typeLeft:
		return signaling.LeftEvent{}
	case typeClosed:
		return signaling.ClosedEvent{Err: m.err()}
	}
	return nil
}

// codes are the errors' names on the wire, the same as in the page's client.
var codes = []struct {
	code string
	err  error
}{
	{"bad_room_id", signaling.ErrBadRoomID},
	{"bad_invite", signaling.ErrBadInvite},
	{"room_not_found", signaling.ErrRoomNotFound},
	{"room_full", signaling.ErrRoomFull},
	{"room_expired", signaling.ErrExpired},
	{"own_room", signaling.ErrOwnRoom},
	{"room_closed", signaling.ErrRoomGone},
	{"unreachable", signaling.ErrUnreachable},
	{"untrusted", signaling.ErrUntrusted},
	{"too_large", signaling.ErrTooLarge},
	{"too_many", signaling.ErrTooMany},
	{"bad_message", signaling.ErrBadMessage},
	{"refused", signaling.ErrRefused},
}

// errorMessage answers message n, or the connection as a whole with n = 0.
func errorMessage(n int, err error) message {
	m := message{Type: typeError, N: n, Code: "refused", Message: err.Error()}
	for _, c := range codes {
		if errors.Is(err, c.err) {
			m.Code = c.code
			break
		}
	}
	return m
}

// err is the error of an error or closed message. What the other end wrote
// beside the code is for people: kept short.
func (m message) err() error {
	for _, c := range codes {
		if c.code == m.Code {
			return c.err
		}
	}
	return fmt.Errorf("%w: code %.40q", signaling.ErrRefused, m.Code)
}
