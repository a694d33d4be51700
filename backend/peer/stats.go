package peer

import (
	"time"

	"parley/backend/frame"
)

// Stats is what a connection did so far. Counts are since the beginning,
// rates of the last second.
type Stats struct {
	Video struct {
		In  VideoIn
		Out VideoOut
	}
	Audio struct {
		In  AudioIn
		Out AudioOut
	}
	RTT  time.Duration // 0 until measured
	Path Path
	// Protocol is what carries packets from here, to the other side or the
	// relay: "udp", "tcp" or "tls".
	Protocol string
}

// Path is how packets travel; empty while they do not.
type Path string

const (
	PathDirect Path = "direct"
	PathRelay  Path = "relay" // through a TURN server on either side
)

// VideoIn is the received picture.
type VideoIn struct {
	Codec         frame.Codec
	Frames        int     // handed on
	FPS           float64 // frames/s
	Width, Height int     // pixels
	Bitrate       int     // bit/s with RTP headers
	Lost          int     // packets that never came, after repair
	Dropped       int     // whole frames that could not be decoded for want of another
	// Freezes counts gaps between two frames of more than three times the
	// average and of more than 150 ms above it, over the last 30 gaps: the
	// freezeCount of https://w3c.github.io/webrtc-stats/. A pause, 5 s without a
	// packet, is none: the other side's camera was off.
	Freezes int
}

// VideoOut is the sent picture.
type VideoOut struct {
	Codec         frame.Codec
	Frames        int     // sent
	FPS           float64 // frames/s
	Width, Height int     // pixels
	Bitrate       int     // bit/s with RTP headers and what was sent again
	Target        int     // bit/s the encoder may make
	Dropped       int     // whole frames that were too many or of another codec
}

// AudioIn is the received voice.
type AudioIn struct {
	Packets, Lost int
	Bitrate       int // bit/s with RTP headers
}

// AudioOut is the sent voice.
type AudioOut struct {
	Packets int
	Bitrate int // bit/s with RTP headers
	Dropped int // packets that were too many
}
