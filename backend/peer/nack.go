package peer

import "time"

const (
	maxNacks   = 6   // for one packet
	maxMissing = 150 // packets: more is an outage, half a second of 2.5 Mbit/s
)

// repairTime is how long a missing packet is waited for: five NACKs and their
// answers. At 10 % of loss three leave a hole every 4 s of 2 Mbit/s, five none
// in a call; and a key frame in its place costs a round trip as well, with many
// packets more to lose.
func repairTime(rtt time.Duration) time.Duration {
	return max(300*time.Millisecond, 5*(askAgain(rtt)+repairInterval))
}

// A NACK is lost as what it asks for was, and to find that out takes a round trip. So
// it is sent again each nackApart while nothing can have come back, maxSaid times at
// most: a burst of losses is over by then. Whoever got one leaves the others out, as
// libwebrtc does too: the answer is on its way.
const (
	nackApart = repairInterval
	maxSaid   = 6
)

// askAgain is how long the answer to a NACK may take.
func askAgain(rtt time.Duration) time.Duration { return max(repairInterval, rtt+rtt/8) }

// gaps are the packets of a stream that did not come yet, in order. pion's
// NACK generator asks again every 20 ms whatever the round trip, so that each
// lost packet comes several times; this one waits for the answer first.
type gaps struct {
	list []gap
	rtt  time.Duration // of the last time that was asked

	// overtaken is how late packets came by themselves, at last, since then and so often.
	overtaken      time.Duration
	overtakenSince time.Time
	overtakenCount int

	grew     time.Time // when the highest packet came
	arrivals leaky     // packets a second
	asks     float64   // packets that may still be asked for, beyond askReserve
}

// What is asked for again is at most a part of what arrives, with a reserve for a burst of
// losses: askReserve packets, or as many as arrive in a second. Where more is lost for
// longer, the link is full, and the copies are what fills it: a browser sent 200 kbit/s of
// them into a link of 50, where its pictures were 30.
const (
	askPart    = 0.5
	askReserve = 20
)

// quietAfter is how long after its highest packet a stream rests, or the way is dark: what
// is asked for then is of pictures that nobody waits for. A browser whose picture was
// paused on a link of 50 kbit/s went on for five seconds with copies of it.
const quietAfter = time.Second

// Where packets overtake each other again and again, one that is missing is asked for only
// when it would have come: each needless question brings a copy, and copies take the place
// of pictures. libwebrtc counts packets for that, and not time (nack_requester.cc).
const (
	overtakenMost  = 100 * time.Millisecond
	overtakenFor   = 5 * time.Second // after the last one
	overtakenOften = 3
)

// cameItself notes that seq came without having been sent again for us, if it was missing.
func (g *gaps) cameItself(seq int64, now time.Time) {
	for _, m := range g.list {
		// What comes before half a round trip is no answer.
		if m.seq != seq || m.tries > 1 || m.tries == 1 && now.Sub(m.asked) > g.rtt/2 {
			continue
		}
		if now.Sub(g.overtakenSince) > overtakenFor {
			g.overtaken, g.overtakenCount = 0, 0
		}
		late := min(now.Sub(m.since), overtakenMost)
		g.overtaken = max(late, g.overtaken-(g.overtaken-late)/128)
		g.overtakenSince = now
		g.overtakenCount++
	}
}

// patience is how long a packet may be missing because others overtook it.
func (g *gaps) patience(now time.Time) time.Duration {
	if g.overtakenCount < overtakenOften || now.Sub(g.overtakenSince) > overtakenFor {
		return 0
	}
	return g.overtaken
}

type gap struct {
	seq   int64
	since time.Time
	asked time.Time // first, in the last try
	tries int
	said  int // NACKs of the last try
}

// arrived notes that seq came, after high was the highest, and tells whether it was
// missing.
func (g *gaps) arrived(seq, high int64, now time.Time) (missing bool) {
	g.arrivals.add(1, now)
	g.asks = min(g.asks+askPart, max(0, g.arrivals.rate(now)-askReserve))
	if seq <= high {
		for i := range g.list {
			if g.list[i].seq == seq {
				g.list = append(g.list[:i], g.list[i+1:]...)
				return true
			}
		}
		return false
	}
	g.grew = now
	for before := high + 1; before < seq; before++ {
		g.list = append(g.list, gap{seq: before, since: now})
	}
	return false
}

// begin notes that the stream begins with seq, not with next.
func (g *gaps) begin(seq, next int64, now time.Time) {
	var list []gap
	for missing := seq + 1; missing < next; missing++ {
		list = append(list, gap{seq: missing, since: now})
	}
	g.list, g.grew = append(list, g.list...), now
}

func (g *gaps) size() int { return len(g.list) }

// before forgets what is missing before seq.
func (g *gaps) before(seq int64) {
	for len(g.list) > 0 && g.list[0].seq < seq {
		g.list = g.list[1:]
	}
}

// due are the packets to ask for now, of those that are ripe.
func (g *gaps) due(now time.Time, rtt time.Duration, ripe func(gap) bool) []uint16 {
	var seqs []uint16
	g.rtt = rtt
	if now.Sub(g.grew) > max(quietAfter, 3*rtt) {
		return nil
	}
	again, patience := askAgain(rtt), g.patience(now)
	for i := range g.list {
		m := &g.list[i]
		switch ago := now.Sub(m.asked); {
		case m.tries > 0 && m.said < maxSaid && ago >= time.Duration(m.said)*nackApart && ago+nackApart < again:
			m.said++
		case g.asks <= -askReserve:
			continue
		case m.tries == 0 && now.Sub(m.since) >= patience && ripe(*m), 0 < m.tries && m.tries < maxNacks && ago >= again:
			m.tries++
			m.asked, m.said = now, 1
			g.asks--
		default:
			continue
		}
		seqs = append(seqs, uint16(m.seq))
	}
	return seqs
}

// expired is the last packet that has been missing since before then.
func (g *gaps) expired(then time.Time) (seq int64, ok bool) {
	for _, m := range g.list {
		if m.since.After(then) {
			break
		}
		seq, ok = m.seq, true
	}
	return seq, ok
}
