package fake

import (
	"context"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Server is a Firestore on loopback. Its methods may be called from any goroutine.
type Server struct {
	pb.UnimplementedFirestoreServer
	Host  string // host:port
	rules bool
	store *store

	mu       sync.Mutex
	server   *grpc.Server
	delay    time.Duration
	misses   bool                // listeners leave out their first change
	hides    bool                // they are told of an empty database first
	silent   bool                // the next listener is told nothing
	mute     bool                // commits are applied and not answered
	deaf     bool                // listeners are told of no more changes
	beside   [2]func()           // run before and after the next commit
	refusal  error               // of writes
	rejected map[string]bool     // tokens
	seen     string              // the newest token
	streams  map[chan error]bool // a listener ends with what it is sent; it has begun
}

// Start runs a Server for a test. With rules, its users are those of package
// fakeauth and see their own rooms only; without, all is open to all.
func Start(t testing.TB, rules bool) *Server {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return On(t, l, rules)
}

// On runs one on a test's own listener.
func On(t testing.TB, l net.Listener, rules bool) *Server {
	s := &Server{rules: rules, store: newStore(), rejected: map[string]bool{}, streams: map[chan error]bool{}}
	s.Host = l.Addr().String()
	s.serve(l)
	t.Cleanup(s.Stop)
	return s
}

func (s *Server) serve(l net.Listener) {
	g := grpc.NewServer()
	pb.RegisterFirestoreServer(g, s)
	s.mu.Lock()
	s.server = g
	s.mu.Unlock()
	go func() { _ = g.Serve(l) }() // ends with Stop
}

// Stop breaks all connections and takes no more. The documents stay.
func (s *Server) Stop() {
	s.mu.Lock()
	g := s.server
	s.mu.Unlock()
	g.Stop()
}

// Restart takes connections again, at the same address.
func (s *Server) Restart(t testing.TB) {
	l, err := net.Listen("tcp", s.Host)
	if err != nil {
		t.Fatal(err)
	}
	s.serve(l)
}

// Delay has each request and each answer of a listener take this longer.
func (s *Server) Delay(d time.Duration) { s.locked(func() { s.delay = d }) }

// RefuseWrites has every commit end with this error; nil ends it.
func (s *Server) RefuseWrites(err error) { s.locked(func() { s.refusal = err }) }

// Listeners are how many there are that were told how things stand.
func (s *Server) Listeners() (n int) {
	s.locked(func() {
		for _, begun := range s.streams {
			if begun {
				n++
			}
		}
	})
	return n
}

// BreakStreams ends all listeners with this error.
func (s *Server) BreakStreams(err error) {
	s.locked(func() {
		for end := range s.streams {
			select {
			case end <- err:
			default:
			}
		}
	})
}

// RejectToken has the token that was seen last not taken any more.
func (s *Server) RejectToken() { s.locked(func() { s.rejected[s.seen] = true }) }

// MissFirstChange has listeners that begin leave out the first commit after the
// state that they begin with, as the emulator at times does on a busy machine.
func (s *Server) MissFirstChange() { s.locked(func() { s.misses = true }) }

// HideAtFirst has listeners that begin be told that their document is not there,
// and then that it is, as the emulator at times does beside a commit.
func (s *Server) HideAtFirst() { s.locked(func() { s.hides = true }) }

// Ignore has the next listener be told nothing, as the emulator does to one that
// was there before its restart.
func (s *Server) Ignore() { s.locked(func() { s.silent = true }) }

// Deafen has listeners be told of no more changes.
func (s *Server) Deafen() { s.locked(func() { s.deaf = true }) }

// Beside runs these just before and just after the next commit is applied; nil
// is nothing.
func (s *Server) Beside(before, after func()) {
	s.locked(func() { s.beside = [2]func(){before, after} })
}

// LoseAnswers has commits be applied and their answers be lost; false ends it.
func (s *Server) LoseAnswers(lost bool) { s.locked(func() { s.mute = lost }) }

// Skew sets the server's clock off this machine's.
func (s *Server) Skew(d time.Duration) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.store.skew = d
}

func (s *Server) locked(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// Documents are the paths of all documents below the root, in order.
func (s *Server) Documents() (paths []string) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	for name := range s.store.documents {
		_, path, _ := strings.Cut(name, "/documents/")
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return paths
}

// Readable is how many documents have not expired.
func (s *Server) Readable() (n int) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	for _, d := range s.store.documents {
		end := d.Fields["expireAt"].GetTimestampValue()
		if end == nil || end.AsTime().After(s.store.time()) {
			n++
		}
	}
	return n
}

// Edit changes the fields of the document at a path, past the rules; nil
// deletes it, as the TTL policy does.
func (s *Server) Edit(project, path string, fields map[string]*pb.Value) {
	name := "projects/" + project + "/databases/(default)/documents/" + path
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.store.documents = maps.Clone(s.store.documents)
	now := s.store.time()
	s.store.now = now
	if fields == nil {
		delete(s.store.documents, name)
	} else {
		d := &pb.Document{Name: name, Fields: map[string]*pb.Value{}, CreateTime: timestamppb.New(now), UpdateTime: timestamppb.New(now)}
		if old := s.store.documents[name]; old != nil {
			d.CreateTime = old.CreateTime
			maps.Copy(d.Fields, old.Fields)
		}
		maps.Copy(d.Fields, fields)
		s.store.documents[name] = d
	}
	s.store.touch()
}

// enter lets a request in: it tells who asks, after the delay.
func (s *Server) enter(ctx context.Context) (request, error) {
	if err := s.wait(ctx); err != nil {
		return request{}, err
	}
	q := request{store: s.store}
	if !s.rules {
		return q, nil
	}
	md, _ := metadata.FromIncomingContext(ctx)
	token := strings.Join(md.Get("authorization"), "")
	s.mu.Lock()
	rejected := s.rejected[token]
	s.seen = token
	s.mu.Unlock()
	if rejected {
		return q, status.Error(codes.Unauthenticated, "the token was taken back")
	}
	var err error
	q.uid, err = userOf(token, time.Now())
	return q, err
}

func (s *Server) wait(ctx context.Context) error {
	s.mu.Lock()
	d := s.delay
	s.mu.Unlock()
	if d == 0 {
		return nil
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Commit implements firestorepb.FirestoreServer.
func (s *Server) Commit(ctx context.Context, r *pb.CommitRequest) (*pb.CommitResponse, error) {
	q, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	refusal, mute := s.refusal, s.mute
	beside := s.beside
	s.beside = [2]func(){}
	s.mu.Unlock()
	if refusal != nil {
		return nil, refusal
	}
	if beside[0] != nil {
		beside[0]()
	}
	answer, err := s.store.commit(r.Writes, func(before, after *pb.Document) error {
		if !s.rules {
			return nil
		}
		q.now = s.store.time()
		return q.write(before, after)
	})
	if beside[1] != nil {
		beside[1]()
	}
	if mute {
		<-ctx.Done()
	}
	return answer, err
}

// read asks the rules, with the store's lock.
func (s *Server) read(q request, t target) error {
	if !s.rules {
		return nil
	}
	q.now = s.store.time()
	return q.read(t)
}

// BatchGetDocuments implements firestorepb.FirestoreServer.
func (s *Server) BatchGetDocuments(r *pb.BatchGetDocumentsRequest, out pb.Firestore_BatchGetDocumentsServer) error {
	q, err := s.enter(out.Context())
	if err != nil {
		return err
	}
	for _, name := range r.Documents {
		s.store.mu.Lock()
		err := s.read(q, target{document: name})
		found := s.store.matching(target{document: name})
		now := timestamppb.New(s.store.time())
		s.store.mu.Unlock()
		if err != nil {
			return err
		}
		answer := &pb.BatchGetDocumentsResponse{ReadTime: now, Result: &pb.BatchGetDocumentsResponse_Missing{Missing: name}}
		if len(found) > 0 {
			answer.Result = &pb.BatchGetDocumentsResponse_Found{Found: found[0]}
		}
		if err := out.Send(answer); err != nil {
			return err
		}
	}
	return nil
}

// RunQuery implements firestorepb.FirestoreServer.
func (s *Server) RunQuery(r *pb.RunQueryRequest, out pb.Firestore_RunQueryServer) error {
	q, err := s.enter(out.Context())
	if err != nil {
		return err
	}
	t, err := queryTarget(r.Parent, r.GetStructuredQuery())
	if err != nil {
		return err
	}
	s.store.mu.Lock()
	err = s.read(q, t)
	found := s.store.matching(t)
	now := timestamppb.New(s.store.time())
	s.store.mu.Unlock()
	if err != nil {
		return err
	}
	for _, d := range found {
		if err := out.Send(&pb.RunQueryResponse{Document: d, ReadTime: now}); err != nil {
			return err
		}
	}
	return out.Send(&pb.RunQueryResponse{ReadTime: now})
}
