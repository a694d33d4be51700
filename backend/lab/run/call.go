//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"parley/backend/lab/emulate"
	"parley/backend/lab/pitch"
)

// run makes one call and scores it.
func (r *result) run(s scenario, m media, dir string, stop <-chan os.Signal) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if len(s.Flows) > 0 {
		return r.runFlows(s, m, dir, stop)
	}
	if s.Cost != "" {
		return r.runCost(s, m, dir, stop)
	}
	sender := devices{filepath.Join(dir, "film.y4m"), filepath.Join(dir, "clock.wav")}
	if err := errors.Join(os.Link(m.film, sender.film), os.Link(m.clock, sender.sound)); err != nil { // names of its own: see watchFilm
		return err
	}
	n, err := newNetwork(s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if s.NAT != "" {
		hangUp, wrong := coturn(n.others[0], dir)
		if wrong != nil {
			return wrong
		}
		defer func() { err = errors.Join(err, hangUp()) }()
	}
	m.asks = s.Asks
	joiner := n.receiver
	if r.Way == fromUs {
		joiner = n.sender
	}
	if err := n.unplug(joiner); err != nil {
		return err
	}
	t, err := dial(r.Way, n, m, sender, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	if err := t.firstPicture(&r.Setup, stop); err != nil {
		return err
	}
	if err := t.firstAnswer(&r.SetupOther, stop); err != nil {
		return err
	}
	if s.Setup {
		return nil
	}
	watched, err := t.captures()
	if err != nil {
		return err
	}
	said, err := t.spoken()
	if err != nil {
		return err
	}
	played, err := t.heard()
	if err != nil {
		return err
	}
	before, err := t.counters()
	if err != nil {
		return err
	}
	busy, all := machine()
	start := time.Now()
	cpu := [2]float64{cpuOf(t.sender), cpuOf(t.taker)}
	n.link.Begin()
	if n.spare != nil {
		n.spare.Begin()
	}
	moved, err := s.pass(n, t.joiner, stop)
	took := time.Since(start).Seconds()
	captured, captureErr := watched()
	spoken, saidErr := said()
	heard, playedErr := played()
	traffic := n.link.Traffic(0)
	if n.spare != nil {
		traffic = traffic.Plus(n.spare.Traffic(0))
	}
	busyNow, allNow := machine()
	r.Busy = (busyNow - busy) / max(allNow-all, 1)
	r.SenderCPU, r.ReceiverCPU = (cpuOf(t.sender)-cpu[0])/took, (cpuOf(t.taker)-cpu[1])/took
	if err := errors.Join(err, captureErr, saidErr, playedErr); err != nil {
		return err
	}
	after, err := t.counters()
	if err != nil {
		return err
	}
	seen, samples, err := t.seen()
	if err != nil {
		return err
	}
	samples = slices.DeleteFunc(samples, func(p sample) bool { return p.At < wallClock(start) })
	if r.SSIM, err = similarity(m.film, m.width, m.height, samples); err != nil {
		return err
	}
	r.Concealed, r.Silent = after.sound(before)
	r.Buffered = (after.Held - before.Held) / max(after.Emitted-before.Emitted, 1) * 1000
	if !moved.IsZero() {
		s.Move = moved.Sub(start)
	}
	r.figures(s, wallClock(start), captured, seen, traffic)
	r.sound(pitch.Delays(spoken, heard), wallClock(start), wallClock(start)+float64(s.Length.Milliseconds()))
	return nil
}

// pass lets the scenario happen, and tells when the move was done.
func (s scenario) pass(n *network, joiner *emulate.Host, stop <-chan os.Signal) (moved time.Time, err error) {
	over := time.After(s.Length)
	var move <-chan time.Time
	if s.Move > 0 {
		move = time.After(s.Move)
	}
	for {
		select {
		case <-stop:
			return moved, errStopped
		case <-over:
			return moved, nil
		case <-move:
			if err := n.move(joiner, s); err != nil {
				return moved, err
			}
			moved = time.Now()
		}
	}
}

// firstPicture waits for that of who joined, and tells how long it took since the
// click on Join, in ms.
func (t *talk) firstPicture(setup *float64, stop <-chan os.Signal) error {
	return await(setup, stop, func() (took float64, err error) {
		err = t.receiver.Eval("lab.shown.length && lab.joined ? lab.shown[0].at - lab.joined : 0", &took)
		return took, err
	})
}

// firstAnswer waits for the first picture of who made the room, likewise.
func (t *talk) firstAnswer(setup *float64, stop <-chan os.Signal) error {
	var joined float64
	if err := t.receiver.Eval("lab.joined", &joined); err != nil {
		return err
	}
	return await(setup, stop, func() (float64, error) {
		at, err := t.answered()
		return max(at-joined, 0), err
	})
}

// await asks until there is an answer.
func await(answer *float64, stop <-chan os.Signal, ask func() (float64, error)) (err error) {
	late, tick := time.After(connectWithin), time.NewTicker(50*time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return errStopped
		case <-late:
			return fmt.Errorf("no picture in %v", connectWithin)
		case <-tick.C:
		}
		if *answer, err = ask(); err != nil || *answer != 0 {
			return err
		}
	}
}
