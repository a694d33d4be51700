package call

import "parley/backend/frame"

// Stats is how a call goes, in the shape of the "stats" event of
// `parley call --json`. Counts are since the connection was made, rates of the
// last second.
type Stats struct {
	Video struct {
		In  VideoIn  `json:"in"`
		Out VideoOut `json:"out"`
	} `json:"video"`
	Audio struct {
		In  AudioIn  `json:"in"`
		Out AudioOut `json:"out"`
	} `json:"audio"`
	RTT       float64 `json:"rtt_ms"`    // ms; 0 until measured
	Available int     `json:"available"` // bit/s that all we send may take: the estimate
	Queue     float64 `json:"queue_ms"`  // ms that our packets wait in the network
	Loss      float64 `json:"loss"`      // 0 to 1, of all that we sent, over 5 s, before repair
	Probes    int     `json:"probes"`    // bursts that measured the way
	Probed    int     `json:"probed"`    // bit/s, what the last one found

	Path string `json:"path"` // "direct", "relay", or "" until connected
	// Protocol carries packets from here: "udp", "tcp", "tls", or "" until connected.
	Protocol string `json:"protocol"`
}

// VideoIn is the picture of the other side.
type VideoIn struct {
	Codec   frame.Codec `json:"codec"`
	Frames  int         `json:"frames"`
	FPS     float64     `json:"fps"`
	Width   int         `json:"width"`   // pixels
	Height  int         `json:"height"`  // pixels
	Bitrate int         `json:"bitrate"` // bit/s
	Lost    int         `json:"lost"`    // packets that were not repaired
	// Recovered are packets that never came, but back by parity (RFC 5109).
	Recovered int     `json:"recovered"`
	Dropped   int     `json:"dropped"`   // frames that could not be decoded for want of another
	Jitter    float64 `json:"jitter_ms"` // ms, of the packets' arrival (RFC 3550, 6.4.1)
	NACKs     int     `json:"nacks"`     // that we sent
	PLIs      int     `json:"plis"`      // likewise
	Freezes   int     `json:"freezes"`   // https://w3c.github.io/webrtc-stats/ freezeCount
}

// VideoOut is our picture.
type VideoOut struct {
	Codec   frame.Codec `json:"codec"`
	Frames  int         `json:"frames"`
	FPS     float64     `json:"fps"`
	Width   int         `json:"width"`      // pixels
	Height  int         `json:"height"`     // pixels
	Bitrate int         `json:"bitrate"`    // bit/s
	Target  int         `json:"target"`     // bit/s that the encoder may make
	Dropped int         `json:"dropped"`    // frames that were too many
	Backlog float64     `json:"backlog_ms"` // ms that the frames not yet sent take
	Resent  int         `json:"resent"`     // packets
	Parity  int         `json:"parity"`     // packets, that protect the others (RFC 5109)
	Loss    float64     `json:"loss"`       // 0 to 1, as the other side last reported
	Jitter  float64     `json:"jitter_ms"`  // ms, likewise
	NACKs   int         `json:"nacks"`      // that the other side sent
	PLIs    int         `json:"plis"`       // likewise
}

// AudioIn is the sound of the other side.
type AudioIn struct {
	Packets int     `json:"packets"`
	Level   int     `json:"level"`     // dBov, 0 to -127 (RFC 6464)
	Lost    int     `json:"lost"`      // packets
	Bitrate int     `json:"bitrate"`   // bit/s
	Jitter  float64 `json:"jitter_ms"` // ms, of the packets' arrival
	Delay   int     `json:"delay_ms"`  // ms in the jitter buffer
	Target  int     `json:"target_ms"` // ms that it should be, by how the packets arrive
	// Samples at 48 kHz, of each channel, since the speaker was opened: those played, of
	// these those that stand for what did not come in time, and of these those that are
	// silence. They are the totalSamplesReceived, concealedSamples and
	// silentConcealedSamples of https://w3c.github.io/webrtc-stats/.
	Samples   int `json:"samples"`
	Concealed int `json:"concealed"`
	Silent    int `json:"silent"`
}

// AudioOut is our sound.
type AudioOut struct {
	Packets int     `json:"packets"`
	Level   int     `json:"level"`   // dBov, 0 to -127
	Bitrate int     `json:"bitrate"` // bit/s
	Loss    float64 `json:"loss"`    // 0 to 1, as the other side last reported
}
