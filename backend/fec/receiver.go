package fec

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
)

const (
	// held is how many sequence numbers back packets are kept, a power of two: a
	// key frame, those before it, and the time that something sent again takes.
	held       = 512
	maxPending = 64 // packets of parity that wait; as many as solution has bits
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

// waiting is parity without the packets that are there: mask and xor are of those
// that are missing.
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
		r.started, r.high = true, int64(number)
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
// brings back. The error wraps ErrMalformed.
func (r *Receiver) Parity(payload []byte) (recovered [][]byte, err error) {
	p, err := parse(payload)
	if err != nil || !r.started {
		return nil, err
	}
	p.xor.body = slices.Clone(p.xor.body)
	w := waiting{r.unwrap(p.base), p}
	for i := range int64(Span) {
		if k := r.at(w.base + i); k != nil {
			w.there(k)
		}
	}
	if len(r.pending) == maxPending {
		r.pending = slices.Delete(r.pending, 0, 1)
	}
	r.pending = append(r.pending, w)
	return r.solve(), nil
}

func (r *Receiver) unwrap(seq uint16) int64 { return r.high + int64(int16(seq-uint16(r.high))) }

func (r *Receiver) at(seq int64) *kept {
	if k := &r.ring[seq&(held-1)]; k.data != nil && k.seq == seq {
		return k
	}
	return nil
}

// keep takes a packet that is there now out of the parity that waits.
func (r *Receiver) keep(seq int64, packet []byte, made bool) {
	k := &r.ring[seq&(held-1)]
	*k = kept{seq, packet, made}
	for i := range r.pending {
		r.pending[i].there(k)
	}
}

// there takes a packet out of w. One that is longer than what w protects leaves
// nothing to go by.
func (w *waiting) there(k *kept) {
	i := k.seq - w.base
	if i < 0 || i >= Span || w.mask>>i&1 == 0 {
		return
	}
	if len(k.data)-fixedHeader > len(w.xor.body) {
		w.mask = 0
		return
	}
	w.mask &^= 1 << i
	w.xor.add(k.data)
}

// solve makes what can be made.
func (r *Receiver) solve() (recovered [][]byte) {
	for {
		r.pending = slices.DeleteFunc(r.pending, func(w waiting) bool { return w.mask == 0 || w.base <= r.high-held })
		seq, of := r.solution()
		if of == 0 {
			return recovered
		}
		var b block
		for rest := of; rest != 0; rest &= rest - 1 {
			b.join(r.pending[bits.TrailingZeros64(rest)].xor)
		}
		packet, ok := b.packet(r.ssrc, uint16(seq))
		if !ok {
			r.pending[bits.TrailingZeros64(of)].mask = 0 // one of them is not what it says
			continue
		}
		r.keep(seq, packet, true)
		r.Recovered++
		recovered = append(recovered, packet)
	}
}

// solution finds a packet that is the sum of some of the parity that waits: bit n
// of these is of pending[n], and they are 0 without one. Each packet of parity is an
// equation, the sum of those that it misses; this is Gaussian elimination.
func (r *Receiver) solution() (seq int64, of uint64) {
	type row struct{ missing, of uint64 }
	var rows []row
	var columns []int64 // the packets that are missing
	order := make([]int, len(r.pending))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(bits.OnesCount64(r.pending[a].mask)-bits.OnesCount64(r.pending[b].mask), b-a)
	})
	for _, i := range order {
		x := row{of: 1 << i}
		for mask := r.pending[i].mask; mask != 0; mask &= mask - 1 {
			seq := r.pending[i].base + int64(bits.TrailingZeros64(mask))
			column := slices.Index(columns, seq)
			if column < 0 {
				column = len(columns)
				columns = append(columns, seq)
			}
			x.missing |= 1 << column
		}
		if len(columns) > 64 { // those that miss more can wait
			break
		}
		rows = append(rows, x)
	}
	solved := 0
	for column := range columns {
		has := func(x row) bool { return x.missing>>column&1 == 1 }
		pivot := slices.IndexFunc(rows[solved:], has)
		if pivot < 0 {
			continue
		}
		rows[solved], rows[solved+pivot] = rows[solved+pivot], rows[solved]
		for i, x := range rows {
			if i != solved && has(x) {
				rows[i] = row{x.missing ^ rows[solved].missing, x.of ^ rows[solved].of}
			}
		}
		solved++
	}
	for _, x := range rows {
		if bits.OnesCount64(x.missing) == 1 {
			return columns[bits.TrailingZeros64(x.missing)], x.of
		}
	}
	return 0, 0
}
