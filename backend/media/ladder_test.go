package media

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// climber moves a ladder's clock picture by picture.
type climber struct {
	*ladder
	at      time.Time
	bitrate int
	took    func(format) time.Duration // to encode one; nil where none is
}

func newClimber(own format, bitrate int) *climber {
	return &climber{newLadder(own, bitrate, false), begin, bitrate, func(format) time.Duration { return time.Millisecond }}
}

// run takes pictures for a while. It returns when there were steps, and to what.
func (c *climber) run(d time.Duration, bitrate func() int) string {
	var steps []string
	start := c.at
	for c.at.Before(start.Add(d)) {
		f := c.format()
		c.at = c.at.Add(time.Duration(float64(time.Second) / f.rate))
		c.bitrate = bitrate()
		if c.step(c.at, c.bitrate) {
			steps = append(steps, fmt.Sprintf("%.0fs %v", c.at.Sub(start).Seconds(), c))
		}
		if !c.paused() && c.took != nil {
			c.encoded(c.at, c.took(c.format()))
		}
	}
	return strings.Join(steps, ", ")
}

func (c *climber) String() string {
	if c.paused() {
		return "paused"
	}
	f := c.format()
	return fmt.Sprintf("%dx%d@%g", f.width, f.height, c.rate(c.bitrate))
}

func steady(bitrate int) func() int { return func() int { return bitrate } }

var hd = format{1280, 720, 30}

func TestLadderBeginsWhereTheBitrateSays(t *testing.T) {
	for _, tc := range []struct {
		own     format
		bitrate int
		want    string
	}{
		{hd, 2_500_000, "1280x720@30"},
		{hd, 600_000, "1280x720@30"},
		{hd, 599_000, "960x540@30"},
		{hd, 300_000, "640x360@30"},
		{hd, 120_000, "480x270@30"},
		{hd, 100_000, "480x270@30"},
		{hd, 70_000, "320x180@30"},
		{hd, 50_000, "320x180@15"},
		{hd, 35_000, "320x180@7.5"},
		{hd, 29_000, "paused"},
		{hd, 0, "paused"},
		{format{1280, 720, 60}, 2_000_000, "1280x720@60"},
		{format{1280, 720, 60}, 1_000_000, "1280x720@30"},
		{format{1280, 720, 10}, 100_000, "480x270@10"},
		{format{720, 1280, 30}, 200_000, "360x640@30"},
		{format{640, 480, 30}, 400_000, "640x480@30"},
		{format{640, 480, 30}, 160_000, "554x416@30"},
		{format{1920, 1080, 30}, 3_000_000, "1920x1080@30"},
		{format{1920, 1080, 30}, 1_000_000, "1280x720@30"},
		{format{3840, 2160, 30}, 9_000_000, "3840x2160@30"},
		{format{3840, 2160, 30}, 1_300_000, "1280x720@30"},
		{format{64, 64, 30}, 150_000, "64x64@30"},
		{format{64, 64, 30}, 40_000, "64x64@15"},
		{format{3000, 16, 30}, 60_000, "3000x16@15"},
	} {
		if got := newClimber(tc.own, tc.bitrate).String(); got != tc.want {
			t.Errorf("%v at %d bit/s: %s, want %s", tc.own, tc.bitrate, got, tc.want)
		}
	}
}

func TestLadderFollowsTheBitrate(t *testing.T) {
	c := newClimber(hd, 2_000_000)
	for _, phase := range []struct {
		why     string
		d       time.Duration
		bitrate int
		want    string
	}{
		{"far too little: at once", 2 * time.Second, 200_000, "1s 640x360@30"},
		{"a little more is not enough", 20 * time.Second, 400_000, ""},
		{"enough, after a while", 20 * time.Second, 430_000, "2s 960x540@30"},
		{"a little less: not at once", 5 * time.Second, 340_000, "1s 640x360@30"},
		{"as far as there is bitrate", 20 * time.Second, 2_000_000, "2s 1280x720@30"},
		{"nothing, for a moment", 1500 * time.Millisecond, 0, "0s 320x180@7.5"},
		{"and back", 20 * time.Second, 2_000_000, "2s 1280x720@30"},
		{"nothing", 20 * time.Second, 0, "0s 320x180@7.5, 3s paused"},
		{"still too little", 20 * time.Second, 33_000, ""},
		{"again", 20 * time.Second, 40_000, "1s 320x180@15"},
		{"too little to begin with, but not to go on", 20 * time.Second, 22_000, ""},
		{"too little to go on", 20 * time.Second, 19_000, "2s paused"},
	} {
		if got := c.run(phase.d, steady(phase.bitrate)); !about(got, phase.want) {
			t.Errorf("%s: %q, want %q", phase.why, got, phase.want)
		}
	}
}

// A call begins with a guess. Where the first figure that takes its place is less than a
// picture takes, those that go on for two seconds are lost, and half of the sound with them:
// there is a small one, once the link's queue has room, and no more.
func TestLadderPausesSoonWhereACallBegins(t *testing.T) {
	for _, x := range []struct {
		why   string
		since time.Duration // pictures are needed
		low   time.Duration
		full  bool // the queue is
		want  string
	}{
		{"the first figure", 500 * time.Millisecond, 20 * time.Second, false, "0s 320x180@7.5, 0s paused"},
		{"a full queue", 500 * time.Millisecond, 20 * time.Second, true, "0s 320x180@7.5, 4s paused"},
		{"a dip", 500 * time.Millisecond, 200 * time.Millisecond, false, "0s 320x180@7.5, 2s 480x270@30"},
		{"a call that goes on", 20 * time.Second, 20 * time.Second, false, "0s 320x180@7.5, 3s paused"},
	} {
		c := newClimber(hd, 560_000)
		c.run(10*time.Second, steady(560_000)) // nobody is there
		for end := c.at.Add(x.since); c.at.Before(end); c.run(time.Millisecond, steady(560_000)) {
			c.needs(c.at)
		}
		start := c.at
		if x.full {
			c.took = nil
		}
		got := c.run(20*time.Second, func() int {
			if c.at.Sub(start) > x.low {
				return 110_000
			}
			return 16_000
		})
		if got != x.want {
			t.Errorf("%s: %q, want %q", x.why, got, x.want)
		}
	}
}

// about compares steps whose times may differ by a second.
func about(got, want string) bool {
	if got == want {
		return true
	}
	var a, b float64
	var x, y string
	if n, _ := fmt.Sscanf(got, "%fs %s", &a, &x); n != 2 {
		return false
	}
	if n, _ := fmt.Sscanf(want, "%fs %s", &b, &y); n != 2 || strings.Contains(got, ",") {
		return false
	}
	return x == y && a-b <= 1 && b-a <= 1
}

// A target that wavers around a rung does not change the size, and one that
// swings slowly does so less and less often.
func TestLadderDoesNotSwing(t *testing.T) {
	c := newClimber(hd, 650_000)
	r := rand.New(rand.NewPCG(1, 2))
	noisy := func() int { return 610_000 + r.IntN(90_000) - r.IntN(9)/8*60_000 } // below 600k now and then
	if got := c.run(time.Minute, noisy); got != "" {
		t.Errorf("wavering: %s", got)
	}
	swing := func() int { // up for 8 s, down for 4
		if int(c.at.Sub(begin).Seconds())%12 < 8 {
			return 1_000_000
		}
		return 250_000
	}
	first, _ := c.run(time.Minute, swing), c.run(time.Minute, swing)
	last := c.run(time.Minute, swing)
	if n := strings.Count(first, "s "); n < 2 || n > 7 {
		t.Errorf("the first minute: %s", first)
	}
	if last != "" {
		t.Errorf("the third minute: %s", last)
	}
}

// The target halves for a moment while the sender empties a link's queue: that costs
// no size.
func TestLadderSitsOutADrain(t *testing.T) {
	c := newClimber(hd, 230_000)
	drains := func() int { // 0.8 s of every 4 s
		if c.at.Sub(begin)%(4*time.Second) < 800*time.Millisecond {
			return 95_000
		}
		return 230_000
	}
	if got := c.run(time.Minute, drains); got != "" {
		t.Error(got)
	}
}

// Whatever the target and the processor do, steps are a second apart at least,
// and time alone does not pause the picture.
func TestLadderStepsAreApart(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 3))
		c := newClimber(hd, r.IntN(2_000_000))
		busy := 1.0
		c.took = func(f format) time.Duration {
			return time.Duration(busy * r.ExpFloat64() * float64(f.width*f.height) * 10)
		}
		target, last := 0, time.Time{}
		for range 3000 {
			if r.IntN(20) == 0 {
				target = int(r.ExpFloat64() * 500_000)
				busy = r.ExpFloat64() * 3
			}
			before := c.now
			c.run(time.Millisecond, steady(target))
			if c.now == before {
				continue
			}
			if !last.IsZero() && c.at.Sub(last) < calm {
				t.Fatalf("seed %d: steps %v apart", seed, c.at.Sub(last))
			}
			last = c.at
			if c.paused() && target >= 30_000 {
				t.Fatalf("seed %d: paused at %d bit/s", seed, target)
			}
		}
	}
}

// A processor that is taken away now and then has time enough all the same.
func TestLadderIgnoresInterruptions(t *testing.T) {
	c := newClimber(hd, 2_000_000)
	r := rand.New(rand.NewPCG(3, 4))
	c.took = func(format) time.Duration {
		if r.IntN(8) == 0 {
			return 40 * time.Millisecond
		}
		return 4 * time.Millisecond
	}
	if got := c.run(time.Minute, steady(2_000_000)); got != "" {
		t.Error(got)
	}
}

func TestLadderFollowsTheProcessor(t *testing.T) {
	c := newClimber(hd, 2_000_000)
	busy := 1.0
	c.took = func(f format) time.Duration { // 8 ms at 720p
		return time.Duration(busy * 8 * float64(time.Millisecond) * float64(f.width*f.height) / (1280 * 720))
	}
	if got := c.run(20*time.Second, steady(2_000_000)); got != "" {
		t.Errorf("8 ms a picture: %s", got)
	}
	busy = 4 // 32 ms of 33; 18 at 540p
	if got := c.run(time.Minute, steady(2_000_000)); !about(got, "1s 960x540@30") {
		t.Errorf("32 ms a picture: %s", got)
	}
	busy = 20 // 160 ms at 720p; 22 at 270p
	if got := c.run(20*time.Second, steady(2_000_000)); !strings.HasSuffix(got, "480x270@30") || strings.Count(got, ",") != 1 {
		t.Errorf("160 ms a picture: %s", got)
	}
	busy = 1
	if got := c.run(70*time.Second, steady(2_000_000)); !strings.HasSuffix(got, "1280x720@30") || strings.Count(got, ",") != 2 {
		t.Errorf("free again: %s", got)
	}
	// A load that comes back with the larger picture makes it wait.
	c.took = func(f format) time.Duration {
		if f.height == 720 {
			return 40 * time.Millisecond
		}
		return 5 * time.Millisecond
	}
	steps := c.run(10*time.Minute, steady(2_000_000))
	if n := strings.Count(steps, "1280x720"); n < 3 || n > 8 {
		t.Errorf("tries in 10 minutes: %s", steps)
	}
}
