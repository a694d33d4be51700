package rulestest

import (
	"errors"
	"sync"
	"testing"

	"parley/backend/signaling/firestore/emulator"
)

// atOnce is how many rules are tried at a time: the emulator takes its time to
// answer, and not much of the processor's.
const atOnce = 8

// checkMutants replaces each condition of the rules by true and by false, and
// wants a row that goes red: a condition that can be replaced unnoticed is not
// tested, or not needed. Only a row that saw the condition otherwise can notice.
func checkMutants(t *testing.T, e *emulator.Emulator, source string, rows []row, each []coverage) {
	t.Helper()
	var waiting sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	mutants := 0
	for _, at := range leaves(each) {
		for _, with := range []string{"true", "false"} {
			mutants++
			slots <- struct{}{}
			waiting.Go(func() {
				defer func() { <-slots }()
				text := source[:at.from] + with + source[at.end(source):]
				if tried, err := notice(t, e, text, rows, each, at, with == "true"); err != nil {
					t.Errorf("%s: replaced by %s, after %d rows: %v", describe(source, at), with, tried, err)
				}
			})
		}
	}
	waiting.Wait()
	t.Logf("%d mutants", mutants)
}

// errUnnoticed: no row went red.
var errUnnoticed = errors.New("no row went red")

// notice runs the rows that saw the condition otherwise, until one goes red.
func notice(t *testing.T, e *emulator.Emulator, rules string, rows []row, each []coverage, at span, isTrue bool) (tried int, err error) {
	project := e.Name(t)
	if err := e.SetRules(t.Context(), project, rules); err != nil {
		return 0, err
	}
	for i, r := range rows {
		s := each[i][at].seen
		if isTrue && s.false+s.failed == 0 || !isTrue && s.true == 0 {
			continue
		}
		tried++
		if v, err := try(t.Context(), e, project, r); err != nil || v != r.want {
			return tried, err
		}
	}
	return tried, errUnnoticed
}
