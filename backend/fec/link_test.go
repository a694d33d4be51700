package fec

import (
	"math/rand/v2"
	"testing"
	"time"
)

// losses loses packets as l says (E. N. Gilbert; see beyond).
func (l Link) losses(seed uint64) func() bool {
	dice, bad := rand.New(rand.NewPCG(seed, 1)), false
	return func() bool {
		if l.Burst <= 1 {
			return dice.Float64() < l.Loss
		}
		if bad {
			bad = dice.Float64() >= 1/l.Burst
		} else {
			bad = dice.Float64() < l.Loss/(1-l.Loss)/l.Burst
		}
		return bad
	}
}

// course is how a stream of pictures with parity went.
type course struct {
	parity int
	late   [4]int // pictures that were not whole when this many after them had come
}

// over sends pictures of so many packets over the link, with as much parity as it
// calls for, and sends nothing again.
func over(l Link, packets, pictures int, seed uint64) (c course) {
	lost := l.losses(seed)
	var s Sender
	var r Receiver
	seq, owed := uint16(0), 0.0
	missing := map[uint16]int{} // the pictures of packets that did not come yet
	open := map[int]int{}       // how many packets a picture misses
	came := func(all [][]byte) {
		for _, packet := range all {
			if at, ok := missing[number(packet)]; ok {
				delete(missing, number(packet))
				open[at]--
			}
		}
	}
	for at := range pictures {
		var whole [][]byte
		for range packets {
			packet := rtpPacket(0x80, 96, seq, uint32(at), 4)
			whole = append(whole, packet)
			s.Sent(packet)
			missing[seq] = at
			seq++
		}
		open[at] = packets
		owed += l.Ratio(packets, false) * float64(packets)
		count := int(owed)
		owed -= float64(count)
		payloads := s.Parity(count)
		for _, packet := range whole {
			if !lost() {
				came(append(r.Media(packet), packet))
			}
		}
		for _, payload := range payloads {
			seq++
			c.parity++
			if !lost() {
				back, _ := r.Parity(payload)
				came(back)
			}
		}
		for after := range c.late {
			if open[at-after] > 0 {
				c.late[after]++
			}
		}
	}
	return c
}

// What comes back in time, at the parity that Ratio gives: the same seed loses the
// same, so that nothing but a change of what is sent, or made of it, changes this.
func TestPicturesComeBack(t *testing.T) {
	const pictures, far = 4000, 200 * time.Millisecond
	for _, x := range []struct {
		name    string
		link    Link
		packets int
		parity  float64    // packets of it for one of a picture, at most
		late    [4]float64 // pictures, at most, that are not whole at once, and one, two and three later
	}{
		// Without parity they are 0.146, 0.334, 0.517, 0.196, 0.192 and 0.139.
		{"2 %", Link{far, 0.02, 1}, 8, 0.161, [4]float64{0.0140, 0.0080, 0.0040, 0.0030}},
		{"5 %", Link{far, 0.05, 1}, 8, 0.376, [4]float64{0.0380, 0.0070, 0.0016, 0.0003}},
		{"10 %", Link{far, 0.10, 1}, 7, 0.5, [4]float64{0.1120, 0.0280, 0.0080, 0.0010}},
		{"10 % of small ones", Link{far, 0.10, 1}, 2, 0.5, [4]float64{0.0380, 0.0250, 0.0170, 0.0110}},
		{"10 % in bursts", Link{far, 0.10, 5}, 6, 0.5, [4]float64{0.1360, 0.1070, 0.0790, 0.0570}},
		{"10 % of small ones in bursts", Link{far, 0.10, 5}, 3, 0.5, [4]float64{0.1210, 0.1100, 0.0950, 0.0790}},
	} {
		c := over(x.link, x.packets, pictures, 1)
		for after, n := range c.late {
			if got := float64(n) / pictures; got > x.late[after] {
				t.Errorf("%s: %.4f of the pictures are not whole %d later", x.name, got, after)
			}
		}
		if got := float64(c.parity) / (pictures * float64(x.packets)); got > x.parity {
			t.Errorf("%s: %.3f packets of parity for one", x.name, got)
		}
	}
}
