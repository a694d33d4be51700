package peer

import (
	"math"
	"time"
)

// Redundancy for the voice (RFC 2198, "RED"): a packet carries, beside its own
// Opus packet, those that were sent before it. What is lost comes again one
// packet later, without a round trip.

const (
	redLongest = 1<<10 - 1 // bytes of a copy
	redOldest  = 1<<14 - 1 // RTP ticks that a copy may be older than its packet
	redHeader  = 4         // bytes of a copy's header; the last block's is one byte
	maxCopies  = 2         // in a packet of ours
)

// redBlock is an Opus packet in a RED packet.
type redBlock struct {
	pt        uint8  // of a received one
	timestamp uint32 // RTP ticks
	data      []byte
}

// joinRED makes a RED packet of the blocks, oldest first, all of payload type
// pt; the last is the packet's own. As many copies as fit are taken, the newest
// first: one that is too old, as after a silence, or too long leaves those before
// it out as well, because a copy's sequence number follows from its place. It
// tells how many.
func joinRED(pt uint8, blocks []redBlock) (packet []byte, copies int) {
	own := blocks[len(blocks)-1]
	first, size := len(blocks)-1, 1+len(own.data)
	for first > 0 {
		b := blocks[first-1]
		size += redHeader + len(b.data)
		if len(b.data) > redLongest || own.timestamp-b.timestamp > redOldest || size > mtu {
			break
		}
		first--
	}
	packet = make([]byte, 0, size)
	for _, b := range blocks[first : len(blocks)-1] {
		offset := own.timestamp - b.timestamp
		packet = append(packet, 0x80|pt, byte(offset>>6), byte(offset<<2)|byte(len(b.data)>>8), byte(len(b.data)))
	}
	packet = append(packet, pt)
	for _, b := range blocks[first:] {
		packet = append(packet, b.data...)
	}
	return packet, len(blocks) - 1 - first
}

// splitRED takes a RED packet of the given timestamp apart, oldest block first.
// It is false for what is cut short. The blocks share payload's memory.
func splitRED(payload []byte, timestamp uint32) ([]redBlock, bool) {
	var blocks []redBlock
	var lengths []int
	for len(payload) > 0 && payload[0]&0x80 != 0 {
		if len(payload) < redHeader {
			return nil, false
		}
		offset := uint32(payload[1])<<6 | uint32(payload[2])>>2
		blocks = append(blocks, redBlock{pt: payload[0] & 0x7f, timestamp: timestamp - offset})
		lengths = append(lengths, int(payload[2]&3)<<8|int(payload[3]))
		payload = payload[redHeader:]
	}
	if len(payload) == 0 {
		return nil, false
	}
	blocks = append(blocks, redBlock{pt: payload[0], timestamp: timestamp})
	payload = payload[1:]
	for i, n := range lengths {
		if n > len(payload) {
			return nil, false
		}
		blocks[i].data, payload = payload[:n:n], payload[n:]
	}
	blocks[len(blocks)-1].data = payload
	return blocks, true
}

// once lets each packet of a stream pass one time, whether it came by itself or
// as a copy in a later one.
type once struct {
	started      bool
	high         uint16 // the highest sequence number so far
	seen, copied uint64 // bit n is of high-n: it passed; as a copy, and has not come itself
	old          uint16 // what would follow the last packet from before the window
	recovered    int    // packets that passed as a copy and never came themselves
}

const onceWindow = 64 // packets, the bits of seen

// pass tells whether the packet is to be handed on.
func (o *once) pass(seq uint16, isCopy bool) bool {
	ahead := int(int16(seq - o.high))
	switch {
	case !o.started && isCopy:
		return false // from before the stream as we know it
	case !o.started:
		o.started, o.high = true, seq
	case ahead > 0:
		o.seen, o.copied = o.seen<<ahead, o.copied<<ahead
		o.high = seq
	case ahead <= -onceWindow && isCopy:
		return false // nobody knows any more
	case ahead <= -onceWindow && seq != o.old:
		o.old = seq + 1
		return true
	case ahead <= -onceWindow: // the sender began anew: RFC 3550, A.1
		o.high, o.seen, o.copied = seq, 0, 0
	}
	bit := uint64(1) << (o.high - seq)
	if o.seen&bit != 0 {
		if !isCopy && o.copied&bit != 0 {
			o.copied &^= bit
			o.recovered--
		}
		return false
	}
	o.seen |= bit
	if isCopy {
		o.copied |= bit
		o.recovered++
	}
	return true
}

// How much of our packets must be lost for copies to pay: 1 % can be heard, and
// one copy costs as much as the voice itself. Two are for runs of losses, and
// for the copies that are lost too.
const (
	oneCopy, noCopy     = 0.01, 0.005
	twoCopies, oneAgain = 0.10, 0.06
	// lossMemory smooths the reports: of the 50 packets in one of a second, one
	// is 2 %.
	lossMemory = 4 * time.Second
)

// redundancy decides from what is reported lost how many copies are sent.
type redundancy struct {
	loss   float64 // 0 to 1, over the last lossMemory
	at     time.Time
	copies int
}

// reported takes the loss since the last report, 0 to 1.
func (r *redundancy) reported(fraction float64, now time.Time) {
	if r.at.IsZero() {
		r.at = now.Add(-time.Second) // no more than the others: while the rate is being found, some loss is our own doing
	}
	r.loss += (fraction - r.loss) * (1 - math.Exp(-now.Sub(r.at).Seconds()/lossMemory.Seconds()))
	r.at = now
	switch {
	case r.loss > twoCopies:
		r.copies = maxCopies
	case r.loss > oneCopy && r.copies == 0, r.loss < oneAgain && r.copies > 1:
		r.copies = 1
	}
	if r.loss < noCopy {
		r.copies = 0
	}
}
