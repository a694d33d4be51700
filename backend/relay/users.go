package relay

import (
	"sync"

	"golang.org/x/time/rate"
)

// users keeps what each uses. One without an allocation is forgotten.
type users struct {
	most    int // allocations of each
	bitrate int // bit/s of each

	mu   sync.Mutex // guards what follows
	list map[string]*account
}

// account is one user's. Its limit is shared by all its allocations.
type account struct {
	allocations int
	bytes       *rate.Limiter
}

func newUsers(most, bitrate int) *users {
	return &users{most: most, bitrate: bitrate, list: map[string]*account{}}
}

func (u *users) full(name string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	a := u.list[name]
	return a != nil && a.allocations >= u.most
}

// enter takes an allocation; nil is one too many.
func (u *users) enter(name string) *account {
	u.mu.Lock()
	defer u.mu.Unlock()
	a := u.list[name]
	if a == nil {
		// Half a second's bytes may come at once: key frames do.
		a = &account{bytes: rate.NewLimiter(rate.Limit(u.bitrate/8), max(u.bitrate/16, maxFrame))}
		u.list[name] = a
	}
	if a.allocations >= u.most {
		return nil
	}
	a.allocations++
	return a
}

func (u *users) leave(name string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	a := u.list[name]
	if a.allocations--; a.allocations == 0 {
		delete(u.list, name)
	}
}

func (u *users) allocations() (n int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, a := range u.list {
		n += a.allocations
	}
	return n
}
