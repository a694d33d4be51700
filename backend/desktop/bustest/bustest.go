// Package bustest gives a test a D-Bus daemon of its own.
package bustest

import (
	"bufio"
	"os/exec"
	"strings"
	"testing"
)

// Start runs a bus until the test ends, and gives its address. Without a
// dbus-daemon the test is skipped.
func Start(t testing.TB) (address string) {
	t.Helper()
	path, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Skip("there is no dbus-daemon")
	}
	daemon := exec.Command(path, "--session", "--nofork", "--print-address=1")
	out, err := daemon.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = daemon.Process.Kill()
		_ = daemon.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}
