package peer

import (
	"encoding/binary"

	"github.com/pion/rtp/codecs"

	"parley/backend/frame"
)

// vp8Key reads the frame header of a VP8 frame (RFC 6386, 9.1): whether it is
// a key frame, and of which size in pixels.
func vp8Key(data []byte) (width, height int, key bool) {
	if len(data) < 10 || data[0]&1 != 0 || data[3] != 0x9d || data[4] != 0x01 || data[5] != 0x2a {
		return 0, 0, false
	}
	return int(binary.LittleEndian.Uint16(data[6:]) & 0x3fff), int(binary.LittleEndian.Uint16(data[8:]) & 0x3fff), true
}

// startsKey tells whether an RTP payload begins a key frame: a VP8 frame whose
// first bit is 0 (RFC 7741, 4.3), or H.264's parameter sets.
func startsKey(codec frame.Codec, payload []byte) bool {
	if len(payload) == 0 {
		return false
	}
	switch codec {
	case frame.VP8:
		var p codecs.VP8Packet
		data, err := p.Unmarshal(payload)
		return err == nil && p.S == 1 && p.PID == 0 && len(data) > 0 && data[0]&1 == 0
	case frame.H264:
		nal := payload[0]
		if nal&0x1f == nalSTAPA && len(payload) > 3 {
			nal = payload[3] // the first one aggregated (RFC 6184, 5.7.1)
		}
		return nal&0x1f == nalSPS
	}
	return false
}
