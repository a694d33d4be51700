package bwe

import (
	"math"
	"time"
)

// The growth is libwebrtc's (aimd_rate_control.cc, link_capacity_estimator.cc),
// which refines draft-ietf-rmcat-gcc-02, 5.5.
const (
	growth     = 0.08 // a second, far from what the link last carried
	packetBits = 1200 * 8
	// sameResponse takes the round trip's place beside others, for all to grow alike.
	sameResponse = 200 * time.Millisecond
	aboveArrived = 1.5 // the rate may be that much above what arrives
	// afterOveruse is the rate after the queue of an over-use was drained, of
	// what the link carried meanwhile. libwebrtc goes on at 0.85 because it has
	// no drain: the two together empty the queue sooner and use more.
	afterOveruse = 0.95
	afterLoss    = 0.9             // of what the loss allows: a queue too short to be seen overflows before that
	calmAfter    = 2 * time.Second // without over-use
)

// The drain sends less than the link carries for as long as our queue lasts.
const (
	drainScale  = 400 * time.Millisecond // a queue of this would stop us
	drainLeast  = 0.5                    // of the rate: the picture goes on
	drainMost   = 0.9
	drained     = 10 * time.Millisecond
	standing    = 40 * time.Millisecond // a queue that does not grow, and is ours to drain
	standingFor = 300 * time.Millisecond
	// othersFor is how long a queue that did not fall with our rate is taken for
	// that of others who fill it until it overflows. Beside them only loss counts:
	// to give way to the delay would make room for them, again and again. Copa
	// (V. Arun and H. Balakrishnan, NSDI 2018, 4) changes its mode for the same
	// reason. After it the next drain tells whether they are still there.
	othersFor = 10 * time.Second
	// Others like us drain it as well, only not at once: taken for those who never do by
	// one drain, several calls fill the queue against each other. So a second drain must
	// tell the same within suspectsFor, but of one that has only little left to give.
	suspectsFor = 40 * time.Second
	little      = 350_000 // bit/s

	carriesAll  = 0.9  // of what we send arrives: the link has room for it
	carriesPart = 0.5  // less than others would take from us
	gaveWay     = 0.92 // of what the link carried of ours: a drain sends less

	// After a fall below plungePart of the rate the drain is helped by a rest: for a
	// round trip, and until the queue of what was reported is no longer than restQueue,
	// by when that before the link has emptied: it was reported a round trip ago. So
	// does what follows a guess that was too high.
	restQueue = 100 * time.Millisecond
	restMost  = time.Second // the picture stands still
	// A probe that raised the rate misled if the link is full misledWithin and a round
	// trip after it, with less than misledBy of the rate: between the pictures of others
	// there is room for a burst, and not for more. For misledFor a probe leads no further
	// than carefully; that it is as far for all makes their shares equal.
	misledWithin = 700 * time.Millisecond
	misledBy     = 0.8
	misledFor    = 30 * time.Second
	carefully    = 250_000 // bit/s
	// afterRest is the rate then, of what the link carried: room for the key frame that
	// pictures go on with.
	afterRest = 0.85
)

// signals is what one report told.
type signals struct {
	usage   usage
	plunged float64 // bit/s that the link carries, if it seems to be much less than we send; or 0
	queue   time.Duration
	rtt     time.Duration
	arrived float64 // bit/s over rateWindow; 0 if unknown
	lately  float64 // bit/s, that of a full link; 0 if unknown
	noise   float64 // the part of the loss that is no congestion
	limited bool    // we send less than we may
}

// rate is what the delay allows: it grows until the queue does, then falls
// below what arrived and waits for the queue to empty.
type rate struct {
	least, most float64
	value       float64 // bit/s, without the drain
	guess       bool    // nothing was measured yet that speaks of it
	capacity    capacity
	updated     time.Duration
	overused    time.Duration // last
	ever        bool          // it was
	fell        time.Duration

	draining   bool
	factor     float64
	drainFrom  time.Duration
	drainEnd   time.Duration // at the latest
	drainQueue time.Duration // the longest at its beginning
	drainTook  float64       // bit/s of ours that the link carried then; 0 if unknown
	drainValue float64       // before it, bit/s
	resting    bool
	restFrom   time.Duration
	others     time.Duration // they hold the queue, up to then
	suspects   time.Duration // a queue seemed to be theirs, up to then
	standsFrom time.Duration // a queue has been standing since; 0 without
	guessed    bool          // what drains was sent by a guess
	raised     time.Duration // by a probe, last
	misled     time.Duration // by one, up to then
}

func newRate(cfg Config, first float64) rate {
	return rate{least: float64(cfg.Least), most: float64(cfg.Most), value: first, guess: true, factor: 1}
}

// now is the rate to send at, bit/s.
func (r *rate) now() float64 { return r.value * r.factor }

func (r *rate) set(value float64) { r.value = min(max(value, r.least), r.most) }

// calm tells that nothing speaks against trying more.
func (r *rate) calm(now time.Duration) bool {
	return !r.draining && (!r.ever || now-r.overused > calmAfter)
}

func (r *rate) update(s signals, now time.Duration) {
	spent := min(now-r.updated, time.Second)
	r.updated = now
	if s.plunged > r.value*plungePart || s.queue < standing {
		s.plunged = 0
	}
	full := s.usage == overuse || s.plunged > 0 || r.stands(s, now)
	competes := now < r.others
	if competes && s.usage == overuse && s.arrived < carriesPart*r.value {
		competes, r.others = false, now // it is the link that fell
	}
	full = full && !competes
	if full {
		r.overused, r.ever = now, true
		if !r.rests(now) && (now-r.fell > s.rtt+100*time.Millisecond || s.lately > 0 && s.lately < r.now()/2) {
			r.fall(s, now)
		}
	}
	if r.rests(now) && s.queue > restQueue && s.lately > 0 { // the link was busy all the time
		r.set(min(r.value, s.lately/(1-s.noise)*afterRest))
		r.empty(r.value, s, now) // what was on its way still lengthens the queue
	}
	if r.draining {
		r.drain(s, now)
		r.guessed = r.guessed && r.draining && s.queue > restQueue
	} else if !full && (s.usage == normal || competes) && !s.limited {
		r.grow(s, spent)
	}
}

// stands tells that a queue neither grows nor empties.
func (r *rate) stands(s signals, now time.Duration) bool {
	if s.queue < standing || r.draining {
		r.standsFrom = 0
		return false
	}
	if r.standsFrom == 0 {
		r.standsFrom = now
	}
	return now-r.standsFrom > standingFor
}

// fall takes the rate below what arrived while the link was full.
func (r *rate) fall(s signals, now time.Duration) {
	carried := s.lately / (1 - s.noise)
	if carried == 0 {
		carried = r.value * drainMost
	}
	before, guess := r.value, r.guess
	if r.raised > 0 && now-r.raised < s.rtt+misledWithin && carried < misledBy*before {
		r.misled = now + misledFor
	}
	if s.plunged > 0 {
		r.resting, r.restFrom = true, now
	}
	r.capacity.overused(carried)
	r.guess = false
	r.set(min(r.value, carried*afterOveruse))
	r.empty(before, s, now)
	if guess {
		r.ours(s)
	}
}

// empty begins to drain a queue that was filled at a rate of so many bit/s.
func (r *rate) empty(before float64, s signals, now time.Duration) {
	r.fell, r.standsFrom = now, 0
	if !r.draining {
		r.drainValue, r.drainQueue, r.drainTook, r.drainFrom = before, s.queue, s.lately, now
	}
	r.draining = true
	// What is on its way still fills the queue for a round trip; then it empties
	// by the part that we do not send.
	r.drainEnd = now + 2*s.rtt + 200*time.Millisecond + time.Duration(1.5*float64(s.queue)/(1-drainFactor(s.queue)))
}

// ours says that what drains was sent by a guess: it is ours alone, and still grows by
// what is under way; a guess is nothing to go back to for the sake of others.
func (r *rate) ours(s signals) {
	r.drainQueue = time.Hour
	r.guessed = s.queue > restQueue
}

func drainFactor(queue time.Duration) float64 {
	return min(max(1-float64(queue)/float64(drainScale), drainLeast), drainMost)
}

// rests tells that all but sound should rest.
func (r *rate) rests(now time.Duration) bool { return r.resting && now-r.restFrom < restMost }

func (r *rate) drain(s signals, now time.Duration) {
	r.factor = drainFactor(s.queue)
	if r.resting && s.queue <= restQueue && now-r.restFrom > s.rtt {
		r.resting, r.fell = false, now
	}
	empty := s.queue < drained && s.usage != overuse && now-r.fell > s.rtt
	// What was on its way when the drain began lengthens the queue still. If it
	// grows beyond that, though all of ours arrives, others fill it: unless as much is sent
	// as before, by an encoder that makes more than it is asked for. It is ours then.
	since := now - r.drainFrom
	if since < 2*s.rtt+rateWindow {
		r.drainQueue = max(r.drainQueue, s.queue)
	}
	all := s.arrived > carriesAll*r.now() && s.arrived < gaveWay*r.drainTook
	held := since > 2*s.rtt+3*rateWindow && s.queue > max(standing, r.drainQueue) && all
	if !empty && !held && now < r.drainEnd {
		return
	}
	// Nor is it ours if it still stands when ours had the time to empty.
	held = held || !empty && s.queue > max(standing, r.drainQueue*2/3) && all
	r.draining, r.resting, r.factor = false, false, 1
	if !held {
		return
	}
	sure := now < r.suspects || r.drainTook < little
	r.suspects = now + suspectsFor
	if sure {
		r.others = now + othersFor
		r.capacity = capacity{}
		r.set(r.drainValue)
	}
}

// grow goes up in steps of a part far from the link's known capacity, and of
// about a packet a round trip close to it.
func (r *rate) grow(s signals, spent time.Duration) {
	if s.arrived > r.capacity.upper() {
		r.capacity = capacity{} // it is more than we knew
	}
	up := r.value * (math.Pow(1+growth, spent.Seconds()) - 1)
	if r.capacity.known() && r.value > r.capacity.lower() {
		response := s.rtt + 100*time.Millisecond
		if r.careful(r.updated) {
			response = sameResponse
		}
		up = max(packetBits/response.Seconds()/2, 4000) * spent.Seconds()
	}
	limit := max(r.value, aboveArrived*s.arrived/(1-s.noise)+10_000)
	r.set(min(r.value+up, limit))
}

// lost follows the loss down. The link was full, so that the rate goes below
// what it lets through.
func (r *rate) lost(limit float64, s signals, now time.Duration) {
	r.set(limit * afterLoss)
	r.capacity.overused(s.arrived)
	if r.guess && s.queue > restQueue {
		r.empty(r.value, s, now)
		r.ours(s)
	}
	r.guess = false
}

// probed takes what a burst measured. It only raises: a burst that
// came slower than we send tells of jitter or of others. But a mere guess gives way to
// the first figure also where that is less, as libwebrtc's estimate does to each
// (goog_cc_network_control.cc): else a narrow link's queue would have to overflow
// before anything told of it. What was sent by the guess stands in that queue.
func (r *rate) probed(measured float64, s signals, now time.Duration) {
	guess, before := r.guess, r.value
	if guess {
		measured = max(measured, s.arrived)
	}
	if r.careful(now) && !guess {
		measured = min(measured, before+carefully)
	}
	if r.draining || measured <= before && !guess {
		return
	}
	r.guess, r.raised = false, now
	r.capacity = capacity{}
	r.set(measured)
	if measured < before {
		r.capacity.overused(measured)
		r.empty(measured, s, now)
		r.ours(s)
	}
}

// careful tells that a probe's figure may be too high.
func (r *rate) careful(now time.Duration) bool { return now < r.misled }

// capacity is what the link carried when it was full, with its spread.
type capacity struct {
	mean   float64 // kbit/s; 0 if unknown
	spread float64 // variance over mean
}

const (
	capacityWeight = 0.05
	spreadLeast    = 0.4
	spreadMost     = 2.5
)

func (c *capacity) known() bool { return c.mean > 0 }

func (c *capacity) overused(carried float64) {
	kbps := carried / 1000
	if c.mean == 0 || carried < c.lower() || carried > c.upper() {
		c.mean, c.spread = kbps, spreadLeast
		return
	}
	off := c.mean - kbps
	c.mean += capacityWeight * (kbps - c.mean)
	c.spread = (1-capacityWeight)*c.spread + capacityWeight*off*off/max(c.mean, 1)
	c.spread = min(max(c.spread, spreadLeast), spreadMost)
}

func (c *capacity) deviation() float64 { return 3 * math.Sqrt(c.spread*c.mean) }

// upper and lower are bit/s within which the link is as it was.
func (c *capacity) upper() float64 {
	if c.mean == 0 {
		return math.Inf(1)
	}
	return (c.mean + c.deviation()) * 1000
}

func (c *capacity) lower() float64 { return max(0, c.mean-c.deviation()) * 1000 }
