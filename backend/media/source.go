package media

import (
	"image"
	"time"
)

// source gives raw pictures.
type source interface {
	// name is for the user.
	name() string
	// size is that of the pictures as they come, in pixels; rate is frames a
	// second.
	size() (width, height int)
	rate() float64
	// live tells that pictures ought to come all the time: a camera that gives
	// none for stallLimit is broken.
	live() bool
	// next waits for a picture and draws it into dst, scaled to dst's size.
	// Its errors end the source; after close it returns io.EOF.
	next(dst *image.YCbCr) (captured time.Time, err error)
	// close releases what the source holds; next may be running, and ends. It
	// is called once.
	close() error
}

// fit scales w x h down into maxW x maxH, with both sides even, as H.264 wants
// them. It never scales up.
func fit(w, h, maxW, maxH int) (int, int) {
	if w > maxW || h > maxH {
		if w*maxH > h*maxW {
			w, h = maxW, (h*maxW+w/2)/w
		} else {
			w, h = (w*maxH+h/2)/h, maxH
		}
	}
	return max(w&^1, minSide), max(h&^1, minSide)
}

// minSide is a macroblock: OpenH264 takes no smaller picture.
const minSide = 16

// pacer spaces pictures evenly on the wall clock.
type pacer struct {
	interval time.Duration
	due      time.Time
	timer    *time.Timer
	done     chan struct{}
}

func newPacer(rate float64) *pacer {
	p := &pacer{interval: time.Duration(float64(time.Second) / rate), done: make(chan struct{}), timer: time.NewTimer(0)}
	<-p.timer.C
	return p
}

// wait returns when the next picture is due, or false when stopped. Who comes
// later than a few pictures does not get them in a burst.
func (p *pacer) wait() (time.Time, bool) {
	now := time.Now()
	if p.due = p.due.Add(p.interval); now.Sub(p.due) > 4*p.interval {
		p.due = now
	}
	p.timer.Reset(p.due.Sub(now))
	select {
	case <-p.done:
		p.timer.Stop()
		return time.Time{}, false
	case <-p.timer.C:
		return p.due, true
	}
}

func (p *pacer) stop() { close(p.done) }
