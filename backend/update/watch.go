package update

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"aead.dev/minisign"
)

const (
	// every is the least time from one look to the next, over restarts too.
	every = 24 * time.Hour
	// wake is how often a running program asks itself whether a look is due:
	// timers stand still while a laptop sleeps.
	wake = 10 * time.Minute
)

// Watcher looks for newer releases while the program runs.
type Watcher struct {
	Source Source
	// State is the file that keeps when we last looked and what was found.
	State  string
	Logger *slog.Logger

	fetch func(ctx context.Context, address string) (signed, error) // nil: over the network
}

// Run looks at most once a day and tells found of a release newer than this
// program, until ctx ends. live says whether a call is under way, at each
// change: while one is, Run does not look, and a look under way is dropped.
// What an earlier run found is told at once.
func (w *Watcher) Run(ctx context.Context, live <-chan bool, found func(Release)) {
	own, key, err := w.Source.parse()
	if err != nil {
		w.Logger.Info("updates: not looking", "why", err)
		return
	}
	kept := w.load()
	newest := own
	tell := func(r Release) {
		if v, err := parseVersion(r.Version); err == nil && newest.before(v) {
			newest = v
			found(r)
		}
	}
	if r, err := kept.Found.open(key); err == nil {
		tell(r)
	}

	type result struct {
		found   signed
		release Release
		err     error
	}
	results := make(chan result, 1)
	cancel := context.CancelFunc(func() {})
	defer func() { cancel() }()
	looking, inCall := false, false
	tick := time.NewTicker(wake)
	defer tick.Stop()
	for {
		if !inCall && !looking && kept.due(time.Now()) {
			kept.Looked = time.Now()
			// Noted before it is done, so that no failure makes us ask again today.
			if err := w.save(kept); err != nil {
				w.Logger.Warn("updates: not looking, for that could not be noted", "err", err)
				return
			}
			looks, stop := context.WithTimeout(ctx, 2*fetchTimeout)
			cancel, looking = stop, true
			known := newest
			go func() {
				found, release, err := w.look(looks, key, known)
				results <- result{found, release, err}
			}()
		}
		select {
		case inCall = <-live:
			if inCall {
				cancel()
			}
		case r := <-results:
			looking = false
			cancel()
			if r.err != nil {
				w.Logger.Warn("updates: nothing learned", "err", r.err)
				continue
			}
			kept.Found = r.found
			if err := w.save(kept); err != nil {
				w.Logger.Warn("updates: the answer could not be kept", "err", err)
			}
			tell(r.release)
		case <-tick.C:
		case <-ctx.Done():
			if looking {
				<-results // it ends with ctx
			}
			return
		}
	}
}

// look asks for the newest release. known is the newest one known of.
func (w *Watcher) look(ctx context.Context, key minisign.PublicKey, known version) (signed, Release, error) {
	get := w.fetch
	if get == nil {
		get = func(ctx context.Context, address string) (signed, error) { return fetch(ctx, transport(), address) }
	}
	s, err := get(ctx, w.Source.Manifest)
	if err != nil {
		return s, Release{}, err
	}
	r, err := s.open(key)
	if err != nil {
		return s, Release{}, err
	}
	v, err := parseVersion(r.Version)
	if err == nil && v.before(known) {
		err = fmt.Errorf("%w: it ends with %s", ErrOlder, r.Version)
	}
	return s, r, err
}

// state is what is kept from one look to the next.
type state struct {
	Looked time.Time `json:"looked"`
	// Found is kept with its signature, and checked again when it is read: a
	// file is no better witness than a network.
	Found signed `json:"found"`
}

// due tells whether a day has passed. A look in the future is a clock put back.
func (s state) due(now time.Time) bool {
	return now.Sub(s.Looked) >= every || s.Looked.After(now)
}

// load reads the file; what cannot be read is as good as none.
func (w *Watcher) load() (s state) {
	data, err := os.ReadFile(w.State)
	if err != nil || json.Unmarshal(data, &s) != nil {
		return state{}
	}
	return s
}

// save replaces the file whole: half a file would forget what was found, and
// with it that an older list is to be refused.
func (w *Watcher) save(s state) error {
	data, err := json.Marshal(s)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(w.State), 0o700)
	}
	if err == nil {
		err = os.WriteFile(w.State+".new", data, 0o600)
	}
	if err == nil {
		err = os.Rename(w.State+".new", w.State)
	}
	if err != nil {
		return fmt.Errorf("keep what was found: %w", err)
	}
	return nil
}
