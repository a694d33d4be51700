// Package feed is a list of room events that grows and that readers wait on,
// so that whoever appends never waits for whoever reads.
package feed

import (
	"context"
	"io"
	"sync"

	"parley/backend/signaling"
)

// Max is how many events a feed takes: far more than a call needs (about 100),
// few enough that a peer that comes and goes for ever fills no memory.
const Max = 2048

// Feed is one reader's events, from the beginning of the room. Its methods may
// be called from any goroutine.
type Feed struct {
	mu     sync.Mutex
	events []signaling.Event
	ended  bool
	more   chan struct{} // closed when events or ended change, then replaced
}

// New makes an empty feed.
func New() *Feed { return &Feed{more: make(chan struct{})} }

// Append adds an event. It reports false where the feed has ended or is full.
func (f *Feed) Append(e signaling.Event) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended || len(f.events) >= Max {
		return false
	}
	f.events = append(f.events, e)
	f.wake()
	return true
}

// End adds the last events, if any; nothing comes after them. A second End
// does nothing.
func (f *Feed) End(last ...signaling.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return
	}
	f.events = append(f.events, last...)
	f.ended = true
	f.wake()
}

func (f *Feed) wake() {
	close(f.more)
	f.more = make(chan struct{})
}

// Len is how many events there are.
func (f *Feed) Len() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.events)
}

// Ended tells whether the feed has ended.
func (f *Feed) Ended() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ended
}

// After waits until there are events after the first n, and returns them. The
// error is io.EOF at the end, or the context's.
func (f *Feed) After(ctx context.Context, n int) ([]signaling.Event, error) {
	for {
		f.mu.Lock()
		events, ended, more := f.events, f.ended, f.more
		f.mu.Unlock()
		if n < len(events) {
			return events[n:len(events):len(events)], nil
		}
		if ended {
			return nil, io.EOF
		}
		select {
		case <-more:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Pump sends all events to out, in order, and closes it at the end of the feed
// or of the context.
func (f *Feed) Pump(ctx context.Context, out chan<- signaling.Event) {
	defer close(out)
	for n := 0; ; {
		events, err := f.After(ctx, n)
		if err != nil {
			return
		}
		for _, e := range events {
			select {
			case out <- e:
				n++
			case <-ctx.Done():
				return
			}
		}
	}
}
