package firestore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"parley/backend/signaling"
)

// database is Firestore with the operations of the schema, each one commit or
// one query. They return Firestore's own errors: see named.
//
//	create room                              createRoom
//	update offer, set answer                 setOffer, setAnswer
//	get offer once                           getRoom
//	wait for a valid offer, watch answer     watchRoom
//	add ICE candidates by role               addCandidates
//	watch the other role's candidates        watchCandidates
//	delete room with both subcollections     deleteRoom
//	ours: claim, renew, later descriptions   claimRoom, renewRoom, setUpdate
type database struct {
	client *firestore.Client
	uid    string // who writes
	time   *serverClock
}

// maxBatch is how many documents one commit takes: far below Firestore's 500,
// and what the rules read for each is bounded too.
const maxBatch = 100

func (d database) room(id signaling.RoomID) *firestore.DocumentRef {
	return d.client.Collection(roomsCollection).Doc(string(id))
}

// createRoom makes the room, before its offer is known.
func (d database) createRoom(ctx context.Context, room *firestore.DocumentRef, expireAt time.Time) (time.Time, error) {
	return d.wrote(room.Create(ctx, roomFields(d.uid, expireAt)))
}

// setOffer writes the caller's offer. With a time, only where the room did not
// change since.
func (d database) setOffer(ctx context.Context, room *firestore.DocumentRef, offer signaling.Description, unchangedSince time.Time) (time.Time, error) {
	var when []firestore.Precondition
	if !unchangedSince.IsZero() {
		when = append(when, firestore.LastUpdateTime(unchangedSince))
	}
	return d.wrote(room.Update(ctx, []firestore.Update{{Path: fieldOffer, Value: descriptionFields(offer)}}, when...))
}

// claimRoom takes the callee's seat. With a time, only where the room did not
// change since it was read; without, it is for the rules to refuse a second.
func (d database) claimRoom(ctx context.Context, room *firestore.DocumentRef, unchangedSince time.Time) (time.Time, error) {
	var when []firestore.Precondition
	if !unchangedSince.IsZero() {
		when = append(when, firestore.LastUpdateTime(unchangedSince))
	}
	return d.wrote(room.Update(ctx, []firestore.Update{{Path: fieldCalleeUID, Value: d.uid}}, when...))
}

// setAnswer writes the callee's answer.
func (d database) setAnswer(ctx context.Context, room *firestore.DocumentRef, answer signaling.Description) (time.Time, error) {
	return d.wrote(room.Update(ctx, []firestore.Update{{Path: fieldAnswer, Value: descriptionFields(answer)}}))
}

// setUpdate writes a later description of a seat in the place of its last.
func (d database) setUpdate(ctx context.Context, room *firestore.DocumentRef, from signaling.Role, u update) (time.Time, error) {
	return d.wrote(room.Update(ctx, []firestore.Update{{Path: updateOf(from), Value: updateFields(u)}}))
}

// renewRoom gives the room a new end.
func (d database) renewRoom(ctx context.Context, room *firestore.DocumentRef, expireAt time.Time) (time.Time, error) {
	return d.wrote(room.Update(ctx, []firestore.Update{{Path: fieldExpireAt, Value: expireAt}}))
}

// wrote takes the server's time from a write's answer.
func (d database) wrote(r *firestore.WriteResult, err error) (time.Time, error) {
	if err != nil {
		return time.Time{}, err
	}
	d.time.observe(r.UpdateTime)
	return r.UpdateTime, nil
}

// addCandidates writes candidates of a seat, as they are packed, all or none, as
// the documents of these IDs. Writing them again changes nothing.
func (d database) addCandidates(ctx context.Context, room *firestore.DocumentRef, from signaling.Role, ids []string, documents [][]signaling.Candidate, expireAt time.Time) error {
	batch := d.batch()
	for i, some := range documents {
		batch.Set(room.Collection(candidatesOf(from)).Doc(ids[i]), candidateFields(some, d.uid, expireAt))
	}
	_, err := batch.Commit(ctx)
	return err
}

// newCandidateID is one of 20 letters and digits, as Firestore's own are. The
// nth, from 0, sorts after those before it, so that a query gives them in order,
// and whoever has heard of some knows whether one before them is missing.
func newCandidateID(n int) string {
	return fmt.Sprintf("%06d%s", n, strings.ToLower(rand.Text()[:14]))
}

// hasAll tells whether these documents of a seat's candidates are all that were
// written, as far as their IDs tell. Of none it says no: a listener may have
// left out the only ones.
func hasAll(candidates []*firestore.DocumentRef) bool {
	numbered, last := 0, -1
	for _, ref := range candidates {
		if n, err := strconv.Atoi(ref.ID[:min(len(ref.ID), 6)]); err == nil {
			numbered, last = numbered+1, max(last, n)
		}
	}
	return len(candidates) > 0 && numbered == last+1
}

// getRoom reads a room once.
func (d database) getRoom(ctx context.Context, room *firestore.DocumentRef) (roomState, error) {
	var snapshot *firestore.DocumentSnapshot
	err := whileCut(ctx, func() (err error) {
		snapshot, err = room.Get(ctx)
		return err
	})
	if snapshot != nil {
		d.time.observe(snapshot.ReadTime)
	}
	if err != nil {
		return roomState{}, err
	}
	return parseRoom(snapshot.Data())
}

// candidateIDs are the documents of a seat's candidates, without their fields.
func (d database) candidateIDs(ctx context.Context, room *firestore.DocumentRef, of signaling.Role) (refs []*firestore.DocumentRef, err error) {
	err = whileCut(ctx, func() error {
		refs = nil
		it := room.Collection(candidatesOf(of)).Select().Documents(ctx)
		defer it.Stop()
		for {
			snapshot, err := it.Next()
			if errors.Is(err, iterator.Done) {
				return nil
			}
			if err != nil {
				return err
			}
			refs = append(refs, snapshot.Ref)
		}
	})
	return refs, err
}

// candidates are a seat's candidates.
func (d database) candidates(ctx context.Context, room *firestore.DocumentRef, of signaling.Role) ([]*firestore.DocumentSnapshot, error) {
	var all []*firestore.DocumentSnapshot
	err := whileCut(ctx, func() (err error) {
		all, err = room.Collection(candidatesOf(of)).Documents(ctx).GetAll()
		return err
	})
	return all, err
}

// deleteRoom deletes a room with both subcollections, whatever is in them.
func (d database) deleteRoom(ctx context.Context, room *firestore.DocumentRef) error {
	var all []*firestore.DocumentRef
	for _, role := range []signaling.Role{signaling.Caller, signaling.Callee} {
		refs, err := d.candidateIDs(ctx, room, role)
		// Past its end nothing in a room can be read any more, but the room
		// can be deleted: its candidates are left to the TTL policy.
		if err != nil && status.Code(err) != codes.PermissionDenied {
			return err
		}
		all = append(all, refs...)
	}
	return d.deleteAll(ctx, append(all, room))
}

// batch collects writes that are applied together. What the library has in its
// place, BulkWriter, is refused to end users.
//
//nolint:staticcheck // deprecated in favour of BulkWriter
func (d database) batch() *firestore.WriteBatch {
	return d.client.Batch()
}

// deleteAll deletes documents in their order.
func (d database) deleteAll(ctx context.Context, refs []*firestore.DocumentRef) error {
	for some := range slices.Chunk(refs, maxBatch) {
		batch := d.batch()
		for _, ref := range some {
			batch.Delete(ref)
		}
		if _, err := batch.Commit(ctx); err != nil {
			return err
		}
	}
	return nil
}

// wasCut tells whether the service cut a request short though nobody asked it
// to, as the emulator now and then does ("call already cancelled").
func wasCut(ctx context.Context, err error) bool {
	return status.Code(err) == codes.Canceled && ctx.Err() == nil
}

// whileCut reads again what was cut short. For commits the interceptor does.
func whileCut(ctx context.Context, read func() error) (err error) {
	for range 3 {
		if err = read(); !wasCut(ctx, err) {
			return err
		}
	}
	return err
}
