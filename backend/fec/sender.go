package fec

import "encoding/binary"

// together is how many pictures one packet of parity protects, the last one sent
// and those before it: what a run of losses took together with its own parity
// comes back with the next ones, a picture or two later.
const together = 3

// Sender makes the parity of one RTP stream. Its zero value is ready; it is not
// safe for use from several goroutines.
type Sender struct {
	pictures [][][]byte // their packets, the newest picture last
	begun    bool       // the last one is being sent
}

// Sent notes a packet of the picture that is being sent, in order. It keeps packet.
func (s *Sender) Sent(packet []byte) {
	if !s.begun {
		s.pictures, s.begun = append(s.pictures, nil), true
	}
	last := len(s.pictures) - 1
	s.pictures[last] = append(s.pictures[last], packet)
}

// Forget begins anew: what was sent so far is not to be protected any more.
func (s *Sender) Forget() { *s = Sender{} }

// Parity ends a picture, and gives the payloads of at most n packets of parity,
// which are to follow it before the next one begins. What had no parity yet is
// protected with it, as far as the mask reaches.
func (s *Sender) Parity(n int) (payloads [][]byte) {
	if !s.begun {
		return nil
	}
	s.begun = false
	last := len(s.pictures) - 1
	picture := s.pictures[last]
	if parts := (len(picture) + Span - 1) / Span; parts > 1 {
		for i := range parts {
			part := picture[i*len(picture)/parts : (i+1)*len(picture)/parts]
			payloads = append(payloads, protect([][][]byte{part}, n*(i+1)/parts-n*i/parts)...)
		}
	} else {
		payloads = protect(s.pictures, n)
	}
	keep := Span // at one packet each the mask reaches no further
	if n > 0 {
		keep = together - 1
	}
	s.pictures = s.pictures[max(0, len(s.pictures)-keep):]
	return payloads
}

// protect makes at most n payloads that protect the pictures, oldest first.
func protect(pictures [][][]byte, n int) (payloads [][]byte) {
	if n == 0 {
		return nil
	}
	newest := pictures[len(pictures)-1]
	end := number(newest[len(newest)-1])
	rows := make([][][]byte, n)
	for at, picture := range pictures {
		for i, packet := range picture {
			if end-number(packet) >= Span {
				continue
			}
			r := row(len(pictures)-1-at, i, len(picture), n)
			rows[r] = append(rows[r], packet)
		}
	}
	for _, packets := range rows {
		if len(packets) > 0 {
			payloads = append(payloads, combine(packets))
		}
	}
	return payloads
}

// row is the packet of parity, of n, that protects the i-th of a picture's
// packets. Within a picture each takes the next one in turn, so that a run of n
// losses costs each of them one packet. In those that follow, the same packets
// stand together otherwise: what two losses in one row hide is found in another.
func row(age, i, packets, n int) int {
	switch age {
	case 0:
		return i % n
	case 1:
		return (i + i/n) % n
	}
	return i * n / packets
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
