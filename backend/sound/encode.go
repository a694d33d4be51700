package sound

import (
	"parley/backend/frame"
	"parley/backend/sound/opus"
)

// Bitrate is what a voice is encoded with where SetBitrate says nothing, bit/s as a
// mean.
const Bitrate = 32_000

const (
	// complexity 5 takes two thirds of the CPU of libopus' default, 9, for a
	// voice that few could tell apart.
	complexity = 5
	// DTX is for silence: quiet is -55 dBov as mean square of full scale, which
	// must last for quietSamples, half a second. (libopus takes a steady tone for
	// silence too.)
	quiet        = 3e-6
	quietSamples = rate / 2
	// dtxSize is a packet that says nothing but "still silent", in bytes.
	dtxSize = 2
)

// encode makes packets of the captured blocks until Close.
func (s *Sound) encode() {
	defer close(s.encoding)
	defer s.encoder.Close()
	var (
		room   [opus.LongFrame]int16
		pcm    = room[:opus.FrameSize] // of the packet under way
		filled int
		first  block
		loss   int32
		rate   int32 = Bitrate
		muted  bool
		silent int  // samples without a sound so far
		still  bool // it is silent for long enough
		dtx    bool // the last packet was DTX
	)
	for {
		var b block
		select {
		case <-s.done:
			return
		case b = <-s.blocks:
		}
		if filled > 0 && b.timestamp != first.timestamp+uint32(filled) {
			filled = 0 // a block was dropped in between
		}
		if filled == 0 {
			first, pcm = b, room[:opus.FrameSize]
			if s.long.Load() {
				pcm = room[:]
			}
		}
		filled += copy(pcm[filled:], b.pcm[:])
		if filled < len(pcm) {
			continue
		}
		filled = 0
		if now := s.loss.Load(); now != loss {
			loss = now
			s.warn("set expected loss", s.encoder.SetLoss(int(loss)))
		}
		if now := s.bitrate.Load(); now != rate {
			rate = now
			s.warn("set bitrate", s.encoder.SetBitrate(int(rate)))
		}
		if now := s.muted.Load(); now != muted {
			muted = now
			if muted { // the encoder looks 6.5 ms ahead: those are not to leave either
				s.warn("mute", s.encoder.Reset())
				silent = quietSamples - len(pcm)
			}
		}
		if muted {
			clear(pcm)
		}
		if power(pcm) > quiet {
			silent = 0
		} else {
			silent = min(silent+len(pcm), quietSamples)
		}
		if now := silent == quietSamples; now != still {
			still = now
			s.warn("set DTX", s.encoder.SetDTX(still))
		}
		packet := make([]byte, opus.MaxPacket)
		n, err := s.encoder.Encode(pcm, packet)
		if err != nil {
			s.warn("encode sound", err)
			continue
		}
		// Of a silence only its first packet is sent, and libopus' refresh each
		// 400 ms, which is larger.
		again := dtx && n <= dtxSize
		dtx = n <= dtxSize
		if again {
			continue
		}
		s.packetsOut.Add(1)
		if s.out != nil {
			s.out(frame.Audio{Data: packet[:n:n], Timestamp: first.timestamp, Captured: first.captured})
		}
	}
}

func (s *Sound) warn(op string, err error) {
	if err != nil {
		s.log.Warn(op, "error", err)
	}
}
