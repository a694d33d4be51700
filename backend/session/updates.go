package session

import (
	"context"
	"path/filepath"

	"parley/backend/update"
)

// Updates tells found of a release newer than this program, until ctx ends. It
// looks for one at most once a day and never during a call; not at all where
// the user turned it off or this build has no key to check releases with.
func (s *Session) Updates(ctx context.Context, found func(update.Release)) {
	if !s.config.Update.Check {
		return
	}
	snapshots, unwatch := s.Watch()
	defer unwatch()
	live := make(chan bool)
	go func() {
		for snapshot := range snapshots { // until unwatched
			select {
			case live <- snapshot.State.Live():
			case <-ctx.Done():
				return
			}
		}
	}()
	w := update.Watcher{Source: s.updates, State: filepath.Join(s.config.DataDir, "update.json"), Logger: s.log}
	w.Run(ctx, live, found)
}
