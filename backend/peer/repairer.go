package peer

import (
	"maps"
	"slices"
	"time"

	"github.com/pion/rtp"

	"parley/backend/fec"
	"parley/backend/frame"
)

const (
	// parityComes is how long a missing packet is left to the parity that follows
	// its picture, before it is asked for: the pace spreads a picture over less.
	parityComes = 20 * time.Millisecond
	// parityLasts is how long after the last parity more is expected.
	parityLasts = time.Second
)

// repairer takes the packets of a picture out of RED, and makes lost ones again
// where there is parity.
type repairer struct {
	formats map[uint8]frame.Codec
	parity  bool // it was agreed on
	fec     fec.Receiver
	last    time.Time // parity came
}

func newRepairer(formats map[uint8]frame.Codec) *repairer {
	return &repairer{formats: formats, parity: slices.Contains(slices.Collect(maps.Values(formats)), parity)}
}

// take gives the packets to go on with: f, without a payload if it is none of a
// picture, and those that were lost and came back by it.
func (r *repairer) take(f received) []received {
	if f.codec == red && !r.open(&f) {
		f.codec, f.payload, f.marker = parity, nil, false
	}
	var back [][]byte
	switch {
	case len(f.payload) == 0: // padding, or nothing that we know
	case f.codec == parity:
		back, _ = r.fec.Parity(f.payload) // what is malformed protects nothing
		r.last, f.payload, f.marker = f.arrived, nil, false
	case r.parity:
		back = r.fec.Media(f.packet)
	}
	packets := []received{f}
	for _, packet := range back {
		if b, ok := r.read(packet, f.arrived); ok {
			packets = append(packets, b)
		}
	}
	return packets
}

// open takes a packet out of RED, in place. It is false where there is not one
// block in it that we know: nobody sends more beside parity.
func (r *repairer) open(f *received) bool {
	blocks, ok := splitRED(f.payload, f.timestamp)
	if !ok || len(blocks) != 1 || r.formats[blocks[0].pt] == red {
		return false
	}
	header := len(f.packet) - len(f.payload)
	copy(f.packet[1:], f.packet[:header])
	f.packet = f.packet[1:]
	f.packet[1] = f.packet[1]&0x80 | blocks[0].pt
	f.codec, f.payload = r.formats[blocks[0].pt], blocks[0].data
	return f.codec != ""
}

// read reads a packet that came back.
func (r *repairer) read(packet []byte, now time.Time) (received, bool) {
	var h rtp.Header
	start, err := h.Unmarshal(packet)
	if codec := r.formats[h.PayloadType]; err == nil && codec != "" && codec != red && codec != parity && start < len(packet) {
		return received{codec: codec, seq: h.SequenceNumber, timestamp: h.Timestamp, marker: h.Marker, payload: packet[start:], arrived: now, restored: true}, true
	}
	return received{}, false
}

// patience is how long a packet may be missing before it is asked for.
func (r *repairer) patience(now time.Time) time.Duration {
	if r.last.IsZero() || now.Sub(r.last) > parityLasts {
		return 0
	}
	return parityComes
}
