// Package fake plays, in the process of a test, as much of Cloud Firestore's
// gRPC service as the adapter uses: Commit, BatchGetDocuments, RunQuery and
// Listen. The same conformance suite runs against it and the official emulator,
// so that it cannot drift. It can also break, in ways that the emulator cannot.
package fake

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// store holds documents by their full names.
type store struct {
	mu        sync.Mutex
	documents map[string]*pb.Document
	now       time.Time     // of the last commit: they strictly rise
	skew      time.Duration // of the server's clock
	changed   chan struct{} // closed at a commit, then replaced
}

func newStore() *store {
	return &store{documents: map[string]*pb.Document{}, changed: make(chan struct{})}
}

// time is the server's. Firestore has microseconds.
func (s *store) time() time.Time {
	now := time.Now().Add(s.skew).Truncate(time.Microsecond)
	if !now.After(s.now) {
		now = s.now.Add(time.Microsecond)
	}
	return now
}

// commit applies writes, all or none; allowed is asked about each.
func (s *store) commit(writes []*pb.Write, allowed func(before, after *pb.Document) error) (*pb.CommitResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.time()
	stamp := timestamppb.New(now)
	next := maps.Clone(s.documents)
	response := &pb.CommitResponse{CommitTime: stamp}
	for _, w := range writes {
		after, name, err := apply(next, w, stamp)
		if err != nil {
			return nil, err
		}
		if err := allowed(s.documents[name], after); err != nil {
			return nil, err
		}
		if after == nil {
			delete(next, name)
		} else {
			next[name] = after
		}
		response.WriteResults = append(response.WriteResults, &pb.WriteResult{UpdateTime: stamp})
	}
	s.documents, s.now = next, now
	s.touch()
	return response, nil
}

// touch wakes the listeners.
func (s *store) touch() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// apply is what a write makes of a document; nil deletes it.
func apply(documents map[string]*pb.Document, w *pb.Write, now *timestamppb.Timestamp) (after *pb.Document, name string, err error) {
	update := w.GetUpdate()
	name = update.GetName() + w.GetDelete()
	before := documents[name]
	switch p := w.CurrentDocument.GetConditionType().(type) {
	case *pb.Precondition_Exists:
		if p.Exists && before == nil {
			return nil, name, status.Errorf(codes.NotFound, "no document to update: %s", name)
		}
		if !p.Exists && before != nil {
			return nil, name, status.Errorf(codes.AlreadyExists, "document already exists: %s", name)
		}
	case *pb.Precondition_UpdateTime:
		if before == nil {
			return nil, name, status.Errorf(codes.NotFound, "no document to update: %s", name)
		}
		if !before.UpdateTime.AsTime().Equal(p.UpdateTime.AsTime()) {
			return nil, name, status.Error(codes.FailedPrecondition, "the stored version does not match the required base version")
		}
	}
	if update == nil {
		return nil, name, nil
	}
	after = &pb.Document{Name: name, Fields: map[string]*pb.Value{}, CreateTime: now, UpdateTime: now}
	if before != nil {
		after.CreateTime = before.CreateTime
	}
	if w.UpdateMask == nil {
		maps.Copy(after.Fields, update.Fields)
	} else {
		maps.Copy(after.Fields, before.GetFields())
		for _, path := range w.UpdateMask.FieldPaths { // the adapter writes whole fields
			if v, ok := update.Fields[path]; ok {
				after.Fields[path] = v
			} else {
				delete(after.Fields, path)
			}
		}
	}
	for _, t := range w.UpdateTransforms {
		if t.GetSetToServerValue() != pb.DocumentTransform_FieldTransform_REQUEST_TIME {
			return nil, name, status.Error(codes.Unimplemented, "only server timestamps")
		}
		after.Fields[t.FieldPath] = &pb.Value{ValueType: &pb.Value_TimestampValue{TimestampValue: now}}
	}
	return after, name, nil
}

// target is what a listener or a query asks for.
type target struct {
	document   string // its full name, or
	collection string // the full name of all documents in it, with a slash
}

func queryTarget(parent string, q *pb.StructuredQuery) (target, error) {
	if len(q.GetFrom()) != 1 || q.From[0].AllDescendants || q.Where != nil {
		return target{}, status.Error(codes.Unimplemented, "only whole collections")
	}
	return target{collection: fmt.Sprintf("%s/%s/", parent, q.From[0].CollectionId)}, nil
}

// matching are the documents of a target, by name.
func (s *store) matching(t target) (documents []*pb.Document) {
	for name, d := range s.documents {
		rest, in := strings.CutPrefix(name, t.collection)
		if name == t.document || t.collection != "" && in && !strings.Contains(rest, "/") {
			documents = append(documents, proto.Clone(d).(*pb.Document))
		}
	}
	slices.SortFunc(documents, func(a, b *pb.Document) int { return strings.Compare(a.Name, b.Name) })
	return documents
}
