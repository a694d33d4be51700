//go:build linux

package main

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"parley/backend/lab/browser"
	"parley/backend/lab/score"
)

//go:embed page/probe.js
var probe string

//go:embed page/reference.html
var reference []byte

// ways are the pairs that are compared.
type way string

const (
	ours     way = "parley"   // parley call to the phone page in Chromium
	chromium way = "chromium" // Chromium to Chromium, a bare RTCPeerConnection
)

// talk is a call under way.
type talk struct {
	receiver *browser.Browser
	sender   int // process group
	// captures begins to watch the camera, and stops watching it.
	captures func() (stop func() ([]score.Capture, error), err error)
	close    []func() error
}

func (t *talk) Close() error {
	var errs []error
	for i := len(t.close) - 1; i >= 0; i-- {
		errs = append(errs, t.close[i]())
	}
	return errors.Join(errs...)
}

// connectWithin bounds the time to the first picture.
const connectWithin = 30 * time.Second

// dial makes a call on a network. film is what the sender's camera sees.
func dial(w way, n *network, m media, film, dir string) (*talk, error) {
	t := &talk{}
	var err error
	t.receiver, err = startBrowser(n.receiver.Command, filepath.Join(dir, "receiver"), m.small, m.sound)
	if err == nil {
		t.close = append(t.close, t.receiver.Close)
		if w == ours {
			err = t.dialParley(n, m, film, dir)
		} else {
			err = t.dialChromium(n, m, film, dir)
		}
	}
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

func startBrowser(command func(string, ...string) *exec.Cmd, dir, film, sound string) (*browser.Browser, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	b, err := browser.Start(command, dir, film, sound)
	if err != nil {
		return nil, err
	}
	if err := b.Before(probe); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func (t *talk) dialParley(n *network, m media, film, dir string) error {
	log, err := os.Create(filepath.Join(dir, "parley.log"))
	if err != nil {
		return err
	}
	t.close = append(t.close, log.Close)
	arguments := []string{
		"call", "create", "--json", "--camera", film, "--microphone", m.sound, "--speaker", "none",
		"--lan-host", n.signaling, "--lan-address", ":7373", "--log-level", "info",
	}
	cmd := n.sender.Command(m.parley, append(arguments, n.ice.flags()...)...)
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_STATE_HOME="+dir)
	if n.ice.secret != "" {
		cmd.Env = append(cmd.Env, "TURN_SECRET="+n.ice.secret)
	}
	cmd.Stderr = log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start parley (make build makes it): %w", err)
	}
	t.sender = cmd.Process.Pid
	t.close = append(t.close, func() error {
		err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait() // it was killed
		return err
	})
	t.captures = func() (func() ([]score.Capture, error), error) {
		c, err := watchFilm(film, m.width, m.height)
		if err != nil {
			return nil, err
		}
		return func() ([]score.Capture, error) { return c.Close(), nil }, nil
	}
	invite := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var e struct{ Event, Invite string }
			_, _ = log.Write(append(lines.Bytes(), '\n'))
			if json.Unmarshal(lines.Bytes(), &e) == nil && e.Event == "room" {
				select {
				case invite <- e.Invite:
				default:
				}
			}
		}
		close(invite)
	}()
	select {
	case link, ok := <-invite:
		if !ok {
			return fmt.Errorf("parley ended without a room: see %s", log.Name())
		}
		if err := t.receiver.Open(link); err != nil {
			return err
		}
	case <-time.After(connectWithin):
		return fmt.Errorf("parley made no room in %v", connectWithin)
	}
	var pressed bool
	if err := t.receiver.Eval("lab.join()", &pressed); err != nil || !pressed {
		return fmt.Errorf("press Join on the phone page: %w", errors.Join(err, errIf(!pressed, "there is no such button")))
	}
	return nil
}

func errIf(is bool, what string) error {
	if is {
		return errors.New(what)
	}
	return nil
}

func (t *talk) dialChromium(n *network, m media, film, dir string) error {
	page := filepath.Join(dir, "reference.html")
	if err := os.WriteFile(page, reference, 0o600); err != nil {
		return err
	}
	sender, err := startBrowser(n.sender.Command, filepath.Join(dir, "sender"), film, m.sound)
	if err != nil {
		return err
	}
	t.sender = sender.PID()
	t.close = append(t.close, sender.Close)
	t.captures = func() (func() ([]score.Capture, error), error) {
		return func() (list []score.Capture, err error) {
			err = sender.Eval("lab.captured", &list)
			return list, err
		}, nil
	}
	for _, b := range []*browser.Browser{sender, t.receiver} {
		if err := b.Open("file://" + page); err != nil {
			return err
		}
	}
	var offer, answer json.RawMessage
	if err := sender.Eval(fmt.Sprintf("offer(%s)", n.ice.json()), &offer); err != nil {
		return err
	}
	if err := t.receiver.Eval(fmt.Sprintf("answer(%s, %s)", offer, n.ice.json()), &answer); err != nil {
		return err
	}
	return sender.Eval(fmt.Sprintf("accept(%s)", answer), nil)
}
