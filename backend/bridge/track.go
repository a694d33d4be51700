package bridge

import (
	"image"
	"time"

	"parley/backend/frame"
)

// The tracks that the page shows.
const (
	Local  = "local"  // what our camera sees: the self-view
	Remote = "remote" // what the other side sends
	Screen = "screen" // its screen, while it shares one
)

// askEvery is the least time between two calls of needKeyframe: a key frame is
// many times the size of others, and the other side pays for it.
const askEvery = time.Second

// Track is one video track on its way to the page. Its methods may be called
// from any goroutine.
type Track struct {
	bridge *Bridge
	name   string

	// Guarded by bridge.mu.
	needKeyframe func()
	asked        time.Time
	sequence     uint32
	lane         lane
	clear        bool // the page has yet to be told
	shown        image.Point
	stats        Stats
	delay, late  window
}

// Write hands on one frame; f.Data must not change afterwards. present is when
// to draw it on our wall clock, no more than half a second ahead; zero is at
// once. Write never blocks: where the page is too slow, frames are dropped up
// to the next key frame, and counted.
func (t *Track) Write(f frame.Video, present time.Time) {
	t.bridge.mu.Lock()
	defer t.bridge.mu.Unlock()
	now := time.Now()
	t.sequence++
	t.stats.Written++
	c := t.bridge.client
	if c == nil {
		return
	}
	p := packet{f, t.sequence, now, present}
	if !fits(f) {
		// What follows refers to a picture that the page will not have.
		t.stats.Dropped++
		t.lane.waiting = true
	} else {
		t.stats.Dropped += uint64(t.lane.push(p))
	}
	if t.lane.waiting {
		t.askKeyframe(now)
	}
	c.wakeUp()
}

// Clear tells the page that the track stopped: it shows the empty tile, and the
// track goes on with a key frame.
func (t *Track) Clear() {
	t.bridge.mu.Lock()
	defer t.bridge.mu.Unlock()
	c := t.bridge.client
	if c == nil {
		return
	}
	t.stats.Dropped += uint64(t.lane.reset())
	t.clear = true
	c.wakeUp()
}

// Shown is the size in pixels of the largest place where the page shows the
// track; zero while nobody sees it.
func (t *Track) Shown() image.Point {
	t.bridge.mu.Lock()
	defer t.bridge.mu.Unlock()
	if t.bridge.client == nil {
		return image.Point{}
	}
	return t.shown
}

// Stats are the track's figures since it was made.
func (t *Track) Stats() Stats {
	t.bridge.mu.Lock()
	defer t.bridge.mu.Unlock()
	s := t.stats
	s.DelayP50, s.DelayP95 = t.delay.percentiles()
	s.LateP50, s.LateP95 = t.late.percentiles()
	return s
}

// askKeyframe needs bridge.mu.
func (t *Track) askKeyframe(now time.Time) {
	if t.needKeyframe == nil || now.Sub(t.asked) < askEvery {
		return
	}
	select {
	case t.bridge.asks <- t:
		t.asked = now
	default: // the next frame asks again
	}
}

// wanted is the page's wish for a key frame later than the frame of the given
// sequence number. It needs bridge.mu.
func (t *Track) wanted(after uint32, now time.Time) {
	if t.lane.keySent > after || len(t.lane.queue) > 0 && t.lane.queue[0].frame.Key {
		return // it is on its way
	}
	t.stats.Dropped += uint64(t.lane.restart())
	if t.lane.waiting {
		t.askKeyframe(now)
	}
}

// reported is what became of a frame in the page. It needs bridge.mu.
func (t *Track) reported(sequence uint32, o outcome, now time.Time) {
	p, passed, ok := t.lane.settle(sequence)
	t.stats.Skipped += uint64(passed)
	if !ok {
		return
	}
	switch o {
	case drawn:
		t.stats.Drawn++
		t.delay.add(now.Sub(p.written))
		if !p.present.IsZero() {
			t.late.add(now.Sub(p.present))
		}
	case skipped:
		t.stats.Skipped++
	case failed:
		t.stats.DecoderErrors++
	}
}
