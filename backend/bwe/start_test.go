package bwe

import (
	"testing"
	"time"
)

// TestStartOnANarrowLink: the first probe tells that the link carries less than the
// guess, before its queue has overflowed for long; and where it carries more, that is
// there within a second.
func TestStartOnANarrowLink(t *testing.T) {
	for _, x := range []struct {
		capacity float64 // Mbit/s
		lost     int     // packets at most; 53, 28 and 0 before
		queue    float64 // ms of it that 95 % of the packets found at most; 224, 253 and 104 without a drain
		narrow   bool
	}{{0.12, 30, 150, true}, {0.2, 5, 220, true}, {0.3, 0, 100, true}, {1, 0, 100, false}, {2.5, 0, 100, false}} {
		o := run(scenario{capacity: steps(0, x.capacity), delay: 50 * time.Millisecond, queue: 300 * time.Millisecond, length: 12 * s, flows: one,
			cfg: Config{First: 300_000, Least: 40_000, Most: 2_500_000}}, newOurs, nil)
		f := o.flows[0]
		took := f.fell(x.capacity*1e6, 0, s)
		if !x.narrow {
			took = f.reached(0.75e6*x.capacity, 0)
		}
		t.Logf("%v Mbit/s: %d lost, queue %.0f and %.0f ms, use %.2f, found after %v", x.capacity, f.lost, o.queue50, o.queue95, o.use, took.Round(time.Millisecond))
		if f.lost > x.lost || o.use < 0.9 {
			t.Errorf("%v Mbit/s: %d packets lost, %d at most, use %.2f", x.capacity, f.lost, x.lost, o.use)
		}
		if o.queue95 > x.queue {
			t.Errorf("%v Mbit/s: 95 %% of the packets wait up to %.0f ms, not %.0f", x.capacity, o.queue95, x.queue)
		}
		if took > 700*time.Millisecond {
			t.Errorf("%v Mbit/s: found after %v", x.capacity, took)
		}
	}
}

// TestGuessing: what follows the first packets waits until each of them was heard of,
// and no longer than guessFor where nothing is.
func TestGuessing(t *testing.T) {
	begin := time.Unix(0, 0)
	send := func() *Estimator {
		e := New(bounds, begin)
		if e.Guessing(begin) {
			t.Error("before anything was sent")
		}
		e.ProbeRate(begin)
		for seq := range uint16(probePackets) {
			e.Sent(Packet{Seq: seq, Bytes: 1200}, begin)
			if e.Guessing(begin) != (seq == probePackets-1) {
				t.Errorf("after %d packets: %v", seq+1, e.Guessing(begin))
			}
		}
		return e
	}
	heard := func(e *Estimator, at time.Time, seqs uint16, lost uint16) {
		var reports []Report
		for seq := range seqs {
			reports = append(reports, Report{Seq: seq, Received: seq >= lost, Arrived: time.Duration(seq) * 10 * time.Millisecond})
		}
		e.Feedback(reports, at)
	}
	soon := begin.Add(100 * time.Millisecond)
	e := send()
	if heard(e, soon, 3, 0); !e.Guessing(soon) {
		t.Error("not, with the half of it heard")
	}
	if heard(e, soon, probePackets, 0); e.Guessing(soon) {
		t.Error("still, with all of it heard")
	}
	e = send()
	if heard(e, soon, probePackets, 2); e.Guessing(soon) {
		t.Error("still, with the rest of it lost")
	}
	e = send()
	if heard(e, soon, probePackets, 3); !e.Guessing(soon) {
		t.Error("not, with most of it lost")
	}
	// Where packets overtake each other some are never reported: those that were asked for
	// again, as what comes twice is dropped, and those before the first that a report is of.
	e = send()
	heard(e, soon, 3, 0)
	e.Sent(Packet{Seq: 10, Bytes: 100}, begin.Add(20*time.Millisecond))
	e.Sent(Packet{Seq: 11, Bytes: 100}, begin.Add(probeOvertaken+time.Millisecond))
	later := soon.Add(120 * time.Millisecond)
	if e.Feedback([]Report{{10, true, 80 * time.Millisecond}}, later); !e.Guessing(later) {
		t.Error("not, though the rest may have been overtaken")
	}
	if e.Feedback([]Report{{11, true, 160 * time.Millisecond}}, later); e.Guessing(later) {
		t.Error("still, with what was sent long after it heard")
	}
	e = send()
	if last := begin.Add(guessFor); !e.Guessing(last.Add(-1)) || e.Guessing(last) {
		t.Error("not for as long as it may")
	}
	e = send()
	heard(e, soon, 3, 0)
	if last := soon.Add(guessFor); !e.Guessing(last.Add(-1)) || e.Guessing(last) {
		t.Error("not for as long after a report")
	}
}

// onNarrow begins on a link of 96 kbit/s whose queue takes three packets of the first
// probe, and gives the report of some of them and of the sound that follows from number
// probePackets on, each 20 ms.
func onNarrow(begin time.Time) (e *Estimator, report func(at time.Duration, seqs ...uint16)) {
	e = New(Config{First: 600_000, Least: 40_000, Most: 2_500_000}, begin)
	e.ProbeRate(begin)
	const took = 3
	arrived := map[uint16]time.Duration{}
	for seq := range uint16(20) {
		if seq < probePackets {
			e.Sent(Packet{Seq: seq, Bytes: 1200}, begin.Add(time.Duration(seq)*5*time.Millisecond))
			arrived[seq] = time.Duration(seq) * 100 * time.Millisecond
			continue
		}
		sound := time.Duration(seq - probePackets + 1)
		e.Sent(Packet{Seq: seq, Bytes: 100}, begin.Add(sound*20*time.Millisecond))
		arrived[seq] = (took-1)*100*time.Millisecond + sound*9*time.Millisecond
	}
	return e, func(at time.Duration, seqs ...uint16) {
		var list []Report
		for _, seq := range seqs {
			list = append(list, Report{Seq: seq, Received: seq < took || seq >= probePackets, Arrived: arrived[seq]})
		}
		e.Feedback(list, begin.Add(at))
	}
}

// TestGuessOnANarrowLink: the packets of the first probe that a narrow link's queue
// took tell of it also where it dropped the others, and what follows waits until most of
// them are out; not for long where nothing more is heard.
func TestGuessOnANarrowLink(t *testing.T) {
	begin := time.Unix(0, 0)
	for _, told := range []bool{true, false} {
		e, report := onNarrow(begin)
		at := 300 * time.Millisecond
		if report(at, 0, 1, 2); e.Target() != 600_000 {
			t.Errorf("%d bit/s with the rest under way", e.Target())
		}
		if report(at, 3, 4, 5); e.Target() > 96_000 {
			t.Errorf("%d bit/s of 96000", e.Target())
		}
		if !e.Guessing(begin.Add(at)) {
			t.Errorf("no waiting for a queue of %v", e.Stats().Queue)
		}
		later := at + 3*time.Second
		if told {
			later = at + 100*time.Millisecond
			report(later, 6, 7, 8, 9, 10, 11, 12, 13, 14)
		}
		if e.Guessing(begin.Add(later)) {
			t.Errorf("still waiting, with a queue of %v", e.Stats().Queue)
		}
	}
}
