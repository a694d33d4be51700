package firestore

import (
	"sync"

	"parley/backend/signaling"
)

// maxUnread is how many events may wait for their reader: far more than the
// candidates of both sides, few enough that a hostile peer fills no memory.
const maxUnread = 2048

// queue hands events to their reader, so that whoever adds one never waits.
type queue struct {
	out    chan signaling.Event
	pumped chan struct{} // closed when out is

	mu     sync.Mutex
	unread []signaling.Event
	ended  bool
	more   chan struct{} // holds one: unread or ended changed
}

func newQueue() *queue {
	return &queue{out: make(chan signaling.Event), pumped: make(chan struct{}), more: make(chan struct{}, 1)}
}

// add reports false where the queue has ended or is full.
func (q *queue) add(e signaling.Event) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended || len(q.unread) >= maxUnread {
		return false
	}
	q.unread = append(q.unread, e)
	q.wake()
	return true
}

// end adds the last events, if any. A second end does nothing.
func (q *queue) end(last ...signaling.Event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.ended {
		q.unread = append(q.unread, last...)
		q.ended = true
		q.wake()
	}
}

func (q *queue) wake() {
	select {
	case q.more <- struct{}{}:
	default:
	}
}

func (q *queue) hasEnded() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.ended
}

// pump feeds the reader until the end, or until nobody wants the rest.
func (q *queue) pump(unwanted <-chan struct{}) {
	defer close(q.pumped)
	defer close(q.out)
	for {
		q.mu.Lock()
		events, ended := q.unread, q.ended
		q.unread = nil
		q.mu.Unlock()
		for _, e := range events {
			select {
			case q.out <- e:
			case <-unwanted:
				return
			}
		}
		if ended {
			return
		}
		select {
		case <-q.more:
		case <-unwanted:
			return
		}
	}
}
