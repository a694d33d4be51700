package jitter

import (
	"math"
	"time"
)

// clock is t in samples since the first packet.
func (b *Buffer) clock(t time.Time) int64 {
	return int64(t.Sub(b.epoch)) / 125 * 6 / 1000
}

// PlayTime is when the sample is read that the sender captured then, on its
// clock; false while the sender's clock is not known or the stream has stopped.
func (b *Buffer) PlayTime(captured time.Time) (time.Time, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.captured.IsZero() || b.readReal-b.capturedAt > 5*rate {
		return time.Time{}, false
	}
	offset := captured.Sub(b.captured)
	if offset.Abs() > time.Minute {
		return time.Time{}, false
	}
	ts := b.capturedTS + int64(offset)/125*6/1000
	at := b.delay.base() + ts + b.goal()
	if b.playing {
		at = b.readAt + ts - b.readTS
	}
	return b.epoch.Add(samples(at)), true
}

// samples is n samples as time.
func samples(n int64) time.Duration {
	n = min(max(n, math.MinInt64/125000), math.MaxInt64/125000)
	return time.Duration(n * 125000 / 6)
}
