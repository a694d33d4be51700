//go:build linux

package main

import (
	"time"

	"parley/backend/lab/emulate"
)

// scenario is what a link does during a call, from its first picture on. Media is
// scored from the sender to the receiver.
type scenario struct {
	Name  string
	About string
	// Forth is the sender's way, Back the receiver's.
	Forth, Back emulate.Schedule
	Length      time.Duration
	// Move is when who joined gets another address, or, with Another, another
	// interface in place of its own; 0 is never.
	Move    time.Duration
	Another bool
}

const (
	kbit = 1000
	mbit = 1000 * kbit
	// wide is a rate that no call of ours fills.
	wide = 20 * mbit
)

// steps are rates one after the other, each way with the delay and the queue of
// RFC 8867, 5.1: 50 ms and 300 ms.
func steps(name, about string, each ...emulate.Phase) scenario {
	s := scenario{Name: name, About: about}
	back := emulate.Conditions{Rate: wide, Delay: 50 * time.Millisecond, Queue: 300 * time.Millisecond}
	for _, p := range each {
		p.Delay, p.Queue = back.Delay, back.Queue
		s.Forth = append(s.Forth, p)
		s.Length += p.For
	}
	s.Back = emulate.Always(back)
	return s
}

func rate(r int, seconds float64) emulate.Phase {
	return emulate.Phase{For: time.Duration(seconds * float64(time.Second)), Conditions: emulate.Conditions{Rate: r}}
}

// lossy loses both ways, at 3 Mbit/s and 100 ms of round trip.
func lossy(name, about string, loss emulate.Loss, length time.Duration) scenario {
	c := emulate.Conditions{Rate: 3 * mbit, Delay: 50 * time.Millisecond, Queue: 300 * time.Millisecond, Loss: loss}
	back := c
	back.Rate = wide
	return scenario{Name: name, About: about, Forth: emulate.Always(c), Back: emulate.Always(back), Length: length}
}

// blackout is a link that is down for a while, after 5 s, at 2 Mbit/s.
func blackout(name, about string, down, after time.Duration) scenario {
	c := emulate.Conditions{Rate: 2 * mbit, Delay: 25 * time.Millisecond, Queue: 300 * time.Millisecond}
	off := c
	off.Down = true
	s := emulate.Schedule{{For: 5 * time.Second, Conditions: c}, {For: down, Conditions: off}, {Conditions: c}}
	return scenario{Name: name, About: about, Forth: s, Back: s, Length: 5*time.Second + down + after}
}

func moving(length time.Duration) scenario {
	c := emulate.Always(emulate.Conditions{Rate: 2 * mbit, Delay: 25 * time.Millisecond, Queue: 300 * time.Millisecond})
	return scenario{
		Name: "address", About: "the receiver's address changes after 5 s; 2 Mbit/s, 50 ms round trip",
		Forth: c, Back: c, Length: length, Move: 5 * time.Second,
	}
}

const lossAbout = ", 3 Mbit/s, 100 ms round trip"

// quick are the scenarios of `make lab-quick`: each pair in under 5 minutes.
var quick = []scenario{
	steps("adapt", "RFC 8867 5.1, shortened: 1.0, 2.5, 0.6, 1.0 Mbit/s for 14, 8, 8, 8 s",
		rate(1*mbit, 14), rate(2500*kbit, 8), rate(600*kbit, 8), rate(1*mbit, 8)),
	steps("rise", "300 kbit/s for 8 s, then 1 Mbit/s for 12 s", rate(300*kbit, 8), rate(1*mbit, 12)),
	lossy("loss 2 %", "random loss of 2 %"+lossAbout, emulate.Loss{Rate: 0.02}, 14*time.Second),
	lossy("loss 5 %", "random loss of 5 %"+lossAbout, emulate.Loss{Rate: 0.05}, 14*time.Second),
	lossy("loss 10 %", "random loss of 10 %"+lossAbout, emulate.Loss{Rate: 0.1}, 14*time.Second),
	lossy("bursts 10 %", "loss of 10 % in bursts of 5 packets"+lossAbout, emulate.Loss{Rate: 0.1, Burst: 5}, 14*time.Second),
	blackout("blackout 3 s", "nothing passes for 3 s, 2 Mbit/s, 50 ms round trip", 3*time.Second, 10*time.Second),
	blackout("blackout 20 s", "nothing passes for 20 s, 2 Mbit/s, 50 ms round trip", 20*time.Second, 13*time.Second),
	moving(15 * time.Second),
}

// full are those of `make lab`.
var full = []scenario{
	steps("adapt", "RFC 8867 5.1: 1.0, 2.5, 0.6, 1.0 Mbit/s for 40, 20, 20, 20 s",
		rate(1*mbit, 40), rate(2500*kbit, 20), rate(600*kbit, 20), rate(1*mbit, 20)),
	steps("rise", "300 kbit/s for 20 s, then 1 Mbit/s for 20 s", rate(300*kbit, 20), rate(1*mbit, 20)),
	lossy("loss 2 %", "random loss of 2 %"+lossAbout, emulate.Loss{Rate: 0.02}, 40*time.Second),
	lossy("loss 5 %", "random loss of 5 %"+lossAbout, emulate.Loss{Rate: 0.05}, 40*time.Second),
	lossy("loss 10 %", "random loss of 10 %"+lossAbout, emulate.Loss{Rate: 0.1}, 40*time.Second),
	lossy("bursts 10 %", "loss of 10 % in bursts of 5 packets"+lossAbout, emulate.Loss{Rate: 0.1, Burst: 5}, 40*time.Second),
	blackout("blackout 3 s", "nothing passes for 3 s, 2 Mbit/s, 50 ms round trip", 3*time.Second, 20*time.Second),
	blackout("blackout 20 s", "nothing passes for 20 s, 2 Mbit/s, 50 ms round trip", 20*time.Second, 25*time.Second),
	moving(30 * time.Second),
}
