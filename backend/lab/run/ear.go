//go:build linux

package main

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"parley/backend/lab/browser"
	"parley/backend/lab/emulate"
	"parley/backend/lab/pitch"
	"parley/backend/lab/score"
)

// listening begins to listen, and stop gives what was heard.
//
// Both sides are listened to in the same two places. Sound is spoken when the program
// gets it from its microphone, in portions of 10 ms, and heard when its jitter buffer
// hands it on to the speaker, in portions of 10 ms as well. What
// devices keep beyond these two is left out on both sides: there are none here.
type listening func() (stop func() (recording, error), err error)

// recording is a sound: what its clock said, or the samples that this is to be read of,
// which takes its time.
type recording struct {
	said  []pitch.Reading
	pcm   []int16
	marks []pitch.Mark
}

func (r recording) read() []pitch.Reading {
	if r.said != nil {
		return r.said
	}
	return pitch.Read(r.pcm, r.marks)
}

// pageListens listens to what a page hears, or to what it says: its microphone as its
// echo canceller leaves it. Chromium tells the times of both.
func pageListens(b *browser.Browser, heard bool) listening {
	return func() (func() (recording, error), error) {
		var there bool
		if err := b.Eval(fmt.Sprintf("lab.listen(%v)", heard), &there); err != nil {
			return nil, err
		}
		if !there {
			return nil, errors.New("the page has no sound to listen to")
		}
		return func() (recording, error) {
			var s pageSound
			if err := b.Eval("lab.listened()", &s); err != nil {
				return recording{}, err
			}
			pcm, marks, err := s.decode()
			return recording{pcm: pcm, marks: marks}, err
		}, nil
	}
}

// pageSound is what a page listened to.
type pageSound struct {
	At    []float64 `json:"at"` // ms since 1970, of each portion
	Rate  []float64 `json:"rate"`
	Sizes []int     `json:"sizes"`
	PCM   string    `json:"pcm"`
}

func (s pageSound) decode() (pcm []int16, marks []pitch.Mark, err error) {
	bytes, err := base64.StdEncoding.DecodeString(s.PCM)
	if err == nil && (len(s.Sizes) != len(s.At) || len(s.Rate) != len(s.At)) {
		err = errors.New("portions without times or rates")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read the sound of a page: %w", err)
	}
	at := 0
	for i, n := range s.Sizes {
		if s.Rate[i] != pitch.Rate {
			return nil, nil, fmt.Errorf("sound of a page has %v samples a second, not %d", s.Rate[i], pitch.Rate)
		}
		marks = append(marks, pitch.Mark{Sample: at, At: s.At[i]})
		at += n
	}
	return samplesOf(bytes), marks, nil
}

const (
	wavHeader = 44  // bytes, as Parley and this program write it
	block     = 480 // samples that Parley takes and gives at once
)

// ear watches from outside the sound files of a Parley.
type ear struct {
	stop chan struct{}
	done sync.WaitGroup
}

// every calls look each 2 ms until it is false, or silence.
func (e *ear) every(look func(now float64) bool) {
	e.stop = make(chan struct{})
	e.done.Go(func() {
		emulate.RealTime()
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for {
			select {
			case <-e.stop:
				return
			case <-tick.C:
				if !look(wallClock(time.Now())) {
					return
				}
			}
		}
	})
}

func (e *ear) silence() {
	close(e.stop)
	e.done.Wait()
}

// fileSpoken listens to what a Parley reads from its microphone's file, which nobody
// else has open: see camera.
func fileSpoken(name string) listening {
	return func() (func() (recording, error), error) {
		open, err := openedBy(name)
		if err != nil {
			return nil, err
		}
		var e ear
		var list []pitch.Reading
		last := int64(-1)
		e.every(func(now float64) bool {
			position, ok := positionIn(open[0])
			if ok && position != last && last >= 0 {
				list = append(list, pitch.Reading{At: now, Says: firstOf(last, position)})
			}
			last = position
			return ok
		})
		return func() (recording, error) {
			e.silence()
			return recording{said: list}, closeAll(open)
		}, nil
	}
}

// firstOf tells which ms of the file begins the 10 ms for which a reader had to go on
// from one position to the next: it reads ahead.
func firstOf(last, next int64) float64 {
	if next < last { // it began anew
		return 0
	}
	return float64((last - wavHeader) / 2 / block * block * 1000 / pitch.Rate)
}

// fileHeard listens to what a Parley writes into its speaker's file.
func fileHeard(name string) listening {
	return func() (func() (recording, error), error) {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("listen to Parley: %w", err)
		}
		const instant = 4 // bytes: two channels of 16 bits
		var e ear
		var marks []pitch.Mark
		first, last := int64(-1), int64(-1)
		e.every(func(now float64) bool {
			info, err := f.Stat()
			if err != nil {
				return false
			}
			size := info.Size()
			if size != last && last >= wavHeader {
				if first < 0 {
					first = last
				}
				marks = append(marks, pitch.Mark{Sample: int(last-first) / instant, At: now})
			}
			last = size
			return true
		})
		return func() (recording, error) {
			e.silence()
			stereo := make([]byte, max(last-first, 0))
			if first >= 0 {
				_, err = f.ReadAt(stereo, first)
			}
			pcm := samplesOf(stereo)
			for i := range len(pcm) / 2 {
				pcm[i] = pcm[2*i]
			}
			return recording{pcm: pcm[:len(pcm)/2], marks: marks}, errors.Join(err, f.Close())
		}, nil
	}
}

func samplesOf(bytes []byte) []int16 {
	pcm := make([]int16, len(bytes)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(bytes[2*i:]))
	}
	return pcm
}

func closeAll(files []*os.File) error {
	var errs []error
	for _, f := range files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// sound scores how late the sound of a run was that began at start and ended at end, ms.
func (r *result) sound(delays []pitch.Delay, start, end float64) {
	var all []float64
	for _, d := range delays {
		if d.At < start || d.At >= end {
			continue
		}
		all = append(all, d.Ms)
		x := min(int((d.At-start)/float64(step.Milliseconds())), len(r.Series.SoundDelay)-1)
		r.Series.SoundDelay[x] = max(r.Series.SoundDelay[x], d.Ms)
	}
	r.SoundDelay = score.FigureOf(all)
}
