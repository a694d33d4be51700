package firestore

import (
	"sync/atomic"
	"time"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
)

// Usage counts the documents that Firestore charges for, as a client sees
// them. Several clients may share one.
//
// https://firebase.google.com/docs/firestore/pricing: a listener's documents
// are reads as they are added or changed, as is an answer without any; a deleted
// document is none. The emulator tells a query's listener all documents again at
// each change, which are none either.
type Usage struct {
	reads, writes, deletes atomic.Int64
}

// Documents are how many were read, written and deleted.
type Documents struct{ Reads, Writes, Deletes int64 }

// Documents is what was counted so far.
func (u *Usage) Documents() Documents {
	return Documents{u.reads.Load(), u.writes.Load(), u.deletes.Load()}
}

// request counts one that went through.
func (u *Usage) request(m any) {
	commit, ok := m.(*pb.CommitRequest)
	if !ok {
		return
	}
	for _, w := range commit.Writes {
		if _, ok := w.Operation.(*pb.Write_Delete); ok {
			u.deletes.Add(1)
		} else {
			u.writes.Add(1)
		}
	}
}

// streamUsage counts one query's or listener's reads.
type streamUsage struct {
	usage *Usage
	any   bool                 // a document came
	told  map[string]time.Time // a listener's documents, and when they changed
}

func (s *streamUsage) received(m any) {
	switch m := m.(type) {
	case *pb.ListenResponse:
		switch r := m.ResponseType.(type) {
		case *pb.ListenResponse_DocumentChange:
			s.document(r.DocumentChange.GetDocument())
		case *pb.ListenResponse_TargetChange:
			if r.TargetChange.TargetChangeType == pb.TargetChange_CURRENT && !s.any {
				s.read()
			}
		}
	case *pb.RunQueryResponse:
		if m.Document != nil {
			s.read()
		}
	case *pb.BatchGetDocumentsResponse:
		s.read()
	}
}

// ended counts a query's answer without any document.
func (s *streamUsage) ended(method string) {
	if !s.any && method == pb.Firestore_RunQuery_FullMethodName {
		s.read()
	}
}

func (s *streamUsage) document(d *pb.Document) {
	changed := d.GetUpdateTime().AsTime()
	if before, ok := s.told[d.GetName()]; ok && changed.Equal(before) {
		return
	}
	if s.told == nil {
		s.told = make(map[string]time.Time)
	}
	s.told[d.GetName()] = changed
	s.read()
}

func (s *streamUsage) read() {
	s.any = true
	s.usage.reads.Add(1)
}
