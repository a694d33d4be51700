package session

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"parley/backend/call"
)

// What the window's panel of devices asks for.

const levelEvery = 100 * time.Millisecond

// What WatchDevices tells.
const (
	DevicesEvent = "devices" // a call.DeviceList, when a device came or went
	LevelEvent   = "level"   // the microphone's, dBov, while the devices are tried out
)

// CheckDevices runs the devices for our user to try out, until it is called with
// off: the camera and the microphone are open no longer than the panel is.
func (s *Session) CheckDevices(ctx context.Context, on bool) error {
	if s.checking.Swap(on) != on {
		s.devices.lookout.use(on) // also where nothing runs that can be plugged out
	}
	return s.Call.CheckDevices(ctx, on)
}

// Devices are what there is to choose from, and what there was.
func (s *Session) Devices(ctx context.Context) call.DeviceList {
	s.devices.lookout.now(ctx)
	return s.devices.lookout.devices()
}

// Chime plays a short sound on the speaker that runs. The error is a *call.Error.
func (s *Session) Chime() error {
	if sounds := s.devices.speaker(); sounds != nil {
		if _, bad := sounds.Problems(); bad != nil {
			return problem("play a sound", bad)
		}
		sounds.Chime()
		return nil
	}
	return &call.Error{Code: call.NoSpeaker, Op: "play a sound", Err: errors.New("the speaker does not run")}
}

// WatchDevices tells of each change of the devices, and while they are tried out
// of the microphone's level, in dBov, until ctx ends. It has one listener.
func (s *Session) WatchDevices(ctx context.Context, tell func(event string, told any)) {
	listed := func(l call.DeviceList) { tell(DevicesEvent, l) }
	s.listens.Store(&listed)
	defer s.listens.Store(nil)
	tick := time.NewTicker(levelEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if s.checking.Load() {
				tell(LevelEvent, s.devices.soundStats().Out.Level)
			}
		case <-ctx.Done():
			return
		}
	}
}

func (s *Session) devicesListed(l call.DeviceList) {
	s.DevicesListed(l)
	s.devices.follow(l)
	if listed := s.listens.Load(); listed != nil {
		(*listed)(l)
	}
}

// Choose changes the devices, also during a call, and remembers them.
func (s *Session) Choose(ctx context.Context, c call.Choice) error {
	before := s.Snapshot().Choice
	if err := s.Call.Choose(ctx, c); err != nil {
		return err
	}
	s.remembered.change(func(r choices) choices { return r.with(before, c, s.devices.lookout.devices()) })
	return nil
}

// SetMirrored shows our user as in a mirror, or as others see them, and remembers it.
func (s *Session) SetMirrored(ctx context.Context, on bool) error {
	if err := s.Call.SetMirrored(ctx, on); err != nil {
		return err
	}
	s.remembered.change(func(r choices) choices {
		r.Unmirrored = !on
		return r
	})
	return nil
}

// remembered are the choices, and where they are kept. A file that cannot be
// written costs nobody a call: it is logged.
type remembered struct {
	path string
	log  *slog.Logger

	mu sync.Mutex
	is choices
}

func (r *remembered) load(path string, log *slog.Logger) choices {
	r.path, r.log = path, log
	if path == "" {
		return choices{}
	}
	var err error
	if r.is, err = loadChoices(path); err != nil {
		log.Warn("devices", "err", err)
	}
	return r.is
}

func (r *remembered) change(how func(choices) choices) {
	if r.path == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.is = how(r.is)
	if err := r.is.save(r.path); err != nil {
		r.log.Warn("devices", "err", err)
	}
}
