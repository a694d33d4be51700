package fec

import (
	"encoding/binary"
	"math/rand/v2"
)

// together is how many pictures one packet of parity protects, the last one sent
// and those before it: what a run of losses took together with its own parity
// comes back with the next ones, a picture or two later.
const together = 5

// Sender makes the parity of one RTP stream. Its zero value is ready; it is not
// safe for use from several goroutines.
type Sender struct {
	old   [][][]byte // the packets of the pictures that had parity, the newest last
	fresh [][][]byte // of those since
	on    bool       // the last of these is being sent
}

// Sent notes a packet of the picture that is being sent, in order. It keeps packet.
func (s *Sender) Sent(packet []byte) {
	if !s.on {
		s.fresh, s.on = append(s.fresh, nil), true
	}
	last := len(s.fresh) - 1
	s.fresh[last] = append(s.fresh[last], packet)
}

// Forget begins anew: what was sent so far is not to be protected any more.
func (s *Sender) Forget() { *s = Sender{} }

// Parity ends a picture, and gives the payloads of at most n packets of parity,
// which are to follow it before the next one begins. What had no parity yet is
// protected with it, as far as the mask reaches.
func (s *Sender) Parity(n int) (payloads [][]byte) {
	if !s.on {
		return nil
	}
	s.on = false
	if n == 0 {
		s.fresh = s.fresh[max(0, len(s.fresh)-Span):] // at one packet each the mask reaches no further
		return nil
	}
	picture := s.fresh[len(s.fresh)-1]
	if parts := (len(picture) + Span - 1) / Span; parts > 1 {
		for i := range parts {
			part := picture[i*len(picture)/parts : (i+1)*len(picture)/parts]
			payloads = append(payloads, protect(nil, [][][]byte{part}, n*(i+1)/parts-n*i/parts)...)
		}
	} else {
		payloads = protect(s.old, s.fresh, n)
	}
	s.old, s.fresh = append(s.old, s.fresh...), nil
	s.old = s.old[max(0, len(s.old)-together+1):]
	return payloads
}

// protect makes at most n payloads that protect the pictures, oldest first. Of the
// fresh ones each takes the next packet in turn, so that a run of n losses costs each
// of them one. Of the old ones each takes half, by lot: whatever was lost, what n
// payloads of one picture cannot tell apart those of the next most likely can. Sums
// of all of them at random would tell as much, but whoever cannot solve equations,
// as browsers, gets from these what was lost last.
func protect(old, fresh [][][]byte, n int) (payloads [][]byte) {
	if n == 0 {
		return nil
	}
	last := fresh[len(fresh)-1]
	end := number(last[len(last)-1])
	rows := make([][][]byte, n)
	reached := func(packet []byte) bool { return end-number(packet) < Span }
	for _, picture := range old {
		for _, packet := range picture {
			lots := rand.NewPCG(uint64(end), uint64(number(packet))).Uint64() // always the same
			for i := range rows {
				if lots>>i&1 == 1 && reached(packet) {
					rows[i] = append(rows[i], packet)
				}
			}
		}
	}
	turn := 0
	for _, picture := range fresh {
		for _, packet := range picture {
			if reached(packet) {
				rows[turn%n] = append(rows[turn%n], packet)
				turn++
			}
		}
	}
	for _, packets := range rows {
		if len(packets) > 0 {
			payloads = append(payloads, combine(packets))
		}
	}
	return payloads
}

// combine is the parity of the packets, oldest first.
func combine(packets [][]byte) []byte {
	p := parity{base: number(packets[0])}
	for _, packet := range packets {
		p.mask |= 1 << (number(packet) - p.base)
		p.xor.add(packet)
	}
	return p.marshal()
}

func number(packet []byte) uint16 { return binary.BigEndian.Uint16(packet[2:]) }
