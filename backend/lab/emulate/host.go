//go:build linux

// Package emulate builds the laboratory's networks: hosts in network namespaces,
// links between them with a rate, a delay, a queue and losses, and NATs. It
// needs root, and touches nothing outside namespaces of its own.
//
//	host A ─ tun ─▶ Link (this process) ─▶ tun ─ host B
//	host A ─ veth ─ router with a NAT ─ Link ─ internet ─ Link ─ router ─ veth ─ host B
//
// netem would be the usual way, but not every kernel has it. The link is in user
// space, between two TUN devices, and its accuracy is what the tests here test.
package emulate

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

const (
	namespaces = "/run/netns" // ip-netns(8)
	prefix     = "parleylab-" // then the pid of the process that owns it, a number and a name
)

// ErrRights tells that the laboratory cannot be built by this user or on this
// system; the text says why.
var ErrRights = errors.New("the laboratory needs root, /dev/net/tun, ip and iptables")

var serial atomic.Int64

// Host is a network namespace.
type Host struct {
	Name string // the namespace, as `ip netns` knows it
}

// Possible tells why no laboratory can be built here, matching ErrRights; nil if
// one can.
func Possible() error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("%w: this user is not root", ErrRights)
	}
	if f, err := os.OpenFile("/dev/net/tun", os.O_RDWR, 0); err != nil {
		return fmt.Errorf("%w: %w", ErrRights, err)
	} else if err := f.Close(); err != nil {
		return err
	}
	for _, tool := range []string{"ip", "iptables"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("%w: %w (build/deps.sh lab installs it)", ErrRights, err)
		}
	}
	h, err := NewHost("try")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRights, err)
	}
	return h.Close()
}

// NewHost makes a namespace with its loopback interface up.
func NewHost(name string) (*Host, error) {
	h := &Host{Name: fmt.Sprintf("%s%d-%d-%s", prefix, os.Getpid(), serial.Add(1), name)}
	if err := run("ip", "netns", "add", h.Name); err != nil {
		return nil, err
	}
	// IPv6 looks for a second whether an address is taken, and then changes the
	// network, upon which a browser breaks off what it loads.
	err := h.Run("sysctl", "-eqw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
	if err = errors.Join(err, h.Run("ip", "link", "set", "lo", "up")); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// Close deletes the namespace and all of its interfaces. It may be called twice.
func (h *Host) Close() error {
	if _, err := os.Stat(filepath.Join(namespaces, h.Name)); os.IsNotExist(err) {
		return nil
	}
	return run("ip", "netns", "del", h.Name)
}

// Command is a command that runs in h.
func (h *Host) Command(name string, arguments ...string) *exec.Cmd {
	return exec.Command("ip", append([]string{"netns", "exec", h.Name, name}, arguments...)...)
}

// Run runs a command in h; the error holds what it said.
func (h *Host) Run(name string, arguments ...string) error {
	return output(h.Command(name, arguments...))
}

// Do runs do on a thread that is in h. Sockets and devices that it opens stay in
// h; goroutines that it starts do not.
func (h *Host) Do(do func() error) error {
	done := make(chan error, 1)
	go func() {
		// Not unlocked: the thread ends with the goroutine, and so nothing else
		// ever runs in the namespace.
		runtime.LockOSThread()
		fd, err := unix.Open(filepath.Join(namespaces, h.Name), unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			done <- fmt.Errorf("enter %s: %w", h.Name, err)
			return
		}
		err = unix.Setns(fd, unix.CLONE_NEWNET)
		_ = unix.Close(fd)
		if err != nil {
			done <- fmt.Errorf("enter %s: %w", h.Name, err)
			return
		}
		done <- do()
	}()
	return <-done
}

// Address changes the address of an interface: the old one goes, the new one
// comes, as when a laptop walks into another network.
func (h *Host) Address(device, before, now string) error {
	if err := h.Run("ip", "addr", "del", before, "dev", device); err != nil {
		return err
	}
	if err := h.Run("ip", "addr", "add", now, "dev", device); err != nil {
		return err
	}
	// Routes through the device went with its last address.
	return h.Run("ip", "route", "replace", "default", "dev", device)
}

// Wire joins two hosts with a plain cable (veth), without any emulation. Each
// address is one with its prefix, such as "10.0.0.1/24".
func Wire(a *Host, deviceA, addressA string, b *Host, deviceB, addressB string) error {
	if err := run("ip", "link", "add", deviceA, "netns", a.Name, "type", "veth", "peer", "name", deviceB, "netns", b.Name); err != nil {
		return err
	}
	if err := a.up(deviceA, addressA); err != nil {
		return err
	}
	return b.up(deviceB, addressB)
}

func (h *Host) up(device, address string) error {
	if err := h.Run("ip", "addr", "add", address, "dev", device); err != nil {
		return err
	}
	return h.Run("ip", "link", "set", device, "up")
}

// Route sends what is for destination ("default" or a network) to a gateway.
func (h *Host) Route(destination, gateway string) error {
	return h.Run("ip", "route", "replace", destination, "via", gateway)
}

// Reap deletes the namespaces of laboratories whose process is gone, however it
// ended, with the processes that run in them, and tells how many. (A signal at the
// parent's death, prctl(2), would come at its thread's, and ours come and go.)
func Reap() (int, error) {
	entries, err := os.ReadDir(namespaces)
	if os.IsNotExist(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	n := 0
	for _, e := range entries {
		rest, ours := strings.CutPrefix(e.Name(), prefix)
		if !ours {
			continue
		}
		text, _, _ := strings.Cut(rest, "-")
		pid, err := strconv.Atoi(text)
		if err != nil || alive(pid) {
			continue
		}
		h := &Host{Name: e.Name()}
		if err := errors.Join(h.kill(), h.Close()); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// PIDs are the processes that run in h.
func (h *Host) PIDs() (list []int, err error) {
	out, err := exec.Command("ip", "netns", "pids", h.Name).Output()
	if err != nil {
		return nil, fmt.Errorf("list what runs in %s: %w", h.Name, err)
	}
	for _, field := range strings.Fields(string(out)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			return nil, err
		}
		list = append(list, pid)
	}
	return list, nil
}

// kill ends all that runs in h.
func (h *Host) kill() error {
	pids, err := h.PIDs()
	if err != nil {
		return err
	}
	for _, pid := range pids {
		if err := unix.Kill(pid, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
			return err
		}
	}
	return nil
}

func alive(pid int) bool { return !errors.Is(unix.Kill(pid, 0), unix.ESRCH) }

func run(name string, arguments ...string) error { return output(exec.Command(name, arguments...)) }

func output(cmd *exec.Cmd) error {
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, strings.TrimSpace(string(said)))
	}
	return nil
}
