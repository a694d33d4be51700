package call

import "encoding/json"

// controlMessage is what two Parleys say to each other beside the media, as
// PROTOCOL.md has it. A client that does not speak it loses nothing but this.
type controlMessage struct {
	Type       string `json:"type"` // "state" or "bye"; others are for later versions
	Microphone *bool  `json:"microphone,omitempty"`
	Camera     *bool  `json:"camera,omitempty"`
}

func encodeMessage(m controlMessage) []byte {
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings and booleans always marshal
	}
	return b
}

func (c *Call) handleMessage(data []byte) {
	var m controlMessage
	if err := json.Unmarshal(data, &m); err != nil {
		c.deps.Logger.Warn("a control message of the other side was refused", "err", err)
		return
	}
	switch m.Type {
	case "bye":
		c.finish(over{reason: OtherHungUp})
	case "state":
		if m.Microphone != nil {
			c.facts.other.MicrophoneOn = *m.Microphone
		}
		if m.Camera != nil {
			c.facts.other.CameraOn = *m.Camera
		}
	}
}

// tellOther says what of ours is on.
func (c *Call) tellOther() {
	if c.attempt == nil || c.attempt.peer == nil {
		return
	}
	s := c.snapshot()
	microphone := s.Microphone.On && s.Microphone.Name != ""
	camera := s.Camera.On && s.Camera.Name != ""
	_ = c.attempt.peer.Send(encodeMessage(controlMessage{Type: "state", Microphone: &microphone, Camera: &camera})) // before the channel is open, and with an old client, there is nobody to tell
}
