package fec

import (
	"encoding/binary"
	"slices"
)

const (
	// held is how many sequence numbers back packets are kept, a power of two: a
	// key frame, those before it, and the time that something sent again takes.
	held       = 512
	maxPending = 64 // packets of parity that wait for more than one packet
)

// Receiver makes lost packets of one RTP stream again. Its zero value is ready;
// it is not safe for use from several goroutines.
type Receiver struct {
	// Recovered counts the packets that were made again and never came themselves.
	Recovered int

	started bool
	ssrc    uint32
	high    int64 // the highest sequence number, unwrapped
	ring    [held]kept
	pending []waiting
}

// kept is a packet that came, or was made again.
type kept struct {
	seq  int64
	data []byte // nil before the first
	made bool
}

// waiting is parity of which more than one packet is missing.
type waiting struct {
	base int64
	parity
}

// Media takes a packet that came, and gives those that it brings back. It keeps
// packet. A header extension that was written after the parity was made, such as
// the transport-wide number, comes back wrong; what follows it does not.
func (r *Receiver) Media(packet []byte) (recovered [][]byte) {
	if len(packet) < fixedHeader {
		return nil
	}
	r.ssrc = binary.BigEndian.Uint32(packet[8:])
	number := binary.BigEndian.Uint16(packet[2:])
	if !r.started {
		r.started, r.high = true, int64(number)+1<<16
	}
	seq := r.unwrap(number)
	if seq > r.high || seq <= r.high-held { // far back: the sender began anew
		r.high = seq
	}
	if k := r.at(seq); k != nil {
		if k.made {
			k.made = false
			r.Recovered--
		}
		return nil
	}
	r.keep(seq, packet, false)
	return r.solve()
}

// Parity takes the payload of a packet of parity, and gives the packets that it
// brings back. It keeps payload. The error wraps ErrMalformed.
func (r *Receiver) Parity(payload []byte) (recovered [][]byte, err error) {
	p, err := parse(payload)
	if err != nil || !r.started {
		return nil, err
	}
	if len(r.pending) == maxPending {
		r.pending = slices.Delete(r.pending, 0, 1)
	}
	r.pending = append(r.pending, waiting{r.unwrap(p.base), p})
	return r.solve(), nil
}

func (r *Receiver) unwrap(seq uint16) int64 { return r.high + int64(int16(seq-uint16(r.high))) }

func (r *Receiver) at(seq int64) *kept {
	if k := &r.ring[seq&(held-1)]; k.data != nil && k.seq == seq {
		return k
	}
	return nil
}

func (r *Receiver) keep(seq int64, packet []byte, made bool) {
	r.ring[seq&(held-1)] = kept{seq, packet, made}
}

// solve makes what can be made: each packet may be the last but one that another
// packet of parity waits for.
func (r *Receiver) solve() (recovered [][]byte) {
	for found := true; found; {
		found = false
		r.pending = slices.DeleteFunc(r.pending, func(w waiting) bool {
			missing, n := r.missing(w)
			if n > 1 {
				return w.base <= r.high-held
			}
			if n == 0 {
				return true
			}
			if packet, ok := r.restore(w, missing); ok {
				r.keep(missing, packet, true)
				r.Recovered++
				recovered = append(recovered, packet)
				found = true
			}
			return true
		})
	}
	return recovered
}

// missing is one of the packets that are missing of those that w protects, and
// how many there are.
func (r *Receiver) missing(w waiting) (seq int64, n int) {
	for i := range int64(Span) {
		if w.mask>>i&1 == 1 && r.at(w.base+i) == nil {
			seq = w.base + i
			n++
		}
	}
	return seq, n
}

func (r *Receiver) restore(w waiting, missing int64) ([]byte, bool) {
	b := w.xor
	b.body = slices.Clone(b.body)
	for i := range int64(Span) {
		if seq := w.base + i; w.mask>>i&1 == 1 && seq != missing {
			b.add(r.at(seq).data)
		}
	}
	return b.packet(r.ssrc, uint16(missing))
}
