package media

import (
	"math"
	"slices"
	"time"
)

// format is how pictures are encoded: their size in pixels, both sides even, and
// how many there are in a second at most.
type format struct {
	width, height int
	rate          float64
}

// rungs are what a source is sent with, the best first: each about so many
// pixels, in the source's shape, from so many bit/s on. They stand where
// BenchmarkQuality showed the larger picture to keep as much of a film as the
// smaller one, at the cost of neither pictures left out nor a key frame that
// fills the line for long. At 100 kbit/s 480x270 keeps an SSIM of 0.83 of somebody
// who talks, 320x180 0.82.
var rungs = []struct {
	pixels int
	rate   float64
	least  int
}{
	{1920 * 1080, 60, 2_200_000},
	{1280 * 720, 60, 1_200_000},
	{1280 * 720, 30, 600_000},
	{960 * 540, 30, 350_000},
	{640 * 360, 30, 150_000},
	{480 * 270, 30, 85_000},
	{320 * 180, 30, 30_000},
}

// fewer is how many pictures a second the lowest rung has at most below so many
// bit/s. Half of them, each better, keep more (an SSIM of 0.79, not 0.77, at 60
// kbit/s), but motion is worth more where it can be had. To have more or fewer costs
// no key frame: there is nothing to wait for.
var fewer = []struct {
	below int
	rate  float64
}{{36_000, 7.5}, {65_000, 15}}

// screenRungs are the same for a screen, which is sent in full: of letters that were
// made smaller nothing is left to read, and a page that is read stands still. Below
// the least for a rate, pictures are left out one by one as they turn out too large.
var screenRungs = []struct {
	rate  float64
	least int
}{
	{15, 800_000},
	{10, 400_000},
	{5, 100_000},
	{2, 30_000},
}

const (
	// upMargin is by how much the target must be above a rung's least for the
	// step up to it: an estimate that wavers does not make the picture jump.
	upMargin = 1.2
	// calm is the least time between two steps, each of which may cost a key
	// frame, and how long the target must be too low for a step down.
	calm = time.Second
	// deepFall is the part of a rung's least below which calm is not waited for
	// to be sure. To half of it the target falls for a moment while the sender
	// empties the link's queue, and what is there again after that needs no steps.
	deepFall = 0.5
	// The waits before a step up: for the bitrate, and for the processor, as
	// libwebrtc's overuse detector has it (kQuickRampUpDelayMs). Each one that
	// must be taken back within undone doubles the next wait, up to longestWait.
	bitrateWait = 1500 * time.Millisecond
	workWait    = 10 * time.Second
	undone      = 10 * time.Second
	longestWait = 2 * time.Minute
	// From no picture to one the wait for the bitrate is divided by that: any
	// picture is better than none.
	pausedPart = 3
	// pauseAfter is how long the target must be below pauseBelow, bit/s, before there
	// is no picture: an estimate dips for a moment when a link becomes narrow, and
	// where nothing but sound is sent it does not grow again by itself. What is
	// between that and the lowest rung's least is not enough to begin with a picture,
	// but to go on with one that leaves some out.
	pauseAfter = 2 * time.Second
	pauseBelow = 20_000
	// When pictures have been needed for less than beginning, such a target is no dip but
	// what takes the place of a guess: pauseFirst is enough then, and one picture of the
	// lowest rung, for there to be one. Pictures begin anew after apart without any.
	beginning  = 5 * time.Second
	pauseFirst = 300 * time.Millisecond
	apart      = 2 * time.Second
	// workSpan is how far back encode times count. When their mean is above
	// tooBusy of the time between two pictures, a step down follows; one up when
	// it is expected to be below idle after it. A picture that took long because
	// the processor was taken away for a moment says nothing of the next ones.
	workSpan = 2 * time.Second
	tooBusy  = 0.7
	idle     = 0.5
)

// ladder chooses the format: it follows the bitrate that there is and the time
// that encoding takes. Its clock is the pictures'. It belongs to the encode
// goroutine.
type ladder struct {
	formats []format
	least   []int // bit/s, of each
	fewer   bool  // the last one has fewer pictures where there is less
	now     int   // which one is in use; len(formats) is none: paused
	changed time.Time

	began, needed time.Time // pictures were, first and last

	bitrate, work limit
	times         []encodeTime // of the last workSpan, in this format
}

type encodeTime struct {
	at   time.Time
	took time.Duration
}

// limit is the best rung that one of the two reasons allows.
type limit struct {
	at            int
	worse, better time.Time     // since when another is called for; zero: it is not
	reach         int           // how far up, of all that was called for since better
	raised        time.Time     // the last step up
	first, wait   time.Duration // before the next one
}

// newLadder takes the source's own format, which is its best rung.
func newLadder(own format, bitrate int, screen bool) *ladder {
	l := &ladder{bitrate: limit{first: bitrateWait, wait: bitrateWait}, work: limit{first: workWait, wait: workWait}}
	if screen {
		for _, r := range screenRungs {
			l.add(format{own.width, own.height, min(r.rate, own.rate)}, r.least)
		}
	} else {
		l.addCamera(own)
	}
	l.now = l.best(bitrate)
	l.bitrate.at = l.now
	return l
}

func (l *ladder) addCamera(own format) {
	for i, r := range rungs {
		f := format{own.width, own.height, min(r.rate, own.rate)}
		if i > 0 && r.pixels < own.width*own.height {
			f.width, f.height = shrink(own, r.pixels)
		}
		l.add(f, r.least)
	}
	l.fewer = true
}

// add adds a rung below the others. One that is the same as the last for this
// source only makes it cheaper.
func (l *ladder) add(f format, least int) {
	if n := len(l.formats); n > 0 && l.formats[n-1] == f {
		l.least[n-1] = least
		return
	}
	l.formats, l.least = append(l.formats, f), append(l.least, least)
}

// shrink gives a format's shape about so many pixels.
func shrink(f format, pixels int) (width, height int) {
	scale := math.Sqrt(float64(pixels) / float64(f.width*f.height))
	even := func(side int) int { return max(2*int(math.Round(float64(side)*scale/2)), minSide) }
	return even(f.width), even(f.height)
}

// best is the best rung that a bitrate is enough for.
func (l *ladder) best(bitrate int) int {
	i := slices.IndexFunc(l.least, func(least int) bool { return bitrate >= least })
	if i < 0 {
		return len(l.least)
	}
	return i
}

// format is the one in use; while paused, the least.
func (l *ladder) format() format { return l.formats[min(l.now, len(l.formats)-1)] }

// rate is how many pictures a second there are at most, at a bitrate.
func (l *ladder) rate(bitrate int) float64 {
	rate := l.format().rate
	if !l.fewer || l.now < len(l.formats)-1 {
		return rate
	}
	for _, x := range fewer {
		if bitrate < x.below {
			return min(rate, x.rate)
		}
	}
	return rate
}

func (l *ladder) paused() bool { return l.now == len(l.formats) }

// needs notes that a picture is to be sent.
func (l *ladder) needs(at time.Time) {
	if at.Sub(l.needed) > apart {
		l.began = at
	}
	l.needed = at
}

func (l *ladder) begins(at time.Time) bool { return at.Sub(l.began) < beginning }

// encoded notes how long a picture took.
func (l *ladder) encoded(at time.Time, took time.Duration) {
	l.times = append(l.times, encodeTime{at, took})
	old := 0
	for at.Sub(l.times[old].at) > workSpan {
		old++
	}
	l.times = slices.Delete(l.times, 0, old)
}

// step takes the target, in bit/s, when a picture was taken, and may change the
// format. It tells whether it did.
func (l *ladder) step(at time.Time, bitrate int) bool {
	if at.Sub(l.changed) < calm && !(l.begins(at) && l.now == len(l.formats)-1) {
		return false
	}
	l.followBitrate(at, bitrate)
	l.followWork(at)
	// Too little time is no reason to send nothing.
	to := max(l.bitrate.at, min(l.work.at, len(l.formats)-1))
	if to == l.now {
		return false
	}
	l.now, l.changed = to, at
	l.times = l.times[:0]
	return true
}

func (l *ladder) followBitrate(at time.Time, bitrate int) {
	m := &l.bitrate
	down, up := l.best(bitrate), l.best(int(float64(bitrate)/upMargin))
	switch {
	case down == len(l.formats) && m.at < down:
		long, one := pauseAfter, true
		if l.begins(at) {
			long, one = pauseFirst, len(l.times) > 0
		}
		switch {
		case m.at < down-1:
			m.lower(at, down-1, true)
		case bitrate >= pauseBelow:
			m.stay()
		case m.lasts(at, long) && one:
			m.lower(at, down, true)
		}
	case down > m.at:
		deep := float64(bitrate) < deepFall*float64(l.least[m.at])
		m.lower(at, down, deep)
	case up < m.at && l.paused():
		m.raise(at, up, m.wait/pausedPart)
	case up < m.at:
		m.raise(at, up, m.wait)
	default:
		m.stay()
	}
}

func (l *ladder) followWork(at time.Time) {
	m := &l.work
	took, known := l.took(at)
	if !known || l.paused() {
		return
	}
	busy := func(f format) float64 {
		used := l.format()
		return took.Seconds() * f.rate * float64(f.width*f.height) / float64(used.width*used.height)
	}
	switch {
	case busy(l.format()) > tooBusy && l.now < len(l.formats)-1:
		m.lower(at, l.now+1, true)
	case m.at > 0 && busy(l.formats[m.at-1]) < idle:
		m.raise(at, m.at-1, m.wait)
	default:
		m.stay()
	}
}

// took is how long a picture took in the mean, once that is known of most of
// workSpan.
func (l *ladder) took(at time.Time) (mean time.Duration, known bool) {
	n := len(l.times)
	if n < 10 || at.Sub(l.times[0].at) < workSpan*9/10 {
		return 0, false
	}
	for _, t := range l.times {
		mean += t.took
	}
	return mean / time.Duration(n), true
}

func (m *limit) stay() { m.worse, m.better = time.Time{}, time.Time{} }

// lasts tells that less was called for long enough.
func (m *limit) lasts(at time.Time, long time.Duration) bool {
	m.better = time.Time{}
	if m.worse.IsZero() {
		m.worse = at
	}
	return at.Sub(m.worse) >= long
}

// lower goes down to a rung once that was called for long enough, or at once.
func (m *limit) lower(at time.Time, to int, atOnce bool) {
	if !m.lasts(at, calm) && !atOnce {
		return
	}
	if !m.raised.IsZero() {
		if at.Sub(m.raised) < undone {
			m.wait = min(2*m.wait, longestWait)
		} else {
			m.wait = m.first
		}
		m.raised = time.Time{}
	}
	m.at = to
	m.stay()
}

// raise goes up once that was called for so long, as far as it was all the time.
func (m *limit) raise(at time.Time, to int, wait time.Duration) {
	m.worse = time.Time{}
	if m.better.IsZero() {
		m.better, m.reach = at, to
	}
	m.reach = max(m.reach, to)
	if at.Sub(m.better) >= wait {
		m.at, m.raised = m.reach, at
		m.stay()
	}
}
