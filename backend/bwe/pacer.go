package bwe

import "time"

// Pacing spreads a frame's packets over time, so that it meets the link's queue
// in small pieces. The factor is libwebrtc's: a key frame is several frames'
// worth, and should not take as many frames' time. On a narrow link it is as much
// as the whole queue takes, and sound would be lost behind it: there it goes out
// hardly faster than it arrives.
const (
	paceFactor = 2.5
	paceNarrow = 1.25
	paceWide   = 200_000              // bit/s: above, all of paceFactor
	paceLeast  = 50_000               // bit/s
	paceBurst  = 5 * time.Millisecond // of what may go out together, to spare timers
)

// PaceRate is how fast packets go out, bit/s, at a target of so many.
func PaceRate(target int) float64 {
	rate := float64(target)
	return max(rate*max(paceNarrow, paceFactor*min(1, rate/paceWide)), paceLeast)
}

// Pacer tells when the next packet may go. Its zero value is ready.
type Pacer struct{ due time.Time } // when what was sent so far is paid for

// Wait is how long the next packet must wait.
func (p *Pacer) Wait(now time.Time) time.Duration {
	if early := now.Add(-paceBurst); p.due.Before(early) {
		p.due = early
	}
	return max(0, p.due.Sub(now))
}

// Sent notes a packet of so many bytes, and the rate in bit/s of its stream.
func (p *Pacer) Sent(bytes int, rate float64) {
	p.due = p.due.Add(time.Duration(float64(bytes*8) / rate * float64(time.Second)))
}
