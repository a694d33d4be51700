// Package swaytest gives a test a Wayland session of its own, without a screen, a
// graphics card or devices: sway, the portal and its part for wlroots, and PipeWire.
package swaytest

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

const patience = 20 * time.Second

// Session is a Wayland session with one screen, HEADLESS-1, of 640x480.
type Session struct {
	t       testing.TB
	dir     string
	running map[string]*exec.Cmd
}

// Any is the choice of Start's that asks nobody.
const Any = "chooser_type=none"

// None is that of a user who closes the dialog.
const None = "chooser_type=simple\nchooser_cmd=true"

// Start runs a session until the test ends, and names it in the environment. What its
// user would choose in the portal's dialog is Any or None. Where a program for it is not
// installed the test is skipped.
func Start(t testing.TB, choice string) *Session {
	t.Helper()
	s := StartUnserved(t, choice)
	s.serve("org.freedesktop.impl.portal.desktop.wlr", "/usr/libexec/xdg-desktop-portal-wlr")
	s.serve("org.freedesktop.portal.Desktop", "/usr/libexec/xdg-desktop-portal")
	return s
}

// StartUnserved is Start without a portal: the bus starts it for whoever asks first.
func StartUnserved(t testing.TB, choice string) *Session {
	t.Helper()
	for _, program := range []string{"sway", "swaybg", "dbus-daemon", "pipewire", "pw-metadata", "wireplumber", "/usr/libexec/xdg-desktop-portal", "/usr/libexec/xdg-desktop-portal-wlr"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed (build/deps.sh test does)", program)
		}
	}
	dir, err := os.MkdirTemp("", "sway") //nolint:usetesting // a socket's path has 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// The server of documents beside the portal leaves its mount when its bus goes.
		_ = exec.Command("fusermount3", "-u", "-z", filepath.Join(dir, "doc")).Run()
		if err := os.RemoveAll(dir); err != nil {
			t.Log(err)
		}
	})
	s := &Session{t, dir, map[string]*exec.Cmd{}}
	for key, value := range map[string]string{
		"XDG_RUNTIME_DIR": dir, "HOME": dir, "XDG_CONFIG_HOME": dir, "XDG_DATA_HOME": dir, "XDG_STATE_HOME": dir, "XDG_CACHE_HOME": dir,
		"XDG_CURRENT_DESKTOP": "sway", "XDG_SESSION_TYPE": "wayland", "WAYLAND_DISPLAY": "", "DISPLAY": "",
		"DBUS_SESSION_BUS_ADDRESS": "unix:path=" + filepath.Join(dir, "bus"),
		"WLR_BACKENDS":             "headless", "WLR_RENDERER": "pixman", "WLR_LIBINPUT_NO_DEVICES": "1",
		"PIPEWIRE_RUNTIME_DIR": dir, "SWAYSOCK": filepath.Join(dir, "sway.sock"),
	} {
		t.Setenv(key, value)
	}
	s.write("sway/config", "xwayland disable\noutput HEADLESS-1 mode 640x480\noutput HEADLESS-1 bg #ff0000 solid_color\nexec echo $WAYLAND_DISPLAY >"+filepath.Join(dir, "ready")+"\n")
	s.write("xdg-desktop-portal-wlr/config", "[screencast]\noutput_name=HEADLESS-1\n"+choice+"\n")
	ready := filepath.Join(dir, "ready")
	if err := syscall.Mkfifo(ready, 0o600); err != nil {
		t.Fatal(err)
	}
	s.run("sway", nobody(t, dir), "--unsupported-gpu")
	t.Setenv("WAYLAND_DISPLAY", between(t, dir, s.read(ready)))
	s.run("dbus-daemon", nil, "--session", "--nofork", "--address="+os.Getenv("DBUS_SESSION_BUS_ADDRESS"))
	s.wait("bus")
	s.run("pipewire", nil)
	s.wait("pipewire-0")
	s.run("wireplumber", nil)
	s.Until("wireplumber", func() bool { // its metadata are
		out, _ := exec.Command("pw-metadata").Output()
		return bytes.Contains(out, []byte("Found"))
	})
	return s
}

func (s *Session) write(name, content string) {
	s.t.Helper()
	name = filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// nobody owns the folder, and is who sway runs as where the test runs as root, whom it
// refuses; nil elsewhere.
func nobody(t testing.TB, dir string) *syscall.Credential {
	t.Helper()
	const id = 65534
	if os.Getuid() != 0 {
		return nil
	}
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, id, id))
	})
	if err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: id, Gid: id, NoSetGroups: true}
}

// run starts a program, as another user if there is one, that ends with the test.
func (s *Session) run(name string, as *syscall.Credential, args ...string) {
	s.t.Helper()
	log, err := os.Create(filepath.Join(s.dir, filepath.Base(name)+".log"))
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: as}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.running[name] = cmd
	s.t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
		if s.t.Failed() {
			said, _ := os.ReadFile(log.Name())
			s.t.Logf("%s said:\n%s", name, said[max(0, len(said)-2000):])
		}
		_ = log.Close()
	})
}

// read is a line from a pipe that a program writes when it is ready.
func (s *Session) read(name string) string {
	s.t.Helper()
	pipe, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	defer pipe.Close()
	_ = pipe.SetReadDeadline(time.Now().Add(patience))
	line := make([]byte, 100)
	n, err := pipe.Read(line)
	if err != nil && !errors.Is(err, io.EOF) {
		s.t.Fatalf("sway does not begin: %v", err)
	}
	return string(line[:n-1])
}

// Until waits for something to be there.
func (s *Session) Until(what string, there func() bool) {
	s.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(patience); !there(); {
		select {
		case <-tick.C:
		case <-late:
			s.t.Fatalf("no %s", what)
		}
	}
}

// serve runs a program until it has its name on the bus: the bus itself would start it,
// and nobody hear what it says.
func (s *Session) serve(name, program string) {
	s.t.Helper()
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		s.t.Fatal(err)
	}
	defer bus.Close()
	s.run(program, nil)
	s.Until(name, func() bool {
		var owner string
		return bus.BusObject().Call("org.freedesktop.DBus.GetNameOwner", 0, name).Store(&owner) == nil
	})
}

// wait is for a socket.
func (s *Session) wait(socket string) {
	s.t.Helper()
	s.Until(socket, func() bool {
		_, err := os.Stat(filepath.Join(s.dir, socket))
		return err == nil
	})
}

// End has one of the programs end, such as sway.
func (s *Session) End(name string) { _ = s.running[name].Process.Kill() }

// Show has the screen show a picture, over all of it.
func (s *Session) Show(picture image.Image) {
	s.t.Helper()
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		s.t.Fatal(err)
	}
	name := filepath.Join(s.dir, "shown.png")
	if err := os.WriteFile(name, file.Bytes(), 0o644); err != nil { // sway may be another user
		s.t.Fatal(err)
	}
	s.Tell("output", "HEADLESS-1", "bg", name, "stretch")
}

// Tell has sway do something: its command (man 5 sway).
func (s *Session) Tell(command ...string) {
	s.t.Helper()
	if out, err := exec.Command("swaymsg", append([]string{"--"}, command...)...).CombinedOutput(); err != nil {
		s.t.Fatalf("swaymsg %v: %v: %s", command, err, out)
	}
}
