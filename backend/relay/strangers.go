package relay

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

const (
	// What an address without an allocation may send: a client with all its
	// interfaces asks the relay a hundred things when a call begins, and a
	// stranger gets no answers that are worth reflecting at somebody.
	strangerRate  = 50 // packets a second
	strangerBurst = 300
	// maxStrangers bounds the memory for them.
	maxStrangers = 10_000
)

// strangers limits who has no allocation, by address; of IPv6, by the network
// that one client has (RFC 6177).
type strangers struct {
	limited *atomic.Uint64

	mu    sync.Mutex // guards what follows
	list  map[netip.Addr]*rate.Limiter
	swept time.Time
}

func newStrangers(limited *atomic.Uint64) *strangers {
	return &strangers{limited: limited, list: map[netip.Addr]*rate.Limiter{}}
}

// allow takes a packet from an address.
func (s *strangers) allow(from netip.Addr) bool {
	from = network(from)
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.list[from]
	if l == nil {
		if len(s.list) >= maxStrangers && now.Sub(s.swept) >= time.Second { // a sweep takes a ms
			s.forget(now)
		}
		if len(s.list) < maxStrangers {
			l = rate.NewLimiter(strangerRate, strangerBurst)
			s.list[from] = l
		}
	}
	if l == nil || !l.AllowN(now, 1) {
		s.limited.Add(1)
		return false
	}
	return true
}

// forget drops those who have been still for a while; s.mu is held.
func (s *strangers) forget(now time.Time) {
	s.swept = now
	for from, l := range s.list {
		if l.TokensAt(now) >= strangerBurst {
			delete(s.list, from)
		}
	}
}

func network(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		return netip.PrefixFrom(a, 64).Masked().Addr()
	}
	return a
}
