package bwe

import "time"

const (
	rateWindow = 500 * time.Millisecond // of what arrives, to grow by
	lateWindow = 200 * time.Millisecond // of what arrives, to fall by
	lateBytes  = 2400                   // in it at least: a narrow link's few packets tell nothing
	meterKeeps = time.Second
)

// meter is the rate that packets arrive at.
type meter struct {
	list []arrival
}

type arrival struct {
	at    time.Duration
	bytes int
}

func (m *meter) add(at time.Duration, bytes int) {
	m.list = append(m.list, arrival{at, bytes})
	old := 0
	for old < len(m.list) && m.list[old].at < at-meterKeeps {
		old++
	}
	m.list = m.list[old:]
}

// over is the rate in bit/s of what arrived in the last window; ok is false
// where that is too little to tell.
func (m *meter) over(window time.Duration) (rate float64, ok bool) { return m.measure(window, 0) }

func (m *meter) measure(window time.Duration, least int) (rate float64, ok bool) {
	if len(m.list) < 2 {
		return 0, false
	}
	last := m.list[len(m.list)-1].at
	bytes, first, n := 0, last, 0
	for i := len(m.list) - 1; i >= 0 && m.list[i].at > last-window; i-- {
		bytes += m.list[i].bytes
		first = m.list[i].at
		n++
	}
	// What came first was sent before the time that is measured.
	bytes -= m.list[len(m.list)-n].bytes
	span := last - first
	if n < 4 || bytes < least || span < window/2 {
		return 0, false
	}
	return float64(bytes*8) / span.Seconds(), true
}

// lately is the rate of what came last, bit/s, 0 if unknown. It tells the
// capacity of a link that has a queue: packets leave that without a pause.
func (m *meter) lately() float64 {
	long, ok := m.over(rateWindow)
	short, known := m.measure(lateWindow, lateBytes)
	switch {
	case known && ok:
		return min(long, short)
	case known:
		return short
	}
	return long
}

const (
	baseBuckets = 15 // of a second each: how long the least delay counts
	queueSmooth = 0.3
)

// queueMeter is how long our packets wait in a queue: their delay above the
// least one of the last seconds, which holds the way itself and the difference
// of the two clocks. LEDBAT (RFC 6817, 4.2) keeps its base delay like that.
type queueMeter struct {
	base   [baseBuckets]time.Duration
	filled int
	turned time.Duration // when the newest bucket began
	least  time.Duration // of this report
	fresh  bool
	smooth float64 // ns above the base
}

func (q *queueMeter) add(delay time.Duration) {
	if !q.fresh || delay < q.least {
		q.least, q.fresh = delay, true
	}
}

// flush ends a report. The least delay of its packets counts: jitter adds to
// the others.
func (q *queueMeter) flush(now time.Duration) {
	if !q.fresh {
		return
	}
	q.fresh = false
	if q.filled == 0 || now-q.turned >= time.Second {
		copy(q.base[1:], q.base[:])
		q.base[0] = q.least
		q.filled = min(q.filled+1, baseBuckets)
		q.turned = now
	}
	q.base[0] = min(q.base[0], q.least)
	waits := float64(q.least - q.floor())
	if q.smooth > waits {
		q.smooth = waits // an emptier queue is never a mistake
	} else {
		q.smooth += (1 - queueSmooth) * (waits - q.smooth)
	}
}

func (q *queueMeter) floor() time.Duration {
	least := q.base[0]
	for _, d := range q.base[1:q.filled] {
		least = min(least, d)
	}
	return least
}

func (q *queueMeter) delay() time.Duration { return time.Duration(q.smooth) }
