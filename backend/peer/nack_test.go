package peer

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"parley/backend/frame"
)

// Packets that overtake each other are asked for only where they are lost; where they come
// in order, at once.
func TestOvertakenIsNotAskedFor(t *testing.T) {
	const packets, rtt = 2000, 100 * time.Millisecond
	for _, x := range []struct {
		name     string
		jitter   int // ms
		loss     float64
		needless int // asked for though they come, at most
		after    time.Duration
	}{
		{"in order", 0, 0.05, 0, 0},
		{"out of order", 60, 0, 60, 0},
		{"out of order and lost", 60, 0.05, 100, 60 * time.Millisecond},
	} {
		dice := rand.New(rand.NewPCG(1, 2))
		type arrival struct {
			seq int64
			at  time.Time
		}
		var come []arrival
		lost := map[uint16]bool{}
		for seq := range int64(packets) {
			if seq > 0 && seq < packets-20 && dice.Float64() < x.loss {
				lost[uint16(seq)] = true
				continue
			}
			late := time.Duration(dice.IntN(x.jitter*1000+1)) * time.Microsecond
			come = append(come, arrival{seq, began.Add(time.Duration(seq)*4*time.Millisecond + late)})
		}
		slices.SortFunc(come, func(a, b arrival) int { return a.at.Compare(b.at) })
		var g gaps
		high := come[0].seq
		needless := 0
		first := map[uint16]time.Duration{} // from when it is missing
		for _, c := range come {
			g.cameItself(c.seq, c.at)
			g.arrived(c.seq, high, c.at)
			high = max(high, c.seq)
			for _, seq := range g.due(c.at, rtt, func(gap) bool { return true }) {
				switch _, again := first[seq]; {
				case !lost[seq]:
					needless++
				case !again:
					first[seq] = c.at.Sub(began.Add(time.Duration(seq) * 4 * time.Millisecond))
				}
			}
			g.before(high - 100)
		}
		worst := time.Duration(0)
		for _, after := range first {
			worst = max(worst, after)
		}
		t.Logf("%s: %d lost, %d asked for, after %v at most, %d needlessly", x.name, len(lost), len(first), worst, needless)
		if len(first) < len(lost) || needless > x.needless || worst > x.after+70*time.Millisecond {
			t.Errorf("%s: %d of %d lost ones asked for, after %v at most, %d needlessly", x.name, len(first), len(lost), worst, needless)
		}
	}
}

// What parity brought back, and what was sent again, was not overtaken.
func TestRepairIsNoOvertaking(t *testing.T) {
	a := newAssembler()
	packets := packetise(1, pictures(frame.VP8, 30, 3000, 1000)...)
	at := func(i int) time.Time { return began.Add(time.Duration(i) * 10 * time.Millisecond) }
	for i := 0; i+3 < len(packets); i += 4 {
		now := at(i)
		for _, k := range []int{0, 2, 3} {
			p := packets[i+k]
			p.arrived = now
			a.push(p)
		}
		late := packets[i+1]
		late.restored = i%8 == 0
		late.arrived = now.Add(30 * time.Millisecond)
		if !late.restored {
			if n := len(a.missing(now, 20*time.Millisecond, 0)); n != 1 {
				t.Fatalf("%d are asked for at once", n)
			}
		}
		a.push(late)
		a.all()
	}
	if patience := a.gaps.patience(at(len(packets))); patience != 0 {
		t.Errorf("what is missing is asked for after %v", patience)
	}
}

// What is lost is asked for again as long as that is a part of what comes; into a link that
// loses three packets of four because it is full, it is not.
func TestAskingFillsNoFullLink(t *testing.T) {
	for _, x := range []struct {
		loss float64
		full bool
	}{{0.1, false}, {0.3, false}, {0.75, true}} {
		const each, rtt = 10 * time.Millisecond, 10 * time.Millisecond
		dice := rand.New(rand.NewPCG(1, 2))
		var g gaps
		var came, asked, whole int
		high := int64(0)
		arrives := func(seq int64, now time.Time) {
			if dice.Float64() < x.loss {
				return
			}
			g.arrived(seq, high, now)
			high = max(high, seq)
			came++
		}
		for n := range int64(2000) {
			now := began.Add(time.Duration(n) * each)
			arrives(n+1, now)
			for _, seq := range g.due(now, rtt, always) {
				asked++
				arrives(int64(seq), now)
			}
			if g.size() == 0 {
				whole++
			}
			if old, ok := g.expired(now.Add(-500 * time.Millisecond)); ok {
				g.before(old + 1)
			}
		}
		t.Logf("%v lost: %d came, %d asked for, nothing missing %d times", x.loss, came, asked, whole)
		if x.full && asked > came/2+2*askReserve {
			t.Errorf("%d packets are asked for again where %d come", asked, came)
		}
		if !x.full && whole < 900 {
			t.Errorf("%v lost: nothing is missing %d times of 2000", x.loss, whole)
		}
	}
}

// A stream that brings nothing new rests, or its way is dark: what it lost before is not
// worth its copies. It is when it goes on.
func TestNothingIsAskedOfAStreamThatRests(t *testing.T) {
	const rtt = 400 * time.Millisecond
	var g gaps
	asked := func(from, to int) (n int) {
		for ms := from; ms < to; ms += 20 {
			n += len(g.due(began.Add(time.Duration(ms)*time.Millisecond), rtt, always))
		}
		return n
	}
	g.arrived(13, 10, began)
	if n := asked(0, 1200); n == 0 {
		t.Error("nothing is asked for while pictures may come")
	}
	g.arrived(11, 13, began.Add(1200*time.Millisecond)) // a copy is nothing new
	if n := asked(1220, 5000); n > 0 {
		t.Errorf("asked %d times for pictures that nobody waits for", n)
	}
	g.arrived(14, 13, began.Add(5*time.Second))
	if n := asked(5000, 5400); n == 0 {
		t.Error("nothing is asked for when pictures go on")
	}
}

func TestGaps(t *testing.T) {
	var g gaps
	at := func(ms int) time.Time { return began.Add(time.Duration(ms) * time.Millisecond) }
	rtt := 80 * time.Millisecond
	want := func(what string, got []uint16, want ...uint16) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	g.arrived(13, 10, at(0))
	want("first", g.due(at(5), rtt, always), 11, 12)
	want("at once once more", g.due(at(20), rtt, always))
	for _, ms := range []int{25, 46, 66} {
		want("once more", g.due(at(ms), rtt, always), 11, 12)
	}
	want("when the answer may be here", g.due(at(86), rtt, always))
	want("before the answer can be here", g.due(at(94), rtt, always))
	want("again", g.due(at(100), rtt, always), 11, 12)
	if !g.arrived(11, 13, at(110)) || g.arrived(11, 13, at(110)) || g.arrived(14, 13, at(110)) {
		t.Error("what was missing is not what came")
	}
	asked := 5
	for ms := 120; ms < 3000; ms += 20 {
		asked += len(g.due(at(ms), rtt, always))
	}
	if asked != 4*maxNacks {
		t.Errorf("asked %d times", asked)
	}
	if seq, ok := g.expired(at(0)); !ok || seq != 12 {
		t.Errorf("expired %d, %v", seq, ok)
	}
	g.before(13)
	if _, ok := g.expired(at(5000)); ok {
		t.Error("forgotten packets expire")
	}
	g.arrived(15, 13, at(0))
	want("where the answer is as soon", g.due(at(5), nackApart, always), 14)
	want("its try", g.due(at(30), nackApart, always), 14)
	want("and no more of that", g.due(at(40), nackApart, always))
	g = gaps{}
	g.arrived(15, 13, at(0))
	said := 0
	for ms := 0; ms < 300; ms += 10 {
		said += len(g.due(at(ms), 300*time.Millisecond, always))
	}
	if said != maxSaid {
		t.Errorf("said %d times before the answer", said)
	}
}
