package fake

import (
	"slices"
	"time"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// A listener of the Go library raises a snapshot at a NO_CHANGE with a read
// time and without targets, once it has seen CURRENT:
//
//	ADD, [RESET,] documents, CURRENT, NO_CHANGE, documents, NO_CHANGE, ...
//
// One that comes back with a resume token is RESET and told all again.

// listener is one stream with one target.
type listener struct {
	server *Server
	out    pb.Firestore_ListenServer
	id     int32
	target target
	told   map[string]time.Time // update times, by name
}

// Listen implements firestorepb.FirestoreServer.
func (s *Server) Listen(out pb.Firestore_ListenServer) error {
	q, err := s.enter(out.Context())
	if err != nil {
		return err
	}
	first, err := out.Recv()
	if err != nil {
		return err
	}
	add := first.GetAddTarget()
	l := &listener{server: s, out: out, id: add.GetTargetId(), told: map[string]time.Time{}}
	switch t := add.GetTargetType().(type) {
	case *pb.Target_Documents:
		if len(t.Documents.Documents) != 1 {
			return status.Error(codes.Unimplemented, "only one document")
		}
		l.target.document = t.Documents.Documents[0]
	case *pb.Target_Query:
		l.target, err = queryTarget(t.Query.Parent, t.Query.GetStructuredQuery())
		if err != nil {
			return err
		}
	default:
		return status.Error(codes.Unimplemented, "only a document or a query")
	}
	if err := l.change(pb.TargetChange_ADD); err != nil {
		return err
	}
	if len(add.GetResumeToken()) > 0 {
		if err := l.change(pb.TargetChange_RESET); err != nil {
			return err
		}
	}
	var silent bool
	s.locked(func() { silent, s.silent = s.silent, false })
	if silent {
		<-out.Context().Done()
		return out.Context().Err()
	}
	end := make(chan error, 1)
	s.locked(func() { s.streams[end] = false })
	defer s.locked(func() { delete(s.streams, end) })
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		_, _ = out.Recv() // a client of one target sends nothing more but its end
	}()
	var misses, hides bool
	s.locked(func() { misses, hides = s.misses, s.hides })
	if hides && l.target.document != "" {
		if err := l.hide(); err != nil {
			return err
		}
	}
	for current := false; ; current = true {
		if current && misses {
			misses = !l.leaveOut()
		}
		changed, err := l.tell(q, current)
		if err != nil {
			return err
		}
		s.locked(func() { s.streams[end] = true })
		select {
		case <-changed:
		case err := <-end:
			return err
		case <-closed:
			return nil
		case <-out.Context().Done():
			return nil
		}
		if err := s.wait(out.Context()); err != nil {
			return err
		}
		var deaf bool
		s.locked(func() { deaf = s.deaf })
		if deaf {
			select {
			case <-closed:
			case <-out.Context().Done():
			}
			return nil
		}
	}
}

// tell sends what has changed since it last did, and what is closed at the next
// change.
func (l *listener) tell(q request, current bool) (<-chan struct{}, error) {
	s := l.server.store
	s.mu.Lock()
	changed := s.changed
	denied := l.server.read(q, l.target)
	documents := s.matching(l.target)
	now := timestamppb.New(s.time())
	s.mu.Unlock()
	if denied != nil {
		if err := l.remove(denied); err != nil {
			return nil, err
		}
		return nil, denied
	}
	there := map[string]bool{}
	for _, d := range documents {
		there[d.Name] = true
		if at := d.UpdateTime.AsTime(); !l.told[d.Name].Equal(at) {
			l.told[d.Name] = at
			if err := l.send(&pb.ListenResponse{ResponseType: &pb.ListenResponse_DocumentChange{
				DocumentChange: &pb.DocumentChange{Document: d, TargetIds: []int32{l.id}},
			}}); err != nil {
				return nil, err
			}
		}
	}
	if !current && l.target.document != "" && !there[l.target.document] {
		l.told[l.target.document] = time.Time{} // missing from the start
	}
	for name := range l.told {
		if there[name] {
			continue
		}
		delete(l.told, name)
		if err := l.send(&pb.ListenResponse{ResponseType: &pb.ListenResponse_DocumentDelete{
			DocumentDelete: &pb.DocumentDelete{Document: name, ReadTime: now, RemovedTargetIds: []int32{l.id}},
		}}); err != nil {
			return nil, err
		}
	}
	if !current {
		if err := l.change(pb.TargetChange_CURRENT); err != nil {
			return nil, err
		}
	}
	return changed, l.send(&pb.ListenResponse{ResponseType: &pb.ListenResponse_TargetChange{TargetChange: &pb.TargetChange{
		TargetChangeType: pb.TargetChange_NO_CHANGE, ReadTime: now, ResumeToken: []byte("resume"),
	}}})
}

// hide tells the listener that its document is not there.
func (l *listener) hide() error {
	s := l.server.store
	s.mu.Lock()
	now := timestamppb.New(s.time())
	s.mu.Unlock()
	if err := l.send(&pb.ListenResponse{ResponseType: &pb.ListenResponse_DocumentDelete{
		DocumentDelete: &pb.DocumentDelete{Document: l.target.document, ReadTime: now, RemovedTargetIds: []int32{l.id}},
	}}); err != nil {
		return err
	}
	if err := l.change(pb.TargetChange_CURRENT); err != nil {
		return err
	}
	return l.send(&pb.ListenResponse{ResponseType: &pb.ListenResponse_TargetChange{TargetChange: &pb.TargetChange{
		TargetChangeType: pb.TargetChange_NO_CHANGE, ReadTime: now, ResumeToken: []byte("resume"),
	}}})
}

// leaveOut takes the first commit that was not told for told; false where there
// is none. Those after it are told: on a busy machine several come at once.
func (l *listener) leaveOut() bool {
	s := l.server.store
	s.mu.Lock()
	defer s.mu.Unlock()
	news := slices.DeleteFunc(s.matching(l.target), func(d *pb.Document) bool {
		return l.told[d.Name].Equal(d.UpdateTime.AsTime())
	})
	if len(news) == 0 {
		return false
	}
	first := slices.MinFunc(news, func(a, b *pb.Document) int { return a.UpdateTime.AsTime().Compare(b.UpdateTime.AsTime()) })
	for _, d := range news {
		if at := d.UpdateTime.AsTime(); at.Equal(first.UpdateTime.AsTime()) {
			l.told[d.Name] = at
		}
	}
	return true
}

func (l *listener) change(kind pb.TargetChange_TargetChangeType) error {
	c := &pb.TargetChange{TargetChangeType: kind, TargetIds: []int32{l.id}}
	return l.send(&pb.ListenResponse{ResponseType: &pb.ListenResponse_TargetChange{TargetChange: c}})
}

// remove tells the listener that the rules end it.
func (l *listener) remove(cause error) error {
	c := &pb.TargetChange{TargetChangeType: pb.TargetChange_REMOVE, TargetIds: []int32{l.id}, Cause: status.Convert(cause).Proto()}
	return l.send(&pb.ListenResponse{ResponseType: &pb.ListenResponse_TargetChange{TargetChange: c}})
}

func (l *listener) send(r *pb.ListenResponse) error { return l.out.Send(r) }
