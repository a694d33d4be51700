package peer

import (
	"time"

	"github.com/pion/rtp/codecs"

	"parley/backend/frame"
)

const (
	// window is how many packets an assembler holds, a power of two: 6 s of
	// 2.5 Mbit/s.
	window = 2048
	// reset is the jump in sequence numbers that is no loss but a new stream.
	reset = window / 2
)

// assembler makes whole frames of RTP packets, in decode order. A frame goes
// out as soon as it is whole and the one before it is out. At a gap it waits
// for the missing packets, up to giveUp, or skips to a later key frame that is
// whole. It is not safe for use from several goroutines.
type assembler struct {
	ring    [window]slot
	gaps    gaps
	started bool
	emitted bool   // a frame went out since the start or the last reset
	marks   bool   // the sender marks the last packet of a picture
	next    int64  // unwrapped sequence number where the next frame begins
	high    int64  // the highest seen
	picture int64  // where the newest picture begins, of what is there
	newest  uint32 // its timestamp
	id      uint16 // VP8's picture ID of the frame before next
	hasID   bool
	keys    []int64
	needKey bool
	width   int
	height  int
	dropped int // whole frames that could not be decoded
	// Of the frame that went out last: when its last packet came, and whether one of
	// them was missing for a while.
	came     time.Time
	repaired bool
}

type slot struct {
	received
	seq    int64
	full   bool
	missed bool // it came after later ones
}

func newAssembler() *assembler { return &assembler{needKey: true} }

// push takes a packet, in any order; those that come twice or too late are
// dropped.
func (a *assembler) push(p received) {
	if !a.started {
		a.restart(int64(p.seq) + 1<<16)
	}
	seq := a.high + int64(int16(p.seq-uint16(a.high)))
	switch {
	case seq > a.high+reset || seq < a.high-reset:
		a.dropped += a.whole()
		a.restart(int64(p.seq) + 1<<16)
		seq = a.high
	case seq < a.next && !a.emitted && a.next-seq < 64 && a.gaps.size()+int(a.next-seq) <= maxMissing:
		a.gaps.begin(seq, a.next, p.arrived)
		a.next = seq // the stream's first packets came out of order
	case seq < a.next:
		return
	}
	if a.gaps.size()+int(seq-a.high) > maxMissing || seq-a.next >= window {
		a.dropped++ // to ask for all of that would make it worse
		a.needKey = true
		a.high = max(a.high, seq-1)
		a.free(a.high)
		if seq < a.next {
			return
		}
	}
	if !p.restored {
		a.gaps.cameItself(seq, p.arrived)
	}
	a.marks = a.marks || p.marker
	missed := a.gaps.arrived(seq, a.high, p.arrived)
	if seq >= a.high && len(p.payload) > 0 && p.timestamp != a.newest {
		a.picture, a.newest = a.high+1, p.timestamp // what is missing before it may be its own
		if startsFrame(p.codec, p.payload) {
			a.picture = seq
		}
	}
	a.high = max(a.high, seq)
	s := &a.ring[seq&(window-1)]
	if s.full && s.seq == seq {
		return
	}
	*s = slot{received: p, seq: seq, full: true, missed: missed}
	if startsKey(p.codec, p.payload) {
		a.keys = append(a.keys, seq)
	}
}

// restart begins a new stream at seq.
func (a *assembler) restart(seq int64) {
	clear(a.ring[:])
	*a = assembler{ring: a.ring, started: true, next: seq, high: seq, needKey: true, width: a.width, height: a.height, dropped: a.dropped}
}

func (a *assembler) at(seq int64) *slot {
	s := &a.ring[seq&(window-1)]
	if !s.full || s.seq != seq {
		return nil
	}
	return s
}

// end is the last packet of the frame that begins at seq; ok is false while
// the frame is not whole.
func (a *assembler) end(seq int64) (last int64, ok bool) {
	first := a.at(seq)
	if first == nil {
		return 0, false
	}
	for at := seq; at <= a.high; at++ {
		s := a.at(at)
		switch {
		case s == nil:
			return 0, false
		case s.timestamp != first.timestamp && len(s.payload) > 0:
			return at - 1, true // the sender sets no marker bits
		case s.marker && s.timestamp == first.timestamp:
			return at, true
		}
	}
	return 0, false
}

// pop takes the next frame out, if it is whole.
func (a *assembler) pop() (frame.Video, bool) {
	for a.started && a.next <= a.high {
		if s := a.at(a.next); s != nil && len(s.payload) == 0 {
			a.free(a.next) // padding, between frames
			continue
		}
		last, ok := a.end(a.next)
		if !ok {
			if !a.skipPadding() && !a.skipToKey() {
				return frame.Video{}, false
			}
			continue
		}
		f, ok := a.join(a.next, last)
		// Chromium gives the rest of a picture up where a key frame is asked for while it waits
		// in the pacer, and numbers its packets after that: nothing is missing.
		ok = ok && (!a.marks || a.at(last).marker)
		a.free(last)
		a.emitted = true
		switch {
		case !ok:
			a.needKey = true
			a.dropped++
		case a.needKey && !f.Key:
			a.dropped++
		default:
			a.needKey = false
			return f, true
		}
	}
	return frame.Video{}, false
}

// join makes one frame of the packets from first to last.
func (a *assembler) join(first, last int64) (frame.Video, bool) {
	s := a.at(first)
	f := frame.Video{Codec: s.codec, Timestamp: s.timestamp}
	size := 0
	a.came, a.repaired = time.Time{}, false
	for at := first; at <= last; at++ {
		p := a.at(at)
		size += len(p.payload) + 8
		a.repaired = a.repaired || p.missed
		if p.arrived.After(a.came) {
			a.came = p.arrived
		}
	}
	f.Data = make([]byte, 0, size)
	var h264 codecs.H264Packet
	for at := first; at <= last; at++ {
		p := a.at(at)
		if len(p.payload) == 0 {
			continue
		}
		if p.codec != f.Codec {
			return f, false
		}
		var data []byte
		var err error
		if f.Codec == frame.VP8 {
			var vp8 codecs.VP8Packet
			data, err = vp8.Unmarshal(p.payload)
			if err == nil && at == first {
				if vp8.S != 1 || vp8.PID != 0 {
					return f, false // its beginning is lost
				}
				a.id, a.hasID = vp8.PictureID, vp8.I == 1
			}
		} else {
			data, err = h264.Unmarshal(p.payload)
		}
		if err != nil {
			return f, false
		}
		f.Data = append(f.Data, data...)
	}
	if len(f.Data) == 0 {
		return f, false
	}
	width, height, key := 0, 0, false
	if f.Codec == frame.VP8 {
		width, height, key = vp8Key(f.Data)
	} else {
		width, height, key = h264Key(f.Data)
	}
	if key && width > 0 {
		a.width, a.height = width, height
	}
	f.Key, f.Width, f.Height = key, a.width, a.height
	return f, true
}

// free forgets everything up to and with seq.
func (a *assembler) free(seq int64) {
	for ; a.next <= seq; a.next++ {
		if s := a.at(a.next); s != nil {
			*s = slot{}
		}
	}
	a.gaps.before(a.next)
	for len(a.keys) > 0 && a.keys[0] < a.next {
		a.keys = a.keys[1:]
	}
}

// skipPadding skips what is missing between two frames that follow each other,
// by their picture IDs: it was padding, which a sender does not send again.
func (a *assembler) skipPadding() bool {
	if !a.hasID || a.at(a.next) != nil {
		return false
	}
	for seq := a.next + 1; seq <= a.high; seq++ {
		s := a.at(seq)
		if s == nil || len(s.payload) == 0 {
			continue
		}
		if s.codec != frame.VP8 || !follows(a.id, s.payload) {
			return false
		}
		a.free(seq - 1)
		return true
	}
	return false
}

// skipToKey skips to a key frame behind the gap, if one is whole.
func (a *assembler) skipToKey() bool {
	for _, key := range a.keys {
		if key <= a.next {
			continue
		}
		if _, ok := a.end(key); ok {
			a.dropped++
			a.free(key - 1)
			return true
		}
	}
	return false
}

// skip goes on at seq, or at a key frame that begins before it, and from there
// with a key frame only.
func (a *assembler) skip(seq int64) {
	a.dropped++
	a.needKey = true
	for _, key := range a.keys {
		if key > a.next && key < seq {
			seq = key
			break
		}
	}
	a.free(seq - 1)
}

// whole is how many whole frames are waiting: the marker bits seen.
func (a *assembler) whole() int {
	n := 0
	for i := range a.ring {
		if a.ring[i].full && a.ring[i].marker {
			n++
		}
	}
	return n
}

// missing are the sequence numbers to send a NACK for now: of packets that have
// been missing for patience, or are of a picture that another one follows.
func (a *assembler) missing(now time.Time, rtt, patience time.Duration) []uint16 {
	return a.gaps.due(now, rtt, func(g gap) bool { return g.seq < a.picture || now.Sub(g.since) >= patience })
}

// giveUp stops waiting for packets that have been missing for longer than wait.
func (a *assembler) giveUp(now time.Time, wait time.Duration) {
	if last, ok := a.gaps.expired(now.Add(-wait)); ok && last >= a.next {
		a.skip(last + 1)
	}
}

// needsKey tells that nothing decodes until a key frame comes, and that none
// is on its way in.
func (a *assembler) needsKey() bool { return a.started && a.needKey && len(a.keys) == 0 }
