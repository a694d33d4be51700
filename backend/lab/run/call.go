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
	"parley/backend/lab/score"
)

// run makes one call. rest ends it, also after an error, and scores it: meanwhile the
// next one can get ready.
func (r *result) run(s scenario, m media, dir string, stop <-chan os.Signal) (rest func() error, err error) {
	var e ends
	var call *taken
	if err = os.MkdirAll(dir, 0o700); err == nil {
		switch {
		case len(s.Flows) > 0:
			err = r.runFlows(s, m, dir, &e, stop)
		case s.Cost != "":
			err = r.runCost(s, m, dir, &e, stop)
		default:
			call, err = r.runCall(s, m, dir, &e, stop)
		}
	}
	return func() error {
		err := e.Close()
		if call != nil {
			err = errors.Join(err, r.score(m, *call))
		}
		return err
	}, err
}

// taken is what was taken down of a call and is still to be scored.
type taken struct {
	scenario      scenario
	start         time.Time
	captured      []score.Capture
	spoken, heard recording
	seen          view
	traffic       emulate.Traffic
}

// runCall makes a call of two and takes it down: nil where only its setup was asked for.
func (r *result) runCall(s scenario, m media, dir string, e *ends, stop <-chan os.Signal) (*taken, error) {
	sender := devices{filepath.Join(dir, "film.y4m"), filepath.Join(dir, "clock.wav")}
	if err := errors.Join(os.Link(m.film, sender.film), os.Link(m.clock, sender.sound)); err != nil { // names of its own: see watchFilm
		return nil, err
	}
	n, err := newNetwork(s)
	if err != nil {
		return nil, err
	}
	e.add(n.Close)
	if s.NAT != "" {
		hangUp, err := coturn(n.others[0], dir)
		if err != nil {
			return nil, err
		}
		e.add(hangUp)
	}
	m.asks = s.Asks
	joiner := n.receiver
	if r.Way == fromUs {
		joiner = n.sender
	}
	if err := n.unplug(joiner); err != nil {
		return nil, err
	}
	t, err := dial(r.Way, n, m, sender, dir)
	if err != nil {
		return nil, err
	}
	e.add(t.Close)
	if err := t.firstPicture(&r.Setup, stop); err != nil {
		return nil, err
	}
	if err := t.firstAnswer(&r.SetupOther, stop); err != nil || s.Setup {
		return nil, err
	}
	watched, err := t.captures()
	if err != nil {
		return nil, err
	}
	said, err := t.spoken()
	if err != nil {
		return nil, err
	}
	played, err := t.heard()
	if err != nil {
		return nil, err
	}
	before, err := t.counters()
	if err != nil {
		return nil, err
	}
	busy, all := machine()
	start := time.Now()
	cpu := [2]float64{cpuOf(t.sender), cpuOf(t.taker)}
	n.link.Begin()
	if n.spare != nil {
		n.spare.Begin()
	}
	moved, err := s.pass(n, t.joiner, stop)
	// What it takes to fetch what was taken down is no part of the call.
	took := time.Since(start).Seconds()
	busyNow, allNow := machine()
	r.Busy = (busyNow - busy) / max(allNow-all, 1)
	r.SenderCPU, r.ReceiverCPU = (cpuOf(t.sender)-cpu[0])/took, (cpuOf(t.taker)-cpu[1])/took
	call := &taken{scenario: s, start: start, traffic: n.link.Traffic(0)}
	if n.spare != nil {
		call.traffic = call.traffic.Plus(n.spare.Traffic(0))
	}
	if !moved.IsZero() {
		call.scenario.Move = moved.Sub(start)
	}
	after, countErr := t.counters()
	r.Concealed, r.Silent = after.sound(before)
	r.Buffered = (after.Held - before.Held) / max(after.Emitted-before.Emitted, 1) * 1000
	err = errors.Join(err, countErr, together(
		into(&call.captured, watched), into(&call.spoken, said), into(&call.heard, played), into(&call.seen, t.seen)))
	if err != nil {
		return nil, err
	}
	return call, nil
}

// score scores what was taken down.
func (r *result) score(m media, c taken) error {
	var spoken, heard []pitch.Reading
	var seen []shown
	start := wallClock(c.start)
	end := start + float64(c.scenario.Length.Milliseconds())
	err := together(
		func() error { spoken = c.spoken.read(); return nil },
		func() error { heard = c.heard.read(); return nil },
		func() (err error) {
			var samples []sample
			if seen, samples, err = c.seen.read(); err != nil {
				return err
			}
			samples = slices.DeleteFunc(samples, func(p sample) bool { return p.At < start || p.At >= end })
			r.SSIM, err = similarity(m.film, m.width, m.height, samples)
			return err
		})
	if err != nil {
		return err
	}
	r.figures(c.scenario, start, c.captured, seen, c.traffic)
	r.sound(pitch.Delays(spoken, heard), start, end)
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
