package firestore

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"
)

// Firestore's library resumes a listener whose stream broke, by itself and
// without repeating what it has told. It ends a listener where the rules do.

// seen is one state of a room's document.
type seen struct {
	exists  bool
	data    map[string]any
	changed time.Time // when, for LastUpdateTime
	err     error     // it has ended; nothing follows
}

// watchRoom tells the room's states, the present one first, until the context
// or the listener ends.
func (d database) watchRoom(ctx context.Context, room *firestore.DocumentRef) <-chan seen {
	states := make(chan seen)
	go func() {
		defer close(states)
		it := room.Snapshots(patiently(ctx))
		defer it.Stop()
		for {
			snapshot, err := it.Next()
			s := seen{err: err}
			if err == nil {
				d.time.observe(snapshot.ReadTime)
				s.exists, s.data, s.changed = snapshot.Exists(), snapshot.Data(), snapshot.UpdateTime
			}
			select {
			case states <- s:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return states
}

// watchCandidates hands over a seat's candidates as they are added, those that
// are there first, until the context or the listener ends.
func (d database) watchCandidates(ctx context.Context, candidates *firestore.CollectionRef, tell func([]*firestore.DocumentSnapshot)) error {
	it := candidates.Snapshots(patiently(ctx))
	defer it.Stop()
	for {
		snapshot, err := it.Next()
		if err != nil {
			return err
		}
		d.time.observe(snapshot.ReadTime)
		added := make([]*firestore.DocumentSnapshot, 0, len(snapshot.Changes))
		for _, change := range snapshot.Changes {
			if change.Kind == firestore.DocumentAdded {
				added = append(added, change.Doc)
			}
		}
		tell(added)
	}
}
