package fec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// rtpPacket makes a packet with length bytes after the fixed header.
func rtpPacket(first, second byte, seq uint16, timestamp uint32, length int) []byte {
	p := make([]byte, fixedHeader+length)
	_, _ = rand.NewChaCha8([32]byte{byte(seq), byte(seq >> 8)}).Read(p[fixedHeader:])
	p[0], p[1] = first, second
	binary.BigEndian.PutUint16(p[2:], seq)
	binary.BigEndian.PutUint32(p[4:], timestamp)
	binary.BigEndian.PutUint32(p[8:], 2) // SSRC
	return p
}

// The example of RFC 5109, section 10.1: four packets and what protects them.
func TestExampleOfTheRFC(t *testing.T) {
	media := [][]byte{
		rtpPacket(0x80, 0x80|11, 8, 3, 200),
		rtpPacket(0x80, 18, 9, 5, 140),
		rtpPacket(0x80, 0x80|11, 10, 7, 100),
		rtpPacket(0x80, 18, 11, 9, 340),
	}
	payload := combine(media)
	want := []byte{
		0, 0, // E, L, P, X, CC, M and PT
		0, 8, // SN base
		0, 0, 0, 8, // TS recovery
		0x01, 0x74, // length recovery: 372
		0x01, 0x54, // protection length: 340
		0xf0, 0, // mask
	}
	if !bytes.Equal(payload[:len(want)], want) {
		t.Errorf("% x, not % x", payload[:len(want)], want)
	}
	if len(payload) != len(want)+340 {
		t.Errorf("%d bytes", len(payload))
	}
	for lost := range media {
		var r Receiver
		for i, packet := range media {
			if i != lost {
				r.Media(packet)
			}
		}
		back, err := r.Parity(payload)
		if err != nil || len(back) != 1 || !bytes.Equal(back[0], media[lost]) {
			t.Errorf("packet %d lost: %d came back, %v", lost, len(back), err)
		}
	}
}

// The long mask reaches the 48th packet, and the header's bits come back, also
// over the end of the sequence numbers.
func TestLongMask(t *testing.T) {
	const first = 65520
	media := [][]byte{rtpPacket(0x90, 96, first, 1, 0), rtpPacket(0xb1, 0x80|97, (first+Span-1)&0xffff, 0xffffffff, 1200)}
	payload := combine(media)
	if got := payload[:2]; !bytes.Equal(got, []byte{0x40 | 0x21, 0x80 | 1}) {
		t.Errorf("begins with % x", got)
	}
	if got := payload[12:18]; !bytes.Equal(got, []byte{0x80, 0, 0, 0, 0, 1}) {
		t.Errorf("the mask is % x", got)
	}
	for lost := range media {
		var r Receiver
		r.Media(media[1-lost])
		if back, err := r.Parity(payload); err != nil || len(back) != 1 || !bytes.Equal(back[0], media[lost]) {
			t.Errorf("packet %d lost: %d came back, %v", lost, len(back), err)
		}
	}
}

func TestMalformed(t *testing.T) {
	good := combine([][]byte{rtpPacket(0x80, 96, 5, 1, 20), rtpPacket(0x80, 96, 40, 1, 20)})
	change := func(at int, to byte) []byte {
		c := slices.Clone(good)
		c[at] = to
		return c
	}
	for name, payload := range map[string][]byte{
		"empty":                    {},
		"cut in the header":        good[:13],
		"cut in the mask":          good[:17],
		"cut in what it protects":  good[:30],
		"protects more than it is": change(10, 1),
		"an extension":             change(0, good[0]|0x80),
		"protects one byte more":   change(11, good[11]+1),
		"an extension, short mask": append([]byte{0x80}, combine([][]byte{rtpPacket(0x80, 96, 5, 1, 20)})[1:]...),
		"protects nothing":         append(make([]byte, fecHeader+levelHeader), 1, 2, 3),
	} {
		r := Receiver{started: true}
		if back, err := r.Parity(payload); !errors.Is(err, ErrMalformed) || back != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A length that cannot be is not a packet.
	for _, tooLong := range [][]byte{change(8, 0xff), change(9, 20^21)} {
		var r Receiver
		r.Media(rtpPacket(0x80, 96, 5, 1, 20))
		if back, err := r.Parity(tooLong); err != nil || back != nil {
			t.Errorf("too long: %d packets, %v", len(back), err)
		}
	}
}

// Parity that cannot be right does not stand before what comes later.
func TestMalformedAmongOthers(t *testing.T) {
	packet := func(seq uint16) []byte { return rtpPacket(0x80, 96, seq, 1, 20) }
	wrong := combine([][]byte{packet(9)})
	wrong[8] = 0xff
	var r Receiver
	r.Media(packet(1))
	for _, payload := range [][]byte{combine([][]byte{packet(2), packet(3)}), wrong} {
		if back, err := r.Parity(payload); err != nil || back != nil {
			t.Fatal(len(back), err)
		}
	}
	if back := r.Media(packet(3)); len(back) != 1 || !bytes.Equal(back[0], packet(2)) {
		t.Errorf("%d packets", len(back))
	}
}

// More packets are missing than there are columns: what does not fit waits.
func TestManyMissing(t *testing.T) {
	packet := func(seq uint16) []byte { return rtpPacket(0x80, 96, seq, 1, 20) }
	var r Receiver
	r.Media(packet(0))
	pairs := [][2]uint16{{64, 65}}
	for seq := uint16(1); seq < 64; seq += 2 {
		pairs = append(pairs, [2]uint16{seq, seq + 1})
	}
	for _, pair := range pairs {
		if back, err := r.Parity(combine([][]byte{packet(pair[0]), packet(pair[1])})); err != nil || back != nil {
			t.Fatal(len(back), err)
		}
	}
	if back := r.Media(packet(65)); len(back) != 2 || !bytes.Equal(back[0], packet(64)) || !bytes.Equal(back[1], packet(63)) {
		t.Errorf("%d packets", len(back))
	}
}

// Of packets that are protected in part (RFC 5109, 7.4: a level for their beginnings,
// another for the rest) none comes back that could be another.
func TestPartlyProtected(t *testing.T) {
	media := [][]byte{rtpPacket(0x80, 96, 1, 1, 60), rtpPacket(0x80, 96, 2, 1, 20), rtpPacket(0x80, 96, 3, 1, 30)}
	whole := combine(media)
	const level = 40
	payload := slices.Clone(whole[:fecHeader+levelHeader+level])
	payload[11] = level
	payload = append(append(payload, 0, 20, 0xe0, 0), whole[fecHeader+levelHeader+level:]...) // the second level
	for lost := range media {
		var r Receiver
		for i, packet := range media {
			if i != lost {
				r.Media(packet)
			}
		}
		if back, err := r.Parity(payload); err != nil || back != nil {
			t.Errorf("packet %d lost: %d came back, %v", lost, len(back), err)
		}
	}
}

// What reaches no further than the short mask has that one.
func TestShortMask(t *testing.T) {
	for last, header := range map[uint16]int{15: fecHeader + levelHeader, 16: Overhead} {
		if got := len(combine([][]byte{rtpPacket(0x80, 96, 0, 1, 0), rtpPacket(0x80, 96, last, 1, 0)})); got != header {
			t.Errorf("up to %d: a header of %d bytes", last, got)
		}
	}
}

// sent is a stream of pictures with their parity, in order of sending.
type sent struct {
	packet  []byte // nil of parity
	payload []byte
}

const firstSent = 65500

func stream(s *Sender, pictures []int, count func(picture, packets int) int) (out []sent) {
	seq := uint16(firstSent)
	for at, packets := range pictures {
		for i := range packets {
			marker := byte(96)
			if i == packets-1 {
				marker |= 0x80
			}
			p := rtpPacket(0x80, marker, seq, uint32(at*3000), 1+(int(seq)*37+i)%50)
			seq++
			s.Sent(p)
			out = append(out, sent{packet: p})
		}
		for _, payload := range s.Parity(count(at, packets)) {
			seq++
			out = append(out, sent{payload: payload})
		}
	}
	return out
}

// Whatever is lost and in whatever order the rest comes: all comes back bit by bit
// that the masks allow, and nothing else.
func TestRecoversWhatTheMasksAllow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pictures := rapid.SliceOfN(rapid.IntRange(1, 12), 1, 8).Draw(t, "pictures")
		ratio := rapid.Float64Range(0, 1).Draw(t, "ratio")
		lost := rapid.SliceOfN(rapid.IntRange(0, 99), 300, 300).Draw(t, "luck")
		mostLost := rapid.IntRange(0, 60).Draw(t, "percent lost")
		late := rapid.IntRange(0, 8).Draw(t, "packets late")
		var s Sender
		owed := 0.0
		all := stream(&s, pictures, func(_, packets int) int {
			owed += ratio * float64(packets)
			n := int(owed)
			owed -= float64(n)
			return n
		})
		have, want := map[uint16]bool{}, map[uint16][]byte{}
		var masks [][]uint16
		var came []sent
		for i, x := range all {
			if x.packet != nil {
				want[number(x.packet)] = x.packet
			}
			if lost[i] < mostLost && i > 0 {
				continue
			}
			at := max(min(1, len(came)), len(came)-lost[i]*late/99) // the first one tells where the stream begins
			came = slices.Insert(came, at, x)
			if x.packet != nil {
				have[number(x.packet)] = true
				continue
			}
			masks = append(masks, protectedBy(t, x.payload))
		}
		got := map[uint16]bool{}
		var r Receiver
		for _, x := range came {
			var back [][]byte
			var err error
			if x.packet != nil {
				back = append(r.Media(x.packet), x.packet)
			} else if back, err = r.Parity(x.payload); err != nil {
				t.Fatal(err)
			}
			for _, packet := range back {
				if !bytes.Equal(packet, want[number(packet)]) {
					t.Fatalf("packet %d came back as another", number(packet))
				}
				got[number(packet)] = true
			}
		}
		recovered := 0
		for seq := range determined(masks, have) {
			have[seq] = true
			recovered++
		}
		for seq := range want {
			if have[seq] != got[seq] {
				t.Fatalf("packet %d is there: %v, and can be: %v", seq, got[seq], have[seq])
			}
		}
		if r.Recovered != recovered {
			t.Fatalf("%d count as recovered, of %d", r.Recovered, recovered)
		}
	})
}

// determined are the packets that follow from those that are there: who misses it
// alone is among the sums of who misses what.
func determined(masks [][]uint16, have map[uint16]bool) map[uint16]bool {
	basis, unknown := map[int]*big.Int{}, map[uint16]bool{} // by the highest bit
	bit := func(seq uint16) int { return int(seq - firstSent) }
	reduce := func(sum *big.Int) {
		for sum.BitLen() > 0 && basis[sum.BitLen()-1] != nil {
			sum.Xor(sum, basis[sum.BitLen()-1])
		}
	}
	for _, mask := range masks {
		sum := new(big.Int)
		for _, seq := range mask {
			if !have[seq] {
				sum.SetBit(sum, bit(seq), 1)
				unknown[seq] = true
			}
		}
		if reduce(sum); sum.BitLen() > 0 {
			basis[sum.BitLen()-1] = sum
		}
	}
	for seq := range unknown {
		sum := new(big.Int).SetBit(new(big.Int), bit(seq), 1)
		if reduce(sum); sum.BitLen() > 0 {
			delete(unknown, seq)
		}
	}
	return unknown
}

// receive gives the sequence numbers that are there after all but the lost came.
func receive(all []sent, lost func(i int) bool) map[uint16]bool {
	got := map[uint16]bool{}
	var r Receiver
	for i, x := range all {
		if lost(i) {
			continue
		}
		var back [][]byte
		if x.packet != nil {
			back = append(r.Media(x.packet), x.packet)
		} else {
			back, _ = r.Parity(x.payload)
		}
		for _, packet := range back {
			got[number(packet)] = true
		}
	}
	return got
}

// Nothing is kept without bound, whatever comes: of the parity that waits the
// newest, and none of what is long over.
func TestReceiverIsBounded(t *testing.T) {
	var r Receiver
	r.Media(rtpPacket(0x80, 96, 0, 1, 1))
	pair := func(i int) [][]byte {
		return [][]byte{rtpPacket(0x80, 96, uint16(2*i+1), 1, 1), rtpPacket(0x80, 96, uint16(2*i+2), 1, 1)}
	}
	const pairs = 10_000
	for i := range pairs {
		if back, err := r.Parity(combine(pair(i))); err != nil || back != nil {
			t.Fatal(len(back), err)
		}
	}
	if len(r.pending) != 64 {
		t.Errorf("%d packets of parity wait", len(r.pending))
	}
	if back := r.Media(pair(pairs - maxPending - 1)[0]); back != nil {
		t.Error("what was first is still there")
	}
	for i := pairs - maxPending; i < pairs; i++ {
		if back := r.Media(pair(i)[0]); len(back) != 1 || !bytes.Equal(back[0], pair(i)[1]) {
			t.Fatalf("pair %d: %d packets", i, len(back))
		}
	}
	if len(r.pending) != 0 {
		t.Errorf("%d packets of parity wait for nothing", len(r.pending))
	}
	_, _ = r.Parity(combine(pair(pairs)))
	r.Media(rtpPacket(0x80, 96, 2*pairs+held, 1, 1))
	if r.Media(rtpPacket(0x80, 96, 2*pairs+held+1, 1, 1)); len(r.pending) != 0 {
		t.Error("parity waits for what is over")
	}
}

// A sender that begins anew, far away, is protected like before.
func TestNewBeginning(t *testing.T) {
	var r Receiver
	for _, first := range []uint16{0, 30_000, 100, 65_000, 64_000} {
		a, b, c := rtpPacket(0x80, 96, first, 1, 9), rtpPacket(0x80, 96, first+1, 1, 9), rtpPacket(0x80, 96, first+2, 1, 9)
		r.Media(b)
		if back, err := r.Parity(combine([][]byte{a, b, c})); err != nil || back != nil {
			t.Fatal(len(back), err)
		}
		if back := r.Media(c); len(back) != 1 || !bytes.Equal(back[0], a) {
			t.Errorf("from %d on: %d packets", first, len(back))
		}
	}
}

// Parity that misses several packets each tells of them what equations tell.
func TestEquations(t *testing.T) {
	var packets [5][]byte
	for i := range packets {
		packets[i] = rtpPacket(0x80, 96, uint16(i), 1, 9+i)
	}
	a, b, c, d := packets[1], packets[2], packets[3], packets[4]
	for name, sums := range map[string][][][]byte{
		"one after the other": {{a, b}, {b, c}, {c, d}, {d}},
		"none alone":          {{a, b}, {b, c, d}, {a, b, c}, {a, b, d}},
		"with one twice":      {{a, b, c, d}, {a, b}, {a, b}, {b, c}, {a, b, d}},
	} {
		var r Receiver
		r.Media(packets[0])
		got := map[uint16][]byte{}
		for _, sum := range sums {
			back, err := r.Parity(combine(sum))
			if err != nil {
				t.Fatal(err)
			}
			for _, packet := range back {
				got[number(packet)] = packet
			}
		}
		for _, want := range packets[1:] {
			if !bytes.Equal(got[number(want)], want) {
				t.Errorf("%s: packet %d does not come back", name, number(want))
			}
		}
		if r.Recovered != 4 || len(r.pending) != 0 {
			t.Errorf("%s: %d recovered, %d still wait", name, r.Recovered, len(r.pending))
		}
	}
}

// Parity may come as late as what is sent again.
func TestLateParity(t *testing.T) {
	var r Receiver
	a := rtpPacket(0x80, 96, 1, 1, 9)
	for seq := range uint16(510) { // half a second of 10 Mbit/s
		if seq != 1 {
			r.Media(rtpPacket(0x80, 96, seq, 1, 9))
		}
	}
	if back, err := r.Parity(combine([][]byte{rtpPacket(0x80, 96, 0, 1, 9), a})); err != nil || len(back) != 1 || !bytes.Equal(back[0], a) {
		t.Errorf("%d packets, %v", len(back), err)
	}
}

// A packet that comes after all is not counted as recovered.
func TestRecoveredAndCame(t *testing.T) {
	a, b := rtpPacket(0x80, 96, 1, 1, 9), rtpPacket(0x80, 96, 2, 1, 9)
	var r Receiver
	r.Media(a)
	if back, err := r.Parity(combine([][]byte{a, b})); err != nil || len(back) != 1 || r.Recovered != 1 {
		t.Fatalf("%d packets, %d recovered, %v", len(back), r.Recovered, err)
	}
	r.Media(b)
	r.Media(b)
	if r.Recovered != 0 {
		t.Errorf("%d recovered", r.Recovered)
	}
}

func FuzzParity(f *testing.F) {
	f.Add(combine([][]byte{rtpPacket(0x80, 96, 1, 1, 9), rtpPacket(0x80, 96, 2, 1, 40)}))
	f.Add(combine([][]byte{rtpPacket(0x80, 96, 1, 1, 9), rtpPacket(0x80, 96, 45, 1, 40)}))
	f.Fuzz(func(t *testing.T, payload []byte) {
		var r Receiver
		for seq := range uint16(20) {
			if seq != 2 {
				r.Media(rtpPacket(0x80, 96, seq, 1, int(seq)))
			}
		}
		back, err := r.Parity(payload)
		if err != nil && !errors.Is(err, ErrMalformed) {
			t.Fatal(err)
		}
		for _, packet := range back {
			if len(packet) < fixedHeader || packet[0]>>6 != 2 {
				t.Fatalf("not a packet: % x", packet)
			}
		}
		if p, err := parse(payload); err == nil {
			again, err := parse(p.marshal())
			if err != nil || again.mask != p.mask || again.base != p.base || !bytes.Equal(again.xor.body, p.xor.body) {
				t.Fatalf("%+v became %+v: %v", p, again, err)
			}
		}
	})
}
