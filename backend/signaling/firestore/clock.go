package firestore

import (
	"sync"
	"time"
)

// serverClock tells Firebase's time. This machine's may be wrong: only how
// long something took is taken from it, by the monotonic clock.
type serverClock struct {
	mu sync.Mutex
	at time.Time // the newest time heard from a server
	on time.Time // when that was, here
}

// observe takes a time that a server has just told.
func (c *serverClock) observe(server time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// What took longer on its way says less.
	if !server.IsZero() && (c.at.IsZero() || server.After(c.at.Add(time.Since(c.on)))) {
		c.at, c.on = server, time.Now()
	}
}

// known tells whether a server has told its time yet.
func (c *serverClock) known() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.at.IsZero()
}

// now is the server's time; this machine's as long as no server told its own.
func (c *serverClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at.IsZero() {
		return time.Now()
	}
	return c.at.Add(time.Since(c.on))
}
