// Package sound is the call's ear and mouth: the microphone and the speaker as
// one duplex device, Opus both ways, and the jitter buffer between the network
// and the speaker.
//
//	microphone ─┐                                    ┌─▶ blocks ─▶ encode ─▶ Options.Out
//	file, tone ─┴─▶ 10 ms captured ─▶ exchange ──────┘
//	                                     │   ▲
//	speaker, file ◀─── 10 ms played ◀────┘   └─ jitter ◀─ Play
//
// One clock drives all of it, 10 ms at a time: the device's callback, or a
// timer where there is no device. So a captured block and the block that was
// played meanwhile always meet in exchange, where echo will be cancelled.
package sound

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"parley/backend/frame"
	"parley/backend/sound/jitter"
	"parley/backend/sound/opus"
)

// What can be wrong with a microphone or a speaker. The call goes on: silence,
// paced by a timer, takes the place of what does not work.
var (
	ErrNoMicrophone      = errors.New("there is no microphone")
	ErrMicrophoneBusy    = errors.New("another program is using the microphone")
	ErrMicrophoneRefused = errors.New("the system does not allow the microphone")
	ErrNoSpeaker         = errors.New("there is nothing to hear with")
	ErrBadDevice         = errors.New("no such sound device, or it does not work")
	ErrBadFile           = errors.New("the sound file cannot be used")
	// ErrDeviceLost comes with ErrNoMicrophone, ErrNoSpeaker or both: a device
	// that worked stopped.
	ErrDeviceLost = errors.New("the sound device stopped")
)

// Names that Options take beside those of devices and files.
const (
	Test = "test" // a tone of 440 Hz at -20 dBov
	None = "none" // silence
)

// Options is what sounds where. The zero value uses the system's defaults.
type Options struct {
	// Microphone is empty for the default one, a device's name or ID, FILE.wav
	// (over and over, in real time), Test or None.
	Microphone string
	// Speaker is empty for the default one, a device's name or ID, FILE.wav
	// (what would be heard is written there) or None.
	Speaker string
	// Out takes each encoded packet, of 20 ms or as SetPacket says, in order, from one
	// goroutine.
	// Captured and Timestamp are set. The silence that DTX leaves out is not
	// sent: then Timestamp leaps, and one packet in 400 ms comes.
	Out func(frame.Audio)
	// Failed is told, once, that a device stopped mid-run, from a goroutine of
	// its own. The error wraps ErrDeviceLost. May be nil.
	Failed func(error)
	// Logger may be nil.
	Logger *slog.Logger
}

// Stats are counts since Open.
type Stats struct {
	In  InStats
	Out OutStats
}

// InStats tells of what the other side sent.
type InStats struct {
	Packets   uint64 // that came, without duplicates
	Lost      uint64 // that were not there when their turn came
	Recovered uint64 // of those lost, that in-band FEC brought back
	// Samples at 48 kHz, of each channel: those played, of these those that stand for what did
	// not come in time, and of these those that are silence. They are the totalSamplesReceived,
	// concealedSamples and silentConcealedSamples of https://w3c.github.io/webrtc-stats/.
	Samples, Concealed, Silent uint64

	Level  int // dBov of the last half second, 0 to -127 (RFC 6464)
	Delay  int // ms that sound spends in the jitter buffer now
	Target int // ms that it should
}

// OutStats tells of what we send.
type OutStats struct {
	Packets uint64 // handed to Options.Out
	Dropped uint64 // blocks of 10 ms that the encoder came too late for
	Level   int    // dBov of the last half second, 0 to -127; -127 when muted
}

// Sound is an open microphone and speaker. Its methods may be called from any
// goroutine.
type Sound struct {
	log    *slog.Logger
	out    func(frame.Audio)
	failed func(error)

	exchanger
	jitter  *jitter.Buffer
	encoder *opus.Encoder // of the encoder's goroutine
	blocks  chan block    // from exchange to the encoder's goroutine

	muted             atomic.Bool
	loss              atomic.Int32 // percent
	bitrate           atomic.Int32 // bit/s
	long              atomic.Bool  // packets of 40 ms
	packetsOut        atomic.Uint64
	dropped           atomic.Uint64
	levelIn, levelOut level

	mu                sync.Mutex // guards what Problems and Names tell
	microphone        endpoint
	speaker           endpoint
	done              chan struct{}
	closing           sync.Once
	driving, encoding chan struct{} // closed when that goroutine has ended
}

// Open opens the microphone and the speaker; ctx bounds the opening alone. It
// does not fail for want of a device or a file: see Problems.
func Open(ctx context.Context, o Options) (*Sound, error) {
	encoder, err := opus.NewEncoder(opus.EncoderOptions{Bitrate: Bitrate, Complexity: complexity})
	if err != nil {
		return nil, fmt.Errorf("open sound: %w", err)
	}
	decoder, err := opus.NewDecoder()
	if err != nil {
		encoder.Close()
		return nil, fmt.Errorf("open sound: %w", err)
	}
	s := &Sound{
		log:     o.Logger,
		out:     o.Out,
		failed:  o.Failed,
		jitter:  jitter.New(decoder),
		encoder: encoder,
		blocks:  make(chan block, maxBlocks),
		done:    make(chan struct{}),
		driving: make(chan struct{}), encoding: make(chan struct{}),
	}
	s.bitrate.Store(Bitrate)
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.microphone = openMicrophone(o.Microphone)
	s.speaker = openSpeaker(o.Speaker)
	s.source, s.sink = s.microphone.source, s.speaker.sink
	device := s.openDevice(ctx)
	go s.encode()
	go func() {
		defer close(s.driving)
		s.drive(device)
		s.jitter.Close()
		decoder.Close()
	}()
	return s, nil
}

// Problems tells why nothing, that is silence, runs for the microphone or the
// speaker; nil where what was asked for runs.
func (s *Sound) Problems() (microphone, speaker error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.microphone.problem, s.speaker.problem
}

// Names are what runs now, as people call it; empty where nothing does.
func (s *Sound) Names() (microphone, speaker string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.microphone.name, s.speaker.name
}

// IDs are those of the devices that run; empty where none does.
func (s *Sound) IDs() (microphone, speaker string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.microphone.id, s.speaker.id
}

// Chime plays a short sound, for whoever asks whether they hear anything.
func (s *Sound) Chime() {
	s.exchanger.mu.Lock()
	defer s.exchanger.mu.Unlock()
	s.chime.begin()
}

// SetMicrophone mutes the microphone, or lets it be heard. Muting works at
// once, also on what was captured and not yet encoded. The device stays open:
// a wireless headset takes seconds to open, and switches the speaker's quality
// with it; and the echo canceller must not lose track.
func (s *Sound) SetMicrophone(on bool) { s.muted.Store(!on) }

// Play puts a packet of the other side's into the jitter buffer. Its data must
// not change afterwards.
func (s *Sound) Play(a frame.Audio) { s.jitter.Insert(a, time.Now()) }

// SetLoss says which part of the packets the network loses, 0 to 1: in-band FEC
// (RFC 6716, 2.1.7) spends bits accordingly.
func (s *Sound) SetLoss(fraction float64) {
	if fraction >= 0 { // and is a number
		s.loss.Store(int32(math.Ceil(100 * min(fraction, 1))))
	}
}

// SetBitrate says what the encoder makes of a voice, bit/s as a mean.
func (s *Sound) SetBitrate(bitrate int) { s.bitrate.Store(int32(bitrate)) }

// SetPacket says how much sound a packet holds from the next one on: 40 ms, or 20 for
// anything less, which is the default.
func (s *Sound) SetPacket(d time.Duration) { s.long.Store(d >= 2*packetTime) }

// packetTime is what a packet holds where SetPacket says nothing.
const packetTime = opus.FrameSize * time.Second / opus.Rate

// PlayTime is when, on our clock, the sample is heard that the other side
// captured then, on its clock; false while that is not known: before the first
// sender report, and 5 s after the last packet.
func (s *Sound) PlayTime(captured time.Time) (time.Time, bool) {
	t, ok := s.jitter.PlayTime(captured)
	return t.Add(time.Duration(s.latency.Load())), ok
}

// NotBefore says that the sample that the other side captured then, on its clock, is
// to be heard at that time on ours or later, within a quarter of a second: the picture
// that belongs to it is shown late. It holds for a second.
func (s *Sound) NotBefore(captured, at time.Time) {
	s.jitter.NotBefore(captured, at.Add(-time.Duration(s.latency.Load())))
}

// Stats tells how it goes.
func (s *Sound) Stats() Stats {
	j := s.jitter.Stats()
	return Stats{
		In: InStats{
			Packets: j.Packets, Lost: j.Lost, Recovered: j.Recovered,
			Samples: j.Samples, Concealed: j.Concealed, Silent: j.Silent,
			Level: s.levelIn.dBov(), Delay: int(j.Delay.Milliseconds()), Target: int(j.Target.Milliseconds()),
		},
		Out: OutStats{Packets: s.packetsOut.Load(), Dropped: s.dropped.Load(), Level: s.levelOut.dBov()},
	}
}

// Close releases the devices within a second and waits for what it started,
// with exceptions: for Options.Out and Options.Failed, from which it may be
// called, and for a disk it does not wait for long. A second Close does nothing.
func (s *Sound) Close() error {
	s.closing.Do(func() { close(s.done) })
	<-s.driving
	select {
	case <-s.encoding:
	case <-time.After(time.Second): // we may be in Out ourselves
	}
	return nil
}
