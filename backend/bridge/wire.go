package bridge

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"parley/backend/frame"
)

// The messages, as WIRE.md has them. Each is one binary WebSocket message of
// big-endian fields and begins with the version and the type.
//
//	frame   1 1  flags codec sequence:4 written:8 present:8 width:2 height:2 name data
//	clear   1 2  name
//	hello   1 16
//	want    1 17 sequence:4 name
//	report  1 18 outcome sequence:4 name
//	shown   1 19 width:2 height:2 name
//
// A name is one byte of length, 1 to 32, and as many bytes.
const (
	version = 1

	typeFrame  = 1
	typeClear  = 2
	typeHello  = 16
	typeWant   = 17
	typeReport = 18
	typeShown  = 19

	flagKey = 1

	maxName    = 32
	maxFrame   = 4 << 20 // bytes of data
	maxSide    = 4096    // pixels: a few bytes may be a picture of a gigabyte
	maxMessage = 64      // bytes from the page: the longest is 40
)

// outcome is what became of a frame in the page.
type outcome byte

const (
	drawn   outcome = 1 // it is on the canvas
	skipped outcome = 2 // left out: hidden, not attached, no key frame yet, or passed by a later one
	failed  outcome = 3 // the decoder refused it
)

// errMessage is a message that is not in the wire format.
var errMessage = errors.New("malformed bridge message")

// message is one that came from the page: hello, want, report or shown by its type.
type message struct {
	kind          byte
	name          string
	sequence      uint32
	outcome       outcome
	width, height int
}

// parse reads a message of the page. The error wraps errMessage.
func parse(b []byte) (message, error) {
	if len(b) < 2 || len(b) > maxMessage {
		return message{}, fmt.Errorf("%w: %d bytes", errMessage, len(b))
	}
	if b[0] != version {
		return message{}, fmt.Errorf("%w: version %d, ours is %d", errMessage, b[0], version)
	}
	m := message{kind: b[1]}
	b = b[2:]
	switch m.kind {
	case typeHello:
		if len(b) != 0 {
			return message{}, fmt.Errorf("%w: hello with %d bytes more", errMessage, len(b))
		}
		return m, nil
	case typeReport:
		if len(b) == 0 || b[0] < byte(drawn) || b[0] > byte(failed) {
			return message{}, fmt.Errorf("%w: report without an outcome", errMessage)
		}
		m.outcome = outcome(b[0])
		b = b[1:]
	case typeWant, typeShown:
	default:
		return message{}, fmt.Errorf("%w: type %d", errMessage, m.kind)
	}
	if len(b) < 5 {
		return message{}, fmt.Errorf("%w: cut short", errMessage)
	}
	if m.kind == typeShown {
		m.width, m.height = int(binary.BigEndian.Uint16(b)), int(binary.BigEndian.Uint16(b[2:]))
	} else {
		m.sequence = binary.BigEndian.Uint32(b)
	}
	n := int(b[4])
	if n == 0 || n > maxName || len(b) != 5+n {
		return message{}, fmt.Errorf("%w: bad name", errMessage)
	}
	m.name = string(b[5:])
	return m, nil
}

// appendFrame appends a frame message to b.
func appendFrame(b []byte, name string, p packet) []byte {
	var flags byte
	if p.frame.Key {
		flags |= flagKey
	}
	b = append(b, version, typeFrame, flags, wireCodec(p.frame.Codec))
	b = binary.BigEndian.AppendUint32(b, p.sequence)
	b = binary.BigEndian.AppendUint64(b, uint64(p.written.UnixMicro()))
	b = binary.BigEndian.AppendUint64(b, uint64(micros(p.present)))
	b = binary.BigEndian.AppendUint16(b, uint16(p.frame.Width))
	b = binary.BigEndian.AppendUint16(b, uint16(p.frame.Height))
	return append(appendName(b, name), p.frame.Data...)
}

// appendClear appends a clear message to b.
func appendClear(b []byte, name string) []byte {
	return appendName(append(b, version, typeClear), name)
}

func appendName(b []byte, name string) []byte {
	return append(append(b, byte(len(name))), name...)
}

// micros is t in unix µs, and 0 for the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// wireCodec is the codec's number, 0 if it is not one of video.
func wireCodec(c frame.Codec) byte {
	switch c {
	case frame.VP8:
		return 1
	case frame.H264:
		return 2
	case frame.RGBA:
		return 3
	}
	return 0
}

// fits tells whether the frame can be said in a message.
func fits(f frame.Video) bool {
	n := len(f.Data)
	return wireCodec(f.Codec) != 0 && n > 0 && n <= maxFrame && f.Width <= maxSide && f.Height <= maxSide &&
		(f.Codec != frame.RGBA || n == 4*f.Width*f.Height)
}
