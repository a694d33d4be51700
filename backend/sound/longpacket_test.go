package sound

import (
	"testing"
	"time"

	"parley/backend/sound/opus"
)

// Packets become longer and shorter under way: one begins where the one before ends,
// and what they hold is the tone that went in.
func TestPacketsOfEitherLength(t *testing.T) {
	noDevices(t)
	p := newPackets()
	s := open(t, Options{Microphone: Test, Speaker: None, Out: p.out})
	p.wait(t, 10)
	s.SetPacket(40 * time.Millisecond)
	p.wait(t, 50)
	s.SetPacket(20 * time.Millisecond)
	all := p.wait(t, 70)
	_ = s.Close()
	long, changes := 0, 0
	for i, a := range all[:len(all)-1] {
		n := uint32(len(decode(t, all[i:i+1])))
		if n == opus.LongFrame {
			long++
		}
		if next := uint32(len(decode(t, all[i+1:i+2]))); next != n {
			changes++
		}
		if after := all[i+1].Timestamp - a.Timestamp; after != n && s.Stats().Out.Dropped == 0 {
			t.Errorf("packet %d of %d ticks: the next is %d after it", i, n, after)
		}
	}
	if long < 35 || changes != 2 {
		t.Errorf("%d of %d packets are long, %d changes", long, len(all), changes)
	}
	checkTone(t, decode(t, all)[5000:], 440, -20)
}

// Silence is left out of long packets as well, and muting works at once.
func TestSilenceInLongPackets(t *testing.T) {
	noDevices(t)
	p := newPackets()
	s := open(t, Options{Microphone: Test, Speaker: None, Out: p.out})
	s.SetPacket(40 * time.Millisecond)
	p.wait(t, 10)
	s.SetMicrophone(false)
	before := len(p.list()) + 1
	all := p.wait(t, before+5)
	if l := dBov(decode(t, all)[before*opus.LongFrame+100:]); l > -60 {
		t.Errorf("after muting, %.0f dBov leave", l)
	}
	// Two in 400 ms, and not ten, once libopus is sure of it.
	all = p.wait(t, before+12)
	if took := all[before+11].Timestamp - all[before+8].Timestamp; took < rate/2 {
		t.Errorf("four packets of silence in %d ms of sound", took/48)
	}
}
