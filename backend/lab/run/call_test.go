//go:build linux

package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"parley/backend/lab/emulate"
)

// TestReferenceCall makes a call between two Chromiums over a link of 80 ms: the
// pictures must be read back, and none can be seen earlier than the link lets it.
func TestReferenceCall(t *testing.T) {
	if testing.Short() {
		t.Skip("a call of two browsers takes 10 s")
	}
	if err := emulate.Possible(); err != nil {
		t.Skip(err)
	}
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("no Chromium: build/deps.sh lab installs it")
	}
	dir := t.TempDir()
	m, err := makeMedia(dir, options{height: 180})
	if err != nil {
		t.Fatal(err)
	}
	clear := emulate.Always(emulate.Conditions{Rate: 5 * mbit, Delay: 80 * time.Millisecond})
	r := result{Scenario: "clear", Way: chromium}
	rest, err := r.run(scenario{Forth: clear, Back: clear, Length: 4 * time.Second}, m, dir+"/call", make(chan os.Signal))
	if err = errors.Join(err, rest()); err != nil {
		t.Fatal(err)
	}
	t.Log(r.line())
	if r.Shown < 20 {
		t.Errorf("%d pictures shown", r.Shown)
	}
	if left, err := filepath.Glob(fmt.Sprintf("/run/netns/parleylab-%d-*", os.Getpid())); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if r.Busy > 0.9 {
		t.Skipf("delays are not judged: the machine was %.0f %% busy, and the page too late for its own camera", r.Busy*100)
	}
	if r.Read < r.Shown/2 || r.Delay.Median < 80 || r.Delay.Median > 2000 {
		t.Errorf("%d pictures shown, %d read, delay %+v ms over a link of 80 ms", r.Shown, r.Read, r.Delay)
	}
}

// TestRelayIsReached: behind the strictest firewall port 443 of the relay can be
// reached, and its other port cannot.
func TestRelayIsReached(t *testing.T) {
	if err := emulate.Possible(); err != nil {
		t.Skip(err)
	}
	if _, err := exec.LookPath("turnserver"); err != nil {
		t.Skip("no coturn: build/deps.sh lab installs it")
	}
	n, err := newNATs(emulate.Symmetric, emulate.Only443, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	stop, err := coturn(n.others[0], t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	for _, test := range []struct {
		name string
		from *emulate.Host
		port string
		want bool
	}{
		{"symmetric", n.sender, "3478", true},
		{"only 443", n.receiver, "443", true},
		{"only 443", n.receiver, "3478", false},
	} {
		err := test.from.Do(func() error {
			c, err := net.DialTimeout("tcp4", relayAddress+":"+test.port, time.Second)
			if err != nil {
				return err
			}
			return c.Close()
		})
		if (err == nil) != test.want {
			t.Errorf("%s to port %s: %v", test.name, test.port, err)
		}
	}
}
