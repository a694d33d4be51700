package bridge

import (
	"time"

	"parley/backend/frame"
)

const (
	// A frame waits for queueFor at most for the socket of one page, and queueFrames do
	// together: what waited for a lost packet comes at once, three seconds of it at most
	// (peer), and each is needed for the next.
	queueFor    = 400 * time.Millisecond
	queueFrames = 90
	// flightFrames are at most on the way: sent, and not yet reported. A
	// browser takes in messages without bound while its page is busy, so the
	// socket alone holds nothing back. It must hold the frames that wait for
	// their time in the page: half a second at 60 a second.
	flightFrames = 30
)

// packet is one frame on its way.
type packet struct {
	frame    frame.Video
	sequence uint32
	written  time.Time
	present  time.Time
}

// lane is what is on the way from one track to the page: first in the queue,
// then in flight. What it drops is whole frames, up to a key frame.
type lane struct {
	queue   []packet
	flight  []packet // without their data
	waiting bool     // for a key frame: no other is taken
	keySent uint32   // sequence number of the last key frame sent
}

func newLane() lane {
	return lane{waiting: true}
}

// push queues p, and tells how many frames were dropped for it, with itself.
func (l *lane) push(p packet) (dropped int) {
	if p.frame.Key {
		if l.full(p.written) {
			dropped = len(l.queue)
			l.queue = nil
		}
		l.waiting = false
	}
	if l.waiting {
		return 1
	}
	if l.full(p.written) {
		dropped = l.restart()
		if l.waiting {
			return dropped + 1
		}
	}
	l.queue = append(l.queue, p)
	return dropped
}

func (l *lane) full(now time.Time) bool {
	return len(l.queue) >= queueFrames || len(l.queue) > 0 && now.Sub(l.queue[0].written) >= queueFor
}

// ready tells whether there is a frame to send: none while too many are in flight.
func (l *lane) ready() bool {
	return len(l.queue) > 0 && len(l.flight) < flightFrames
}

// pop takes the next frame to send; there must be one.
func (l *lane) pop() packet {
	p := l.queue[0]
	l.queue[0] = packet{}
	l.queue = l.queue[1:]
	sent := p
	sent.frame.Data = nil
	l.flight = append(l.flight, sent)
	if p.frame.Key {
		l.keySent = p.sequence
	}
	return p
}

// restart drops the queue up to its last key frame; where it has none, or
// begins with it, all of it, and the lane waits for one.
func (l *lane) restart() (dropped int) {
	for i := len(l.queue) - 1; i > 0; i-- {
		if l.queue[i].frame.Key {
			l.queue = l.queue[i:]
			return i
		}
	}
	dropped = len(l.queue)
	l.queue, l.waiting = nil, true
	return dropped
}

// reset drops the whole queue: the track, or the page, begins anew.
func (l *lane) reset() (dropped int) {
	dropped = len(l.queue)
	l.queue, l.waiting = nil, true
	return dropped
}

// settle takes the frame that the page reported out of flight, with passed
// older ones that it left out.
func (l *lane) settle(sequence uint32) (p packet, passed int, ok bool) {
	n := 0
	for n < len(l.flight) && l.flight[n].sequence <= sequence {
		n++
	}
	if n == 0 {
		return packet{}, 0, false
	}
	p, ok = l.flight[n-1], l.flight[n-1].sequence == sequence
	passed = n
	if ok {
		passed--
	}
	l.flight = l.flight[n:]
	return p, passed, ok
}
