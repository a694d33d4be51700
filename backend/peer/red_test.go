package peer

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"parley/backend/frame"
)

const testOpus, testRED = 111, 63

// redEnd is a receiving end of RED that notes what it hands on.
func redEnd(hand func(frame.Audio)) *audioReceiver {
	return &audioReceiver{
		peer:    &Peer{handlers: Handlers{Audio: hand}, done: make(chan struct{})},
		formats: map[uint8]frame.Codec{testOpus: frame.Opus, testRED: red},
		clock:   &senderClock{rate: 48000},
	}
}

// voicePacket is what stands for the Opus packet of a number.
func voicePacket(n int) redBlock {
	data := binary.BigEndian.AppendUint32([]byte{0xf8}, uint32(n))
	return redBlock{timestamp: uint32(n)*960 + 4294960000, data: data}
}

// Whatever is lost, reordered and sent twice: each packet arrives once, as it
// was, under its own number and timestamp, but for those that were lost with all
// their copies.
func TestCopiesFillLosses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.Uint16().Draw(t, "first sequence number")
		type flying struct {
			f  received
			at int
		}
		var air []flying
		came, expected := map[int]int{}, map[int]bool{}
		var sent []redBlock
		for n, luck := range rapid.SliceOfN(rapid.IntRange(0, 99), 1, 300).Draw(t, "luck") {
			sent = append(sent, voicePacket(n))
			sent = sent[max(0, len(sent)-1-maxCopies):]
			copies := min(luck%(maxCopies+1), len(sent)-1)
			f := received{codec: frame.Opus, seq: first + uint16(n), timestamp: sent[len(sent)-1].timestamp, payload: sent[len(sent)-1].data}
			if copies > 0 || luck%2 == 0 {
				f.codec = red
				var took int
				if f.payload, took = joinRED(testOpus, sent[len(sent)-1-copies:]); took != copies {
					t.Fatalf("%d copies of %d", took, copies)
				}
			}
			if lost := luck >= 60 && n > 0; lost { // there is nothing before the first that comes
				continue
			}
			for i := range copies + 1 {
				expected[n-i] = true
			}
			late := 0
			if n > 0 {
				late = luck % 7
			}
			air = append(air, flying{f, n + late})
			if luck%11 == 0 {
				air = append(air, flying{f, n + 2*late})
			}
		}
		handed := 0
		r := redEnd(func(a frame.Audio) {
			n := int(a.Sequence - first)
			came[n]++
			handed++
			want := voicePacket(n)
			if a.Timestamp != want.timestamp || !bytes.Equal(a.Data, want.data) {
				t.Fatalf("packet %d is %+v", n, a)
			}
		})
		own := map[uint16]bool{}
		for at := 0; len(air) > 0; at++ {
			rest := air[:0]
			for _, f := range air {
				if f.at > at {
					rest = append(rest, f)
					continue
				}
				r.take(f.f)
				own[f.f.seq] = true
			}
			air = rest
		}
		for n := range expected {
			if came[n] != 1 {
				t.Fatalf("packet %d came %d times", n, came[n])
			}
		}
		if len(came) != len(expected) {
			t.Fatalf("%d packets came, of %d", len(came), len(expected))
		}
		if want := len(came) - len(own); r.peer.in.recovered != want {
			t.Fatalf("%d count as recovered, not %d", r.peer.in.recovered, want)
		}
	})
}

// What cannot be a copy is left out, with all before it: too old, too long, or
// more than fits.
func TestCopiesThatDoNotFit(t *testing.T) {
	block := func(ts uint32, size int) redBlock {
		return redBlock{timestamp: ts, data: bytes.Repeat([]byte{1}, size)}
	}
	for _, x := range []struct {
		name   string
		blocks []redBlock
		copies int
	}{
		{"two", []redBlock{block(0, 80), block(960, 80), block(1920, 80)}, 2},
		{"a silence before", []redBlock{block(0, 80), block(960, 80), block(960+redOldest+1, 80)}, 0},
		{"a silence before that", []redBlock{block(0, 80), block(redOldest, 80), block(redOldest+960, 80)}, 1},
		{"as old as can be", []redBlock{block(0, 80), block(redOldest, 80)}, 1},
		{"a clock that went back", []redBlock{block(5000, 80), block(0, 80)}, 0},
		{"too long a copy", []redBlock{block(0, 80), block(960, redLongest+1), block(1920, 80)}, 0},
		{"all of it too long", []redBlock{block(0, 500), block(960, 500), block(1920, 500)}, 1},
		{"itself too long", []redBlock{block(0, 80), block(960, maxAudioPacket)}, 0},
	} {
		payload, copies := joinRED(testOpus, x.blocks)
		blocks, ok := splitRED(payload, x.blocks[len(x.blocks)-1].timestamp)
		if copies != x.copies || !ok || len(blocks) != copies+1 {
			t.Errorf("%s: %d copies, not %d; %d blocks, %v", x.name, copies, x.copies, len(blocks), ok)
			continue
		}
		for i, b := range x.blocks[len(x.blocks)-1-copies:] {
			if blocks[i].pt != testOpus || blocks[i].timestamp != b.timestamp || !bytes.Equal(blocks[i].data, b.data) {
				t.Errorf("%s: block %d differs", x.name, i)
			}
		}
	}
}

// RFC 2198, section 3: one copy of 3 bytes, 960 ticks older, then the packet's own 2.
func TestREDOnTheWire(t *testing.T) {
	wire := []byte{0x80 | 111, 960 >> 6, 960 << 2 & 0xff, 3, 111, 'o', 'l', 'd', 'm', 'y'}
	blocks, ok := splitRED(wire, 2000)
	if !ok || len(blocks) != 2 || string(blocks[0].data) != "old" || blocks[0].timestamp != 1040 || string(blocks[1].data) != "my" || blocks[1].timestamp != 2000 {
		t.Errorf("%v, %+v", ok, blocks)
	}
	for n := range len(wire) - 2 {
		if _, ok := splitRED(wire[:n], 2000); ok {
			t.Errorf("cut after %d bytes it is taken", n)
		}
	}
}

// Late packets, a sender that begins anew and packets of other payload types.
func TestOnce(t *testing.T) {
	var got []uint16
	r := redEnd(func(a frame.Audio) { got = append(got, a.Sequence) })
	plain := func(seq uint16) received {
		return received{codec: frame.Opus, seq: seq, timestamp: uint32(seq) * 960, payload: []byte{1}}
	}
	withCopy := func(seq uint16, pt uint8) received {
		ts := uint32(seq) * 960
		payload, _ := joinRED(pt, []redBlock{{timestamp: ts - 960, data: []byte{1}}, {timestamp: ts, data: []byte{2}}})
		return received{codec: red, seq: seq, timestamp: ts, payload: payload}
	}
	for _, x := range []struct {
		what string
		f    received
		want []uint16
	}{
		{"the first, with a copy of what came before the call", withCopy(10, testOpus), []uint16{10}},
		{"the next, with a copy of what is there", withCopy(11, testOpus), []uint16{11}},
		{"one is lost", withCopy(13, testOpus), []uint16{12, 13}},
		{"which was only late", plain(12), nil},
		{"another payload type inside", withCopy(15, 9), nil},
		{"nothing inside", received{codec: red, seq: 15, timestamp: 15 * 960}, nil},
		{"padding", received{codec: frame.Opus, seq: 16, timestamp: 15 * 960}, nil},
		{"after an outage", withCopy(2000, testOpus), []uint16{1999, 2000}},
		{"one from before it", plain(1000), []uint16{1000}},
		{"a copy that nobody knows of", withCopy(1500, testOpus), []uint16{1500}},
		{"a new start", plain(700), []uint16{700}},
		{"goes on", withCopy(701, testOpus), []uint16{701}},
		{"and loses one", withCopy(703, testOpus), []uint16{702, 703}},
	} {
		got = nil
		r.take(x.f)
		if len(got) != len(x.want) || len(got) > 0 && got[0] != x.want[0] || len(got) > 1 && got[1] != x.want[1] {
			t.Errorf("%s: %v, not %v", x.what, got, x.want)
		}
	}
}

// Copies begin and end with the loss, and do not flutter.
func TestRedundancyFollowsLoss(t *testing.T) {
	now := time.Now()
	var r redundancy
	course := func(loss float64, reports int, every time.Duration) (copies, changes int) {
		dice := rand.New(rand.NewPCG(1, uint64(reports)))
		for range reports {
			lost, packets, was := 0, int(every/(20*time.Millisecond)), r.copies
			for range packets {
				if dice.Float64() < loss {
					lost++
				}
			}
			now = now.Add(every)
			r.reported(float64(lost)/float64(packets), now)
			if r.copies != was {
				changes++
			}
		}
		return r.copies, changes
	}
	for _, x := range []struct {
		loss   float64
		every  time.Duration
		copies int
	}{
		{0, time.Second, 0}, {0.002, time.Second, 0}, {0.05, time.Second, 1}, {0.001, time.Second, 0}, {0.2, time.Second, 2},
		{0.03, time.Second, 1}, {0, time.Second, 0}, {0.05, 5 * time.Second, 1}, {0.3, 5 * time.Second, 2}, {0, 5 * time.Second, 0},
	} {
		if copies, changes := course(x.loss, 60, x.every); copies != x.copies || changes > 4 {
			t.Errorf("%.1f %% reported each %v: %d copies, not %d, %d changes in 60 reports", 100*x.loss, x.every, copies, x.copies, changes)
		}
	}
	r = redundancy{}
	r.reported(0.04, now)
	if r.copies != 0 {
		t.Error("copies for what the first second lost")
	}
	if copies, _ := course(0.1, 3, time.Second); copies == 0 {
		t.Error("no copies after 3 s of 10 % loss")
	}
}

// Nothing that comes from the network is more than what was in it, or is handed on twice.
func FuzzRED(f *testing.F) {
	for copies := range 3 {
		var blocks []redBlock
		for n := range copies + 1 {
			blocks = append(blocks, voicePacket(n))
		}
		payload, _ := joinRED(testOpus, blocks)
		f.Add(payload, uint32(copies)*960)
	}
	f.Add([]byte{0xef, 0xff, 0xff, 0xff, 111}, uint32(0))
	f.Add([]byte{0xef}, uint32(0))
	f.Fuzz(func(t *testing.T, payload []byte, timestamp uint32) {
		blocks, ok := splitRED(payload, timestamp)
		size, same := 1, true
		for i, b := range blocks {
			size += len(b.data)
			if i < len(blocks)-1 {
				size += redHeader
			}
			same = same && b.pt == testOpus && len(b.data) > 0
		}
		if ok && size != len(payload) {
			t.Errorf("%d bytes of %d", size, len(payload))
		}
		if ok && same && len(payload) <= mtu {
			if again, copies := joinRED(testOpus, blocks); copies == len(blocks)-1 && !bytes.Equal(again, payload) {
				t.Errorf("%x became %x", payload, again)
			}
		}
		seen := map[uint16]bool{}
		r := redEnd(func(a frame.Audio) {
			if seen[a.Sequence] || len(a.Data) == 0 {
				t.Errorf("%d again, or empty", a.Sequence)
			}
			seen[a.Sequence] = true
		})
		for seq := range uint16(3) {
			r.take(received{codec: red, seq: seq, timestamp: timestamp, payload: payload})
		}
	})
}
