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

	here func() time.Time // this machine's time
}

// observe takes a time that a server has just told.
func (c *serverClock) observe(server time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// What took longer on its way says less.
	here := c.here()
	if !server.IsZero() && (c.at.IsZero() || server.After(c.at.Add(here.Sub(c.on)))) {
		c.at, c.on = server, here
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
		return c.here()
	}
	return c.at.Add(c.here().Sub(c.on))
}

// ahead is how far this machine's clock is ahead of the server's.
func (c *serverClock) ahead() time.Duration { return c.here().Sub(c.now()) }
