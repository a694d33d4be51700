package session

import (
	"time"

	"parley/backend/frame"
	"parley/backend/peer"
	"parley/backend/sound"
)

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
	RTT  float64   `json:"rtt_ms"` // ms; 0 until measured
	Path peer.Path `json:"path"`   // "direct", "relay", or "" until connected
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
	Freezes int         `json:"freezes"` // https://w3c.github.io/webrtc-stats/ freezeCount
}

// VideoOut is our picture.
type VideoOut struct {
	Codec   frame.Codec `json:"codec"`
	Frames  int         `json:"frames"`
	FPS     float64     `json:"fps"`
	Width   int         `json:"width"`   // pixels
	Height  int         `json:"height"`  // pixels
	Bitrate int         `json:"bitrate"` // bit/s
	Target  int         `json:"target"`  // bit/s that the encoder may make
}

// AudioIn is the sound of the other side.
type AudioIn struct {
	Packets int `json:"packets"`
	Level   int `json:"level"` // dBov, 0 to -127 (RFC 6464)
	Lost    int `json:"lost"`  // packets
	Bitrate int `json:"bitrate"`
	Delay   int `json:"delay_ms"` // in the jitter buffer
}

// AudioOut is our sound.
type AudioOut struct {
	Packets int `json:"packets"`
	Level   int `json:"level"` // dBov, 0 to -127
	Bitrate int `json:"bitrate"`
}

func newStats(p peer.Stats, s sound.Stats) Stats {
	var t Stats
	vi, vo := p.Video.In, p.Video.Out
	t.Video.In = VideoIn{vi.Codec, vi.Frames, vi.FPS, vi.Width, vi.Height, vi.Bitrate, vi.Lost, vi.Freezes}
	t.Video.Out = VideoOut{vo.Codec, vo.Frames, vo.FPS, vo.Width, vo.Height, vo.Bitrate, vo.Target}
	t.Audio.In = AudioIn{Packets: p.Audio.In.Packets, Level: s.In.Level, Lost: p.Audio.In.Lost, Bitrate: p.Audio.In.Bitrate, Delay: s.In.Delay}
	t.Audio.Out = AudioOut{Packets: p.Audio.Out.Packets, Level: s.Out.Level, Bitrate: p.Audio.Out.Bitrate}
	t.RTT = float64(p.RTT) / float64(time.Millisecond)
	t.Path, t.Protocol = p.Path, p.Protocol
	return t
}
