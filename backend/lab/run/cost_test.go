//go:build linux

package main

import (
	"syscall"
	"testing"
	"time"

	"parley/backend/lab/emulate"
)

// TestAllOfASideIsWeighed: what the processes that a program started take, and those that
// they started, counts as its own; what the other side takes does not.
func TestAllOfASideIsWeighed(t *testing.T) {
	if err := emulate.Possible(); err != nil {
		t.Skip(err)
	}
	var sides []*emulate.Host
	for _, script := range []string{"sleep 60", "(sh -c 'while :; do :; done' & wait) & wait"} {
		h, err := emulate.NewHost("side")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := h.Close(); err != nil {
				t.Error(err)
			}
		})
		cmd := h.Command("sh", "-c", script)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			_ = cmd.Wait() // it was killed
		})
		sides = append(sides, h)
	}
	weighed := func(h *emulate.Host) weight {
		w, err := weigh(h)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	const much = 0.2 // s
	var busy weight
	for late := time.Now().Add(20 * time.Second); busy.cpu < much; busy = weighed(sides[1]) {
		if time.Now().After(late) {
			t.Fatalf("all that works took %+v", busy)
		}
	}
	if idle := weighed(sides[0]); idle.cpu >= much || idle.pss <= 0 || busy.pss <= 0 {
		t.Errorf("what rests took %+v, and what works %+v", idle, busy)
	}
}
