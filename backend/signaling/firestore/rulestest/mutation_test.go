package rulestest

import (
	"testing"

	"parley/backend/signaling/firestore/emulator"
)

// checkMutants replaces each condition of the rules by true and by false, and
// wants a row that goes red: a condition that can be replaced unnoticed is not
// tested, or not needed. Only a row that saw the condition otherwise can notice.
func checkMutants(t *testing.T, e *emulator.Emulator, source string, rows []row, each []coverage) {
	t.Helper()
	mutants := 0
	for _, at := range leaves(each) {
		for _, with := range []string{"true", "false"} {
			mutants++
			project := e.Project(t, source[:at.from]+with+source[at.end(source):])
			tried, noticed := 0, false
			for i := range rows {
				s := each[i][at].seen
				if with == "true" && s.false+s.failed == 0 || with == "false" && s.true == 0 {
					continue
				}
				tried++
				if noticed = try(t, e, project, rows[i]) != rows[i].want; noticed {
					break
				}
			}
			if !noticed {
				t.Errorf("%s: replaced by %s, and none of %d rows went red", describe(source, at), with, tried)
			}
		}
	}
	t.Logf("%d mutants", mutants)
}
