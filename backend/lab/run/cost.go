//go:build linux

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"parley/backend/lab/emulate"
	"parley/backend/signaling"
)

// costOf is a call of 720p30 both ways over a link without bounds, of which the
// joining side is weighed: all processes that run there. The other one is what replay.go
// is, which leaves the processor to it. With a window, Chromium has one as well, of the
// same size, on an X server of its own, and shows the same: the other side in all of it,
// and itself in a corner.
type costOf string

const (
	ofCall   costOf = "call"   // `parley call`
	ofWindow costOf = "window" // the desktop window; beside it Chromium's
)

const (
	// asked is what both sides are to send before one is weighed, pixels a second.
	asked = 1280 * 720 * 30
	// enough of it is: less is a smaller picture, or fewer.
	enough = 0.95
	// steady is for how many seconds there is enough before that.
	steady = 3
	// grownWithin bounds the time to it: Chromium sends 720p some ten seconds after the
	// first picture. What gives way while it is weighed is weighed again meanwhile.
	grownWithin = 40 * time.Second
)

// runCost weighs. CPU is that of one side, as Memory.
func (r *result) runCost(s scenario, m media, dir string, e *ends, stop <-chan os.Signal) error {
	film, err := m.wide()
	if err != nil {
		return err
	}
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
	other, invite, err := startReplay(n, m, dir)
	if err != nil {
		return err
	}
	e.add(other.Close)
	start := joinWithParley
	if r.Way == chromium {
		start = joinWithChromium
	}
	end, err := start(n, m, devices{film, m.sound}, invite, filepath.Join(dir, "weighed"))
	if err != nil {
		return err
	}
	e.add(end)
	m.alone()
	for late := time.Now().Add(grownWithin); ; {
		if err := other.grown(late, stop); err != nil {
			return err
		}
		if err := r.weighs(n.receiver, s.Length, other, stop); err != nil {
			return err
		}
		if min(r.Sent, r.Got) >= enough || time.Now().After(late) {
			return nil
		}
	}
}

// weighs weighs a side for a while.
func (r *result) weighs(side *emulate.Host, length time.Duration, other *parley, stop <-chan os.Signal) error {
	before, err := weigh(side)
	if err != nil {
		return err
	}
	busy, all := machine()
	began, seconds := time.Now(), 0.0
	r.Sent, r.Got = 0, 0
	for ; time.Since(began) < length; seconds++ {
		sent, got, err := other.pictures(stop)
		if err != nil {
			return err
		}
		r.Sent, r.Got = r.Sent+sent, r.Got+got
	}
	after, err := weigh(side)
	if err != nil {
		return err
	}
	busyNow, allNow := machine()
	r.Busy = (busyNow - busy) / max(allNow-all, 1)
	r.Seconds = time.Since(began).Seconds()
	r.SideCPU = (after.cpu - before.cpu) / r.Seconds
	r.Memory = after.pss
	r.Sent, r.Got = r.Sent/seconds, r.Got/seconds
	return nil
}

// pictures are what the side that is in a call with this one sent and got in the last
// second, as parts of what is asked for.
func (p *parley) pictures(stop <-chan os.Signal) (sent, got float64, err error) {
	select {
	case e := <-p.stats:
		return e.Video.In.pixels() / asked, e.Video.Out.pixels() / asked, nil
	case <-stop:
		return 0, 0, errStopped
	case <-p.ended:
		return 0, 0, fmt.Errorf("the other side ended by itself: see %s", p.log.Name())
	case <-time.After(statsWithin):
		return 0, 0, fmt.Errorf("the other side tells nothing of its pictures in %v", statsWithin)
	}
}

// grown waits until what is asked for goes both ways.
func (p *parley) grown(late time.Time, stop <-chan os.Signal) error {
	for seconds := 0; seconds < steady; {
		sent, got, err := p.pictures(stop)
		if err != nil {
			return err
		}
		switch {
		case min(sent, got) >= enough:
			seconds++
		case time.Now().After(late):
			return fmt.Errorf("after %v it sends %.2f and gets %.2f of the pixels of 720p30", grownWithin, sent, got)
		default:
			seconds = 0
		}
	}
	return nil
}

// startReplay starts the other side, which serves the reference page as well.
func startReplay(n *network, m media, dir string) (p *parley, invite signaling.Invite, err error) {
	page, err := fs.Sub(reference, "page")
	if err != nil {
		return nil, invite, err
	}
	m.page = filepath.Join(dir, "page")
	if err := os.CopyFS(m.page, page); err != nil {
		return nil, invite, err
	}
	p, err = launch(n.sender, m, filepath.Join(dir, "replay"), []string{replayIs + "=" + m.encoded}, senderAddress)
	if err != nil {
		return nil, invite, err
	}
	link, err := p.room()
	if err == nil {
		invite, err = signaling.ParseInvite(link)
	}
	if err != nil {
		return nil, invite, errors.Join(err, p.Close())
	}
	return p, invite, nil
}

// joinWithParley has what people get join: in a window if there is a display.
func joinWithParley(n *network, m media, d devices, invite signaling.Invite, dir string) (end func() error, err error) {
	arguments := []string{"call", "join", invite.String(), "--json"}
	var environ []string
	m.parley = m.binary
	if m.display != "" {
		runtime := filepath.Join(dir, "runtime")
		if err := os.MkdirAll(runtime, 0o700); err != nil {
			return nil, err
		}
		environ = []string{"DISPLAY=" + m.display, "XDG_RUNTIME_DIR=" + runtime, "WAYLAND_DISPLAY="}
		m.parley, arguments = "dbus-run-session", []string{"--", m.binary, invite.String()}
	}
	p, err := launch(n.receiver, m, dir, environ, append(arguments,
		"--camera", d.film, "--microphone", d.sound, "--speaker", filepath.Join(dir, "heard.wav"))...)
	if err != nil {
		return nil, err
	}
	return p.Close, nil
}

// joinWithChromium has Chromium join, which looks at no picture more than any browser does.
func joinWithChromium(n *network, m media, d devices, invite signaling.Invite, dir string) (end func() error, err error) {
	b, err := startBrowser(n.receiver.Command, dir, d, m.display)
	if err != nil {
		return nil, err
	}
	link := invite.Server + "/#full"
	if m.display != "" {
		link += "&window"
	}
	if err = b.Open(link); err == nil {
		err = b.Eval(fmt.Sprintf("lab.blind = true; window.room = %q", invite.Room), nil)
	}
	if err == nil {
		err = pressJoin(b, true)
	}
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b.Close, nil
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
