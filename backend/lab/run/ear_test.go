//go:build linux

package main

import (
	"bufio"
	"encoding/base64"
	"errors"
	"io"
	"math"
	"os"
	"testing"
	"time"

	"parley/backend/lab/emulate"
	"parley/backend/lab/pitch"
	"parley/backend/lab/score"
)

// TestDelayOfAKnownSound reads a sound file as Parley's microphone does, and writes what
// it read 120 ms later as its speaker does: that comes back.
func TestDelayOfAKnownSound(t *testing.T) {
	for range 3 {
		measured, real := overFiles(t, 12)
		t.Logf("%+v, in truth %+v", measured, real)
		if real.P95 > real.Median+5 {
			continue // the machine is so busy that the sound itself stood still
		}
		if measured.N < 30 || math.Abs(measured.Median-real.Median) > 4 || math.Abs(measured.P95-real.P95) > 10 {
			t.Errorf("delay %+v, want %+v", measured, real)
		}
		return
	}
	t.Skip("the machine is too busy to play sound at a steady pace")
}

// overFiles plays 4 s of the clock from one file into another, so many blocks later, and
// gives the delay that is measured and the true one.
func overFiles(t *testing.T, late int) (measured, real score.Figure) {
	t.Helper()
	dir := t.TempDir()
	microphone, speaker := dir+"/clock.wav", dir+"/heard.wav"
	if err := errors.Join(
		os.WriteFile(microphone, wavOf(pitch.Period, pitch.At), 0o600),
		os.WriteFile(speaker, make([]byte, wavHeader), 0o600)); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(microphone)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(speaker, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	said, err := fileSpoken(microphone)()
	if err != nil {
		t.Fatal(err)
	}
	played, err := fileHeard(speaker)()
	if err != nil {
		t.Fatal(err)
	}
	truth := make(chan []float64)
	go func() {
		under, err := play(in, out, late)
		if err != nil {
			t.Error(err)
		}
		truth <- under
	}()
	real = score.FigureOf(<-truth)
	spoken, err := said()
	heard, err2 := played()
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	r := result{Series: newSeries(8)}
	now := wallClock(time.Now())
	r.sound(pitch.Delays(spoken.read(), heard.read()), now-4000, now)
	return r.SoundDelay, real
}

// play tells how long each block was under way, ms.
func play(in, out *os.File, late int) (under []float64, err error) {
	emulate.RealTime() // on a busy machine too it keeps its pace
	reader := bufio.NewReaderSize(in, 1<<14)
	var queue [][]byte
	var since []float64
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for n := range 400 {
		<-tick.C
		if n%(pitch.Period/10) == 0 {
			if _, err := in.Seek(wavHeader, io.SeekStart); err != nil {
				return nil, err
			}
			reader.Reset(in)
		}
		mono, stereo := make([]byte, 2*block), make([]byte, 4*block)
		if _, err := io.ReadFull(reader, mono); err != nil {
			return nil, err
		}
		for i := range 2 * block {
			copy(stereo[2*i:2*i+2], mono[i/2*2:])
		}
		queue, since = append(queue, stereo), append(since, wallClock(time.Now()))
		now := make([]byte, 4*block)
		if n >= late {
			now, queue = queue[0], queue[1:]
			under, since = append(under, wallClock(time.Now())-since[0]), since[1:]
		}
		if _, err := out.WriteAt(now, int64(wavHeader+n*len(now))); err != nil {
			return nil, err
		}
	}
	return under, nil
}

// What is not there is not listened to.
func TestNothingToListenTo(t *testing.T) {
	name := t.TempDir() + "/none.wav"
	if _, err := fileSpoken(name)(); err == nil {
		t.Error("a microphone that nobody opened is listened to")
	}
	if _, err := fileHeard(name)(); err == nil {
		t.Error("a speaker that is not there is listened to")
	}
}

// A reader of 16 KiB goes on at the block in which it had no more.
func TestPositionTellsTheTime(t *testing.T) {
	const ahead = 1 << 14
	for _, test := range []struct {
		last, next int64
		ms         float64
	}{
		{wavHeader, wavHeader + ahead, 0}, {wavHeader + ahead, wavHeader + 2*ahead, 170},
		{wavHeader + 11*ahead, wavHeader + 2*pitch.Rate*2, 1870}, {wavHeader + 2*pitch.Rate*2, wavHeader + ahead, 0},
	} {
		if ms := firstOf(test.last, test.next); ms != test.ms {
			t.Errorf("from %d to %d: %v ms, want %v", test.last, test.next, ms, test.ms)
		}
	}
}

func TestPageSoundIsRead(t *testing.T) {
	s := pageSound{At: []float64{1e12, 1e12 + 11}, Rate: []float64{48000, 48000}, Sizes: []int{1, 2}, PCM: base64.StdEncoding.EncodeToString([]byte{1, 0, 255, 255, 3, 0})}
	pcm, marks, err := s.decode()
	if err != nil || len(pcm) != 3 || pcm[1] != -1 || len(marks) != 2 || marks[1] != (pitch.Mark{Sample: 1, At: 1e12 + 11}) {
		t.Errorf("%v, %v, %v", pcm, marks, err)
	}
	other := s
	other.Rate = []float64{48000, 44100}
	if _, _, err := other.decode(); err == nil {
		t.Error("sound of another rate is read")
	}
	other.Rate = other.Rate[:1]
	if _, _, err := other.decode(); err == nil {
		t.Error("sound without its rate is read")
	}
}

// What is scored is the run's own sound, and the longest delay of each half second.
func TestSoundIsScored(t *testing.T) {
	r := result{Series: newSeries(4)}
	r.sound([]pitch.Delay{{At: 900, Ms: 5000}, {At: 1000, Ms: 80}, {At: 1100, Ms: 90}, {At: 1600, Ms: 70}, {At: 3000, Ms: 5000}}, 1000, 3000)
	if r.SoundDelay.N != 3 || r.SoundDelay.Median != 80 || r.Series.SoundDelay[0] != 90 || r.Series.SoundDelay[1] != 70 || r.Series.SoundDelay[2] != 0 {
		t.Errorf("%+v, %v", r.SoundDelay, r.Series.SoundDelay)
	}
}
