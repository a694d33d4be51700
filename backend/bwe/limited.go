package bwe

import "time"

// The application limited region is libwebrtc's (alr_detector.cc): what was not
// sent proves nothing about the link, so that the estimate must not grow by it.
const (
	limitedShare  = 0.65 // of the target: less than that saves
	limitedWindow = 0.5  // s of the target that can be saved
	limitedFrom   = 0.8  // of them saved: limited
	limitedUntil  = 0.5
)

// appLimit tells whether we send less than we may.
type appLimit struct {
	saved float64 // bits
	at    time.Duration
	now   bool
}

func (a *appLimit) sent(bytes int, target float64, now time.Duration) {
	most := target * limitedShare * limitedWindow
	a.saved += target * limitedShare * (now - a.at).Seconds()
	a.at = now
	a.saved = min(max(min(a.saved, most)-float64(bytes*8), -most), most)
	switch {
	case a.saved > limitedFrom*most:
		a.now = true
	case a.saved < limitedUntil*most:
		a.now = false
	}
}

func (a *appLimit) limited() bool { return a.now }

// silenceAfter is how long nothing may be heard of what was sent, beyond a round
// trip: five reports of 100 ms.
const silenceAfter = 500 * time.Millisecond

// silence notices that reports do not come any more: the way there or back is
// cut or full, and either way less must be sent. Congestion control without
// feedback halves (RFC 8083, 4.3, and RFC 8888's "lack of feedback").
type silence struct {
	heard  time.Duration
	asked  time.Duration // what was sent first since then; 0 for nothing
	cut    time.Duration
	before float64 // the target before it, bit/s; 0 while reports come
}

// sent gives the rate to go on at where too long nothing was heard.
func (s *silence) sent(now, rtt time.Duration, target float64) (rate float64, fell bool) {
	if s.asked == 0 {
		s.asked = now
	}
	if now-s.asked < silenceAfter+rtt || now-s.cut < silenceAfter {
		return 0, false
	}
	if s.before == 0 {
		s.before = target
	}
	s.cut = now
	return target / 2, true
}

// over tells that a report came, and the target before the silence if there was one.
func (s *silence) over(now time.Duration) (before float64, was bool) {
	before = s.before
	*s = silence{heard: now, cut: s.cut}
	return before, before > 0
}
