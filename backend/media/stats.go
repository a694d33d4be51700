package media

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"parley/backend/frame"
)

// Stats are counted from the start, unless they say otherwise.
type Stats struct {
	// Captured pictures; of these Encoded ones became frames, and Dropped
	// ones did not: the encoder was busy, or the target bitrate exceeded.
	Captured, Encoded, Dropped uint64
	KeyFrames                  uint64
	// EncodeP50 and EncodeP95 are of the last 300 frames.
	EncodeP50, EncodeP95 time.Duration
	// Width and Height of the last frame, in pixels; 0 before the first.
	Width, Height int
	// Paused tells that the bitrate is too low for any picture.
	Paused bool
	Codec  frame.Codec
	// FrameRate is that of the last second of frames, and Bitrate theirs, in
	// bit/s.
	FrameRate float64
	Bitrate   int
	// Target is the bitrate that was asked for, in bit/s.
	Target int
}

type statistics struct {
	captured, dropped atomic.Uint64
	paused            atomic.Bool

	mu            sync.Mutex // guards what follows
	encoded, keys uint64
	times         [300]time.Duration // ring
	recent        []sent             // of the last second
	width, height int                // of the last frame
}

type sent struct {
	at   time.Time
	size int
}

func (s *statistics) add(f frame.Video, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.width, s.height = f.Width, f.Height
	s.times[s.encoded%uint64(len(s.times))] = took
	s.encoded++
	if f.Key {
		s.keys++
	}
	s.recent = append(s.recent, sent{f.Captured, len(f.Data)})
	old := 0
	for f.Captured.Sub(s.recent[old].at) >= time.Second {
		old++
	}
	s.recent = slices.Delete(s.recent, 0, old)
}

func (s *statistics) snapshot(c frame.Codec, target int) Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Stats{
		Captured: s.captured.Load(), Encoded: s.encoded, Dropped: s.dropped.Load(), KeyFrames: s.keys,
		Width: s.width, Height: s.height, Paused: s.paused.Load(), Codec: c, Target: target,
	}
	if n := int(min(s.encoded, uint64(len(s.times)))); n > 0 {
		sorted := slices.Sorted(slices.Values(s.times[:n]))
		st.EncodeP50, st.EncodeP95 = sorted[n/2], sorted[n*95/100]
	}
	if n := len(s.recent); n > 1 && time.Since(s.recent[n-1].at) < time.Second {
		span := s.recent[n-1].at.Sub(s.recent[0].at).Seconds()
		bytes := 0
		for _, f := range s.recent[1:] {
			bytes += f.size
		}
		st.FrameRate = float64(n-1) / span
		st.Bitrate = int(float64(bytes*8) / span)
	}
	return st
}
