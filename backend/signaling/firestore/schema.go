package firestore

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"cloud.google.com/go/firestore"

	"parley/backend/signaling"
)

// The schema is the plain one of Firebase's WebRTC examples, which clients that
// are out there speak, and a few fields of ours that they do not look at.
//
//	rooms/{room}                      offer, answer {type, sdp}, createdAt,
//	                                  expireAt, callerUid, calleeUid,
//	                                  callerUpdate, calleeUpdate {n, type, sdp}
//	rooms/{room}/callerCandidates/{}  candidate, sdpMid, sdpMLineIndex,
//	rooms/{room}/calleeCandidates/{}  usernameFragment?, expireAt, uid, more?
//
// A callee of ours claims the room with calleeUid before it acts on the offer,
// and uses the offer as it stands then: until the claim, the caller may still
// put candidates into it.
const (
	roomsCollection = "rooms"
	fieldOffer      = "offer"
	fieldAnswer     = "answer"
	fieldCreatedAt  = "createdAt"
	fieldExpireAt   = "expireAt"
	fieldCallerUID  = "callerUid"
	fieldCalleeUID  = "calleeUid"
	fieldUID        = "uid"
	fieldMore       = "more" // the texts of further candidates: see pack
)

// candidatesOf is the name of a seat's subcollection.
func candidatesOf(r signaling.Role) string { return string(r) + "Candidates" }

// updateOf is the field of a seat's newest later description.
func updateOf(r signaling.Role) string { return string(r) + "Update" }

// roomState is what a room's document says.
type roomState struct {
	offer, answer        *signaling.Description // nil: not yet
	callerUID, calleeUID string                 // empty: an old client's
	expireAt             time.Time              // zero: an old client's, for ever
	updates              map[signaling.Role]update
}

// update is a seat's newest later description; n rises strictly.
type update struct {
	n           int64
	description signaling.Description
}

// parseRoom reads a room's document. The error wraps signaling.ErrBadMessage
// or ErrTooLarge. Fields of ours that an old client uses otherwise are as absent.
func parseRoom(data map[string]any) (s roomState, err error) {
	if s.offer, err = parseFirst(data[fieldOffer], signaling.Caller); err != nil {
		return roomState{}, fmt.Errorf("the room's offer: %w", err)
	}
	if s.answer, err = parseFirst(data[fieldAnswer], signaling.Callee); err != nil {
		return roomState{}, fmt.Errorf("the room's answer: %w", err)
	}
	s.callerUID, _ = data[fieldCallerUID].(string)
	s.calleeUID, _ = data[fieldCalleeUID].(string)
	s.expireAt, _ = data[fieldExpireAt].(time.Time)
	for _, role := range []signaling.Role{signaling.Caller, signaling.Callee} {
		u, ok := data[updateOf(role)].(map[string]any)
		if !ok {
			continue
		}
		n, ok := whole(u["n"])
		if !ok || n < 1 {
			return roomState{}, fmt.Errorf("the %s's later description: %w: its number is not one", role, signaling.ErrBadMessage)
		}
		d := parseDescription(u)
		if err := d.ValidateLater(); err != nil {
			return roomState{}, fmt.Errorf("the %s's later description: %w", role, err)
		}
		if s.updates == nil {
			s.updates = make(map[signaling.Role]update, 2)
		}
		s.updates[role] = update{n, d}
	}
	return s, nil
}

// parseFirst reads an offer or an answer; absent, null and empty mean "not yet".
func parseFirst(v any, from signaling.Role) (*signaling.Description, error) {
	if v == nil {
		return nil, nil
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%w: it is not a map of type and sdp", signaling.ErrBadMessage)
	}
	switch sdp := m["sdp"].(type) {
	case nil:
		return nil, nil
	case string:
		if sdp == "" {
			return nil, nil
		}
	}
	d := parseDescription(m)
	if err := d.Validate(from); err != nil {
		return nil, err
	}
	return &d, nil
}

func parseDescription(m map[string]any) (d signaling.Description) {
	d.Type, _ = m["type"].(string)
	d.SDP, _ = m["sdp"].(string)
	return d
}

var errNotText = errors.New("a field is of another type than the schema's")

// parseCandidates reads a document of candidates, of which there is mostly one.
// The error wraps signaling.ErrBadMessage or ErrTooLarge.
func parseCandidates(data map[string]any) ([]signaling.Candidate, error) {
	first, err := parseCandidate(data)
	if err != nil {
		return nil, err
	}
	all := []signaling.Candidate{first}
	if data[fieldMore] == nil {
		return all, nil
	}
	text, ok := data[fieldMore].(string)
	if !ok {
		return nil, fmt.Errorf("%w: more: %w", signaling.ErrBadMessage, errNotText)
	}
	if len(text) > maxMore {
		return nil, fmt.Errorf("%w: further candidates of %d bytes", signaling.ErrTooLarge, len(text))
	}
	lines := strings.Split(text, "\n")
	if len(lines) >= maxPacked {
		return nil, fmt.Errorf("%w: %d further candidates", signaling.ErrTooLarge, len(lines))
	}
	for _, line := range lines {
		c := first
		c.Candidate = line
		if line == "" {
			return nil, fmt.Errorf("%w: one of the further candidates is empty", signaling.ErrBadMessage)
		}
		if err := c.Validate(); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// parseCandidate reads a document's first candidate.
func parseCandidate(data map[string]any) (c signaling.Candidate, err error) {
	text, ok := data["candidate"].(string)
	if !ok && data["candidate"] != nil {
		return c, fmt.Errorf("%w: candidate: %w", signaling.ErrBadMessage, errNotText)
	}
	c.Candidate = text
	for _, f := range []struct {
		name string
		to   **string
	}{{"sdpMid", &c.SDPMid}, {"usernameFragment", &c.UsernameFragment}} {
		switch v := data[f.name].(type) {
		case nil:
		case string:
			*f.to = &v
		default:
			return c, fmt.Errorf("%w: %s: %w", signaling.ErrBadMessage, f.name, errNotText)
		}
	}
	if v := data["sdpMLineIndex"]; v != nil {
		n, ok := whole(v)
		if !ok || n < 0 || n > 1<<16-1 {
			return c, fmt.Errorf("%w: sdpMLineIndex is not the number of a media line", signaling.ErrBadMessage)
		}
		line := uint16(n)
		c.SDPMLineIndex = &line
	}
	return c, c.Validate()
}

// whole reads a whole number, which JavaScript may have written as a double.
func whole(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case float64:
		n := int64(v)
		return n, v >= -1<<53 && v <= 1<<53 && float64(n) == v
	}
	return 0, false
}

func descriptionFields(d signaling.Description) map[string]any {
	return map[string]any{"type": d.Type, "sdp": d.SDP}
}

func updateFields(u update) map[string]any {
	return map[string]any{"n": u.n, "type": u.description.Type, "sdp": u.description.SDP}
}

// candidateFields are those of a document of candidates that pack has put
// together. A room of an old client has no end, and neither have its candidates.
func candidateFields(some []signaling.Candidate, uid string, expireAt time.Time) map[string]any {
	c := some[0]
	fields := map[string]any{"candidate": c.Candidate, "sdpMid": nil, "sdpMLineIndex": nil, fieldUID: uid}
	if len(some) > 1 {
		var more []string
		for _, c := range some[1:] {
			more = append(more, c.Candidate)
		}
		fields[fieldMore] = strings.Join(more, "\n")
	}
	if c.SDPMid != nil {
		fields["sdpMid"] = *c.SDPMid
	}
	if c.SDPMLineIndex != nil {
		fields["sdpMLineIndex"] = int64(*c.SDPMLineIndex)
	}
	if c.UsernameFragment != nil {
		fields["usernameFragment"] = *c.UsernameFragment
	}
	if !expireAt.IsZero() {
		fields[fieldExpireAt] = expireAt
	}
	return fields
}

func roomFields(uid string, expireAt time.Time) map[string]any {
	return map[string]any{fieldCallerUID: uid, fieldCreatedAt: firestore.ServerTimestamp, fieldExpireAt: expireAt}
}
