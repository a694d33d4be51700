package sound

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	rate      = 48000
	blockSize = rate / 100 // samples in 10 ms
	blockTime = 10 * time.Millisecond
	maxBlocks = 25 // that wait for the encoder: a quarter of a second
)

// block is 10 ms on its way to the encoder.
type block struct {
	pcm       [blockSize]int16
	timestamp uint32 // RTP ticks
	captured  time.Time
}

// exchanger is the state of the one clock that drives capture and playback:
// whoever drives holds mu.
type exchanger struct {
	mu       sync.Mutex
	source   source // in place of a microphone's samples; nil for those, or silence
	sink     *sink  // takes what a speaker would play; nil for none
	chime    chime
	ear      *ear // listens to what is captured while a chime is tried; nil else
	captured [blockSize]int16
	played   [2 * blockSize]int16
	position int   // in both
	samples  int64 // captured since Open
	anchor   time.Time
	latency  atomic.Int64 // ns between a played block and its sound
	age      atomic.Int64 // ns that the device kept captured samples
}

// exchange is where both directions meet: captured is what the microphone took
// in during the 10 ms in which played was on its way to the speaker. It sends
// the one and puts what is to be heard next into the other. begun is when the
// device began to gather captured.
func (s *Sound) exchange(captured *[blockSize]int16, played *[2 * blockSize]int16, begun time.Time) {
	// Echo cancellation belongs here, before anything else hears captured.

	steady := s.smooth(begun)
	b := block{timestamp: uint32(s.samples), captured: steady.Add(-time.Duration(s.age.Load()))}
	s.samples += blockSize
	if !s.muted.Load() {
		b.pcm = *captured
	}
	if s.ear != nil {
		s.ear.add(captured[:])
	}
	s.levelOut.add(b.pcm[:])
	select {
	case s.blocks <- b:
	default:
		s.dropped.Add(1)
	}

	now := time.Now()
	s.jitter.Read(played[:], now, steady.Add(blockTime).Sub(now))
	s.chime.mix(played)
	s.levelIn.add(played[:])
	if s.sink != nil {
		s.sink.write(played)
	}
}

// smooth takes the jitter out of the callbacks' times: samples come at a steady
// pace, whenever the system gets round to telling of them.
func (s *Sound) smooth(begun time.Time) time.Time {
	if off := begun.Sub(s.anchor); off.Abs() > 100*time.Millisecond {
		s.anchor = begun
	} else {
		s.anchor = s.anchor.Add(off / 64)
	}
	t := s.anchor
	s.anchor = s.anchor.Add(blockTime)
	return t
}

// callback takes what a device captured and gives it what to play, in whatever
// portions the device likes. Either may be nil; in is one channel, out two.
func (s *Sound) callback(out, in []int16, frames int) {
	s.exchanger.mu.Lock()
	defer s.exchanger.mu.Unlock()
	now := time.Now()
	for done := 0; done < frames; {
		n := min(blockSize-s.position, frames-done)
		if in != nil {
			copy(s.captured[s.position:s.position+n], in[done:])
		}
		if out != nil {
			copy(out[2*done:2*(done+n)], s.played[2*s.position:])
		}
		done += n
		s.position += n
		if s.position < blockSize {
			continue
		}
		s.position = 0
		begun := now.Add(-time.Duration(frames-done+blockSize) * time.Second / rate)
		s.turn(in != nil, begun)
	}
}

// turn is one exchange, with the source's samples unless a device captured some.
func (s *Sound) turn(captured bool, begun time.Time) {
	if !captured {
		clear(s.captured[:])
		if s.source != nil {
			s.source.read(s.captured[:])
		}
	}
	s.exchange(&s.captured, &s.played, begun)
}

// tick is a turn without a device; missed is how many had no time to happen.
func (s *Sound) tick(missed int) {
	s.exchanger.mu.Lock()
	defer s.exchanger.mu.Unlock()
	s.samples += int64(missed) * blockSize
	s.turn(false, time.Now().Add(-blockTime))
}
