package peer

import "parley/backend/frame"

// audioReceiver takes the packets of the other side's voice apart where they
// carry copies, and hands each Opus packet on once.
type audioReceiver struct {
	peer    *Peer
	formats map[uint8]frame.Codec
	clock   *senderClock
	ssrc    uint32
	once    once
}

func (a *audioReceiver) take(f received) {
	blocks := []redBlock{{timestamp: f.timestamp, data: f.payload}}
	if f.codec == red {
		var ok bool
		if blocks, ok = splitRED(f.payload, f.timestamp); !ok {
			return
		}
	}
	for i, b := range blocks {
		before := len(blocks) - 1 - i // packets: a copy has no number of its own
		if f.codec == red && a.formats[b.pt] != frame.Opus || len(b.data) == 0 || before >= onceWindow ||
			before > 0 && b.timestamp == f.timestamp {
			continue
		}
		seq := f.seq - uint16(before)
		if !a.once.pass(seq, before > 0) || a.peer.handlers.Audio == nil || a.peer.isClosed() || a.peer.held.Load() {
			continue
		}
		a.peer.handlers.Audio(frame.Audio{Data: b.data, Sequence: seq, Timestamp: b.timestamp,
			Captured: a.clock.at(b.timestamp, a.ssrc), Arrived: f.arrived})
	}
	a.peer.in.mu.Lock()
	a.peer.in.recovered = a.once.recovered
	a.peer.in.mu.Unlock()
}
