package call

import (
	"encoding/json"
	"slices"

	"parley/backend/trust"
)

// controlMessage is what two Parleys say to each other beside the media, as
// PROTOCOL.md has it. A client that does not speak it loses nothing but this.
type controlMessage struct {
	Type       string `json:"type"` // "state", "bye" or "words", and those of knock.go; others are for later versions
	Microphone *bool  `json:"microphone,omitempty"`
	Camera     *bool  `json:"camera,omitempty"`
	Paused     *bool  `json:"paused,omitempty"`
	MaxBitrate *int   `json:"maxBitrate,omitempty"` // bit/s of picture that its sender wants to get; 0 is no limit
	Sharing    *bool  `json:"sharing,omitempty"`
	// Can are what the sender is able to beyond a call's picture and sound.
	Can []string `json:"can,omitempty"`
	trust.Message
}

// canScreen: a screen can be seen there.
const canScreen = "screen"

func encodeMessage(m controlMessage) []byte {
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings and booleans always marshal
	}
	return b
}

func (c *Call) handleMessage(a *attempt, data []byte) {
	var m controlMessage
	if err := json.Unmarshal(data, &m); err != nil {
		c.deps.Logger.Warn("a control message of the other side was refused", "err", err)
		return
	}
	if c.facts.door == shut && !slices.Contains(atDoor, m.Type) {
		return
	}
	switch m.Type {
	case "door":
		c.takeDoor(data)
	case "knock":
		c.takeKnock(data)
	case "bye":
		c.finish(over{reason: OtherHungUp})
	case "state":
		if m.Microphone != nil {
			c.facts.other.MicrophoneOn = *m.Microphone
		}
		if m.Camera != nil {
			c.facts.other.CameraOn = *m.Camera
		}
		if m.Paused != nil {
			c.facts.other.Paused = *m.Paused
		}
		if m.MaxBitrate != nil {
			c.facts.otherMost = obeyed(*m.MaxBitrate)
		}
		if m.Sharing != nil {
			c.facts.other.Sharing = *m.Sharing
		}
		if m.Can != nil {
			c.facts.other.ShowsScreens = slices.Contains(m.Can, canScreen)
		}
	case "words":
		c.takeWords(a, m.Message)
	}
}

// obeyed is the limit that the other side gets for the one it asks for: none is
// so low that nothing is left of a picture.
func obeyed(asked int) int {
	if asked <= 0 {
		return 0
	}
	return max(asked, leastLimit)
}

// atDoor are the messages that mean something while one of the two waits to be let in.
var atDoor = []string{"door", "knock", "bye", "words"}

// tellOther says what of ours is on, and what we want of theirs; behind a door,
// nothing.
func (c *Call) tellOther() {
	if c.attempt == nil || c.attempt.peer == nil || c.facts.door == shut {
		return
	}
	s := c.snapshot()
	microphone := s.Microphone.On && s.Microphone.Name != ""
	camera := s.Camera.On && s.Camera.Name != ""
	most := 0
	if s.DataSaver {
		most = savingBitrate
	}
	m := controlMessage{Type: "state", Microphone: &microphone, Camera: &camera, Paused: &s.Camera.Paused, MaxBitrate: &most}
	if c.deps.ShowsScreens {
		m.Can = append(m.Can, canScreen)
	}
	if sharing := s.Sharing.Name != ""; s.Other.ShowsScreens { // nobody else wants to know
		m.Sharing = &sharing
	}
	_ = c.attempt.peer.Send(encodeMessage(m)) // before the channel is open, and with an old client, there is nobody to tell
}
