package bwe

import (
	"time"

	"github.com/pion/rtcp"
)

// The transport-wide feedback's units
// (draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1).
const (
	referenceUnit = 64 * time.Millisecond
	referenceBits = 24
)

// Decoder reads transport-wide feedback. Its zero value is ready.
type Decoder struct {
	last  int64 // reference time, unwrapped
	begun bool
}

// Decode gives what a feedback packet says of each packet that it is about. Of
// one that is cut short or contradicts itself it gives what there is.
func (d *Decoder) Decode(f *rtcp.TransportLayerCC) []Report {
	const span = 1 << referenceBits
	reference := int64(f.ReferenceTime) & (span - 1)
	if d.begun {
		step := (reference - d.last) & (span - 1)
		if step >= span/2 {
			step -= span
		}
		reference = d.last + step
	}
	d.last, d.begun = reference, true

	at := time.Duration(reference) * referenceUnit
	seq, left, deltas := f.BaseSequenceNumber, int(f.PacketStatusCount), f.RecvDeltas
	reports := make([]Report, 0, min(left, historySize))
	note := func(symbol uint16) bool {
		r := Report{Seq: seq}
		if symbol == rtcp.TypeTCCPacketReceivedSmallDelta || symbol == rtcp.TypeTCCPacketReceivedLargeDelta {
			if len(deltas) == 0 {
				return false
			}
			at += time.Duration(deltas[0].Delta) * time.Microsecond
			deltas = deltas[1:]
			r.Received, r.Arrived = true, at
		}
		reports = append(reports, r)
		seq++
		left--
		return left > 0
	}
	for _, chunk := range f.PacketChunks {
		switch c := chunk.(type) {
		case *rtcp.RunLengthChunk:
			for range c.RunLength {
				if left <= 0 || !note(c.PacketStatusSymbol) {
					return reports
				}
			}
		case *rtcp.StatusVectorChunk:
			for _, symbol := range c.SymbolList {
				if left <= 0 || !note(symbol) {
					return reports
				}
			}
		}
	}
	return reports
}
