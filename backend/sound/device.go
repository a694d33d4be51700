package sound

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/gen2brain/malgo"
)

const (
	// period is ms between two callbacks, at most. PulseAudio's buffer holds just
	// one; with 20 ms, on a busy machine, it ran empty for 1 to 8 % of the time.
	period  = 30
	periods = 2 // that other systems' playback buffers hold
	// patience is how long a sound server may take to answer.
	patience = 4 * time.Second
)

// Device is a microphone or a speaker.
type Device struct {
	ID, Name string
	Default  bool
}

// Microphones lists the microphones; none is no error.
func Microphones() ([]Device, error) { return list(malgo.Capture) }

// Speakers lists the speakers; none is no error.
func Speakers() ([]Device, error) { return list(malgo.Playback) }

func list(kind malgo.DeviceType) ([]Device, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	devices, err := within(ctx, func() ([]Device, error) {
		b, err := openBackend()
		if err != nil {
			return nil, err
		}
		defer b.close()
		found, err := b.devices(kind)
		var devices []Device
		for _, f := range found {
			devices = append(devices, f.Device)
		}
		return devices, err
	}, nil)
	if err != nil {
		return nil, fmt.Errorf("list sound devices: %w", err)
	}
	return devices, nil
}

// within waits for f until ctx ends. What f brings too late goes to late.
func within[T any](ctx context.Context, f func() (T, error), late func(T)) (T, error) {
	type result struct {
		v   T
		err error
	}
	done := make(chan result, 1)
	go func() {
		v, err := f()
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		return r.v, r.err
	case <-ctx.Done():
		go func() {
			if r := <-done; r.err == nil && late != nil {
				late(r.v)
			}
		}()
		var none T
		return none, fmt.Errorf("the sound system does not answer: %w", ctx.Err())
	}
}

// backend is a connection to the system's sound.
type backend struct {
	context *malgo.AllocatedContext
	// ring tells that in a duplex device, miniaudio keeps captured samples in a
	// ring buffer until the next playback callback.
	ring bool
}

// backends are what miniaudio may use, in order; never its null backend, which
// pretends to be a device.
func backends() []malgo.Backend {
	switch runtime.GOOS {
	case "windows":
		return []malgo.Backend{malgo.BackendWasapi}
	case "darwin":
		return []malgo.Backend{malgo.BackendCoreaudio}
	}
	return []malgo.Backend{malgo.BackendPulseaudio, malgo.BackendAlsa}
}

func openBackend() (*backend, error) {
	var err error
	for _, b := range backends() { // one by one: miniaudio does not tell which it took
		var c *malgo.AllocatedContext
		if c, err = malgo.InitContext([]malgo.Backend{b}, malgo.ContextConfig{}, nil); err == nil {
			return &backend{c, b == malgo.BackendPulseaudio || b == malgo.BackendCoreaudio}, nil
		}
	}
	return nil, err
}

func (b *backend) close() {
	_ = b.context.Uninit() // it can only say that there was no context
	b.context.Free()
}

// found is a device with its address.
type found struct {
	Device
	id malgo.DeviceID
}

// devices lists those that are real: not ALSA's plugins, of which "null" runs as
// fast as it can, not what a PulseAudio sink plays, and not the sink that
// PulseAudio makes where there is none.
func (b *backend) devices(kind malgo.DeviceType) ([]found, error) {
	infos, err := b.context.Devices(kind)
	if err != nil {
		return nil, err
	}
	var devices []found
	card := false
	for _, i := range infos {
		f := found{Device{ID: idString(i.ID), Name: i.Name(), Default: i.IsDefault != 0}, i.ID}
		if strings.HasSuffix(f.ID, ".monitor") || strings.HasPrefix(f.ID, "auto_null") || alsaPlugins[f.ID] {
			continue
		}
		card = card || f.ID != "default"
		devices = append(devices, f)
	}
	if !card { // ALSA's "default" leads to no card then
		return nil, nil
	}
	return devices, nil
}

var alsaPlugins = map[string]bool{
	"null": true, "lavrate": true, "samplerate": true, "speexrate": true, "jack": true, "oss": true,
	"pulse": true, "pipewire": true, "speex": true, "upmix": true, "vdownmix": true, "usbstream": true,
}

// idString is a device's ID as text where the system has it as such, else in
// hexadecimal.
func idString(id malgo.DeviceID) string {
	text, _, _ := strings.Cut(string(id[:]), "\x00")
	rest := id[len(text):]
	for _, c := range rest {
		if c != 0 { // Windows' UTF-16
			return id.String()
		}
	}
	for _, c := range text {
		if c < ' ' || c > '~' {
			return id.String()
		}
	}
	if text == "" {
		return id.String()
	}
	return text
}

// choose finds the device that is wanted by ID or name; empty is the default.
func choose(devices []found, wanted string) (found, bool) {
	for _, f := range devices {
		if wanted == "" && f.Default || wanted != "" && (f.ID == wanted || f.Name == wanted) {
			return f, true
		}
	}
	for _, f := range devices {
		if wanted == "" || strings.EqualFold(f.Name, wanted) {
			return f, true
		}
	}
	return found{}, false
}

// device is an open device: a microphone, a speaker or both in one.
type device struct {
	backend         *backend
	malgo           *malgo.Device
	captures, plays bool
	frames          atomic.Int64
	closed          atomic.Bool
	stopped         chan struct{} // gets a value when the device stopped by itself
}

// openDevice opens what is wanted of microphone and speaker, both in one if it
// can be, and notes what cannot. It returns nil where nothing is to be had.
func (s *Sound) openDevice(ctx context.Context) *device {
	if s.microphone.wanted == nil && s.speaker.wanted == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	type opened struct {
		device              *device
		microphone, speaker endpoint
	}
	microphone, speaker := s.microphone, s.speaker
	o, err := within(ctx, func() (opened, error) {
		d := s.openBoth(&microphone, &speaker)
		return opened{d, microphone, speaker}, nil
	}, func(o opened) {
		if o.device != nil {
			o.device.close()
		}
	})
	if err == nil {
		s.microphone, s.speaker = o.microphone, o.speaker
	} else {
		s.microphone.fail(fmt.Errorf("%w: %w", ErrBadDevice, err))
		s.speaker.fail(fmt.Errorf("%w: %w", ErrBadDevice, err))
	}
	if o.device != nil && o.device.plays {
		// miniaudio does not tell; a system keeps between one period (PulseAudio's
		// null sink) and the whole buffer queued.
		s.latency.Store(int64(period * (1 + periods) * time.Millisecond / 2))
	}
	if o.device != nil && o.device.plays && o.device.captures && o.device.backend.ring {
		// It begins with two periods (ma_duplex_rb_init).
		s.age.Store(int64(2 * period * time.Millisecond))
	}
	return o.device
}

// fail notes why the wanted device does not run.
func (e *endpoint) fail(err error) {
	if e.wanted != nil {
		e.id, e.name, e.problem = "", "", err
	}
}

func (s *Sound) openBoth(microphone, speaker *endpoint) *device {
	b, err := openBackend()
	if err != nil {
		microphone.fail(fmt.Errorf("%w: %w", ErrNoMicrophone, err))
		speaker.fail(fmt.Errorf("%w: %w", ErrNoSpeaker, err))
		return nil
	}
	in := microphone.find(b, malgo.Capture, ErrNoMicrophone)
	out := speaker.find(b, malgo.Playback, ErrNoSpeaker)
	if in != nil && out != nil {
		if d, err := s.start(b, in, out); err == nil {
			return d
		}
	}
	// One of the two does not work, or they do not work together: rather half
	// than nothing, and it is told which half.
	if in != nil {
		d, err := s.start(b, in, nil)
		if err == nil {
			if out != nil {
				speaker.fail(fmt.Errorf("%w: it does not work with this microphone", ErrBadDevice))
			}
			return d
		}
		microphone.fail(microphoneError(err))
	}
	if out != nil {
		d, err := s.start(b, nil, out)
		if err == nil {
			return d
		}
		speaker.fail(fmt.Errorf("%w: %w", ErrBadDevice, err))
	}
	b.close()
	return nil
}

// find looks for the wanted device; none is what to say where there is not any.
func (e *endpoint) find(b *backend, kind malgo.DeviceType, none error) *found {
	if e.wanted == nil {
		return nil
	}
	devices, err := b.devices(kind)
	f, ok := choose(devices, *e.wanted)
	switch {
	case err != nil:
		e.fail(fmt.Errorf("%w: %w", none, err))
	case ok:
		e.id, e.name = f.ID, f.Name
		f.Default = f.Default && *e.wanted == "" // what was chosen by name does not follow the default
		return &f
	case *e.wanted == "":
		e.fail(none)
	default:
		e.fail(fmt.Errorf("%w: %q", ErrBadDevice, *e.wanted))
	}
	return nil
}

func microphoneError(err error) error {
	for _, c := range []struct{ is, of error }{
		{ErrMicrophoneBusy, malgo.ErrBusy},
		{ErrMicrophoneBusy, malgo.ErrAlreadyInUse},
		{ErrMicrophoneBusy, malgo.ErrUnavailable},
		{ErrMicrophoneRefused, malgo.ErrAccessDenied},
		{ErrNoMicrophone, malgo.ErrNoDevice},
		{ErrNoMicrophone, malgo.ErrDoesNotExist},
	} {
		if errors.Is(err, c.of) {
			return fmt.Errorf("%w: %w", c.is, err)
		}
	}
	return fmt.Errorf("%w: %w", ErrBadDevice, err)
}

// start opens and starts a device that captures from in and plays to out, one
// of which may be nil.
func (s *Sound) start(b *backend, in, out *found) (*device, error) {
	kind := malgo.Duplex
	switch {
	case out == nil:
		kind = malgo.Capture
	case in == nil:
		kind = malgo.Playback
	}
	// miniaudio copies the IDs during InitDevice; until then they must stay.
	var pinned runtime.Pinner
	defer pinned.Unpin()
	config := malgo.DefaultDeviceConfig(kind)
	config.SampleRate = rate
	config.PeriodSizeInMilliseconds = period
	config.Periods = periods
	config.Pulse.StreamNameCapture, config.Pulse.StreamNamePlayback = "Parley", "Parley"
	config.Capture.Format, config.Capture.Channels = malgo.FormatS16, 1
	config.Playback.Format, config.Playback.Channels = malgo.FormatS16, 2
	for _, end := range []struct {
		found  *found
		config *malgo.SubConfig
	}{{in, &config.Capture}, {out, &config.Playback}} {
		if end.found != nil && !end.found.Default { // the default one may change under way
			id := new(malgo.DeviceID) // apart from the strings beside it, which C must not see
			*id = end.found.id
			pinned.Pin(id)
			end.config.DeviceID = unsafe.Pointer(id)
		}
	}
	d := &device{backend: b, captures: in != nil, plays: out != nil, stopped: make(chan struct{}, 1)}
	m, err := malgo.InitDevice(b.context.Context, config, malgo.DeviceCallbacks{
		Data: func(played, captured []byte, frames uint32) {
			if d.closed.Load() {
				return
			}
			d.frames.Add(int64(frames))
			s.callback(samples(played), samples(captured), int(frames))
		},
		Stop: func() {
			select {
			case d.stopped <- struct{}{}:
			default:
			}
		},
	})
	if err != nil {
		return nil, err
	}
	d.malgo = m
	if err := m.Start(); err != nil {
		m.Uninit()
		return nil, err
	}
	return d, nil
}

// samples is miniaudio's buffer as what it holds. It is valid in the callback
// alone.
func samples(b []byte) []int16 {
	if len(b) < 2 {
		return nil
	}
	return unsafe.Slice((*int16)(unsafe.Pointer(&b[0])), len(b)/2)
}

// close releases the device, and waits for that, but not for long: a sound
// server that hangs must not hang us.
func (d *device) close() {
	d.closed.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), 800*time.Millisecond)
	defer cancel()
	_, _ = within(ctx, func() (struct{}, error) {
		_ = d.malgo.Stop() // wakes miniaudio's thread, which Uninit waits for and a dead server never would
		d.malgo.Uninit()
		d.backend.close()
		return struct{}{}, nil
	}, nil)
}
