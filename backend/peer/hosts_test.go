package peer

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// A description waits for the candidates of our own interfaces, and not for those
// of servers that are slow: for none longer than it takes to see that the burst is
// over, and never for long.
func TestAwaitHosts(t *testing.T) {
	for name, test := range map[string]struct {
		found []time.Duration // when a candidate comes
		all   time.Duration   // when all have; 0 is not in time
		want  time.Duration
	}{
		"two interfaces, a slow server": {found: []time.Duration{time.Millisecond, 3 * time.Millisecond}, want: 3*time.Millisecond + hostPause},
		"no server":                     {found: []time.Duration{time.Millisecond}, all: 2 * time.Millisecond, want: 2 * time.Millisecond},
		"nothing but a slow server":     {want: hostGathering},
		"one after the other":           {found: []time.Duration{9 * time.Millisecond, 18 * time.Millisecond, 27 * time.Millisecond, 36 * time.Millisecond, 45 * time.Millisecond}, want: hostGathering},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &Peer{done: make(chan struct{})}
				p.found = make(chan struct{}, 1)
				gathered := make(chan struct{})
				for _, at := range test.found {
					time.AfterFunc(at, func() { wake(p.found) })
				}
				if test.all > 0 {
					time.AfterFunc(test.all, func() { close(gathered) })
				}
				began := time.Now()
				p.awaitHosts(context.Background(), gathered)
				if got := time.Since(began); got != test.want {
					t.Errorf("waited %v, want %v", got, test.want)
				}
			})
		})
	}
}
