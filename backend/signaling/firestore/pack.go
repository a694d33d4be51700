package firestore

import (
	"strings"
	"time"

	"parley/backend/signaling"
)

// Each document costs. Candidates that come late, from STUN and TURN servers,
// and after the other side's are therefore written together where the other
// side reads several in a document, and less and less often:
//
//	document: candidate, sdpMid, sdpMLineIndex, usernameFragment?, more: "candidate:…\ncandidate:…"
//	written after: 0, 0.1 s, 0.4 s, 1.6 s …
//
// The first ones wait for nothing. With 3 documents a seat, those that come in
// the first 0.5 s are there, with 4 those of 2 s; by then the two are connected.

const (
	maxPacked = 16                                                   // candidates in one document
	maxMore   = (maxPacked-1)*signaling.MaxCandidate + maxPacked - 2 // bytes: lines, and what parts them

	firstPause = 100 * time.Millisecond
)

// pauseAfter is how long after the nth commit of candidates the next may follow.
func pauseAfter(n int) time.Duration {
	if n == 0 {
		return 0
	}
	return firstPause << min(2*(n-1), 20)
}

// packs tells whether the other side reads several candidates in a document.
// What it is, it says in its first description.
func (r *room) packs() bool {
	theirs := r.state.answer
	if r.role == signaling.Callee {
		theirs = r.state.offer
	}
	return theirs != nil && !r.single && strings.Contains(theirs.SDP, "\na="+signaling.MoreAttribute+"\r\n")
}

// pack puts candidates of one media section and one generation into a document,
// in their order; without together each has one of its own.
func pack(all []signaling.Candidate, together bool) (documents [][]signaling.Candidate) {
	for i, c := range all {
		if last := len(documents) - 1; together && i > 0 && len(documents[last]) < maxPacked && packable(documents[last][0], c) {
			documents[last] = append(documents[last], c)
			continue
		}
		documents = append(documents, []signaling.Candidate{c})
	}
	return documents
}

func packable(a, b signaling.Candidate) bool {
	return a.Candidate != "" && b.Candidate != "" &&
		equal(a.SDPMid, b.SDPMid) && equal(a.SDPMLineIndex, b.SDPMLineIndex) && equal(a.UsernameFragment, b.UsernameFragment)
}

func equal[T comparable](a, b *T) bool {
	return a == b || a != nil && b != nil && *a == *b
}
