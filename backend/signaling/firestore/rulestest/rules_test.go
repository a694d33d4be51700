// Package rulestest holds the tests of build/firebase's security rules, against
// the emulator and as real users: what is asserted is never asked as its owner.
//
//	rooms_test.go     who may do what, row by row; also candidates_test.go, dev_test.go
//	table_test.go     how a row is run
//	coverage_test.go  the emulator's own count of what the rows evaluated
//	mutation_test.go  each condition replaced: some row must notice; this takes
//	                  a minute or two, so only after a change of the rules:
//
//	PARLEY_RULES_MUTANTS=1 go test ./backend/signaling/firestore/rulestest
package rulestest

import (
	"os"
	"sync"
	"testing"

	"parley/backend/signaling/firestore/emulator"
)

const mutantsVariable = "PARLEY_RULES_MUTANTS"

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
	each, got, errs := make([]coverage, len(rows)), make([]verdict, len(rows)), make([]error, len(rows))
	slots := make(chan struct{}, atOnce)
	var running sync.WaitGroup
	for i, r := range rows {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			project := e.Name(t)
			if errs[i] = e.SetRules(t.Context(), project, source); errs[i] != nil {
				return
			}
			if got[i], errs[i] = try(t.Context(), e, project, r); errs[i] == nil {
				each[i], errs[i] = readCoverage(t.Context(), e, project)
			}
		})
	}
	running.Wait()
	for i, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if errs[i] != nil || got[i] != r.want {
				t.Errorf("as %q: %s, want %s (%v)", r.as, got[i], r.want, errs[i])
			}
		})
	}
	if t.Failed() {
		return
	}
	checkCoverage(t, each, source)
	if os.Getenv(mutantsVariable) == "1" {
		checkMutants(t, e, source, rows, each)
	}
}
