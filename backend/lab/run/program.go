//go:build linux

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"parley/backend/lab/emulate"
)

// statsWithin is how long a Parley's are waited for: they come each second.
const statsWithin = 2 * time.Second

// parley is a Parley in a host.
type parley struct {
	cmd   *exec.Cmd
	log   *os.File
	rooms chan string
	stats chan event // the newest
	ended chan struct{}
}

// event is a line of `parley call --json`.
type event struct {
	Event, Invite string
	Audio         struct {
		In struct{ Samples, Concealed, Silent float64 }
	}
	Video struct {
		In, Out filmed
	}
}

// filmed is one way's pictures.
type filmed struct {
	Width, Height int
	FPS           float64
}

// pixels are those of a second.
func (f filmed) pixels() float64 { return float64(f.Width*f.Height) * f.FPS }

func (e event) counters() counters {
	in := e.Audio.In
	return counters{Samples: in.Samples, Concealed: in.Concealed, Silent: in.Silent}
}

// launch starts m's program; dir is its own.
func launch(h *emulate.Host, m media, dir string, environ []string, arguments ...string) (*parley, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "parley.log"))
	if err != nil {
		return nil, err
	}
	p := &parley{log: log, rooms: make(chan string, 1), stats: make(chan event, 1), ended: make(chan struct{})}
	p.cmd = h.Command(m.parley, append(arguments, "--log-level", "info")...)
	p.cmd.Env = append(append(os.Environ(), "XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_STATE_HOME="+dir,
		asParley+"=1", pageIs+"="+m.page), environ...)
	p.cmd.Stderr = log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start parley (make build makes it): %w", err), log.Close())
	}
	go func() {
		defer close(p.ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var e event
			_, _ = log.Write(append(lines.Bytes(), '\n'))
			if json.Unmarshal(lines.Bytes(), &e) != nil {
				continue
			}
			switch {
			case e.Event == "room":
				select {
				case p.rooms <- e.Invite:
				default:
				}
			case e.Event == "stats":
				select {
				case <-p.stats:
				default:
				}
				p.stats <- e
			}
		}
	}()
	return p, nil
}

func (p *parley) pid() int { return p.cmd.Process.Pid }

// room waits for the invite.
func (p *parley) room() (string, error) {
	select {
	case link := <-p.rooms:
		return link, nil
	case <-p.ended:
		return "", fmt.Errorf("parley ended without a room: see %s", p.log.Name())
	case <-time.After(connectWithin):
		return "", fmt.Errorf("parley made no room in %v", connectWithin)
	}
}

// counters are Parley's of its sound.
func (p *parley) counters() (counters, error) {
	select {
	case e := <-p.stats:
		return e.counters(), nil
	case <-time.After(statsWithin):
		return counters{}, fmt.Errorf("parley tells nothing of its sound in %v", statsWithin)
	}
}

// Close kills it.
func (p *parley) Close() error {
	err := syscall.Kill(-p.pid(), syscall.SIGKILL)
	<-p.ended
	_ = p.cmd.Wait() // it was killed
	return errors.Join(err, p.log.Close())
}
