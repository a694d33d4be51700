package record

import (
	"slices"
	"time"
)

const (
	// maxOff is how far a sender's clock may lead or lag the arrivals; beyond
	// that it has jumped, and arrivals count.
	maxOff = 5 * time.Second
	// shortest is the least time between two frames of a track.
	shortest = time.Millisecond
)

// timeline gives each sample its place in the file: by the sender's capture
// clock once both tracks have it (RFC 3550, 6.4.1), which keeps them in step;
// until then by RTP timestamps that begin with the arrival of the first sample.
type timeline struct {
	start  time.Time // arrival of the file's beginning
	tracks [3]clock  // by number
	common bool      // both tracks have the capture clock
	zero   time.Time // the file's beginning on it
}

// clock is one track's RTP clock.
type clock struct {
	known     bool
	timestamp uint32 // of the last sample
	at        time.Duration
	captured  bool // it has the capture clock
	last      time.Duration
}

func (t trackNumber) rate() int64 {
	if t == video {
		return 90000
	}
	return 48000
}

// begin makes held[first] the file's beginning. Samples of held that came before
// their track's first sender report get the capture time that it implies.
func (t *timeline) begin(held []sample, first int) {
	for _, track := range []trackNumber{video, audio} {
		i := slices.IndexFunc(held, func(s sample) bool { return s.track == track && !s.captured.IsZero() })
		if i < 0 {
			continue
		}
		t.tracks[track].captured = true
		known := held[i]
		for j := range held[:i] {
			if s := &held[j]; s.track == track {
				s.captured = known.captured.Add(ticks(s.timestamp-known.timestamp, track))
			}
		}
	}
	t.start = held[first].arrived
	if t.tracks[video].captured && t.tracks[audio].captured {
		t.common, t.zero = true, held[first].captured
	}
}

// ticks is an RTP duration, which may be negative, as time.
func ticks(n uint32, track trackNumber) time.Duration {
	return time.Duration(int64(int32(n)) * int64(time.Second) / track.rate())
}

// at is when s belongs into the file; negative is before its beginning.
func (t *timeline) at(s sample) time.Duration {
	c := &t.tracks[s.track]
	arrival := s.arrived.Sub(t.start)
	at := arrival
	if c.known {
		at = c.at + ticks(s.timestamp-c.timestamp, s.track)
	}
	if !s.captured.IsZero() {
		c.captured = true
		if !t.common && t.tracks[video].captured && t.tracks[audio].captured {
			t.common, t.zero = true, s.captured.Add(-at) // this track goes on, the other comes into step
		}
		if t.common {
			at = s.captured.Sub(t.zero)
		}
	}
	if (at - arrival).Abs() > maxOff {
		at = arrival
	}
	c.known, c.timestamp, c.at = true, s.timestamp, at
	if at < 0 {
		return at
	}
	// Pictures must not change places, whatever the clocks say.
	at = max(at, c.last)
	c.last = at + shortest
	return at
}
