package fec

import (
	"math"
	"time"
)

// How much parity a picture gets. libwebrtc reads it out of a table by loss and
// rate, scales it by how late an answer to a NACK comes, leaves it out where
// pictures are too small, and gives key frames more (VCMNackFecMethod in
// media_opt_util.cc). Here the same is asked of a model: the least parity
// with which hardly a picture stays incomplete, where losses come in runs (E. N.
// Gilbert, "Capacity of a Burst-Noise Channel", 1960).
const (
	// A lost packet that was asked for comes a round trip later. Up to the first
	// of these that is a picture or two late, and not seen; from the second on it
	// is a freeze as often as not. libwebrtc's are 20 and 100 ms.
	soon = 50 * time.Millisecond
	late = 100 * time.Millisecond

	// Pictures that their own parity does not complete, at most, and key frames, on
	// which all that follows hangs. It counts parity as if any n of it brought back
	// any n packets. Exclusive or is not as good as that; but what it misses comes
	// back with the parity of the next pictures.
	incomplete    = 0.003
	incompleteKey = 0.001

	mostRatio = 0.5 // packets of parity for one of a picture, as libwebrtc has it
	mostPrice = 8   // packets of parity for one that is lost: more, and NACK is better
	mostApart = 3   // pictures for one packet of parity: more, and it comes too late itself
)

// Link is the way that packets take.
type Link struct {
	RTT   time.Duration
	Loss  float64 // 0 to 1
	Burst float64 // packets lost one after the other, in the mean
}

// Ratio is how many packets of parity protect one packet of a picture, 0 to 0.5,
// where pictures have so many packets.
func (l Link) Ratio(packets int, key bool) float64 {
	lateness := min(max(float64(l.RTT-soon)/float64(late-soon), 0), 1)
	if lateness == 0 || packets <= 0 {
		return 0
	}
	allowed := incomplete
	if key {
		allowed = incompleteKey
	}
	most := min(mostRatio, mostPrice*l.Loss)
	n := 0
	for n < int(math.Ceil(most*float64(packets))) && l.beyond(packets, n) > allowed {
		n++
	}
	ratio := lateness * min(float64(n)/float64(packets), most)
	if ratio*float64(packets*mostApart) < 1 {
		return 0
	}
	return ratio
}

// beyond is how likely it is that of packets and n of parity more than n are lost.
func (l Link) beyond(packets, n int) float64 {
	loss := min(l.Loss, 0.9)
	burst := max(l.Burst, 1/(1-loss)) // of losses that know nothing of each other
	falls, stays := loss/(1-loss)/burst, 1-1/burst
	// The likelihood of each number of losses so far, by whether the last was one.
	good, bad := make([]float64, n+1), make([]float64, n+1)
	good[0], bad[0] = 1-loss, loss
	for range packets + n {
		before := 0.0
		for i := range good {
			g, b := good[i], bad[i]
			good[i], bad[i] = g*(1-falls)+b*(1-stays), before
			before = g*falls + b*stays
		}
	}
	within := 0.0
	for i := range good {
		within += good[i] + bad[i]
	}
	return 1 - within
}
