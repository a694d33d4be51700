package firestore

import (
	"runtime"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	pb "cloud.google.com/go/firestore/apiv1/firestorepb"

	"parley/backend/signaling"
	"parley/backend/signaling/firestore/fake"
)

// halfDeaf is a call whose caller's listener leaves out the callee's first
// candidates. The two are connected all the same, so that nobody looks again.
func halfDeaf(t *testing.T) (f *fake.Server, caller, callee *room) {
	s, f := startFake(t, AuthAnonymous)
	set := func(c *Config) { c.doubtAfter = patience }
	caller = open(t, s.client(t, set))
	send(t, caller, sdp("offer"))
	listens(t, f, 1) // it is to hear who comes
	f.MissFirstChange()
	callee = enter(t, s.client(t, set), caller)
	send(t, callee, sdp("answer"))
	want(t, caller, signaling.PresenceEvent{Present: true}, signaling.DescriptionEvent{Description: sdp("answer")})
	listens(t, f, 4) // each side's, of the room and of candidates
	caller.Settled()
	return f, caller, callee
}

// holds waits until the database has n documents.
func holds(t *testing.T, f *fake.Server, n int) {
	t.Helper()
	for late := time.Now().Add(patience); len(f.Documents()) != n; runtime.Gosched() {
		if time.Now().After(late) {
			t.Fatalf("the database holds %v", f.Documents())
		}
	}
}

// Whoever hangs up deletes also what its listener left out: the other side may
// be dead, or have written long ago.
func TestHangUpDeletesWhatTheListenerMissed(t *testing.T) {
	add := func(t *testing.T, callee *room, n int) {
		t.Helper()
		if err := callee.SendCandidate(within(t), host(n)); err != nil {
			t.Fatal(err)
		}
	}
	hangUp := func(t *testing.T, f *fake.Server, caller *room) {
		t.Helper()
		if err := caller.Leave(within(t)); err != nil {
			t.Fatal(err)
		}
		holds(t, f, 0)
	}
	t.Run("all", func(t *testing.T) {
		f, caller, callee := halfDeaf(t)
		add(t, callee, 0)
		holds(t, f, 2)
		hangUp(t, f, caller)
	})
	t.Run("some", func(t *testing.T) {
		f, caller, callee := halfDeaf(t)
		add(t, callee, 0)
		holds(t, f, 2)
		add(t, callee, 1)
		wantCandidate(t, caller, 1)
		hangUp(t, f, caller)
	})
	t.Run("some, of two that it comes to at once", func(t *testing.T) {
		f, caller, _ := halfDeaf(t)
		f.Delay(50 * time.Millisecond)
		for n := range 2 {
			path := "rooms/" + caller.ref.ID + "/calleeCandidates/" + newCandidateID(n)
			f.Edit(testProject, path, map[string]*pb.Value{
				"candidate":     {ValueType: &pb.Value_StringValue{StringValue: host(n).Candidate}},
				"sdpMid":        {ValueType: &pb.Value_StringValue{StringValue: "0"}},
				"sdpMLineIndex": {ValueType: &pb.Value_IntegerValue{}},
			})
		}
		wantCandidate(t, caller, 1)
		hangUp(t, f, caller)
	})
}

// A candidate whose writing was under way when the other side deleted the room
// is deleted by whoever wrote it.
func TestCandidateIsWrittenAsTheRoomIsDeleted(t *testing.T) {
	s, f := startFake(t, AuthAnonymous)
	_, callee := inCall(t, s, nil)
	f.LoseAnswers(true)
	if err := callee.SendCandidate(within(t), host(0)); err != nil {
		t.Fatal(err)
	}
	holds(t, f, 2)
	f.LoseAnswers(false)
	f.Edit(testProject, "rooms/"+callee.ref.ID, nil)
	want(t, callee, signaling.LeftEvent{})
	if err := callee.Leave(within(t)); err != nil {
		t.Fatal(err)
	}
	holds(t, f, 0)
}

// A callee that is killed before it answers keeps its seat. The caller is told,
// and leaves nothing of it behind.
func TestCalleeNeverAnswers(t *testing.T) {
	s, f := startFake(t, AuthAnonymous)
	caller := open(t, s.client(t, func(c *Config) { c.noAnswer = 100 * time.Millisecond }))
	enter(t, s.client(t, nil), caller)
	want(t, caller, signaling.PresenceEvent{Present: true})
	send(t, caller, sdp("offer"))
	closedBy(t, caller, ErrNoAnswer)
	if err := caller.Leave(within(t)); err != nil {
		t.Fatal(err)
	}
	holds(t, f, 0)
}

func TestHasAll(t *testing.T) {
	id := newCandidateID
	for name, test := range map[string]struct {
		ids  []string
		want bool
	}{
		"none":                 {nil, false},
		"all, in any order":    {[]string{id(1), id(0), id(2)}, true},
		"the first is missing": {[]string{id(1)}, false},
		"one in between":       {[]string{id(0), id(2)}, false},
		"another client's":     {[]string{"AbCdEfGhIjKlMnOpQrSt"}, true},
		"a short one":          {[]string{id(0), "x"}, true},
	} {
		var refs []*firestore.DocumentRef
		for _, id := range test.ids {
			refs = append(refs, &firestore.DocumentRef{ID: id})
		}
		if got := hasAll(refs); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
