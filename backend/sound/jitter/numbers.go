package jitter

import "parley/backend/frame"

const (
	// The limits of RFC 3550, A.1: what is further away is another stream's,
	// once a second packet bears it out.
	maxDropout  = 3000
	maxMisorder = 100
	// maxDrift is how far timestamps and arrivals may part.
	maxDrift = 5 * rate
)

// numbers makes 64-bit numbers of the 16 and 32 bits that RTP has, drops what
// comes twice and notices when the sender began anew.
type numbers struct {
	started bool
	seq, ts int64 // highest so far
	at      int64 // arrival of that one
	seen    [256]int64
	suspect *numbered
}

// numbered is a packet with its numbers.
type numbered struct {
	audio   frame.Audio
	seq, ts int64
	at      int64
	restart bool // it is the first of another stream
}

// unwrap returns the packets that are to be taken now: none, this one, or this
// one after the one that came before it and was not believed alone.
func (u *numbers) unwrap(a frame.Audio, at int64) []numbered {
	n := numbered{audio: a, at: at}
	if !u.started {
		return []numbered{u.begin(n)}
	}
	dseq := int64(int16(a.Sequence - uint16(u.seq)))
	dts := int64(int32(a.Timestamp - uint32(u.ts)))
	n.seq, n.ts = u.seq+dseq, u.ts+dts
	drift := dts - (at - u.at)
	strange := dseq > maxDropout || dseq < -maxMisorder || drift > maxDrift || drift < -maxDrift ||
		dseq > 0 && dts <= 0 || dseq < 0 && dts >= 0
	if strange {
		first := u.suspect
		u.suspect = &n
		if first == nil || a.Sequence != first.audio.Sequence+1 {
			return nil
		}
		u.suspect = nil
		f := u.begin(*first)
		f.restart = true
		return append([]numbered{f}, u.unwrap(a, at)...)
	}
	if seen := &u.seen[uint8(n.seq)]; *seen == n.seq {
		return nil
	} else {
		*seen = n.seq
	}
	u.suspect = nil
	if dseq > 0 {
		u.seq, u.ts, u.at = n.seq, n.ts, at
	}
	return []numbered{n}
}

// begin takes n as the first of a stream.
func (u *numbers) begin(n numbered) numbered {
	// High enough that no number of this stream is negative or zero, and that
	// the low bits are those of RTP.
	n.seq, n.ts = 1<<32+int64(n.audio.Sequence), 1<<40+int64(n.audio.Timestamp)
	*u = numbers{started: true, seq: n.seq, ts: n.ts, at: n.at}
	u.seen[uint8(n.seq)] = n.seq
	return n
}
