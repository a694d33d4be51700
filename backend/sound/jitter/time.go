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
	if captured.Sub(b.captured).Abs() > time.Minute {
		return time.Time{}, false
	}
	ts := b.ts(captured)
	at := b.delay.base() + ts + b.goal()
	if b.playing {
		at = b.readAt + ts - b.readTS
	}
	return b.epoch.Add(samples(at)), true
}

// ts is the position of the sample that the sender captured then.
func (b *Buffer) ts(captured time.Time) int64 {
	return b.capturedTS + int64(captured.Sub(b.captured))/125*6/1000
}

// NotBefore says that the sample that the sender captured then is to be read at that
// time or later, a quarter of a second after it could be at most. It holds for those
// that follow as well, for a second.
func (b *Buffer) NotBefore(captured, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.captured.IsZero() || captured.Sub(b.captured).Abs() > time.Minute {
		return
	}
	b.least = min(b.clock(at)-b.delay.base()-b.ts(captured), maxLeast)
	b.leastUntil = b.readReal + rate
}

// samples is n samples as time.
func samples(n int64) time.Duration {
	n = min(max(n, math.MinInt64/125000), math.MaxInt64/125000)
	return time.Duration(n * 125000 / 6)
}
