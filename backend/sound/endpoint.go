package sound

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"time"

	"parley/backend/sound/wav"
)

// endpoint is a microphone or speaker, or what stands in for it.
type endpoint struct {
	id      string // of the device that runs; empty for what is none
	name    string // as people call it; empty for silence
	problem error
	wanted  *string // the device that is wanted: a name, an ID or empty; nil for none
	source  source
	sink    *sink
}

// source gives samples in place of a microphone, 48 kHz mono.
type source interface{ read(pcm []int16) }

func isFile(name string) bool { return strings.EqualFold(filepath.Ext(name), ".wav") }

func openMicrophone(name string) endpoint {
	switch {
	case name == None:
		return endpoint{}
	case name == Test:
		return endpoint{name: "Test tone", source: &tone{}}
	case isFile(name):
		r, err := wav.Open(name)
		if err != nil {
			return endpoint{problem: fmt.Errorf("%w: %w", ErrBadFile, err)}
		}
		return endpoint{name: filepath.Base(name), source: &file{r}}
	}
	return endpoint{wanted: &name}
}

func openSpeaker(name string) endpoint {
	switch {
	case name == None:
		return endpoint{}
	case isFile(name):
		w, err := wav.Create(name, 2)
		if err != nil {
			return endpoint{problem: fmt.Errorf("%w: %w", ErrBadFile, err)}
		}
		return endpoint{name: filepath.Base(name), sink: newSink(w)}
	}
	return endpoint{wanted: &name}
}

// tone is 440 Hz at -20 dBov, which is a tenth of full scale as RMS.
type tone struct{ at int }

func (t *tone) read(pcm []int16) {
	for i := range pcm {
		pcm[i] = int16(math.Round(0.1 * math.Sqrt2 * 32768 * math.Sin(2*math.Pi*440*float64(t.at)/rate)))
		t.at = (t.at + 1) % rate
	}
}

// file is a WAV file, over and over; silence where it cannot be read any more.
type file struct{ *wav.Reader }

func (f *file) read(pcm []int16) { _ = f.Reader.Read(pcm) }

// sink writes a file from a goroutine of its own, so that a slow disk stops
// neither the clock nor the speaker.
type sink struct {
	blocks chan [2 * blockSize]int16
	ended  chan struct{}
	err    error // after ended
}

func newSink(w *wav.Writer) *sink {
	k := &sink{blocks: make(chan [2 * blockSize]int16, 200), ended: make(chan struct{})}
	go func() {
		defer close(k.ended)
		for b := range k.blocks {
			_ = w.Write(b[:]) // Close tells the first error
		}
		k.err = w.Close()
	}()
	return k
}

// write adds a block; where the disk is 2 s behind, it drops it.
func (k *sink) write(b *[2 * blockSize]int16) {
	select {
	case k.blocks <- *b:
	default:
	}
}

// close waits for the disk, but not for long: one that hangs must not hang us.
func (k *sink) close() error {
	close(k.blocks)
	select {
	case <-k.ended:
		return k.err
	case <-time.After(time.Second):
		return errors.New("the disk does not answer")
	}
}
