package bridge

import (
	"slices"
	"time"
)

// Stats are the figures of one track. A frame that was written while a page
// watched is sent or dropped; one that was sent ends as drawn, skipped or a
// decoder error.
type Stats struct {
	Written       uint64 // frames, watched or not
	Sent          uint64 // frames given to the page's socket
	Dropped       uint64 // frames left out before it: no key frame yet, or a full queue
	Drawn         uint64 // frames that the page drew
	Skipped       uint64 // frames that the page left out: hidden, or passed by a later one
	DecoderErrors uint64 // frames that the page's decoder refused

	// From Write to drawn, of the last 512 frames drawn. Both ends are read
	// from our clock, so the report's own way back is in it.
	DelayP50, DelayP95 time.Duration
	// From when a frame should be drawn to when it was, of the last 512 that
	// had such a time; below zero is early.
	LateP50, LateP95 time.Duration
}

// window keeps the last 512 durations.
type window struct {
	ring [512]time.Duration
	n    int // ever added
}

func (w *window) add(d time.Duration) {
	w.ring[w.n%len(w.ring)] = d
	w.n++
}

// percentiles are the median and the 95th, by nearest rank.
func (w *window) percentiles() (p50, p95 time.Duration) {
	n := min(w.n, len(w.ring))
	if n == 0 {
		return 0, 0
	}
	s := slices.Clone(w.ring[:n])
	slices.Sort(s)
	return s[(n-1)*50/100], s[(n-1)*95/100]
}
