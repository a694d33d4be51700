package jitter

import (
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"sort"
	"testing"
	"time"

	"parley/backend/frame"
)

// fake decodes packets of makePacket into a sine that goes on from packet to
// packet, and keeps account of what was asked of it.
type fake struct {
	order                []uint32
	recovered, concealed int
	resets               int
}

const noise = 1 // what the fake conceals with

func (f *fake) Decode(p []byte, pcm []int16) (int, error) {
	if len(p) <= 2 {
		_ = f.Conceal(pcm[:2*960])
		return 960, nil
	}
	if p[2] == 0xff {
		return 0, errors.New("broken")
	}
	number := binary.BigEndian.Uint32(p[2:])
	f.order = append(f.order, number)
	sine(pcm[:2*960], int(number)*960)
	return 960, nil
}

func (f *fake) Recover(p []byte, pcm []int16) error {
	f.recovered++
	sine(pcm, (int(binary.BigEndian.Uint32(p[2:]))-1)*960)
	return nil
}

func (f *fake) Conceal(pcm []int16) error {
	f.concealed += len(pcm) / 2
	for i := range pcm {
		pcm[i] = noise
	}
	return nil
}

func (f *fake) Reset() error { f.resets++; return nil }

// wave is 11 periods of 440 Hz at -20 dBov.
var wave = func() (w [1200]int16) {
	for i := range w {
		w[i] = int16(4634 * math.Sin(2*math.Pi*440*float64(i)/rate))
	}
	return w
}()

func sine(pcm []int16, at int) {
	for i := range len(pcm) / 2 {
		v := wave[(at+i)%len(wave)]
		pcm[2*i], pcm[2*i+1] = v, v
	}
}

// makePacket is the packet of the given number: 20 ms of hybrid Opus by its TOC.
func makePacket(number uint32, fec bool) frame.Audio {
	p := []byte{15 << 3, 0x80}
	if fec {
		p[1] |= 0x40
	}
	return frame.Audio{
		Data:      binary.BigEndian.AppendUint32(p, number),
		Sequence:  uint16(number) + 65500, // wraps early
		Timestamp: number*960 + math.MaxUint32 - 20000,
	}
}

// network is what happens to packets on their way.
type network struct {
	delay func(i int) time.Duration // negative: lost
	fec   bool
	drift float64 // how much faster than ours the sender's clock is
	burst int     // blocks of 10 ms that the speaker reads at one time; 0 is 1
}

type result struct {
	concealed, delay float64 // part of the samples; ms, mean of the second half
	last             Stats
	heard            []int16
	decoder          *fake
}

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// run sends n packets through the network into a Buffer and reads it in time.
func run(n network, packets int) result {
	type arrival struct {
		at time.Time
		a  frame.Audio
	}
	var arrivals []arrival
	for i := range packets {
		if d := n.delay(i); d >= 0 {
			sent := start.Add(time.Duration(float64(i) * 20e6 / (1 + n.drift)))
			arrivals = append(arrivals, arrival{sent.Add(d), makePacket(uint32(i), n.fec)})
		}
	}
	sort.SliceStable(arrivals, func(i, j int) bool { return arrivals[i].at.Before(arrivals[j].at) })
	d := &fake{}
	b := New(d)
	r := result{decoder: d}
	burst := max(n.burst, 1)
	out := make([]int16, tick*channels)
	var delays []float64
	end := start.Add(time.Duration(packets) * 20 * time.Millisecond)
	for now := start.Add(3 * time.Millisecond); now.Before(end); now = now.Add(time.Duration(burst) * 10 * time.Millisecond) {
		for len(arrivals) > 0 && !arrivals[0].at.After(now) {
			a := arrivals[0].a
			a.Arrived = arrivals[0].at
			b.Insert(a, now)
			arrivals = arrivals[1:]
		}
		for i := range burst {
			b.Read(out, now, time.Duration(i)*10*time.Millisecond)
			r.heard = append(r.heard, out...)
		}
		if now.After(start.Add(end.Sub(start) / 2)) {
			delays = append(delays, float64(b.Stats().Delay)/1e6)
		}
	}
	r.last = b.Stats()
	r.concealed = float64(r.last.Concealed) / float64(max(r.last.Samples, 1))
	for _, d := range delays {
		r.delay += d / float64(len(delays))
	}
	return r
}

func ms(f float64) time.Duration { return time.Duration(f * 1e6) }

// TestNetworks holds the buffer to a concealment ratio and a delay under
// patterns of jitter as they are seen on real networks (made with a fixed seed).
func TestNetworks(t *testing.T) {
	for _, c := range []struct {
		name      string
		network   func(*rand.Rand) network
		concealed float64 // at most
		delay     float64 // ms at most
	}{
		{"a wire", func(r *rand.Rand) network {
			return network{delay: func(int) time.Duration { return ms(5 + r.Float64()) }}
		}, 0.001, 40},
		{"a wire, speaker reads 40 ms at a time", func(r *rand.Rand) network {
			return network{delay: func(int) time.Duration { return ms(5 + r.Float64()) }, burst: 4}
		}, 0.003, 75},
		{"wireless LAN: 2 ms, now and then 30", func(r *rand.Rand) network {
			return network{delay: func(int) time.Duration {
				if r.Float64() < 0.05 {
					return ms(30 * r.Float64())
				}
				return ms(2 + 2*r.ExpFloat64())
			}}
		}, 0.01, 60},
		{"mobile: 50 ms, normal jitter of 15", func(r *rand.Rand) network {
			return network{delay: func(int) time.Duration { return ms(max(20, 50+15*r.NormFloat64())) }}
		}, 0.03, 110},
		{"bursts: 100 ms of silence every 2 s", func(r *rand.Rand) network {
			return network{delay: func(i int) time.Duration { return ms(20 + float64(max(0, 5-i%100))*20) }}
		}, 0.02, 140},
		{"5 % loss without FEC", func(r *rand.Rand) network {
			return network{delay: func(int) time.Duration {
				if r.Float64() < 0.05 {
					return -1
				}
				return ms(20 + 2*r.Float64())
			}}
		}, 0.06, 50},
		{"5 % loss with FEC", func(r *rand.Rand) network {
			return network{fec: true, delay: func(int) time.Duration {
				if r.Float64() < 0.05 {
					return -1
				}
				return ms(20 + 2*r.Float64())
			}}
		}, 0.01, 50},
		{"neighbours change places", func(r *rand.Rand) network {
			return network{delay: func(i int) time.Duration {
				if i%10 == 0 {
					return ms(45)
				}
				return ms(20)
			}}
		}, 0.01, 60},
		{"sender's clock 300 ppm fast", func(r *rand.Rand) network {
			return network{drift: 300e-6, delay: func(int) time.Duration { return ms(5 + r.Float64()) }}
		}, 0.003, 45},
		{"sender's clock 300 ppm slow", func(r *rand.Rand) network {
			return network{drift: -300e-6, delay: func(int) time.Duration { return ms(5 + r.Float64()) }}
		}, 0.003, 45},
		{"one spike of 600 ms", func(r *rand.Rand) network {
			return network{delay: func(i int) time.Duration { return ms(10 + max(0, 600-20*math.Abs(float64(i-500)))*b2f(i >= 500)) }}
		}, 0.03, 45},
		{"a queue of 300 ms for two seconds, once", func(r *rand.Rand) network {
			return network{delay: func(i int) time.Duration { return ms(50 + 5*r.Float64() + queue(i-1750, 300)) }}
		}, 0.008, 55},
		{"a queue of 200 ms for two seconds, every four", func(r *rand.Rand) network {
			return network{delay: func(i int) time.Duration { return ms(50 + 5*r.Float64() + queue(i%200-50, 200)) }}
		}, 0.006, 220},
		{"the way gets 80 ms longer", func(r *rand.Rand) network {
			return network{delay: func(i int) time.Duration { return ms(10 + 80*b2f(i >= 500)) }}
		}, 0.01, 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := run(c.network(rand.New(rand.NewPCG(1, 2))), 3000)
			t.Logf("concealed %.2f %%, delay %.0f ms, target %v, %+v", 100*r.concealed, r.delay, r.last.Target, r.last)
			if r.concealed > c.concealed {
				t.Errorf("%.2f %% concealed, want at most %.2f", 100*r.concealed, 100*c.concealed)
			}
			if r.delay > c.delay {
				t.Errorf("%.0f ms of delay, want at most %.0f", r.delay, c.delay)
			}
		})
	}
}

// A queue is not waited for once it is over, not in a young call either.
func TestQueueInAYoungCall(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	after := run(network{delay: func(i int) time.Duration { return ms(50 + 5*r.Float64() + queue(i-500, 300)) }}, 1300)
	if after.delay > 50 {
		t.Errorf("%.0f ms of delay in the 13 s after it", after.delay)
	}
}

// queue is the wait in a link's queue that begins to fill with packet 0 and is full, of
// so many ms, from a third of a second on until it drains.
func queue(i int, full float64) float64 {
	const rise, drain, end = 15, 90, 115 // packets
	return full * max(0, min(1, float64(i)/rise, float64(end-i)/(end-drain)))
}

func b2f(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// TestSmooth: changes of speed leave no click and do not change the pitch.
func TestSmooth(t *testing.T) {
	for _, drift := range []float64{0.003, -0.003} {
		r := run(network{drift: drift, delay: func(int) time.Duration { return 5 * time.Millisecond }}, 2000)
		heard := r.heard[2*rate : len(r.heard)-2*rate]
		crossings, worst := 0, 0
		for i := 2; i < len(heard); i += 2 {
			worst = max(worst, abs(int(heard[i])-int(heard[i-2])))
			if heard[i-2] < 0 && heard[i] >= 0 {
				crossings++
			}
		}
		if r.decoder.concealed > rate/5 { // at the end, where nothing comes any more
			t.Errorf("drift %v: %d samples concealed", drift, r.decoder.concealed)
		}
		if worst > 4634*2*314*440/(rate*100)*2 { // twice a sine's steepest step
			t.Errorf("drift %v: a step of %d", drift, worst)
		}
		if hz := float64(crossings) * rate / float64(len(heard)/2); math.Abs(hz-440) > 3 {
			t.Errorf("drift %v: %.1f Hz, want 440", drift, hz)
		}
	}
}

func abs(x int) int { return max(x, -x) }

// player feeds and reads a Buffer by hand.
type player struct {
	*Buffer
	decoder *fake
	now     time.Time
}

func newPlayer() *player {
	d := &fake{}
	return &player{New(d), d, start}
}

func (p *player) insert(a frame.Audio) { p.Insert(a, p.now) }

// read plays n blocks of 10 ms and returns the last.
func (p *player) read(n int) []int16 {
	out := make([]int16, tick*channels)
	for range n {
		p.Read(out, p.now, 0)
		p.now = p.now.Add(10 * time.Millisecond)
	}
	return out
}

// talk sends and plays packets, 20 ms apart.
func (p *player) talk(from, to uint32) {
	for i := from; i < to; i++ {
		p.insert(makePacket(i, false))
		p.read(2)
	}
}

func TestDTXIsNoLoss(t *testing.T) {
	p := newPlayer()
	p.talk(0, 50)
	before := p.Stats()
	dtx := makePacket(50, false)
	dtx.Data = dtx.Data[:1]
	p.insert(dtx)
	p.read(2)
	for i := range uint32(5) { // a refresh every 400 ms
		p.read(38)
		a := makePacket(0, false)
		a.Sequence, a.Timestamp, a.Data = dtx.Sequence+1+uint16(i), dtx.Timestamp+960*20*(i+1), dtx.Data
		p.insert(a)
		p.read(2)
	}
	if got := p.read(1)[100]; got != noise {
		t.Errorf("in the silence a sample is %d, want comfort noise", got)
	}
	for i := range uint32(50) {
		a := makePacket(100+i, false)
		a.Sequence, a.Timestamp = dtx.Sequence+6+uint16(i), dtx.Timestamp+960*(20*6+i)
		if i == 0 {
			p.now = p.now.Add(390 * time.Millisecond)
		}
		p.insert(a)
		p.read(2)
	}
	after := p.Stats()
	if after.Lost != before.Lost || after.Concealed > before.Concealed+2*tick {
		t.Errorf("silence counts as loss: %+v, before %+v", after, before)
	}
	if n := len(p.decoder.order); n < 95 {
		t.Errorf("%d packets of voice were decoded, want nearly 100", n)
	}
}

func TestSenderBeginsAnew(t *testing.T) {
	p := newPlayer()
	p.talk(0, 50)
	for i := range uint32(50) {
		a := makePacket(1000+i, false)
		a.Sequence, a.Timestamp = uint16(40000+i), 3_000_000_000+960*i
		p.insert(a)
		p.read(2)
	}
	if s := p.Stats(); s.Lost > 0 || p.decoder.resets != 1 {
		t.Errorf("%+v, %d resets, want none lost and one reset", s, p.decoder.resets)
	}
	if got := p.decoder.order[len(p.decoder.order)-1]; got < 1045 {
		t.Errorf("plays packet %d, want the new stream's last ones", got)
	}
}

func TestOneStrayPacketChangesNothing(t *testing.T) {
	p := newPlayer()
	p.talk(0, 50)
	stray := makePacket(7777, false)
	stray.Sequence, stray.Timestamp = 20000, 5
	p.insert(stray)
	p.talk(50, 100)
	if s := p.Stats(); s.Lost > 0 || s.Concealed > 0 || p.decoder.resets > 0 {
		t.Errorf("%+v, %d resets", s, p.decoder.resets)
	}
}

func TestStreamStopsAndGoesOn(t *testing.T) {
	p := newPlayer()
	p.talk(0, 50)
	before := p.Stats()
	p.read(300)
	s := p.Stats()
	if s.Concealed-s.Silent > maxWait+4*tick {
		t.Errorf("%d samples invented after the end", s.Concealed-s.Silent)
	}
	// What was not invented is silence, and as W3C counts it concealed as well.
	if n := s.Samples - before.Samples; n < 295*tick || n > 300*tick || s.Concealed-before.Concealed < n-5*tick {
		t.Errorf("of 300 blocks %d samples were played, %+v", n, s)
	}
	for _, v := range p.read(1) {
		if v != 0 {
			t.Fatal("a stream that stopped is not silent")
		}
	}
	p.talk(200, 250)
	if got := p.decoder.order[len(p.decoder.order)-1]; got < 245 {
		t.Errorf("plays packet %d, want the last ones", got)
	}
}

func TestBrokenPacketIsConcealed(t *testing.T) {
	p := newPlayer()
	p.talk(0, 20)
	broken := makePacket(20, false)
	broken.Data[2] = 0xff
	p.insert(broken)
	p.read(2)
	p.talk(21, 40)
	if s := p.Stats(); s.Concealed != 960 || s.Lost != 0 {
		t.Errorf("%+v", s)
	}
}

func TestPlayTime(t *testing.T) {
	p := newPlayer()
	if _, ok := p.PlayTime(start); ok {
		t.Error("the time is known before anything came")
	}
	remote := start.Add(1234 * time.Hour) // the sender's clock
	for i := range uint32(100) {
		a := makePacket(i, false)
		a.Captured = remote.Add(time.Duration(i) * 20 * time.Millisecond)
		p.insert(a)
		p.read(2)
	}
	// The sample captured now on the sender's side came without any transit
	// delay, so it is played after the buffer's delay.
	got, ok := p.PlayTime(remote.Add(p.now.Sub(start)))
	if want := p.now.Add(p.Stats().Delay); !ok || got.Sub(want).Abs() > 15*time.Millisecond {
		t.Errorf("%v after now, %v, want %v", got.Sub(p.now), ok, want.Sub(p.now))
	}
	p.read(600)
	if _, ok := p.PlayTime(remote); ok {
		t.Error("the time of a stream that stopped is known")
	}
}

// What is not to be heard yet waits, and what follows it, without a gap; a second after
// nobody asks for it any more the delay is what the network needs.
func TestNotBefore(t *testing.T) {
	const wait = 150 * time.Millisecond
	p := newPlayer()
	p.NotBefore(start, start.Add(wait)) // of a clock that is not known yet
	remote := start.Add(1234 * time.Hour)
	talk := func(from, to uint32, wait time.Duration) time.Duration {
		for i := from; i < to; i++ {
			a := makePacket(i, false)
			a.Captured = remote.Add(time.Duration(i) * 20 * time.Millisecond)
			p.insert(a)
			if wait > 0 {
				p.NotBefore(a.Captured, p.now.Add(wait))
			}
			p.read(2)
		}
		at, ok := p.PlayTime(remote.Add(p.now.Sub(start)))
		if !ok {
			t.Fatal("the time is not known")
		}
		return at.Sub(p.now)
	}
	usual := talk(0, 150, 0)
	if usual > 60*time.Millisecond {
		t.Fatalf("heard after %v", usual)
	}
	if at := talk(150, 300, wait); at < wait-15*time.Millisecond || at > wait+25*time.Millisecond {
		t.Errorf("heard after %v, want %v", at, wait)
	}
	if at := talk(300, 500, 0); (at - usual).Abs() > 25*time.Millisecond {
		t.Errorf("heard after %v, when nothing is to wait", at)
	}
	if at := talk(500, 700, time.Hour); at < 235*time.Millisecond || at > 275*time.Millisecond {
		t.Errorf("heard after %v, want a quarter of a second", at)
	}
	if s := p.Stats(); s.Concealed > 0 {
		t.Errorf("%d samples were made up", s.Concealed)
	}
}

func TestDuration(t *testing.T) {
	for _, c := range []struct {
		data []byte
		want int64 // in 2.5 ms
	}{
		{nil, 0}, {[]byte{0}, 4}, {[]byte{3 << 3}, 24}, {[]byte{15 << 3}, 8}, {[]byte{16 << 3}, 1},
		{[]byte{31 << 3}, 8}, {[]byte{31<<3 | 1}, 16}, {[]byte{31<<3 | 3}, 0}, {[]byte{31<<3 | 3, 6}, 48},
		{[]byte{31<<3 | 3, 7}, 0}, {[]byte{31<<3 | 3, 0}, 0},
	} {
		if got := duration(c.data); got != c.want*120 {
			t.Errorf("% x: %d samples, want %d", c.data, got, c.want*120)
		}
	}
}

func BenchmarkOneSecond(b *testing.B) {
	p := newPlayer()
	i := uint32(0)
	for b.Loop() {
		for range 50 {
			p.insert(makePacket(i, false))
			i++
			p.read(2)
		}
		p.decoder.order = p.decoder.order[:0]
	}
}
