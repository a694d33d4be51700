package cli

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"parley/backend/call"
	"parley/backend/config"
)

// helperVariable makes the test binary a program with a scripted session, for
// what only a process has: signals, and a standard output whose reader leaves.
const helperVariable = "PARLEY_TEST_HELPER"

func helper() int {
	s := &scripted{
		snapshots: make(chan call.Snapshot),
		steps:     []step{{0, in(call.Waiting)}, {0, in(call.Connected)}},
	}
	p := Program{OpenSession: func(config.Config, *slog.Logger) (Session, error) { return s, nil }}
	exit := Run(context.Background(), p, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	fmt.Fprintln(os.Stderr, strings.Join(s.did, ", "))
	return exit
}

func process(t *testing.T) (cmd *exec.Cmd, stdout io.ReadCloser, stderr *bytes.Buffer) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("no SIGINT or SIGPIPE to send on Windows")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	cmd = exec.CommandContext(ctx, os.Args[0], "call", "create", "--json")
	cmd.Env = append(os.Environ(), helperVariable+"=1", "HOME="+t.TempDir())
	stderr = &bytes.Buffer{}
	cmd.Stderr = stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, stdout, stderr
}

func TestInterruptedProcessHangsUp(t *testing.T) {
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		cmd, stdout, stderr := process(t)
		lines := bufio.NewScanner(stdout)
		last := ""
		for lines.Scan() {
			last = lines.Text()
			if strings.Contains(last, `"connected"`) {
				if err := cmd.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := cmd.Wait(); err != nil || last+"\n" != hungUp || !strings.Contains(stderr.String(), "hang up, unwatch, close") {
			t.Errorf("%v: %v, last line %s, standard error %s", sig, err, last, stderr)
		}
	}
}

func TestProcessWhoseReaderLeavesHangsUp(t *testing.T) {
	cmd, stdout, stderr := process(t)
	if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := stdout.Close(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if exit := cmd.ProcessState.ExitCode(); exit != ExitInternal || !strings.Contains(stderr.String(), "hang up, unwatch, close") {
		t.Errorf("%v, standard error %s", cmd.ProcessState, stderr)
	}
}
