package sound

import (
	"context"
	"encoding/json"
	"math"
	"math/cmplx"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"time"
	"unsafe"

	"github.com/gen2brain/malgo"
)

const (
	// trialTime is how long the chime is listened for: itself, and what lies between
	// it and an ear.
	trialTime = 1500 * time.Millisecond
	// askTime is how long the system's mixer may take to answer.
	askTime = 2 * time.Second
)

// Trial is what became of a chime. What the system does not tell is false.
type Trial struct {
	Stalled bool // the device did not take it at its pace
	Muted   bool // the system mutes the speaker, or has turned it down to nothing
	Shut    bool // ... or Parley alone
	Lost    bool // it is not in what the system hands to the speaker
	Heard   bool // the microphone heard it
}

// Try plays a chime and tells what became of it, a second and a half after the device
// began, or when ctx ends. Mixer and monitor are PulseAudio's, or PipeWire's in its place.
func (s *Sound) Try(ctx context.Context) (t Trial) {
	s.begun(ctx)
	_, id := s.IDs()
	var monitor *monitor
	if id != "" {
		monitor = listen(ctx, id+".monitor")
	}
	ear := &ear{}
	s.exchanger.mu.Lock()
	s.ear = ear
	before, begun := s.samples, time.Now()
	s.chime.begin()
	s.exchanger.mu.Unlock()
	if id != "" {
		t.Muted, t.Shut = mixer(ctx, id)
	}
	select {
	case <-time.After(time.Until(begun.Add(trialTime))):
	case <-ctx.Done():
	}
	s.exchanger.mu.Lock()
	s.ear = nil
	took, due := s.samples-before, int64(time.Since(begun).Seconds()*rate)
	s.exchanger.mu.Unlock()
	t.Heard = ear.hears()
	whole := ctx.Err() == nil // else there was no time to play it
	t.Stalled = whole && (took < due/2 || took > 2*due)
	if monitor != nil {
		t.Lost = !monitor.close().hears() && whole
	}
	return t
}

// begun waits until the device begins, which takes a wireless headset seconds, or ought to.
func (s *Sound) begun(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	look := time.NewTicker(blockTime)
	defer look.Stop()
	for ctx.Err() == nil {
		s.exchanger.mu.Lock()
		taken := s.samples
		s.exchanger.mu.Unlock()
		if taken > rate/5 { // the first buffer is taken at once
			return
		}
		select {
		case <-look.C:
		case <-ctx.Done():
		}
	}
}

// ear listens for the chime's second note, and beside it: in a tenth of a second it counts
// where the note alone is there. A gap in the sound spoils one of them.
type ear struct {
	at   int
	sums [len(earHz)]complex128
	with int // tenths of a second
}

var earHz = [...]float64{880, 850, 910}

const earTime = rate / 10

func (e *ear) add(pcm []int16) {
	for _, v := range pcm {
		for i, hz := range earHz {
			e.sums[i] += complex(float64(v), 0) * cmplx.Rect(1, -2*math.Pi*hz*float64(e.at)/rate)
		}
		if e.at++; e.at < earTime {
			continue
		}
		note := cmplx.Abs(e.sums[0])
		if note > earTime/4 && note > 8*max(cmplx.Abs(e.sums[1]), cmplx.Abs(e.sums[2])) { // from half a sample's step on
			e.with++
		}
		e.at, e.sums = 0, [len(earHz)]complex128{}
	}
}

// hears tells of three: a voice may have that note for one.
func (e *ear) hears() bool { return e.with >= 3 }

// monitor listens to what the system hands to a speaker.
type monitor struct {
	backend *backend
	device  *malgo.Device
	mu      sync.Mutex
	ear     ear
}

// listen opens a monitor; nil where there is none.
func listen(ctx context.Context, id string) *monitor {
	m, err := within(ctx, func() (*monitor, error) {
		b, err := openBackend()
		if err != nil {
			return nil, err
		}
		m := &monitor{backend: b}
		if err := m.open(id); err != nil {
			b.close()
			return nil, err
		}
		return m, nil
	}, func(m *monitor) { m.close() })
	if err != nil {
		return nil
	}
	return m
}

func (m *monitor) open(id string) error {
	infos, err := m.backend.context.Devices(malgo.Capture)
	if err != nil {
		return err
	}
	for _, i := range infos {
		if idString(i.ID) != id {
			continue
		}
		var pinned runtime.Pinner
		defer pinned.Unpin()
		address := new(malgo.DeviceID)
		*address = i.ID
		pinned.Pin(address)
		config := malgo.DefaultDeviceConfig(malgo.Capture)
		config.SampleRate, config.PeriodSizeInMilliseconds = rate, period
		config.Pulse.StreamNameCapture = "Parley"
		config.Capture.Format, config.Capture.Channels = malgo.FormatS16, 1
		config.Capture.DeviceID = unsafe.Pointer(address)
		if m.device, err = malgo.InitDevice(m.backend.context.Context, config, malgo.DeviceCallbacks{Data: func(_, captured []byte, _ uint32) {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.ear.add(samples(captured))
		}}); err != nil {
			return err
		}
		if err := m.device.Start(); err != nil {
			m.device.Uninit()
			return err
		}
		return nil
	}
	return malgo.ErrNoDevice
}

// close ends the listening, and waits for that as little as device.close does.
func (m *monitor) close() *ear {
	(&device{backend: m.backend, malgo: m.device}).close()
	m.mu.Lock()
	defer m.mu.Unlock()
	heard := m.ear
	return &heard
}

// mixer asks the system whether it mutes a speaker, or what this process plays. The
// tool is part of what most desktops bring (pulseaudio-utils); without it nothing is
// known.
func mixer(ctx context.Context, id string) (muted, shut bool) {
	if runtime.GOOS != "linux" {
		return false, false
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	for _, s := range listed(ctx, "sinks") {
		muted = muted || s.Name == id && s.silent()
	}
	for _, s := range listed(ctx, "sink-inputs") {
		shut = shut || s.Properties["application.process.id"] == strconv.Itoa(os.Getpid()) && s.silent()
	}
	return muted, shut
}

// slider is one of the mixer's: a speaker's, or a program's.
type slider struct {
	Name   string `json:"name"`
	Mute   bool   `json:"mute"`
	Volume map[string]struct {
		Value int `json:"value"`
	} `json:"volume"`
	Properties map[string]string `json:"properties"`
}

func (s slider) silent() bool {
	loudest := 0
	for _, v := range s.Volume {
		loudest = max(loudest, v.Value)
	}
	return s.Mute || len(s.Volume) > 0 && loudest == 0
}

func listed(ctx context.Context, kind string) (sliders []slider) {
	ask := exec.CommandContext(ctx, "pactl", "--format=json", "list", kind)
	ask.Env = append(os.Environ(), "LC_ALL=C") // in other languages its numbers are no JSON
	ask.WaitDelay = time.Second
	text, err := ask.Output()
	if err != nil || json.Unmarshal(text, &sliders) != nil {
		return nil
	}
	return sliders
}
