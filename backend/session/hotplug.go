package session

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"parley/backend/call"
)

const (
	// lookEvery is how often the devices are listed while somebody uses them. No
	// sound system that we reach through malgo tells of a change by itself.
	lookEvery = 2 * time.Second
	// settled is how long the system is given to make all of a device's nodes, and
	// to let us use them.
	settled = 300 * time.Millisecond
)

// lookout keeps the list of devices, and hears of a device that comes or goes
// while anybody uses one.
type lookout struct {
	list    func() (call.DeviceList, error)
	changes func(context.Context) (<-chan struct{}, error) // hints that the list may be another
	told    func(call.DeviceList)                          // a list that differs; from the lookout's goroutine
	log     *slog.Logger

	users atomic.Int32
	kick  chan struct{}      // users has changed
	asks  chan chan struct{} // look now; closed when that is done
	stop  context.CancelFunc
	ended chan struct{}

	mu   sync.Mutex
	last call.DeviceList // with those that were there once
	seen bool            // last is the system's
}

// newLookout begins with devices that are remembered from earlier runs.
func newLookout(remembered call.DeviceList, log *slog.Logger) *lookout {
	return &lookout{
		last: remembered, log: log,
		kick: make(chan struct{}, 1), asks: make(chan chan struct{}), ended: make(chan struct{}),
	}
}

// start begins to look out, at once for the first time where first says so.
func (l *lookout) start(first bool) {
	ctx, cancel := context.WithCancel(context.Background())
	l.stop = cancel
	go func() {
		defer close(l.ended)
		l.run(ctx, first)
	}()
}

func (l *lookout) close() {
	l.stop()
	<-l.ended
}

// use tells that somebody uses devices, or no longer does. It does not wait.
func (l *lookout) use(on bool) {
	n := int32(1)
	if !on {
		n = -1
	}
	l.users.Add(n)
	select {
	case l.kick <- struct{}{}:
	default: // it will see both
	}
}

// now looks, and waits until whoever listens has been told; or for ctx.
func (l *lookout) now(ctx context.Context) {
	done := make(chan struct{})
	select {
	case l.asks <- done:
	case <-l.ended:
		return
	case <-ctx.Done():
		return
	}
	select {
	case <-done:
	case <-l.ended:
	case <-ctx.Done():
	}
}

func (l *lookout) run(ctx context.Context, first bool) {
	var (
		used   bool
		hints  <-chan struct{}
		settle <-chan time.Time
		unhint context.CancelFunc = func() {}
	)
	tick := time.NewTicker(lookEvery)
	tick.Stop()
	defer tick.Stop()
	defer func() { unhint() }()
	if first {
		l.look()
	}
	for {
		select {
		case <-l.kick:
			now := l.users.Load() > 0
			switch {
			case now && !used:
				hints, unhint = l.hear(ctx)
				l.look()
				tick.Reset(lookEvery)
			case used && !now:
				tick.Stop()
				unhint()
				hints, settle = nil, nil
			}
			used = now
		case _, open := <-hints:
			if !open {
				hints = nil
				continue
			}
			settle = time.After(settled)
		case <-settle:
			settle = nil
			l.look()
		case <-tick.C:
			l.look()
		case done := <-l.asks:
			l.look()
			close(done)
		case <-ctx.Done():
			return
		}
	}
}

func (l *lookout) hear(ctx context.Context) (<-chan struct{}, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	hints, err := l.changes(ctx)
	if err != nil {
		l.log.Debug("cameras are looked for from time to time only", "err", err)
		return nil, cancel
	}
	return hints, cancel
}

// look lists the devices, and tells of a list that differs. One that could not
// be had whole tells nothing: what does not answer is not unplugged.
func (l *lookout) look() {
	list, err := l.list()
	if err != nil {
		l.log.Debug("list devices", "err", err)
		return
	}
	l.mu.Lock()
	before, seen := l.last, l.seen
	list.Cameras = withAbsent(list.Cameras, before.Cameras)
	list.Microphones = withAbsent(list.Microphones, before.Microphones)
	list.Speakers = withAbsent(list.Speakers, before.Speakers)
	same := seen && slices.Equal(list.Cameras, before.Cameras) &&
		slices.Equal(list.Microphones, before.Microphones) && slices.Equal(list.Speakers, before.Speakers)
	l.last, l.seen = list, true
	l.mu.Unlock()
	if !same {
		l.told(list)
	}
}

// devices are those of the last look.
func (l *lookout) devices() call.DeviceList {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// withAbsent is a list with those that were there before, at its end.
func withAbsent(now, before []call.ListedDevice) []call.ListedDevice {
	for _, d := range before {
		if !slices.ContainsFunc(now, func(n call.ListedDevice) bool { return n.ID == d.ID }) {
			d.Default, d.Absent = false, true
			now = append(now, d)
		}
	}
	return now
}
