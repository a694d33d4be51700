package desktop

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func claim(t *testing.T, dir, link string) *Instance {
	t.Helper()
	i, err := Claim(t.Context(), dir, link)
	if err != nil {
		t.Fatal(err)
	}
	if i != nil {
		t.Cleanup(i.Close)
	}
	return i
}

func TestLaterOnesHandOverTheirLink(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	first := claim(t, dir, "")
	links := make(chan string, 3)
	first.Serve(func(link string) { links <- link })
	for _, link := range []string{"https://192.168.1.20:7373/#room=4fk2-9xqa-07mz", "", strings.Repeat("A", maxLink)} {
		if second := claim(t, dir, link); second != nil {
			t.Fatal("there are two first ones")
		}
		if got := <-links; got != link {
			t.Errorf("%q arrived as %q", link, got)
		}
	}
	if _, err := Claim(t.Context(), dir, strings.Repeat("A", maxLink+1)); !errors.Is(err, ErrSilent) {
		t.Errorf("too long a link: %v", err)
	}
	first.Close()
	first.Close()
	if claim(t, dir, "") == nil {
		t.Error("nobody is first after the first has ended")
	}
}

// TestOneOfMany starts many at the same moment: one is first, and hears of all others.
func TestOneOfMany(t *testing.T) {
	dir := t.TempDir()
	const many = 16
	heard := make(chan string, many)
	firsts := make(chan *Instance, many)
	var all sync.WaitGroup
	for range many {
		all.Go(func() {
			i, err := Claim(t.Context(), dir, "x")
			if err != nil {
				t.Error(err)
			}
			if i != nil {
				i.Serve(func(link string) { heard <- link })
				firsts <- i
			}
		})
	}
	all.Wait()
	if len(firsts) != 1 {
		t.Fatalf("%d were first", len(firsts))
	}
	for n := range many - 1 {
		select {
		case <-heard:
		case <-time.After(20 * time.Second):
			t.Fatalf("the first heard of %d others", n)
		}
	}
	(<-firsts).Close()
}

func TestWhatACrashLeavesStopsNobody(t *testing.T) {
	dir := t.TempDir()
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "socket"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()
	if err := os.WriteFile(filepath.Join(dir, "lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if claim(t, dir, "") == nil {
		t.Error("the dead one is taken for a living one")
	}
}

func TestOneThatDoesNotAnswerIsNamed(t *testing.T) {
	dir := t.TempDir()
	claim(t, dir, "") // listens, and never serves
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Claim(ctx, dir, "x"); !errors.Is(err, ErrSilent) {
		t.Errorf("got %v", err)
	}
}

func TestAFolderThatCannotBeUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Claim(t.Context(), filepath.Join(file, "run"), ""); err == nil || errors.Is(err, ErrSilent) {
		t.Errorf("got %v", err)
	}
}
