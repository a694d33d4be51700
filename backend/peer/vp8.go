package peer

import (
	"encoding/binary"
	"slices"

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

// startsFrame tells whether an RTP payload begins a VP8 frame; of other codecs it
// is not asked.
func startsFrame(codec frame.Codec, payload []byte) bool {
	var p codecs.VP8Packet
	_, err := p.Unmarshal(payload)
	return codec == frame.VP8 && err == nil && p.S == 1 && p.PID == 0
}

// vp8Payloader cuts frames into RTP payloads (RFC 7741, 4.2), each with its
// frame's picture ID of 15 bits: by them a receiver knows that what it misses
// between two frames was padding. pion's leaves out the ID that is 0, of the
// first frame and of each 32768th, and Chromium, which takes a frame with an ID
// and one without for two unrelated series, then shows nothing up to the next
// key frame.
type vp8Payloader struct{ pictureID uint16 }

const vp8DescriptorSize = 4

func (p *vp8Payloader) Payload(mtu uint16, data []byte) (payloads [][]byte) {
	const extended, start, hasID, long = 0x80, 0x10, 0x80, 0x80
	first := byte(start)
	most := int(mtu) - vp8DescriptorSize
	packets := max(1, (len(data)+most-1)/most)
	// All about as long: the parity of packets is as long as the longest.
	for part := range slices.Chunk(data, max(1, (len(data)+packets-1)/packets)) {
		descriptor := []byte{extended | first, hasID, long | byte(p.pictureID>>8), byte(p.pictureID)}
		payloads = append(payloads, append(descriptor, part...))
		first = 0
	}
	p.pictureID = (p.pictureID + 1) & 0x7fff
	return payloads
}

// follows tells whether an RTP payload begins the VP8 frame after the one of
// this picture ID.
func follows(id uint16, payload []byte) bool {
	var p codecs.VP8Packet
	if _, err := p.Unmarshal(payload); err != nil || p.S != 1 || p.PID != 0 || p.I != 1 {
		return false
	}
	bits := uint16(0x7f)
	if payload[2]&0x80 != 0 {
		bits = 0x7fff
	}
	return (p.PictureID-id)&bits == 1
}
