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
	RTT time.Duration // 0 until measured
	// Available is the estimate, bit/s: what all we send may take together.
	Available int
	Queue     time.Duration // what our packets wait in the network's queue
	Loss      float64       // of all that we sent, 0 to 1, over the last 5 s, before repair
	Probes    int           // bursts that measured the way
	Probed    int           // bit/s, what the last one found
	Path      Path
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
	Frames        int           // handed on
	FPS           float64       // frames/s
	Width, Height int           // pixels
	Bitrate       int           // bit/s with RTP headers
	Lost          int           // packets that never came, after repair; of parity as well
	Recovered     int           // packets that never came, but back by parity (RFC 5109)
	Dropped       int           // whole frames that could not be decoded for want of another
	Jitter        time.Duration // of the packets' arrival (RFC 3550, 6.4.1)
	NACKs, PLIs   int           // that we sent
	// Freezes counts gaps between when two frames are shown of more than three times the
	// average and of more than 150 ms above it, over the last 30 gaps: the
	// freezeCount of https://w3c.github.io/webrtc-stats/. A pause, 5 s without a
	// packet, is none: the other side's camera was off.
	Freezes int
}

// VideoOut is the sent picture.
type VideoOut struct {
	Codec         frame.Codec
	Frames        int           // sent
	FPS           float64       // frames/s
	Width, Height int           // pixels
	Bitrate       int           // bit/s with RTP headers and what was sent again
	Target        int           // bit/s the encoder may make
	Dropped       int           // whole frames that were too many or of another codec
	Backlog       time.Duration // that the frames not yet sent take
	Resent        int           // packets
	Parity        int           // packets, that protect the others (RFC 5109)
	Loss          float64       // 0 to 1, that the other side last reported
	Jitter        time.Duration // likewise
	// NACKs, PLIs and FIRs are those that the other side sent.
	NACKs, PLIs, FIRs int
}

// AudioIn is the received voice.
type AudioIn struct {
	Packets   int           // that came
	Lost      int           // that never came, and no copy of them either
	Recovered int           // that came as a copy in another (RFC 2198) and not themselves
	Bitrate   int           // bit/s with RTP headers
	Jitter    time.Duration // of the packets' arrival (RFC 3550, 6.4.1)
}

// AudioOut is the sent voice.
type AudioOut struct {
	Packets int
	Copies  int     // of earlier packets, that were sent in them (RFC 2198)
	Bitrate int     // bit/s with RTP headers
	Dropped int     // packets that were too many
	Loss    float64 // 0 to 1, that the other side last reported
}

// Supply is what the connection leaves beside picture and sound.
type Supply struct {
	Available int  // bit/s, as in Stats
	Wanting   bool // the picture would take more
}

// A picture is content with so much of the most that it can use; and what is
// less than half of the estimate asks for no more.
const (
	enough = 0.9
	asking = 0.5
)

// Supply is cheap, for whoever has to ask often.
func (p *Peer) Supply() Supply {
	s := p.bwe.stats()
	target := float64(s.Target)
	return Supply{Available: s.Target, Wanting: !s.Limited && float64(s.Arrived) > asking*target && target < enough*mostBitrate}
}
