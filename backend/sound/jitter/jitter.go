// Package jitter is the jitter buffer between the network and the speaker: it
// puts Opus packets back into order and decodes them just as late as the
// network's jitter demands. The ideas, and most constants, are those of NetEq
// in libwebrtc (modules/audio_coding/neteq); the code is not.
//
//	network ─▶ Insert ─▶ packets in order ─▶ fill ─▶ decoded samples ─▶ Read ─▶ speaker
//	              └─▶ delay: how late do packets come? ──┘ │
//	                                                       ├ the next packet: decode it
//	                                                       ├ a hole before it: in-band FEC, else conceal
//	                                                       ├ nothing there: conceal, and play it when it comes
//	                                                       ├ silence that was not sent (DTX): comfort noise
//	                                                       └ too late or too early: drop or add one pitch period
//
// Time is passed in. All positions and durations inside are in samples of
// 48 kHz, which are RTP ticks as well (RFC 7587, 4.1).
package jitter

import (
	"io"
	"sync"
	"time"

	"parley/backend/frame"
)

const (
	rate     = 48000
	channels = 2
	tick     = rate / 100 // 10 ms
	// maxPackets bounds the buffer: 5 s of packets of 20 ms.
	maxPackets = 250
	// maxPacket bounds a packet in bytes (RFC 6716, 3.2.1: six frames in 120 ms).
	maxPacket = 6*1275 + 7
	// maxHole is how long a hole is filled in full. What lies behind a longer
	// one begins anew.
	maxHole = rate / 5
	// maxWait is how long a packet is waited for with concealment, or comfort
	// noise, whose sender tells each 400 ms that it is still silent; then the
	// stream has stopped. It is NetEq's kCngTimeoutMs.
	maxWait = rate
	// maxExcess is the delay over the target from which packets are skipped:
	// playing them a little faster would take too long.
	maxExcess = rate
	// maxLeast bounds the delay that NotBefore asks for.
	maxLeast = rate / 4
)

// Decoder is an Opus decoder into 48 kHz interleaved stereo.
type Decoder interface {
	// Decode decodes a packet and returns how many samples of each channel it
	// held; pcm has room for 120 ms.
	Decode(packet []byte, pcm []int16) (int, error)
	// Recover fills pcm with the in-band FEC that packet holds of the one before.
	Recover(packet []byte, pcm []int16) error
	// Conceal fills pcm with what might have come.
	Conceal(pcm []int16) error
	// Reset forgets what was decoded.
	Reset() error
}

// Stats are counts since the beginning. Samples, Concealed and Silent are the
// totalSamplesReceived, concealedSamples and silentConcealedSamples of
// https://w3c.github.io/webrtc-stats/, of each channel: comfort noise where the sender
// is silent on purpose is among the first only.
type Stats struct {
	Packets   uint64        // that came, without duplicates
	Lost      uint64        // that were not there when their turn came
	Recovered uint64        // of those lost, that in-band FEC brought back
	Samples   uint64        // that were made for playing since the first packet's were
	Concealed uint64        // of these, that stand for what did not come in time
	Silent    uint64        // of these, that are silence: the stream had stopped for a while
	Delay     time.Duration // from a packet's earliest possible arrival until it is played
	Target    time.Duration // what Delay should be
}

type packet struct {
	seq, ts int64
	dur     int64
	data    []byte
}

// Buffer is a jitter buffer. Insert and Read may be called from two goroutines.
type Buffer struct {
	mu      sync.Mutex
	decoder Decoder
	epoch   time.Time // sample 0 of our clock

	numbers numbers
	packets []packet // by seq
	delay   delay

	pcm  []int16 // decoded samples; those before head were read
	head int
	next int64 // ts of the sample to decode next
	last int64 // seq of the packet decoded last
	// playing tells that next follows what was decoded; otherwise the next
	// packet is played when its time has come.
	playing bool
	// comfort tells that the sender is silent on purpose (DTX).
	comfort bool
	// waited is how much was concealed since next was due, noise how much of
	// comfort noise was made since a packet was decoded.
	waited, noise int64
	scaled        int64 // our clock, at the last change of speed
	ahead         int64 // how far before their time blocks are read, at most, of late
	// least is what goal is at least, until then on our clock.
	least, leastUntil int64

	// The position last read, and the sender's clock, for PlayTime.
	readTS, readAt, readReal int64
	captured                 time.Time
	capturedTS, capturedAt   int64

	stats Stats
}

// New makes a buffer that decodes with d, of which it is the only user.
func New(d Decoder) *Buffer {
	return &Buffer{decoder: d, delay: newDelay()}
}

// Insert takes a packet as it came from the network; now is when, if the packet
// does not say. Its data must not change afterwards. What is not Opus, comes
// twice or far too late is dropped.
func (b *Buffer) Insert(a frame.Audio, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	dur := duration(a.Data)
	if dur == 0 || len(a.Data) > maxPacket {
		return
	}
	if a.Arrived.IsZero() {
		a.Arrived = now
	}
	if b.epoch.IsZero() {
		b.epoch = a.Arrived
	}
	for _, n := range b.numbers.unwrap(a, b.clock(a.Arrived)) {
		if n.restart {
			b.restart()
		}
		b.insert(n, duration(n.audio.Data))
	}
}

// restart forgets the stream, for another has begun in its place.
func (b *Buffer) restart() {
	b.packets = nil
	b.playing, b.comfort, b.waited, b.last = false, false, 0, 0
	b.captured = time.Time{}
	b.delay.restart()
	_ = b.decoder.Reset() // fails for a closed decoder only, which decodes nothing either
}

func (b *Buffer) insert(n numbered, dur int64) {
	b.stats.Packets++
	b.delay.arrived(n.at, n.ts)
	if !n.audio.Captured.IsZero() {
		b.captured, b.capturedTS = n.audio.Captured, n.ts
	}
	b.capturedAt = n.at
	if n.seq <= b.last || b.playing && n.ts+dur <= b.next {
		return // its turn has passed
	}
	i := len(b.packets)
	for i > 0 && b.packets[i-1].seq > n.seq {
		i--
	}
	b.packets = append(b.packets, packet{})
	copy(b.packets[i+1:], b.packets[i:])
	b.packets[i] = packet{seq: n.seq, ts: n.ts, dur: dur, data: n.audio.Data}
	if len(b.packets) > maxPackets {
		b.drop()
	}
}

func (b *Buffer) drop() { b.packets = append(b.packets[:0], b.packets[1:]...) }

// goal is how long after its earliest possible arrival a sample should be read.
func (b *Buffer) goal() int64 { return max(b.delay.target()+b.ahead, b.asked()) }

// asked is what NotBefore asks for; 0 is nothing.
func (b *Buffer) asked() int64 {
	if b.readReal < b.leastUntil {
		return b.least
	}
	return 0
}

// Read fills out, interleaved stereo, with what is to be heard next. A device
// reads when it likes, often several blocks in a row; ahead is how long before
// the block's turn, at a steady pace, it is read now. It may be negative.
func (b *Buffer) Read(out []int16, now time.Time, ahead time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.epoch.IsZero() {
		clear(out)
		return
	}
	clock := b.clock(now.Add(ahead))
	b.ahead = max(int64(ahead)/125*6/1000, b.ahead-b.ahead/512-1, 0) // forgets half in 3.5 s
	for b.buffered() < int64(len(out)/channels) {
		b.fill(clock)
	}
	b.head += copy(out, b.pcm[b.head:])
	b.readTS, b.readAt, b.readReal = b.next-b.buffered(), clock+int64(len(out)/channels), b.clock(now)
	if keep := maxLag * channels; b.head > 16*keep {
		b.pcm = append(b.pcm[:0], b.pcm[b.head-keep:]...)
		b.head = keep
	}
}

// buffered is how many decoded samples wait to be read.
func (b *Buffer) buffered() int64 { return int64(len(b.pcm)-b.head) / channels }

// fill decodes, conceals or waits: at least one more sample is there afterwards,
// or the buffer left the state in which it could not be.
func (b *Buffer) fill(clock int64) {
	due := clock + b.buffered() // when the sample that comes now is read
	if !b.playing && !b.begin(due) {
		return
	}
	for len(b.packets) > 0 && b.packets[0].ts+b.packets[0].dur <= b.next {
		b.drop()
	}
	switch {
	case len(b.packets) == 0 && (b.comfort || b.waited >= maxWait):
		b.playing = false
	case len(b.packets) == 0:
		b.conceal(b.grow(tick))
		b.waited += tick
	case b.packets[0].ts > b.next:
		b.hole(b.packets[0])
	default:
		p := b.packets[0]
		b.drop()
		b.decode(p)
		b.keepPace(clock)
	}
}

// begin waits, in silence or comfort noise, until it is time for the first
// packet, and tells whether it is.
func (b *Buffer) begin(due int64) bool {
	wait := int64(tick)
	if len(b.packets) > 0 {
		wait = b.delay.base() + b.packets[0].ts + b.goal() - due
	}
	if wait > 0 {
		b.wait(min(wait+119, tick) / 120 * 120) // Opus conceals in steps of 2.5 ms
		return false
	}
	b.playing, b.waited = true, 0
	b.skip(due)
	b.next = b.packets[0].ts
	return true
}

// wait appends n samples of comfort noise or silence.
func (b *Buffer) wait(n int64) {
	pcm := b.grow(n)
	b.comfort = b.comfort && b.noise < maxWait
	switch {
	case b.comfort:
		b.noise += n
		b.stats.Samples += uint64(n)
		b.invent(pcm)
		return
	case b.stats.Samples > 0:
		b.stats.Samples += uint64(n)
		b.stats.Concealed += uint64(n)
		b.stats.Silent += uint64(n)
	}
	clear(pcm)
}

// skip drops the packets that are far too late, up to the one whose turn it is.
func (b *Buffer) skip(due int64) {
	ideal := due - b.delay.base() - b.goal() // the ts whose turn it is
	if b.packets[0].ts > ideal-maxExcess {
		return
	}
	for len(b.packets) > 1 && b.packets[1].ts <= ideal {
		b.drop()
	}
}

// hole fills the gap before p, whose predecessors were lost, at most 20 ms of it.
func (b *Buffer) hole(p packet) {
	gap := p.ts - b.next
	if b.waited > 0 { // filled already, in part or in full
		n := min(b.waited, gap)
		b.next += n
		b.waited -= n
		if n == gap {
			b.waited = 0 // the rest stays as delay
		}
		return
	}
	if sent := p.seq == b.last+1; sent || b.comfort || gap > maxHole {
		b.playing, b.comfort = false, sent || b.comfort
		return
	}
	n := min(gap, max(2*tick, p.dur))
	pcm := b.grow(n)
	if n == gap && n%120 == 0 && hasFEC(p.data) && b.decoder.Recover(p.data, pcm) == nil {
		b.stats.Recovered++
		b.stats.Samples += uint64(n)
	} else {
		b.conceal(pcm)
	}
	b.next += n
}

func (b *Buffer) decode(p packet) {
	if b.last != 0 && p.seq > b.last+1 {
		b.stats.Lost += uint64(p.seq - b.last - 1)
	}
	start := len(b.pcm)
	n, err := b.decoder.Decode(p.data, b.grow(maxDuration))
	b.pcm = b.pcm[:start+n*channels]
	if err != nil {
		b.pcm = b.pcm[:start]
		b.conceal(b.grow(p.dur))
	} else {
		b.stats.Samples += uint64(p.dur)
	}
	b.last, b.next, b.waited, b.noise = p.seq, p.ts+p.dur, 0, 0
	b.comfort = len(p.data) <= 2
}

// conceal fills pcm with what might have come.
func (b *Buffer) conceal(pcm []int16) {
	n := uint64(len(pcm) / channels)
	b.stats.Samples += n
	b.stats.Concealed += n
	if !b.invent(pcm) {
		b.stats.Silent += n
	}
}

// invent lets the decoder fill pcm. What it cannot is silence, and false.
func (b *Buffer) invent(pcm []int16) bool {
	// Opus conceals in steps of 2.5 ms.
	if len(pcm)/channels%120 == 0 && b.decoder.Conceal(pcm) == nil {
		return true
	}
	clear(pcm)
	return false
}

// grow appends room for n samples and returns it.
func (b *Buffer) grow(n int64) []int16 {
	start := len(b.pcm)
	want := start + int(n)*channels
	if want > cap(b.pcm) {
		b.pcm = append(make([]int16, 0, 2*want), b.pcm...)
	}
	b.pcm = b.pcm[:want]
	return b.pcm[start:]
}

// keepPace brings the delay to its goal: gently, by a pitch period now and then,
// or by leaving out packets where that would take too long.
func (b *Buffer) keepPace(clock int64) {
	due := clock + b.buffered()
	goal := b.goal()
	is := due - b.delay.base() - b.next
	b.stats.Delay = samples(is)
	// NetEq's limits; a block of 10 ms is read at once, so the margin for it stays.
	low := max(b.delay.target()+b.ahead-min((b.delay.target()-margin)/4, 85*rate/1000), b.asked())
	high := max(goal, low+20*rate/1000, b.delay.run+margin) // in a queue there is nothing to hurry for
	switch {
	case is > goal+maxExcess && len(b.packets) > 0:
		b.skip(due)
		b.next = b.packets[0].ts
	case is > high+rate/10: // far too late: hurry
		b.shorten(0.5)
		b.scaled = clock
	case clock-b.scaled < 5*tick:
	case is > high:
		b.shorten(0.9)
		b.scaled = clock
	case is < low:
		b.lengthen()
		b.scaled = clock
	}
}

// Stats tells how it goes.
func (b *Buffer) Stats() Stats {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.stats
	s.Target = samples(b.goal())
	return s
}

// Close lets go of the decoder. What is read afterwards is silence.
func (b *Buffer) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.decoder = closed{}
}

// closed takes the decoder's place.
type closed struct{}

func (closed) Decode([]byte, []int16) (int, error) { return 0, io.ErrClosedPipe }
func (closed) Recover([]byte, []int16) error       { return io.ErrClosedPipe }
func (closed) Conceal([]int16) error               { return io.ErrClosedPipe }
func (closed) Reset() error                        { return io.ErrClosedPipe }
