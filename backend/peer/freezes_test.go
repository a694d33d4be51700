package peer

import (
	"testing"
	"time"

	"github.com/pion/interceptor/pkg/stats"
)

func TestFreezes(t *testing.T) {
	var c freezeCounter
	now := began
	for i := range 100 {
		gap := 33 * time.Millisecond
		switch i {
		case 50:
			gap = 170 * time.Millisecond // under 33 + 150
		case 70:
			gap = 250 * time.Millisecond
		}
		now = now.Add(gap)
		c.frame(now)
	}
	if c.count != 1 {
		t.Errorf("%d freezes", c.count)
	}
}

// Neither a camera that is off, nor the first few frames, count as freezes.
func TestPauseIsNoFreeze(t *testing.T) {
	var c freezeCounter
	now := began
	frames := func(gap time.Duration, n int) {
		for range n {
			now = now.Add(gap)
			c.packet(now)
			c.frame(now)
		}
	}
	frames(5*time.Millisecond, 3) // a burst
	frames(200*time.Millisecond, 1)
	frames(33*time.Millisecond, 40)
	frames(pauseAfter+time.Second, 1)
	if c.count != 0 {
		t.Errorf("%d freezes", c.count)
	}
	frames(33*time.Millisecond, 1)
	frames(300*time.Millisecond, 1) // the pause is not in the average
	if c.count != 1 {
		t.Errorf("%d freezes after the pause", c.count)
	}
	for range 8 { // packets come, but no frame of them
		now = now.Add(time.Second)
		c.packet(now)
	}
	c.frame(now)
	if c.count != 2 {
		t.Errorf("%d freezes with the long one", c.count)
	}
}

// counts are a connection's counters, by SSRC.
type counts map[uint32]*stats.Stats

func (c counts) Get(ssrc uint32) *stats.Stats { return c[ssrc] }
