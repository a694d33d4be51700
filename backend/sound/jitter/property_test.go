package jitter

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"parley/backend/frame"
)

// forgotten is the packets of 20 ms until nothing of the past counts any more, 36 s:
// forget to the power of so many half seconds is less than 1 - quantile.
const forgotten = 36 * 50

// TestAnyNetwork: whatever the network does, each block is filled, packets are
// decoded in order and once, the memory is bounded, and once the
// past is forgotten the delay is low again.
func TestAnyNetwork(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPlayer()
		type flying struct {
			a  frame.Audio
			at time.Time
		}
		var air []flying
		number := uint32(rapid.IntRange(0, 1<<20).Draw(t, "first"))
		step := func(d int) {
			air = append(air, flying{makePacket(number, number%2 == 0), p.now.Add(time.Duration(d) * time.Millisecond)})
			number++
			for range 2 {
				rest := air[:0]
				for _, f := range air {
					if f.at.After(p.now) {
						rest = append(rest, f)
					} else {
						p.insert(f.a)
					}
				}
				air = rest
				p.read(1)
				if len(p.packets) > maxPackets || p.buffered() > 4*maxDuration || cap(p.pcm) > 1<<17 {
					t.Fatalf("%d packets, %d samples, room for %d", len(p.packets), p.buffered(), cap(p.pcm))
				}
			}
		}
		for _, d := range rapid.SliceOfN(rapid.IntRange(-100, 400), 0, 150).Draw(t, "delays") {
			switch {
			case d < -80: // duplicates
				air = append(air, flying{makePacket(number-1, true), p.now})
			case d < -20:
				number++ // lost
			case d < 0:
				p.read(-d) // nothing is sent
				number += uint32(-d) / 2
			}
			step(max(d, 0))
		}
		for range forgotten {
			step(0)
		}
		for i := 1; i < len(p.decoder.order); i++ {
			if p.decoder.order[i] <= p.decoder.order[i-1] {
				t.Fatalf("packet %d is played after %d", p.decoder.order[i], p.decoder.order[i-1])
			}
		}
		before := p.Stats()
		for range 100 {
			step(0)
		}
		s := p.Stats()
		if s.Lost != before.Lost || s.Concealed != before.Concealed {
			t.Fatalf("a good network loses: %+v, before %+v", s, before)
		}
		if s.Delay > 150*time.Millisecond {
			t.Fatalf("delay is still %v, target %v", s.Delay, s.Target)
		}
	})
}

// FuzzInsert: packets of any form, in any order, at any time.
func FuzzInsert(f *testing.F) {
	f.Add([]byte("\x78\x80\x00\x00\x00\x01, something more that is cut into packets"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p := newPlayer()
		for len(data) >= 8 {
			n := min(int(data[0]&15), len(data)-8)
			p.insert(frame.Audio{
				Sequence:  uint16(data[1])<<8 | uint16(data[2]),
				Timestamp: uint32(data[3])<<24 | uint32(data[4])<<12 | uint32(data[5]),
				Captured:  start.Add(time.Duration(data[6]) * time.Second),
				Data:      toc(data[8 : 8+n]),
			})
			p.now = p.now.Add(time.Duration(data[7]) * time.Millisecond)
			data = data[8+n:]
			p.read(1)
			p.PlayTime(start)
			if len(p.packets) > maxPackets {
				t.Fatalf("%d packets", len(p.packets))
			}
		}
	})
}

// toc makes of data a packet that the fake decoder can read: 20 ms, 6 bytes or 1.
func toc(data []byte) []byte {
	if len(data) == 0 {
		return nil
	}
	p := make([]byte, 6)
	copy(p, data)
	if data[0]&1 == 0 {
		return []byte{15 << 3}
	}
	p[0] = data[0]
	if data[0]&2 != 0 {
		p[0] = 15 << 3
	}
	return p
}
