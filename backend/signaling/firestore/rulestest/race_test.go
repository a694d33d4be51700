package rulestest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"parley/backend/signaling/firestore/emulator"
)

// TestOneClaims lets eight callees claim a room at once, three times over:
// exactly one gets it, and the room says who. Where several commits wait for
// one document the emulator aborts some (409), unwritten; how many, and for how
// long, depends on the machine. They claim again one after the other, and then
// nobody is in the way.
func TestOneClaims(t *testing.T) {
	e := emulator.Start(t)
	project := e.Project(t, emulator.Rules(t, "firestore.rules"))
	const callees = 8
	for round := range 3 {
		room := fmt.Sprintf("%012d", round)
		if err := e.Put(t.Context(), project, "rooms/"+room, offered); err != nil {
			t.Fatal(err)
		}
		verdicts := make([]verdict, callees)
		errs := make([]error, callees)
		var all sync.WaitGroup
		claim := func(i int) {
			uid := fmt.Sprintf("callee-%d", i)
			verdicts[i], errs[i] = ask(t.Context(), e, project, uid, room, update("", fields{"calleeUid": uid}))
		}
		for i := range callees {
			all.Go(func() { claim(i) })
		}
		all.Wait()
		for i := range callees {
			if errors.Is(errs[i], errAborted) {
				claim(i)
			}
		}
		documents, err := e.Documents(t.Context(), project)
		if err != nil || len(documents) != 1 {
			t.Fatalf("%v, %v", documents, err)
		}
		winners := 0
		for i, v := range verdicts {
			if errs[i] != nil {
				t.Fatal(errs[i])
			}
			if v != allowed {
				continue
			}
			winners++
			if seat := documents[0].Fields["calleeUid"]; seat != fmt.Sprintf("callee-%d", i) {
				t.Errorf("round %d: callee-%d was let in, the room says %v", round, i, seat)
			}
		}
		if winners != 1 {
			t.Errorf("round %d: %d callees were let in", round, winners)
		}
		if err := e.Delete(t.Context(), project, "rooms/"+room); err != nil {
			t.Fatal(err)
		}
	}
}
