package bwe

import (
	"cmp"
	"slices"
	"time"
)

// historySize is how many packets are remembered until they are reported, a
// power of two: 3 s of the shortest at 2.5 Mbit/s.
const historySize = 4096

// Report is what the other side says of one packet.
type Report struct {
	Seq      uint16
	Received bool
	Arrived  time.Duration // on the other side's clock
}

// packet is one that we sent.
type packet struct {
	seq     int64 // unwrapped
	bytes   int
	again   bool
	sent    time.Duration
	arrived time.Duration // on the other side's clock; of a lost one, had it waited as long as the one before it
	cluster int           // the probe that it belongs to; 0 for none
	state   packetState
}

type packetState uint8

const (
	unknown packetState = iota
	missing             // reported not to have come, yet
	arrived
)

// history holds what was sent and not yet reported.
type history struct {
	ring [historySize]packet
	next int64         // the unwrapped sequence number after the last
	near time.Duration // from sending to arrival, of the last one reported to have come
}

// heard is what one report says that is new.
type heard struct {
	arrived []packet // in the order of their arrival
	lost    []packet
	late    []packet // those of arrived that had been reported lost
}

func (h *history) unwrap(seq uint16) int64 { return h.next + int64(int16(seq-uint16(h.next))) }

func (h *history) add(seq uint16, p packet) {
	if h.next == 0 {
		h.next = int64(seq) + 1<<16
	}
	p.seq = h.unwrap(seq)
	h.ring[p.seq&(historySize-1)] = p
	h.next = max(h.next, p.seq+1)
}

// forget drops what is still on its way: its arrival tells nothing any more.
func (h *history) forget() {
	for i := range h.ring {
		h.ring[i].state = arrived
	}
}

// match finds the packets that a report is about. Reports come late, twice, in
// any order, and not at all.
func (h *history) match(reports []Report) (new heard) {
	for _, r := range reports {
		seq := h.unwrap(r.Seq)
		if seq < 0 {
			continue
		}
		p := &h.ring[seq&(historySize-1)]
		if p.seq != seq || p.bytes == 0 || p.state == arrived {
			continue
		}
		switch {
		case r.Received:
			if p.state == missing && !p.again {
				new.late = append(new.late, *p)
			}
			p.state, p.arrived = arrived, r.Arrived
			h.near = p.arrived - p.sent
			new.arrived = append(new.arrived, *p)
		case p.state == unknown:
			p.state, p.arrived = missing, p.sent+h.near
			if !p.again {
				new.lost = append(new.lost, *p)
			}
		}
	}
	slices.SortStableFunc(new.arrived, func(a, b packet) int { return cmp.Compare(a.arrived, b.arrived) })
	return new
}
