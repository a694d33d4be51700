package desktop

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestStartAtLogin(t *testing.T) {
	config := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", config)
	path := filepath.Join(config, "autostart", "parley.desktop")
	is := func(want bool) {
		t.Helper()
		if on, err := StartsAtLogin(); err != nil || on != want {
			t.Errorf("on: %v, %v", on, err)
		}
	}
	is(false)
	for range 2 {
		if err := SetStartAtLogin(true); err != nil {
			t.Fatal(err)
		}
		is(true)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(data), "\nExec=\""+program+"\" --background\n") || !strings.Contains(string(data), "\nTryExec="+program+"\n") {
		t.Errorf("%v:\n%s", err, data)
	}
	// A desktop's own settings may turn it off without removing it.
	for _, off := range []string{"Hidden=true\n", "X-GNOME-Autostart-enabled=false\n"} {
		if err := os.WriteFile(path, append(data, off...), 0o600); err != nil {
			t.Fatal(err)
		}
		is(false)
	}
	for range 2 {
		if err := SetStartAtLogin(false); err != nil {
			t.Fatal(err)
		}
		is(false)
	}
}

// TestEntryStartsTheProgram has GLib, which many desktops start entries with, read
// a path of all that the specification gives a meaning.
func TestEntryStartsTheProgram(t *testing.T) {
	gio, err := exec.LookPath("gio")
	if err != nil {
		t.Skip("there is no gio (libglib2.0-bin)")
	}
	// GLib takes a dollar sign without its backslash too.
	if got, want := argument("a $\"`\\"), "\"a \\$\\\"\\`\\\\\""; got != want {
		t.Errorf("%s, not %s", got, want)
	}
	// GLib 2.74 looks for a program of the escaped name where there is a per cent sign.
	if got := argument("100%u"); got != `"100%%u"` {
		t.Error(got)
	}
	for _, name := range []string{"parley", ` a b`, `$HOME`, "`id`", `"q"`, `\back\\slash`, `ä'é;|&*`} {
		dir := filepath.Join(t.TempDir(), name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		program, told := filepath.Join(dir, name), filepath.Join(dir, "told")
		script := "#!/bin/sh\nprintf '%s' \"$*\" >\"$(dirname \"$0\")/told\"\n"
		if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
		pipe := fifo(t, told)
		file := filepath.Join(t.TempDir(), "parley.desktop")
		if err := os.WriteFile(file, []byte(entry(program)), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(gio, "launch", file).CombinedOutput(); err != nil {
			t.Errorf("%q: %v: %s\n%s", name, err, out, entry(program))
			continue
		}
		data := make([]byte, 100)
		n, err := pipe.Read(data)
		if err != nil || string(data[:n]) != "--background" {
			t.Errorf("%q was started with %q: %v", name, data[:n], err)
		}
	}
}

// fifo makes a named pipe, whose reader waits for what is written, but not for ever.
func fifo(t *testing.T, path string) *os.File {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	// With a writer of our own it has no end before something was written.
	pipe, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pipe.Close() })
	if err := pipe.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return pipe
}
