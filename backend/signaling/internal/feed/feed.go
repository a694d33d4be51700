// Package feed is a list of room events that grows and that readers wait on,
// so that whoever appends never waits for whoever reads.
package feed

import (
	"context"
	"io"
	"slices"
	"sync"

	"parley/backend/signaling"
)

// Max is how many events a feed keeps: far more than a call needs (about 100),
// few enough that a peer that comes and goes for ever fills no memory. Those
// that were dropped count for little: a call may restart ICE for a day.
const (
	Max    = 2048
	maxAll = 8 * Max // with those that were dropped
)

// Feed is one reader's events, from the beginning of the room. Its methods may
// be called from any goroutine.
type Feed struct {
	mu     sync.Mutex
	events []signaling.Event // nil where one was dropped: the others keep their places
	kept   int               // of them
	ended  bool
	more   chan struct{} // closed when events or ended change, then replaced
}

// New makes an empty feed.
func New() *Feed { return &Feed{more: make(chan struct{})} }

// Append adds an event; nil is one that was dropped elsewhere. It reports false where the feed has ended or is full.
func (f *Feed) Append(e signaling.Event) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended || f.kept >= Max || len(f.events) >= maxAll {
		return false
	}
	f.events = append(f.events, e)
	if e != nil {
		f.kept++
	}
	f.wake()
	return true
}

// Drop takes back the events at these places, which something newer made
// useless: whoever has not read them reads nil there.
func (f *Feed) Drop(places []int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = slices.Clone(f.events) // others may be reading the old ones
	for _, n := range places {
		if f.events[n] != nil {
			f.events[n] = nil
			f.kept--
		}
	}
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
// or of the context. Those that are dropped before out takes them are left out.
func (f *Feed) Pump(ctx context.Context, out chan<- signaling.Event) {
	defer close(out)
	for n := 0; ; {
		f.mu.Lock()
		events, ended, more := f.events, f.ended, f.more
		f.mu.Unlock()
		var next chan<- signaling.Event // nil, which never takes, where there is none
		var e signaling.Event
		switch {
		case n < len(events) && events[n] == nil:
			n++
			continue
		case n < len(events):
			next, e = out, events[n]
		case ended:
			return
		}
		select {
		case next <- e:
			n++
		case <-more:
		case <-ctx.Done():
			return
		}
	}
}
