package session

import (
	"time"

	"parley/backend/call"
	"parley/backend/peer"
	"parley/backend/sound"
)

// newStats are those of the connection and of the sound devices.
func newStats(p peer.Stats, s sound.Stats) call.Stats {
	var t call.Stats
	vi, vo, ai, ao := p.Video.In, p.Video.Out, p.Audio.In, p.Audio.Out
	t.Video.In = call.VideoIn{
		Codec: vi.Codec, Frames: vi.Frames, FPS: vi.FPS, Width: vi.Width, Height: vi.Height,
		Bitrate: vi.Bitrate, Lost: vi.Lost, Recovered: vi.Recovered, Dropped: vi.Dropped, Jitter: ms(vi.Jitter), NACKs: vi.NACKs, PLIs: vi.PLIs, Freezes: vi.Freezes,
	}
	t.Video.Out = call.VideoOut{
		Codec: vo.Codec, Frames: vo.Frames, FPS: vo.FPS, Width: vo.Width, Height: vo.Height,
		Bitrate: vo.Bitrate, Target: vo.Target, Dropped: vo.Dropped, Backlog: ms(vo.Backlog),
		Resent: vo.Resent, Parity: vo.Parity, Loss: vo.Loss, Jitter: ms(vo.Jitter), NACKs: vo.NACKs, PLIs: vo.PLIs,
	}
	t.Audio.In = call.AudioIn{Packets: ai.Packets, Level: s.In.Level, Lost: ai.Lost, Bitrate: ai.Bitrate, Jitter: ms(ai.Jitter), Delay: s.In.Delay, Target: s.In.Target,
		Samples: int(s.In.Samples), Concealed: int(s.In.Concealed), Silent: int(s.In.Silent)}
	t.Audio.Out = call.AudioOut{Packets: ao.Packets, Level: s.Out.Level, Bitrate: ao.Bitrate, Loss: ao.Loss}
	t.RTT, t.Queue = ms(p.RTT), ms(p.Queue)
	t.Available, t.Loss, t.Probes, t.Probed = p.Available, p.Loss, p.Probes, p.Probed
	t.Path, t.Protocol = string(p.Path), p.Protocol
	return t
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
