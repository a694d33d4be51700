package sound

import (
	"fmt"
	"io"
	"time"
)

const (
	// stalled is how long a device may give no sign of life: when a sound server
	// dies, miniaudio waits for it for ever.
	stalled = 2 * time.Second
	// slow is how long it may take to begin. A wireless headset needs seconds.
	slow = 6 * time.Second
	// flood is how many times faster than real time a device may run. ALSA's
	// null device runs as fast as it can.
	flood = 4
)

// drive runs the clock until Close: the device's while it works, a timer's
// otherwise.
func (s *Sound) drive(d *device) {
	if d != nil {
		if err := s.watch(d); err != nil {
			s.lost(d, err)
		}
		d.close()
	}
	s.timer()
	s.exchanger.mu.Lock()
	defer s.exchanger.mu.Unlock()
	if c, ok := s.source.(io.Closer); ok {
		s.warn("close sound file", c.Close())
	}
	if s.sink != nil {
		s.warn("write sound file", s.sink.close())
	}
	s.source, s.sink = nil, nil
}

// watch waits for Close, or for the device to fail, and tells how it failed.
func (s *Sound) watch(d *device) error {
	check := time.NewTicker(stalled / 5)
	defer check.Stop()
	frames, since := d.frames.Load(), time.Now()
	for {
		select {
		case <-s.done:
			return nil
		case <-d.stopped:
			if !d.malgo.IsStarted() { // it is when PulseAudio suspends it, and may come back
				return ErrDeviceLost
			}
			continue
		case <-check.C:
		}
		is, took := d.frames.Load(), time.Since(since)
		patience := stalled
		if is < rate {
			patience = slow
		}
		switch {
		case is-frames > int64(flood*rate*(took+time.Second).Seconds()):
			return fmt.Errorf("%w: it runs too fast", ErrDeviceLost)
		case is != frames:
			frames, since = is, time.Now()
		case took > patience:
			return fmt.Errorf("%w: it does not answer", ErrDeviceLost)
		}
	}
}

// lost makes silence of what the device was.
func (s *Sound) lost(d *device, err error) {
	why := err
	s.mu.Lock()
	if d.captures {
		s.microphone.fail(fmt.Errorf("%w: %w", why, ErrNoMicrophone))
		err = fmt.Errorf("%w: %w", err, ErrNoMicrophone)
	}
	if d.plays {
		s.speaker.fail(fmt.Errorf("%w: %w", why, ErrNoSpeaker))
		err = fmt.Errorf("%w: %w", err, ErrNoSpeaker)
	}
	s.mu.Unlock()
	s.latency.Store(0)
	s.age.Store(0)
	s.log.Warn("sound goes on without the device", "error", err)
	if s.failed != nil {
		go s.failed(err)
	}
}

// timer drives the exchange without a device until Close.
func (s *Sound) timer() {
	next := time.Now().Add(blockTime)
	t := time.NewTimer(blockTime)
	defer t.Stop()
	for {
		select {
		case <-s.done:
			return
		case <-t.C:
		}
		missed := 0
		if late := time.Since(next); late > 200*time.Millisecond { // the machine slept
			missed = int(late / blockTime)
			next = next.Add(time.Duration(missed) * blockTime)
		}
		s.tick(missed)
		next = next.Add(blockTime)
		t.Reset(time.Until(next))
	}
}
