package call

import "sync"

// watch hands snapshots to whoever watches.
type watch struct {
	mu       sync.Mutex
	current  Snapshot
	watchers map[chan Snapshot]struct{}
	closed   bool
}

const watchBacklog = 64 // snapshots a slow watcher keeps; a whole call has fewer states

func (w *watch) add() (<-chan Snapshot, func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch := make(chan Snapshot, watchBacklog)
	ch <- w.current
	if w.closed {
		close(ch)
		return ch, func() {}
	}
	if w.watchers == nil {
		w.watchers = map[chan Snapshot]struct{}{}
	}
	w.watchers[ch] = struct{}{}
	return ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if _, ok := w.watchers[ch]; ok {
			delete(w.watchers, ch)
			close(ch)
		}
	}
}

// push makes s the current snapshot and hands it on if it differs.
func (w *watch) push(s Snapshot) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s == w.current {
		return
	}
	w.current = s
	for ch := range w.watchers {
		select {
		case ch <- s:
		default: // full: the oldest makes room; only push sends, so there is room now
			select {
			case <-ch:
			default:
			}
			ch <- s
		}
	}
}

func (w *watch) last() Snapshot {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.current
}

func (w *watch) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for ch := range w.watchers {
		delete(w.watchers, ch)
		close(ch)
	}
}
