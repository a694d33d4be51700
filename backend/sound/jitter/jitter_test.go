package jitter

import (
	"encoding/binary"
	"errors"
	"math"
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

// TestOutageInSilence: who is silent on purpose says so each 400 ms. Of an outage NetEq counts
// all but the first second as concealed (its DecisionLogicTest.CngTimeout).
func TestOutageInSilence(t *testing.T) {
	p := newPlayer()
	p.talk(0, 50)
	dtx := makePacket(50, false)
	dtx.Data = dtx.Data[:1]
	p.insert(dtx)
	p.read(2)
	before := p.Stats()
	p.read(95)
	if s := p.Stats(); s.Concealed != before.Concealed {
		t.Errorf("of a second of comfort noise %d samples count as concealed", s.Concealed-before.Concealed)
	}
	last := p.read(905)
	after := p.Stats()
	if made, played := after.Concealed-before.Concealed, after.Samples-before.Samples; played < 990*tick || made < 890*tick || made > 905*tick {
		t.Errorf("of 10 s without a packet %d of %d samples count as concealed, want 9 s", made, played)
	}
	if after.Silent-before.Silent != after.Concealed-before.Concealed || last[0] != 0 {
		t.Errorf("a stream that stopped is not silent: %+v, before %+v", after, before)
	}
	p.talk(51+500, 51+550) // its speech goes on
	if n := len(p.decoder.order); n < 95 {
		t.Errorf("%d packets of voice were decoded, want nearly 100", n)
	}
}

func TestSenderBeginsAnew(t *testing.T) {
	p := newPlayer()
	p.talk(0, 50)
	before := p.Stats().Samples
	for i := range uint32(50) {
		a := makePacket(1000+i, false)
		a.Sequence, a.Timestamp = uint16(40000+i), 3_000_000_000+960*i
		p.insert(a)
		p.read(2)
	}
	if s := p.Stats(); s.Lost > 0 || p.decoder.resets != 1 {
		t.Errorf("%+v, %d resets, want none lost and one reset", s, p.decoder.resets)
	} else if n := s.Samples - before; n != 100*tick { // the wait for it among them
		t.Errorf("of 100 blocks %d samples were played", n)
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
