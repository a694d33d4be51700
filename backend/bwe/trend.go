package bwe

import (
	"math"
	"time"
)

// usage is what the delay says of the link.
type usage int

const (
	normal   usage = iota
	overuse        // the queue grows
	underuse       // the queue empties
)

// The trend line's constants are libwebrtc's (trendline_estimator.cc); the
// threshold is that of draft-ietf-rmcat-gcc-02, 5.4, and of G. Carlucci et al.,
// "Analysis and Design of the Google Congestion Control for WebRTC" (MMSys 2016).
const (
	groupTime   = 5 * time.Millisecond   // packets sent within are one group
	burstGap    = 5 * time.Millisecond   // those that a link hands over together too
	burstTime   = 100 * time.Millisecond // at most
	trendWindow = 20                     // groups
	trendSmooth = 0.9
	trendGain   = 4.0
	trendDeltas = 60 // that the trend is scaled up to
	overuseTime = 10.0

	thresholdFirst = 12.5 // ms
	thresholdLeast = 6.0
	thresholdMost  = 600.0
	thresholdUp    = 0.0087 // a ms
	thresholdDown  = 0.039
	thresholdLeap  = 15.0 // ms above it that are a mistake
)

// group is packets that were sent, or came, in one burst.
type group struct {
	firstSent, lastSent       time.Duration
	firstArrived, lastArrived time.Duration
	full                      bool
}

// trend tells from how the spacing of packets changes on the way whether the
// queue grows: a line is laid through the delay of the last groups, and its
// slope held against a threshold that adapts to the jitter of the link, and to
// other senders which would push us aside otherwise.
type trend struct {
	usage usage

	now, before group
	deltas      int
	sum, smooth float64 // ms of delay since the beginning
	points      []point
	began       time.Duration

	threshold float64 // ms
	updated   time.Duration
	overFor   float64 // ms
	overs     int
	last      float64
}

type point struct{ at, delay float64 } // ms

func newTrend() trend { return trend{threshold: thresholdFirst} }

// add takes a packet that arrived, in the order of arrival.
func (t *trend) add(p packet) {
	switch {
	case !t.now.full:
		t.now = group{p.sent, p.sent, p.arrived, p.arrived, true}
		return
	case p.sent < t.now.firstSent:
		return // it was overtaken
	case p.sent-t.now.firstSent > groupTime && !t.burst(p):
		if t.before.full {
			t.update(t.now.lastArrived-t.before.lastArrived, t.now.lastSent-t.before.lastSent, t.now.lastArrived)
		}
		t.before = t.now
		t.now = group{p.sent, p.sent, p.arrived, p.arrived, true}
		return
	}
	t.now.lastSent = max(t.now.lastSent, p.sent)
	t.now.lastArrived = max(t.now.lastArrived, p.arrived)
}

// burst tells whether p came together with the group before it, having caught
// up with it: some radio links hand over what came in 10 ms at once.
func (t *trend) burst(p packet) bool {
	gap := p.arrived - t.now.lastArrived
	return gap < p.sent-t.now.lastSent && gap <= burstGap && p.arrived-t.now.firstArrived < burstTime
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func (t *trend) update(arrived, sent, at time.Duration) {
	if t.deltas == 0 {
		t.began = at
	}
	t.deltas = min(t.deltas+1, 1000)
	t.sum += ms(arrived - sent)
	t.smooth = trendSmooth*t.smooth + (1-trendSmooth)*t.sum
	t.points = append(t.points, point{ms(at - t.began), t.smooth})
	if len(t.points) > trendWindow {
		t.points = t.points[1:]
	}
	slope := t.last
	if len(t.points) == trendWindow {
		slope = fit(t.points, slope)
	}
	t.detect(slope, ms(sent), at)
}

// fit is the slope of the line of least squares, or otherwise where there is none.
func fit(points []point, otherwise float64) float64 {
	var x, y float64
	for _, p := range points {
		x += p.at
		y += p.delay
	}
	n := float64(len(points))
	x, y = x/n, y/n
	var above, below float64
	for _, p := range points {
		above += (p.at - x) * (p.delay - y)
		below += (p.at - x) * (p.at - x)
	}
	if below == 0 {
		return otherwise
	}
	return above / below
}

func (t *trend) detect(slope, sent float64, at time.Duration) {
	if t.deltas < 2 {
		return
	}
	scaled := float64(min(t.deltas, trendDeltas)) * slope * trendGain
	switch {
	case scaled > t.threshold:
		if t.overs == 0 {
			t.overFor = sent / 2
		} else {
			t.overFor += sent
		}
		t.overs++
		if t.overFor > overuseTime && t.overs > 1 && slope >= t.last {
			t.overFor, t.overs = 0, 0
			t.usage = overuse
		}
	case scaled < -t.threshold:
		t.overFor, t.overs = 0, 0
		t.usage = underuse
	default:
		t.overFor, t.overs = 0, 0
		t.usage = normal
	}
	t.last = slope
	t.adapt(math.Abs(scaled), at)
}

func (t *trend) adapt(scaled float64, at time.Duration) {
	spent := min(max(ms(at-t.updated), 0), 100)
	t.updated = at
	if scaled > t.threshold+thresholdLeap {
		return
	}
	k := thresholdUp
	if scaled < t.threshold {
		k = thresholdDown
	}
	t.threshold = min(max(t.threshold+k*(scaled-t.threshold)*spent, thresholdLeast), thresholdMost)
}
