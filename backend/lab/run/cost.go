//go:build linux

package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"parley/backend/lab/emulate"
)

// costOf is a call of 720p30 both ways over a link without bounds, of which the
// joining side is weighed: all processes that run there. With a window, Chromium
// has one as well, of the same size, on an X server of its own, and shows the
// same: the other side in all of it, and itself in a corner.
type costOf string

const (
	ofCall   costOf = "call"   // `parley call`
	ofWindow costOf = "window" // the desktop window; beside it Chromium's
)

// settle is how long a call runs before it is weighed: until rates and sizes are
// what they will be.
const settle = 5 * time.Second

// runCost weighs. CPU is that of one side, as Memory.
func (r *result) runCost(s scenario, m media, dir string, e *ends, stop <-chan os.Signal) error {
	film, err := m.wide()
	if err != nil {
		return err
	}
	m.small = film
	n, err := newNetwork(s)
	if err != nil {
		return err
	}
	e.add(n.Close)
	if s.Cost == ofWindow {
		display, stop, err := xvfb()
		if err != nil {
			return err
		}
		e.add(stop)
		m.display = display
	}
	if r.Way == chromium {
		t, err := dial(chromium, n, m, devices{film, m.sound}, dir)
		if err != nil {
			return err
		}
		e.add(t.Close)
		if err := t.firstPicture(&r.Setup, stop); err != nil {
			return err
		}
	} else if err := dialToWeigh(n, m, film, dir, e); err != nil {
		return err
	}
	m.alone()
	r.Setup = 0 // not what is asked for here
	if err := wait(settle, stop); err != nil {
		return err
	}
	before, err := weigh(n.receiver)
	if err != nil {
		return err
	}
	busy, all := machine()
	start := time.Now()
	if err := wait(s.Length, stop); err != nil {
		return err
	}
	after, err := weigh(n.receiver)
	if err != nil {
		return err
	}
	busyNow, allNow := machine()
	r.Busy = (busyNow - busy) / max(allNow-all, 1)
	r.Seconds = s.Length.Seconds()
	r.SideCPU = (after.cpu - before.cpu) / time.Since(start).Seconds()
	r.Memory = after.pss
	return nil
}

// dialToWeigh makes a call between a `parley call` and what is weighed.
func dialToWeigh(n *network, m media, film, dir string, e *ends) error {
	m.parley = m.binary
	flags := []string{"--camera", film, "--microphone", m.sound}
	caller, err := launch(n.sender, m, filepath.Join(dir, "caller"), nil, append([]string{"call", "create", "--json",
		"--lan-host", senderAddress, "--lan-address", roomPort, "--speaker", "none"}, flags...)...)
	if err != nil {
		return err
	}
	e.add(caller.Close)
	link, err := caller.room()
	if err != nil {
		return err
	}
	place := filepath.Join(dir, "weighed")
	var weighed *parley
	if m.display == "" {
		weighed, err = launch(n.receiver, m, place, nil, append([]string{"call", "join", link, "--json", "--speaker", filepath.Join(dir, "heard.wav")}, flags...)...)
	} else {
		m.parley = "dbus-run-session"
		runtime := filepath.Join(dir, "runtime")
		if err := os.MkdirAll(runtime, 0o700); err != nil {
			return err
		}
		weighed, err = launch(n.receiver, m, place, []string{"DISPLAY=" + m.display, "XDG_RUNTIME_DIR=" + runtime, "WAYLAND_DISPLAY="},
			append([]string{"--", m.binary, link, "--speaker", filepath.Join(dir, "heard.wav")}, flags...)...)
	}
	if err != nil {
		return err
	}
	e.add(weighed.Close)
	late := time.After(connectWithin)
	for {
		select {
		case e := <-caller.stats:
			if e.Video.In.Frames > 0 {
				return nil
			}
		case <-weighed.ended:
			return errors.New("what is to be weighed ended by itself")
		case <-late:
			return fmt.Errorf("no picture in %v", connectWithin)
		}
	}
}

// xvfb starts an X server without a screen.
func xvfb() (display string, stop func() error, err error) {
	told, tell, err := os.Pipe()
	if err != nil {
		return "", nil, err
	}
	defer told.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset")
	cmd.ExtraFiles = []*os.File{tell}
	err = cmd.Start()
	_ = tell.Close()
	if err != nil {
		return "", nil, fmt.Errorf("start Xvfb: %w (build/deps.sh test installs it)", err)
	}
	stop = func() error {
		err := cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // it was ended
		return err
	}
	// The whole line: it ends where it cannot write that.
	number, err := bufio.NewReader(told).ReadString('\n')
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("start Xvfb: %w", err), stop())
	}
	return ":" + strings.TrimSpace(number), stop, nil
}

// weight is what the processes of a host took so far, and hold.
type weight struct {
	cpu float64 // s
	pss float64 // MB: what they share is divided among them (proc(5), smaps_rollup)
}

func weigh(h *emulate.Host) (w weight, err error) {
	pids, err := h.PIDs()
	if err != nil {
		return w, err
	}
	for _, pid := range pids {
		w.cpu += cpuOfProcess(pid)
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			continue // it ended meanwhile
		}
		for line := range strings.Lines(string(text)) {
			if f := strings.Fields(line); len(f) == 3 && f[0] == "Pss:" {
				kilobytes, _ := strconv.ParseFloat(f[1], 64) // 0 where it is none
				w.pss += kilobytes / 1000
			}
		}
	}
	return w, nil
}
