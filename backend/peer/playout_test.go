package peer

import (
	"testing"
	"time"
)

// arrival is how a picture comes: how late, and whether a packet of it was sent again.
type arrival struct {
	late     time.Duration
	repaired bool
}

func TestPicturesAreHeldWhereRepairIsLate(t *testing.T) {
	const ms = time.Millisecond
	// One picture of so many is sent again, and late by that.
	each := func(of int, late time.Duration) func(int) arrival {
		return func(n int) arrival {
			if n%of == of-1 {
				return arrival{late, true}
			}
			return arrival{}
		}
	}
	// All wait in a queue for a while, and one of ten is sent again.
	full := func(from, to int, queue time.Duration) func(int) arrival {
		return func(n int) arrival {
			if n < from || n >= to {
				return arrival{}
			}
			a := each(10, 120*ms)(n)
			return arrival{a.late + queue, a.repaired}
		}
	}
	for _, x := range []struct {
		name    string
		came    func(n int) arrival // at 30 a second
		seconds int
		drift   float64       // of the sender's clock
		held    time.Duration // in the last of the seconds
	}{
		{"no loss", func(n int) arrival { return arrival{late: time.Duration(n%7) * 20 * ms} }, 20, 0, 0},
		{"reordered", func(n int) arrival { return arrival{time.Duration(n%7) * 5 * ms, n%7 == 6} }, 20, 0, 0},
		{"late", each(15, 150*ms), 20, 0, 100 * ms},
		{"late in the beginning", each(15, 150*ms), 3, 0, 100 * ms},
		{"late by a fast clock", each(15, 150*ms), 60, 0.0005, 100 * ms},
		{"late by a slow clock", each(15, 150*ms), 60, -0.0005, 100 * ms},
		{"hardly late", each(15, 60*ms), 20, 0, 10 * ms},
		{"not too late", each(15, 50*ms), 20, 0, 0},
		{"far too late", each(15, 900*ms), 20, 0, mostHeld},
		{"late twice in five seconds", each(75, 150*ms), 20, 0, 0},
		{"late in a queue", full(300, 420, 150*ms), 14, 0, 70 * ms},
		{"late in a queue that overflows once", full(300, 320, 300*ms), 12, 0, 0},
		{"late in a queue that overflows for long", full(300, 420, 300*ms), 14, 0, 0},
		{"late before and in a queue that overflows", func(n int) arrival {
			if n < 300 {
				return each(10, 120*ms)(n)
			}
			return full(300, 420, 300*ms)(n)
		}, 14, 0, 70 * ms},
		{"no longer late", func(n int) arrival {
			if n >= 300 {
				return arrival{}
			}
			return each(15, 150*ms)(n)
		}, 17, 0, 0},
	} {
		t.Run(x.name, func(t *testing.T) {
			var p playout
			var last time.Duration
			for n := range 30 * x.seconds {
				taken := began.Add(time.Duration(float64(n) / 30 * float64(time.Second) * (1 + x.drift)))
				a := x.came(n)
				due := p.due(uint32(n*3000)-20_000, taken.Add(a.late), a.repaired)
				held := time.Duration(0)
				if !due.IsZero() {
					held = due.Sub(taken)
				}
				if d := (held - last).Abs(); d > 8*ms {
					t.Fatalf("picture %d is held for %v, the one before for %v", n, held, last)
				}
				last = held
				if n >= 30*(x.seconds-1) && (held-x.held).Abs() > 6*ms {
					t.Fatalf("picture %d is held for %v, want %v", n, held, x.held)
				}
			}
		})
	}
}

// What was learnt of a clock does not hold for another.
func TestPlayoutOfAnotherClock(t *testing.T) {
	for _, jump := range []uint32{90_000 * 60, 1 << 31, 1<<32 - 90_000*60} {
		var p playout
		at := began
		late := func(timestamp uint32) (due time.Time) {
			for n := range uint32(150) {
				at = at.Add(time.Second / 30)
				came := at
				if n%10 == 9 {
					came = came.Add(150 * time.Millisecond)
				}
				due = p.due(timestamp+n*3000, came, n%10 == 9)
			}
			return due
		}
		if due := late(0); due.Sub(at) != 100*time.Millisecond {
			t.Fatalf("held for %v", due.Sub(at))
		}
		if due := p.due(jump, at, false); !due.IsZero() {
			t.Errorf("after a jump of %d a picture is held for %v", jump, due.Sub(at))
		}
		if due := late(jump + 3000); due.Sub(at).Round(time.Millisecond) != 100*time.Millisecond {
			t.Errorf("after a jump of %d pictures are held for %v", jump, due.Sub(at))
		}
	}
}
