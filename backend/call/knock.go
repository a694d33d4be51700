package call

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"parley/backend/signaling"
)

// A caller with a waiting room has a door. The connection is made as always, and
// the callee knocks over its control channel (PROTOCOL.md, section 4):
//
//	caller                              callee
//	shut ── door, not open ───────────▶ shut   no media, either way
//	Knock ◀──────── name, picture ───── Knock
//	LetIn ── door, open ──────────────▶ open   media
//
// What holds the media back is the caller's own peer: what the callee says, or
// does not, changes nothing about it.
type door string

const (
	noDoor door = "" // whoever comes is in
	shut   door = "shut"
	opened door = "open"
)

const (
	knockTimeout = 5 * time.Minute // for an answer to a knock
	longestName  = 40              // characters
	// largestKnock is what a picture has in bytes at most: with its name, in
	// base64, it fits into one message of the control channel (16 KiB).
	largestKnock = 12_000
)

// Knock is what somebody who waits to be let in says of themselves. Anybody can
// say any name.
type Knock struct {
	Name string `json:"name,omitempty"`
	// Picture is a small JPEG in base64, as it came; whoever shows it checks it.
	Picture string `json:"picture,omitempty"`
}

// doorMessage and knockMessage are two of the control channel's.
type doorMessage struct {
	Type string `json:"type"` // "door"
	Open bool   `json:"open"`
}

type knockMessage struct {
	Type string `json:"type"` // "knock"
	Knock
}

// parseKnock takes what the other side says of itself; a name is shortened, a
// picture that is too large, or none, is left out.
func parseKnock(data []byte) (Knock, bool) {
	var m knockMessage
	if err := json.Unmarshal(data, &m); err != nil {
		return Knock{}, false
	}
	k := Knock{Name: CleanName(m.Name), Picture: m.Picture}
	picture, err := base64.StdEncoding.DecodeString(m.Picture)
	if err != nil || len(picture) > largestKnock || base64.StdEncoding.EncodeToString(picture) != m.Picture {
		k.Picture = ""
	}
	return k, k.Name != ""
}

// CleanName is a name as it can be shown: at most 40 characters, one space
// between its words, nothing that controls how a line runs and nothing unseen
// but the joiners that scripts need. It is empty where nothing can be seen.
func CleanName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Cc, r):
			return ' '
		case r == '\u200c', r == '\u200d': // joiners
			return r
		case r == utf8.RuneError, unicode.In(r, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp):
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > longestName {
		s = strings.TrimSpace(string(runes[:longestName]))
	}
	if !strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) }) {
		return ""
	}
	return s
}

// setWaitingRoom takes effect on the call under way while nobody has come.
func (c *Call) setWaitingRoom(on bool) {
	f := &c.facts
	f.waitingRoom = on
	if f.role == signaling.Caller && !f.wasConnected {
		f.door = doorOf(f.role, on)
	}
}

func doorOf(role signaling.Role, waitingRoom bool) door {
	if role == signaling.Caller && waitingRoom {
		return shut
	}
	return noDoor
}

// sayDoor tells the callee that it has to knock.
func (c *Call) sayDoor(a *attempt) {
	if c.facts.role == signaling.Caller && c.facts.door == shut {
		c.say(a, doorMessage{Type: "door"})
	}
}

// takeDoor is for a callee: only a door that was shut can open, and only the
// first word about it shuts it.
func (c *Call) takeDoor(data []byte) {
	var m doorMessage
	f := &c.facts
	if f.role != signaling.Callee || json.Unmarshal(data, &m) != nil {
		return
	}
	switch {
	case m.Open && f.door == shut:
		c.open()
	case !m.Open && f.door == noDoor:
		f.door = shut
	}
}

// takeKnock is for a caller. Only the first counts.
func (c *Call) takeKnock(data []byte) {
	f := &c.facts
	if f.role != signaling.Caller || f.door != shut || f.knock != (Knock{}) {
		return
	}
	if k, ok := parseKnock(data); ok {
		f.knock = k
	}
}

// knock says to the caller who we are.
func (c *Call) knock(k Knock) error {
	f := &c.facts
	if decide(*f) != Knocking || f.role != signaling.Callee || f.knock != (Knock{}) {
		return &Error{NotInCall, "knock", errors.New("there is no door, or we have knocked")}
	}
	message, err := json.Marshal(knockMessage{Type: "knock", Knock: k})
	if err != nil {
		return errorOf("knock", err)
	}
	said, ok := parseKnock(message)
	if !ok {
		return &Error{Internal, "knock", errors.New("there is nothing to be seen in the name")}
	}
	f.knock = said
	c.say(c.attempt, knockMessage{Type: "knock", Knock: said})
	return nil
}

// letIn opens the door.
func (c *Call) letIn() error {
	f := &c.facts
	if decide(*f) != Knocking || f.role != signaling.Caller {
		return &Error{NotInCall, "let in", errors.New("nobody knocks")}
	}
	c.say(c.attempt, doorMessage{Type: "door", Open: true})
	c.open()
	return nil
}

func (c *Call) open() {
	c.facts.door, c.facts.knock = opened, Knock{}
	c.tellOther()
}

// say sends a message on the control channel. An old client has none, and is let
// in all the same.
func (c *Call) say(a *attempt, message any) {
	text, err := json.Marshal(message)
	if err != nil {
		panic(err) // strings and booleans always marshal
	}
	_ = a.peer.Send(text)
}

// settleDoor holds media back while the door is shut, and waits for an answer.
func (c *Call) settleDoor() {
	a := c.attempt
	if a == nil || a.peer == nil {
		return
	}
	if held := c.facts.door == shut; held != a.held {
		a.held = held
		a.peer.Hold(held)
	}
	if decide(c.facts) == Knocking && !a.knocked {
		a.knocked = true
		c.after(a, knockTimeout, func(f facts) (over, bool) {
			if f.role == signaling.Caller {
				return over{reason: HungUp}, f.door == shut
			}
			return over{reason: OtherHungUp}, f.door == shut
		})
	}
}

// atTheDoor is why a call ends, where it ends at the door.
func atTheDoor(f facts, why Reason) Reason {
	switch {
	case f.door != shut || !f.wasConnected:
	case f.role == signaling.Caller && why == HungUp:
		return Declined
	case f.role == signaling.Callee && why == OtherHungUp:
		return OtherDeclined
	}
	return why
}
