// Package frame holds the pictures and sounds that media, sound, peer and bridge
// hand each other. It knows nothing of where they come from or go to.
package frame

import "time"

// Codec names how a frame is encoded, as in the "encoding name" of its media
// type (RFC 6838), in lower case.
type Codec string

// The codecs that Parley sends and receives.
const (
	VP8  Codec = "vp8"  // RFC 6386
	H264 Codec = "h264" // ITU-T H.264, constrained baseline
	Opus Codec = "opus" // RFC 6716, 48 kHz
	// RGBA is a picture as it is: a byte each of red, green, blue and opacity,
	// row by row without a gap. It goes to our own page only.
	RGBA Codec = "rgba"
)

// Video is one whole picture, encoded but for RGBA. Data must not be changed once the frame
// was handed on: several readers share it.
type Video struct {
	Codec Codec
	// Data is one VP8 frame, one H.264 access unit in Annex B form whose key
	// frames carry their parameter sets, or the pixels of RGBA.
	Data []byte
	// Key tells that the frame decodes without any other.
	Key bool
	// Width and Height are pixels; of a received delta frame, those of the
	// last key frame.
	Width, Height int
	// Timestamp is in RTP ticks of 90 kHz.
	Timestamp uint32
	// Captured is when the picture was taken, on the sender's clock; of a
	// received frame it is zero until the first RTCP sender report
	// (RFC 3550, 6.4.1).
	Captured time.Time
	// Due is when to show a received frame, on our clock, so that one that packets
	// are sent again for is in time as well; zero is at once.
	Due time.Time
}

// Audio is one Opus packet.
type Audio struct {
	Data []byte
	// Sequence is the RTP sequence number of a received packet.
	Sequence uint16
	// Timestamp is in RTP ticks of 48 kHz.
	Timestamp uint32
	// Captured is when the packet's first sample was taken, on the sender's
	// clock; of a received packet it is zero until the first RTCP sender report.
	Captured time.Time
	// Arrived is when a received packet came in, on our clock.
	Arrived time.Time
}
