package bwe

import "time"

// A probe is a short burst, faster than the estimate: how fast it arrives tells
// what the link carries, without waiting for the estimate to grow there. The
// figures are libwebrtc's (probe_controller.cc, probe_bitrate_estimator.cc),
// but that the second one at the start waits for the result of the first: on a
// slow link two of them would fill its queue. And that they go on while the
// link is full: at twice the rate for 15 ms they cost a queue of 15 ms.
const (
	probeFirst   = 3.0 // times the first estimate
	probeFurther = 2.0 // times what the last one measured, or the estimate
	probeTime    = 15 * time.Millisecond
	probePackets = 5               // at least
	probePatient = time.Second     // for packets to make it of
	probeAnswer  = 2 * time.Second // for the report
	probeEvery   = 3 * time.Second
	probeWorked  = 0.7  // of the goal was reached: there may be more
	probeTries   = 3    // at most, where the link held some of its packets back
	probeHeld    = 0.67 // of what they waited was one leap: the link held them
	probeHeard   = 0.8  // of its packets must have come
	probeFew     = 3    // that came tell more than a guess
	probeBusy    = 0.9  // arriving slower than that, it filled the link
	probeBelow   = 0.95 // of what arrived then is the estimate
	probeQueue   = 15 * time.Millisecond
	probeNoMore  = 0.95 // of the highest estimate
	// probeOvertaken is how far packets may overtake each other.
	probeOvertaken = 100 * time.Millisecond
)

type probeState int

const (
	probeIdle probeState = iota
	probeWanted
	probeSending
	probeSent
)

// prober decides on probes, one at a time, and reads their results.
type prober struct {
	most  float64
	first float64
	state probeState
	since time.Duration // in that state
	due   time.Duration // the next one
	goal  float64       // bit/s

	cluster       int // counts them
	bytes, number int // sent
	came          []packet
	lost          int  // of them
	passed        bool // what was sent long after them came
	tries         int  // for this goal, before
	pace          pace // of all of them

	results int
	last    float64 // bit/s
}

func newProber(cfg Config, now time.Duration) prober {
	p := prober{most: float64(cfg.Most), first: float64(cfg.First)}
	p.want(p.first*probeFirst, now)
	return p
}

func (p *prober) enter(s probeState, now time.Duration) { p.state, p.since = s, now }

func (p *prober) want(goal float64, now time.Duration) {
	p.goal, p.tries, p.pace = min(goal, p.most), 0, pace{}
	p.enter(probeWanted, now)
}

// again probes for a rate that was there before, at once.
func (p *prober) again(rate float64, now time.Duration) {
	if p.state == probeIdle || p.state == probeSent {
		p.want(rate, now)
	}
}

// rate is the bit/s to send at now; 0 without a probe. To ask begins it.
func (p *prober) rate(now time.Duration) int {
	switch p.state {
	case probeWanted:
		p.cluster++
		p.bytes, p.number, p.came, p.lost, p.passed = 0, 0, nil, 0, false
		p.enter(probeSending, now)
	case probeSending:
		if now-p.since > probePatient {
			p.rest(now)
			return 0
		}
	default:
		return 0
	}
	return int(p.goal)
}

// sent counts a packet, and tells the probe that it belongs to.
func (p *prober) sent(bytes int, now time.Duration) int {
	if p.state != probeSending {
		return 0
	}
	p.bytes += bytes
	p.number++
	if p.number >= probePackets && float64(p.bytes*8) >= p.goal*probeTime.Seconds() {
		p.enter(probeSent, now)
	}
	return p.cluster
}

// waits tells that the probe left, and that some of its packets are under way. Not all
// that come are reported: of a packet that is sent again the second, where both come, and
// where packets overtake each other those before the first that was heard of.
// Where so much of the first one is lost that it gives no figure, others soon do: they
// are waited for, as what goes on by the guess would be lost as well.
func (p *prober) waits() bool {
	few := p.results == 0 && p.lost > 0 && len(p.came) < probeFew
	return p.state == probeSent && (few || len(p.came)+p.lost < p.number && !p.passed)
}

// better tells that what came is better than a guess: nothing else was measured yet, and
// the rest is lost. A narrow link's queue takes the first packets and drops the last.
func (p *prober) better() bool { return p.results == 0 && !p.waits() && len(p.came) >= probeFew }

// heard takes what arrived, and gives what the probe measured once enough of its
// packets have. Where the link held some of them back, and nothing speaks against more, it
// is sent again: what all of them say counts, for the next alone may as well come too fast.
func (p *prober) heard(h heard, calm bool, now time.Duration) (rate float64, ok bool) {
	for _, a := range h.arrived {
		if a.cluster != 0 && a.cluster == p.cluster {
			p.came = append(p.came, a)
		}
		p.passed = p.passed || p.state == probeSent && a.sent > p.since+probeOvertaken
	}
	for _, l := range h.lost {
		if l.cluster != 0 && l.cluster == p.cluster {
			p.lost++
		}
	}
	if p.state != probeSent {
		return 0, false
	}
	if float64(len(p.came)) < probeHeard*float64(p.number) && !p.better() {
		if now-p.since > probeAnswer {
			p.rest(now)
		}
		return 0, false
	}
	p.pace.add(p.came)
	rate, ok = p.pace.rate()
	worked := rate >= probeWorked*p.goal
	if calm && !worked && p.tries < probeTries-1 && (!ok || held(p.came)) {
		p.tries++
		p.enter(probeWanted, now)
		return 0, false
	}
	if ok {
		p.results++
		p.last = rate
	}
	if worked && p.goal < p.most {
		p.want(rate*probeFurther, now)
	} else {
		p.rest(now)
	}
	return rate, ok
}

func (p *prober) rest(now time.Duration) {
	p.enter(probeIdle, now)
	p.due = now + probeEvery
}

// held tells that most of what packets waited was one leap: the link held some back, and
// let them go together. In a queue that grows each waits a little longer.
func held(came []packet) bool {
	var rise, leap time.Duration
	for i, c := range came[1:] {
		step := (c.arrived - c.sent) - (came[i].arrived - came[i].sent)
		rise, leap = rise+step, max(leap, step)
	}
	return len(came) > probeFew && float64(leap) > probeHeld*float64(rise)
}

// pace is how fast bursts were sent and arrived.
type pace struct {
	sent, arrived         float64 // s
	sentBits, arrivedBits float64
}

func (a *pace) add(came []packet) {
	first, last := came[0], came[len(came)-1] // in the order of arrival
	sentFirst, sentLast := first, first
	bytes := 0
	for _, c := range came {
		bytes += c.bytes
		if c.sent < sentFirst.sent {
			sentFirst = c
		}
		if c.sent >= sentLast.sent {
			sentLast = c
		}
	}
	a.sent += (sentLast.sent - sentFirst.sent).Seconds()
	a.arrived += (last.arrived - first.arrived).Seconds()
	// Between n packets are n-1 pauses: of what was sent the last does not
	// count, of what arrived the first.
	a.sentBits += float64((bytes - sentLast.bytes) * 8)
	a.arrivedBits += float64((bytes - first.bytes) * 8)
}

// rate is the lesser of the rates that they were sent and arrived at, bit/s.
func (a *pace) rate() (float64, bool) {
	if a.sent <= 0 || a.arrived <= 0 {
		return 0, false
	}
	sent, arrived := a.sentBits/a.sent, a.arrivedBits/a.arrived
	switch {
	case arrived > 2*sent:
		return 0, false // the link held them back, and let them go at once
	case arrived < probeBusy*sent:
		return arrived * probeBelow, true
	}
	return min(sent, arrived), true
}

// prospects are what speaks for a probe.
type prospects struct {
	target float64
	calm   bool
	queue  time.Duration
}

// schedule asks for a probe when one is due: also while we send less than we
// may, when nothing else would tell that there is more.
func (p *prober) schedule(s prospects, now time.Duration) {
	if p.state != probeIdle || now < p.due || !s.calm || s.queue > probeQueue || s.target >= p.most*probeNoMore {
		return
	}
	p.want(s.target*probeFurther, now)
}
