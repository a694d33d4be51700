package fec

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A run of as many losses as a picture has parity comes back with that; one that
// takes the parity as well, with that of the pictures after it, unless it takes
// the whole of the picture too.
func TestRunsOfLosses(t *testing.T) {
	pictures := slices.Repeat([]int{8}, 7)
	all := stream(&Sender{}, pictures, func(int, int) int { return 4 })
	const whole, middle = 12, 3 * 12
	check := func(name string, from, run, until int) {
		t.Helper()
		got := receive(all[:until*whole], func(i int) bool { return i >= from && i < from+run })
		for i, x := range all[:from+run] {
			if x.packet != nil && !got[number(x.packet)] {
				t.Errorf("%s: a run of %d from %d: packet %d is missing", name, run, from, i)
			}
		}
	}
	for from := range 5 {
		check("in a picture", middle+from, 4, 4)
	}
	for from := 1; from < 8; from++ {
		check("over its end", middle+from, whole-from, 7) // with all of its parity
	}
}

// protectedBy are the sequence numbers that a payload protects.
func protectedBy(t rapid.TB, payload []byte) (seqs []uint16) {
	t.Helper()
	p, err := parse(payload)
	if err != nil {
		t.Fatal(err)
	}
	for bit := range uint16(Span) {
		if p.mask>>bit&1 == 1 {
			seqs = append(seqs, p.base+bit)
		}
	}
	return seqs
}

// Each packet of a picture is protected once by its own parity, and half as often
// as there is parity by that of each of the next four pictures.
func TestWhatIsProtected(t *testing.T) {
	const pictures, packets, parities = 200, 4, 2
	all := stream(&Sender{}, slices.Repeat([]int{packets}, pictures), func(int, int) int { return parities })
	var times [together + 1]int // by age
	for i, x := range all {
		if x.packet != nil {
			continue
		}
		for _, seq := range protectedBy(t, x.payload) {
			age := i/(packets+parities) - int(seq-firstSent)/(packets+parities)
			if age > together {
				t.Fatalf("packet %d protects one of %d pictures before", i, age)
			}
			times[age]++
		}
	}
	for age, n := range times {
		want := [together + 1]float64{packets, packets * parities / 2.0, packets * parities / 2.0, packets * parities / 2.0, packets * parities / 2.0, 0}[age]
		if got := float64(n) / pictures; got < want*0.9 || got > want*1.1 {
			t.Errorf("%d pictures before: %.2f times, not %.2f", age, got, want)
		}
	}
}

// A mask reaches back 47 packets from the newest, and what came before it begins
// anew is not protected.
func TestReach(t *testing.T) {
	send := func(s *Sender, from, to uint16) {
		for seq := from; seq < to; seq++ {
			s.Sent(rtpPacket(0x80, 96, seq, 1, 1))
		}
	}
	for _, forget := range []bool{false, true} {
		var s Sender
		send(&s, 0, 20)
		s.Parity(2)
		if forget {
			s.Forget()
		}
		send(&s, 20, 61)
		first := uint16(60)
		for _, payload := range s.Parity(20) { // one in a million leaves a packet out
			first = min(first, protectedBy(t, payload)[0])
		}
		if want := map[bool]uint16{false: 13, true: 20}[forget]; first != want {
			t.Errorf("the first one protected is %d, not %d", first, want)
		}
	}
}

// A picture of more packets than a mask reaches is protected part by part.
func TestLargePicture(t *testing.T) {
	for packets, reach := range map[int]uint16{Span: Span - 2, Span + 1: Span/2 - 1} {
		var s Sender
		for seq := range uint16(packets) {
			s.Sent(rtpPacket(0x80, 96, seq, 1, 1))
		}
		got := protectedBy(t, s.Parity(2)[0])
		if packets == Span && got[len(got)-1] != reach || packets > Span && (got[len(got)-1] != reach || len(got) != int(reach)+1) {
			t.Errorf("the first of two protects %v of %d", got, packets)
		}
	}
	all := stream(&Sender{}, []int{100}, func(int, int) int { return 10 })
	if len(all) != 110 {
		t.Fatalf("%d packets of parity", len(all)-100)
	}
	for lost := 1; lost < 100; lost++ { // the first one tells where the stream begins
		if got := receive(all, func(i int) bool { return i == lost }); len(got) != 100 {
			t.Errorf("packet %d does not come back", lost)
		}
	}
}

// What had no parity of its own is protected by the next that comes.
func TestRareParity(t *testing.T) {
	const every = 40
	all := stream(&Sender{}, slices.Repeat([]int{1}, every), func(picture, _ int) int { return (picture + 1) / every })
	if got := protectedBy(t, all[len(all)-1].payload); len(got) != every {
		t.Errorf("%v are protected", got)
	}
	var s Sender
	for range 10_000 {
		s.Sent(rtpPacket(0x80, 96, 1, 1, 1))
		s.Parity(0)
	}
	if len(s.fresh) > Span {
		t.Errorf("%d pictures are kept", len(s.fresh))
	}
}
