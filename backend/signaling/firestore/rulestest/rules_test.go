// Package rulestest holds the tests of build/firebase's security rules, against
// the emulator and as real users: what is asserted is never asked as its owner.
//
//	table_test.go     who may do what, row by row: candidates_test.go, rooms_test.go
//	coverage_test.go  the emulator's own count of what the rows evaluated
//	mutation_test.go  each condition replaced: some row must notice
package rulestest

import (
	"testing"

	"parley/backend/signaling/firestore/emulator"
)

func TestRules(t *testing.T) {
	checkRows(t, "firestore.rules", slicesOf(roomRows(), candidateRows()))
}

func TestDevRules(t *testing.T) {
	checkRows(t, "firestore.dev.rules", devRows())
}

// checkRows runs each row in a project of its own, looks at what was evaluated
// for it, and then whether the rows would have noticed other rules.
func checkRows(t *testing.T, file string, rows []row) {
	e := emulator.Start(t)
	source := emulator.Rules(t, file)
	each := make([]coverage, len(rows))
	for i, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			project := e.Project(t, source)
			if got := try(t, e, project, r); got != r.want {
				t.Errorf("as %q: %s, want %s", r.as, got, r.want)
			}
			each[i] = readCoverage(t, e, project)
		})
	}
	if t.Failed() {
		return
	}
	checkCoverage(t, each, source)
	checkMutants(t, e, source, rows, each)
}
