//go:build linux

package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"parley/backend/lab/browser"
	"parley/backend/lab/emulate"
	"parley/backend/lab/score"
	"parley/backend/signaling/lan"
)

//go:embed page/probe.js
var probe string

// reference is the page that Chromium calls Chromium with.
//
//go:embed page/phone.html page/assets
var reference embed.FS

// way is who sends the picture that is scored to whom. Parley always makes the
// room, and the phone page joins it.
type way string

const (
	ours     way = "parley"   // Parley to the phone page in Chromium
	fromUs   way = "phone"    // the phone page to Parley
	chromium way = "chromium" // Chromium to Chromium, a bare RTCPeerConnection
)

// ways are all of them, in the scoreboard's order.
var ways = []way{ours, fromUs, chromium}

// talk is a call under way.
type talk struct {
	receiver *browser.Browser // who joined; in fromUs it sends
	joiner   *emulate.Host    // where
	// The process groups of who sends and who receives what is scored.
	sender, taker int
	// captures begins to watch the camera, and stops watching it.
	captures func() (stop func() ([]score.Capture, error), err error)
	// seen is what was shown of it, with some of the pictures.
	seen func() (view, error)
	// answered is when who made the room saw its first picture, ms since 1970; 0
	// is not yet.
	answered func() (float64, error)
	counters func() (counters, error)
	// spoken and heard listen to the sound that is scored, at both of its ends.
	spoken, heard listening
	ends
}

// connectWithin bounds the time to the first picture.
const connectWithin = 30 * time.Second

const roomPort = ":7373"

// devices are the files that a side films and says.
type devices struct{ film, sound string }

// dial makes a call on a network; what is scored are the sender's devices.
func dial(w way, n *network, m media, sender devices, dir string) (t *talk, err error) {
	t = &talk{}
	receiver := devices{m.small, m.quiet}
	switch w {
	case chromium:
		err = t.dialChromium(n, m, sender, receiver, dir)
	case fromUs:
		err = t.dialParley(w, n, m, receiver, sender, dir)
	default:
		err = t.dialParley(w, n, m, sender, receiver, dir)
	}
	if err == nil {
		m.alone()
		err = pressJoin(t.receiver, !m.asks)
	}
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// startJoiner starts the browser of who joins.
func (t *talk) startJoiner(m media, d devices, dir string) (err error) {
	t.receiver, err = startBrowser(t.joiner.Command, filepath.Join(dir, "joiner"), d, m.display)
	return err
}

func startBrowser(command func(string, ...string) *exec.Cmd, dir string, d devices, display string) (*browser.Browser, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	b, err := browser.Start(command, dir, d.film, d.sound, display)
	if err != nil {
		return nil, err
	}
	if err := b.Before(probe); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// dialParley opens the phone page of a Parley's room.
func (t *talk) dialParley(w way, n *network, m media, callers, joiners devices, dir string) error {
	caller, address := n.sender, n.signaling
	t.joiner = n.receiver
	if w == fromUs {
		caller, address, t.joiner = n.receiver, n.other, n.sender
	}
	eye, heard := filepath.Join(dir, "eye.ivf"), filepath.Join(dir, "heard.wav")
	arguments := append([]string{"call", "create", "--json", "--lan-host", address, "--lan-address", roomPort,
		"--camera", callers.film, "--microphone", callers.sound, "--speaker", heard}, n.ice.flags()...)
	p, err := launch(caller, m, filepath.Join(dir, "parley"), append(n.ice.environ(), eyeIs+"="+eye), arguments...)
	if err != nil {
		return err
	}
	t.add(p.Close)
	if err := t.startJoiner(m, joiners, dir); err != nil { // the room is made meanwhile
		return err
	}
	t.add(t.receiver.Close)
	t.answered = func() (float64, error) { return firstSeen(eye) }
	if w == ours {
		t.sender, t.taker = p.pid(), t.receiver.PID()
		t.captures = func() (func() ([]score.Capture, error), error) {
			c, err := watchFilm(callers.film, m.width, m.height)
			if err != nil {
				return nil, err
			}
			return func() ([]score.Capture, error) { return c.Close(), nil }, nil
		}
		t.seen, t.counters = pageSaw(t.receiver), pageCounters(t.receiver)
		t.spoken, t.heard = fileSpoken(callers.sound), pageListens(t.receiver, true)
	} else {
		t.sender, t.taker = t.receiver.PID(), p.pid()
		t.captures = pageFilmed(t.receiver)
		t.seen, t.counters = func() (view, error) { return view{eye: eye}, nil }, p.counters
		t.spoken, t.heard = pageListens(t.receiver, false), fileHeard(heard)
	}
	link, err := p.room()
	if err != nil {
		return err
	}
	if err := t.receiver.Allow(link, !m.asks); err != nil {
		return err
	}
	return t.receiver.Open(link)
}

// pressJoin presses it on a page whose user has allowed camera and microphone before,
// or has not.
func pressJoin(b *browser.Browser, allowed bool) error {
	var pressed bool
	if err := b.Eval(fmt.Sprintf("lab.join(%v)", allowed), &pressed); err != nil {
		return fmt.Errorf("press Join: %w", err)
	}
	if !pressed {
		return errors.New("press Join: there is no such button, or no picture beside it")
	}
	return nil
}

// pageFilmed watches a page's camera. Chromium tells the time of capture.
func pageFilmed(b *browser.Browser) func() (func() ([]score.Capture, error), error) {
	return func() (func() ([]score.Capture, error), error) {
		var watching bool
		if err := b.Eval("lab.watchSelf()", &watching); err != nil {
			return nil, err
		}
		if !watching {
			return nil, errors.New("the page does not show its camera")
		}
		return func() (list []score.Capture, err error) { return list, b.Eval("lab.captured", &list) }, nil
	}
}

func pageSaw(b *browser.Browser) func() (view, error) {
	return func() (v view, err error) {
		err = errors.Join(b.Eval("lab.shown", &v.shown), b.Eval("lab.samples", &v.samples))
		return v, err
	}
}

func pageCounters(b *browser.Browser) func() (counters, error) {
	return func() (c counters, err error) {
		err = b.Eval("lab.counters()", &c)
		return c, err
	}
}

// referenceServer is a room server of Parley's in a host, with the reference page.
func referenceServer(h *emulate.Host, address string) (link string, stop func() error, err error) {
	page, err := fs.Sub(reference, "page")
	if err != nil {
		return "", nil, err
	}
	var server *lan.Server
	err = h.Do(func() error {
		server, err = lan.Listen(context.Background(), lan.Config{Address: address + roomPort, Host: address, Page: page})
		return err
	})
	if err != nil {
		return "", nil, err
	}
	return "https://" + address + roomPort + "/", server.Close, nil
}

// dialChromium has both open the reference page, one of them with a room.
func (t *talk) dialChromium(n *network, m media, callers, joiners devices, dir string) error {
	t.joiner = n.receiver
	link, stop, err := referenceServer(n.sender, n.signaling)
	if err != nil {
		return err
	}
	t.add(stop)
	options := fmt.Sprintf("{iceServers: %s}", n.ice.json())
	var sender *browser.Browser
	var room string
	makes := func() (err error) {
		if sender, err = startBrowser(n.sender.Command, filepath.Join(dir, "sender"), callers, ""); err != nil {
			return err
		}
		if err := sender.Open(link); err != nil {
			return err
		}
		return sender.Eval("create("+options+")", &room)
	}
	joins := func() error {
		if err := t.startJoiner(m, joiners, dir); err != nil {
			return err
		}
		var flags []string
		if m.asks {
			flags = append(flags, "asks")
		}
		if m.display != "" {
			flags = append(flags, "window")
		}
		return t.receiver.Open(link + "#" + strings.Join(flags, "&"))
	}
	err = together(makes, joins)
	for _, b := range []*browser.Browser{sender, t.receiver} {
		if b != nil {
			t.add(b.Close)
		}
	}
	if err != nil {
		return err
	}
	t.sender, t.taker = sender.PID(), t.receiver.PID()
	t.captures, t.seen, t.counters = pageFilmed(sender), pageSaw(t.receiver), pageCounters(t.receiver)
	t.spoken, t.heard = pageListens(sender, false), pageListens(t.receiver, true)
	t.answered = func() (at float64, err error) {
		err = sender.Eval("lab.shown.length ? lab.shown[0].at : 0", &at)
		return at, err
	}
	return t.receiver.Eval(fmt.Sprintf("window.room = %q; window.options = %s", room, options), nil)
}
