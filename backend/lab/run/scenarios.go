//go:build linux

package main

import (
	"fmt"
	"slices"
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
	// Flows are the calls, where there is more than one of a kind; TCP is a flow
	// beside them from the beginning.
	Flows []flow
	TCP   bool
	// Setup asks for the time to the first pictures only, and Asks has who joins open
	// camera and microphone with Join, not before; Cost asks for what a side of a call
	// costs.
	Setup, Asks bool
	Cost        costOf
	// NAT is what each side is behind, with a relay beside; for Setup only. "" is
	// a link from one to the other.
	NAT emulate.NAT
}

// oneWay tells whether the phone page sending to Parley is no row of its own.
func (s scenario) oneWay() bool { return len(s.Flows) > 0 || s.Setup || s.Cost != "" }

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

// another is moving with the interface itself: one goes, one comes.
func another(length time.Duration) scenario {
	s := moving(length)
	s.Name, s.About, s.Another = "interface", "the interface of who joined goes down after 5 s, another comes up; 2 Mbit/s, 50 ms round trip", true
	return s
}

// jittery delays each packet by 30 ms more or less, at 2.5 Mbit/s and 100 ms of round
// trip: in order as a radio link that sends again does, or not, as several ways do.
func jittery(name, about string, reorder bool, length time.Duration) scenario {
	c := emulate.Conditions{Rate: 2500 * kbit, Delay: 20 * time.Millisecond, Queue: 300 * time.Millisecond, Jitter: 60 * time.Millisecond, Reorder: reorder}
	back := c
	back.Rate = wide
	return scenario{Name: name, About: about + ", 2.5 Mbit/s, 100 ms round trip", Forth: emulate.Always(c), Back: emulate.Always(back), Length: length}
}

// clean is a link that takes no time: what is measured there is the programs' own delay,
// and the instruments'.
func clean(length time.Duration) scenario {
	c := emulate.Always(emulate.Conditions{Rate: wide})
	return scenario{Name: "clean", About: "20 Mbit/s, no round trip", Forth: c, Back: c, Length: length}
}

// narrow is a link that carries little: sound, and what picture is left.
func narrow(name string, capacity int, length time.Duration) scenario {
	c := emulate.Always(emulate.Conditions{Rate: capacity, Delay: 50 * time.Millisecond, Queue: 300 * time.Millisecond})
	back := emulate.Always(emulate.Conditions{Rate: wide, Delay: 50 * time.Millisecond, Queue: 300 * time.Millisecond})
	return scenario{Name: name, About: fmt.Sprintf("%d kbit/s, 100 ms round trip", capacity/kbit), Forth: c, Back: back, Length: length}
}

// shared is a link that several calls go through.
func shared(name, about string, flows []flow, each ...emulate.Phase) scenario {
	s := steps(name, about, each...)
	s.Flows = flows
	return s
}

const (
	lossAbout = ", 3 Mbit/s, 100 ms round trip"
	second    = time.Second
	ms        = time.Millisecond
)

// sharing are the scenarios 5.2 to 5.6 of RFC 8867, with their times divided.
func sharing(by float64) []scenario {
	at := func(seconds float64) time.Duration { return time.Duration(seconds / by * float64(second)) }
	crossed := shared("5.3 feedback", "RFC 8867 5.3, congested feedback link: a call each way, 2, 1, 0.5, 2 Mbit/s forth, 2, 0.8, 2 Mbit/s back",
		[]flow{{}, {Back: true}}, rate(2*mbit, 20/by), rate(1*mbit, 20/by), rate(500*kbit, 20/by), rate(2*mbit, 40/by))
	crossed.Back = steps("", "", rate(2*mbit, 35/by), rate(800*kbit, 35/by), rate(2*mbit, 30/by)).Forth
	distant := shared("5.5 round trips", "RFC 8867 5.5, round trip fairness: 4 Mbit/s, five calls of 10, 25, 50, 100, 150 ms one way",
		[]flow{{Extra: 10 * ms}, {Start: at(10), Extra: 25 * ms}, {Start: at(20), Extra: 50 * ms}, {Start: at(30), Extra: 100 * ms}, {Start: at(40), Extra: 150 * ms}}, rate(4*mbit, 300/by))
	distant.Forth[0].Delay, distant.Back[0].Delay = 0, 0
	tcp := shared("5.6 tcp", "RFC 8867 5.6, a long TCP flow (Reno): 2 Mbit/s", []flow{{Start: at(5)}}, rate(2*mbit, 120/by))
	tcp.TCP = true
	return []scenario{
		shared("5.2 two calls", "RFC 8867 5.2, two calls: 4, 2, 3.5, 1, 2 Mbit/s", []flow{{}, {}},
			rate(4*mbit, 25/by), rate(2*mbit, 25/by), rate(3500*kbit, 25/by), rate(1*mbit, 25/by), rate(2*mbit, 25/by)),
		crossed,
		shared("5.4 three calls", "RFC 8867 5.4, competing calls: 3.5 Mbit/s, three calls one after the other",
			[]flow{{}, {Start: at(20)}, {Start: at(40)}}, rate(3500*kbit, 120/by)),
		distant,
		tcp,
	}
}

// setups are the time from the click to the pictures, by the round trip in ms.
func setups() (list []scenario) {
	for _, trip := range []int{0, 50, 300} {
		c := emulate.Always(emulate.Conditions{Rate: wide, Delay: time.Duration(trip) * ms / 2})
		list = append(list, scenario{Name: fmt.Sprintf("setup %d ms", trip), About: "from the click on Join to the first pictures, both sides; camera and microphone, which were allowed before, are open by then",
			Forth: c, Back: c, Length: second, Setup: true})
		if trip == 0 {
			asks := list[len(list)-1]
			asks.Name, asks.Asks = asks.Name+", asks", true
			asks.About = "from the click on Join to the first pictures, both sides; camera and microphone open with the click"
			list = append(list, asks)
		}
		if trip == 50 {
			for _, nat := range []emulate.NAT{emulate.PortRestricted, emulate.Symmetric} {
				behind := list[len(list)-1]
				behind.Name, behind.NAT = fmt.Sprintf("setup %d ms, %s", trip, nat), nat
				list = append(list, behind)
			}
		}
	}
	return list
}

// costs are of 720p30 both ways.
func costs(length time.Duration) (list []scenario) {
	for _, what := range []costOf{ofCall, ofWindow} {
		c := emulate.Always(emulate.Conditions{Rate: wide, Delay: 10 * ms})
		list = append(list, scenario{Name: "cost " + string(what), About: "720p30 both ways: CPU and memory of one side, all of its processes",
			Forth: c, Back: c, Length: length, Cost: what})
	}
	return list
}

// quick are the scenarios of `make lab-quick`: what can be told in half a minute. What a
// relay adds to a setup is left to `make lab`.
var quick = slices.Concat([]scenario{
	steps("adapt", "RFC 8867 5.1, shortened: 1.0, 2.5, 0.6, 1.0 Mbit/s for 10, 7, 6, 5 s",
		rate(1*mbit, 10), rate(2500*kbit, 7), rate(600*kbit, 6), rate(1*mbit, 5)),
	steps("rise", "300 kbit/s for 6 s, then 1 Mbit/s for 8 s", rate(300*kbit, 6), rate(1*mbit, 8)),
	lossy("loss 5 %", "random loss of 5 %"+lossAbout, emulate.Loss{Rate: 0.05}, 10*time.Second),
	lossy("bursts 10 %", "loss of 10 % in bursts of 5 packets"+lossAbout, emulate.Loss{Rate: 0.1, Burst: 5}, 10*time.Second),
	blackout("blackout 3 s", "nothing passes for 3 s, 2 Mbit/s, 50 ms round trip", 3*time.Second, 6*time.Second),
	moving(11 * time.Second),
	narrow("floor 120", 120*kbit, 10*time.Second),
	jittery("jitter", "each packet 30 ms more or less under way, in order", false, 7*time.Second),
}, slices.DeleteFunc(setups(), func(s scenario) bool { return s.NAT != "" }), costs(8*time.Second))

// full are those of `make lab`; the times of those with several calls are divided.
func full(by float64) []scenario {
	return slices.Concat([]scenario{
		clean(20 * time.Second),
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
		another(30 * time.Second),
		narrow("floor 120", 120*kbit, 30*time.Second),
		narrow("floor 50", 50*kbit, 30*time.Second),
		jittery("jitter", "each packet 30 ms more or less under way, in order", false, 20*time.Second),
		jittery("reorder", "each packet 30 ms more or less under way, out of order", true, 20*time.Second),
	}, sharing(by), setups(), costs(30*time.Second))
}
