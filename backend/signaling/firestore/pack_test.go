package firestore

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"

	"parley/backend/signaling"
	"parley/backend/signaling/firestore/emulator"
)

// ours is a description of a client that reads several candidates in a document.
func ours(kind string, lines ...string) signaling.Description {
	d := sdp(kind, lines...)
	d.SDP = strings.Replace(d.SDP, "m=", "a="+signaling.MoreAttribute+"\r\nm=", 1)
	return d
}

func TestPack(t *testing.T) {
	at := func(mid string, n int) signaling.Candidate {
		c := host(n)
		c.SDPMid = &mid
		return c
	}
	ufrag := "next"
	later := host(4)
	later.UsernameFragment = &ufrag
	var many []signaling.Candidate
	for n := range maxPacked + 1 {
		many = append(many, host(n))
	}
	for name, test := range map[string]struct {
		all  []signaling.Candidate
		want []int // how many in each document
	}{
		"none":                {nil, nil},
		"one":                 {many[:1], []int{1}},
		"of one section":      {many[:3], []int{3}},
		"of two sections":     {[]signaling.Candidate{at("0", 1), at("0", 2), at("1", 3), at("0", 4)}, []int{2, 1, 1}},
		"of two generations":  {[]signaling.Candidate{host(1), later, later}, []int{1, 2}},
		"the end of them all": {[]signaling.Candidate{host(1), {}, host(2)}, []int{1, 1, 1}},
		"too many for one":    {many, []int{maxPacked, 1}},
	} {
		var got []int
		var read []signaling.Candidate
		for _, some := range pack(test.all, true) {
			got = append(got, len(some))
			back, err := parseCandidates(candidateFields(some, "me", time.Time{}))
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			read = append(read, back...)
		}
		if !reflect.DeepEqual(got, test.want) || !reflect.DeepEqual(read, test.all) {
			t.Errorf("%s: %v, want %v; read %+v", name, got, test.want, read)
		}
		if alone := pack(test.all, false); len(alone) != len(test.all) {
			t.Errorf("%s, each alone: %v", name, alone)
		}
	}
}

func TestPauseAfter(t *testing.T) {
	for n, want := range []time.Duration{0, 100 * time.Millisecond, 400 * time.Millisecond, 1600 * time.Millisecond} {
		if got := pauseAfter(n); got != want {
			t.Errorf("after %d: %v, want %v", n, got, want)
		}
	}
	if got := pauseAfter(1000); got <= 0 {
		t.Errorf("after many: %v", got)
	}
}

// told sends candidates to the other side of a call, and wants them there, in
// their order.
func told(t *testing.T, from, to *room, n int) {
	t.Helper()
	for i := range n {
		if err := from.SendCandidate(within(t), host(i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		wantCandidate(t, to, i)
	}
}

func inCallOf(t *testing.T, s service, offer, answer signaling.Description) (caller, callee *room) {
	caller = open(t, s.client(t, nil))
	callee = enter(t, s.client(t, nil), caller)
	send(t, caller, offer)
	want(t, callee, signaling.PresenceEvent{Present: true}, signaling.DescriptionEvent{Description: offer})
	send(t, callee, answer)
	want(t, caller, signaling.PresenceEvent{Present: true}, signaling.DescriptionEvent{Description: answer})
	return caller, callee
}

func documentsOf(t *testing.T, s service, r *room) (all []*firestore.DocumentSnapshot) {
	t.Helper()
	all, err := r.db.candidates(within(t), r.ref, r.role)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Several candidates are in a document only for who says that it reads them.
func TestCandidatesAreWrittenTogether(t *testing.T) {
	test := func(t *testing.T, s service) {
		const n = 10
		for name, them := range map[string]func(string, ...string) signaling.Description{"ours": ours, "another": sdp} {
			caller, callee := inCallOf(t, s, them("offer"), them("answer"))
			for _, seat := range [][2]*room{{caller, callee}, {callee, caller}} {
				told(t, seat[0], seat[1], n)
				got := len(documentsOf(t, s, seat[0]))
				if packed := got <= 4; packed != (name == "ours") || got > n {
					t.Errorf("%s: %d candidates of the %s in %d documents", name, n, seat[0].role, got)
				}
			}
			// Whoever hangs up knows of all.
			if err := callee.Leave(within(t)); err != nil {
				t.Fatal(err)
			}
			if got := s.readable(); got != 0 {
				t.Errorf("%s: %d documents are left", name, got)
			}
		}
	}
	t.Run("fake", func(t *testing.T) { s, _ := startFake(t, AuthAnonymous); test(t, s) })
	t.Run("emulator", func(t *testing.T) { test(t, startEmulator(t, AuthAnonymous)) })
}

// A project whose rules are older than we are takes one candidate in a document.
func TestRulesThatKnowNoFurtherCandidates(t *testing.T) {
	e := emulator.Start(t)
	rules := strings.Replace(emulator.Rules(t, "firestore.rules"), ", 'more'])", "])", 1)
	s := startEmulator(t, AuthAnonymous)
	if err := e.SetRules(within(t), s.project, rules); err != nil {
		t.Fatal(err)
	}
	const n = 5
	caller, callee := inCallOf(t, s, ours("offer"), ours("answer"))
	told(t, callee, caller, n)
	if got := len(documentsOf(t, s, callee)); got != n {
		t.Errorf("%d candidates in %d documents", n, got)
	}
}
