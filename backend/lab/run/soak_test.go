//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"
)

// soakFor in the environment makes this program a soak of that length. It is a
// process of its own, so that it counts only what is its own.
const soakFor = "PARLEY_LAB_SOAK"

func soakItself() int {
	length, err := time.ParseDuration(os.Getenv(soakFor))
	var dir string
	if err == nil {
		dir, err = os.MkdirTemp("", "parley-soak-")
	}
	var list []growth
	if err == nil {
		defer os.RemoveAll(dir)
		list, err = soak(length, dir, nil)
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(list)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// TestSoak: a call of 3 minutes grows in nothing. `make test` runs it as a step of
// its own; `make lab ARGS="-soak 2h"` for hours.
func TestSoak(t *testing.T) {
	if os.Getenv("PARLEY_LONG") == "" {
		t.Skip("a call of 3 minutes: the step soak runs it")
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), soakFor+"=3m")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var list []growth
	if err := json.Unmarshal(out, &list); err != nil {
		t.Fatal(err)
	}
	// A leak of a thing a second would be 120 more by the last third. Memory that
	// the system counts settles slowly.
	bounds := map[string]struct{ ratio, more float64 }{
		"heap kB": {1.1, 300}, "resident kB": {1.1, 5000}, "goroutines": {1.02, 2}, "descriptors": {1.02, 2},
		"backlog ms": {1.2, 20}, "sound late ms": {1.2, 40},
	}
	for _, g := range list {
		t.Log(g)
		if b := bounds[g.Name]; g.Last > g.First*b.ratio+b.more {
			t.Errorf("%v: it grows", g)
		}
	}
	if len(list) != len(bounds) {
		t.Errorf("%d figures, want %d", len(list), len(bounds))
	}
}
