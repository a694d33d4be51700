//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"parley/backend/lab/emulate"
	"parley/backend/lab/score"
)

// shown is a picture as the probe writes it down.
type shown struct {
	Number int     `json:"n"`
	At     float64 `json:"at"`
	Width  int     `json:"width"`
	Height int     `json:"height"`
	Missed int     `json:"missed"`
}

// counters are the program's own, from its start. Samples, Concealed and Silent are of
// its sound: the totalSamplesReceived, concealedSamples and silentConcealedSamples of
// https://w3c.github.io/webrtc-stats/.
type counters struct {
	Samples, Concealed, Silent, Held, Emitted, Decoded, Freezes, Bytes, Packets, Lost float64
}

// sound gives of what was played between two looks the shares that were made up, and
// that were silence in place of what did not come, 0 to 1.
func (c counters) sound(before counters) (madeUp, silent float64) {
	all := max(c.Samples-before.Samples, 1)
	silent = (c.Silent - before.Silent) / all
	return (c.Concealed-before.Concealed)/all - silent, silent
}

// result is one run of one pair in one scenario.
type result struct {
	Scenario string  `json:"scenario"`
	About    string  `json:"about"`
	Way      way     `json:"way"`
	Problem  string  `json:"problem,omitempty"` // why there are no figures
	Seconds  float64 `json:"seconds"`

	// From the click on Join to the first picture of the other side, in ms: where
	// it was clicked, and at who made the room.
	Setup      float64 `json:"setup_ms"`
	SetupOther float64 `json:"setup_other_ms"`
	// Delay is of each picture, from capture to its showing. What Parley receives
	// is shown when its window would begin to draw it.
	Delay score.Figure `json:"delay_ms"`
	SSIM  float64      `json:"ssim"` // of one shown picture a second with the film's
	// Shown is how many pictures were shown, Read how many of them had a number
	// that could be read.
	Shown  int     `json:"shown"`
	Read   int     `json:"read"`
	FPS    float64 `json:"fps"`
	Camera int     `json:"captured"`
	// Freezes are by libwebrtc's definition, from what was shown.
	Freezes int     `json:"freezes"`
	Frozen  float64 `json:"frozen_ms"`
	// Back is how long after a blackout or a move the first picture was shown
	// that was captured since, in ms; -1 if none was, 0 where nothing happened.
	Back float64 `json:"back_ms"`
	// Used is the share of the capacity that arrived, 0 to 1, all packets counted.
	Used    float64 `json:"used"`
	Bitrate float64 `json:"bitrate"` // bit/s that arrived, on average
	// SoundDelay is of each tenth of a second of sound that was heard: see listening.
	SoundDelay score.Figure `json:"sound_delay_ms"`
	// Buffered is what of it a page's own statistics tell: the mean in its jitter buffer.
	Buffered  float64 `json:"sound_buffered_ms"`
	Concealed float64 `json:"concealed"` // share of the sound that was made up, 0 to 1
	Silent    float64 `json:"silent"`    // and that was silence in its place
	Lost      int     `json:"lost"`      // packets, on purpose
	Dropped   int     `json:"dropped"`   // packets, by the full queue or a link that is down
	Height    float64 `json:"height"`    // pixels, on average over the pictures
	// CPU seconds a second of the sender's and the receiver's processes, and the
	// share of the machine that was busy in all: near 1, the figures are not to
	// be trusted.
	SenderCPU   float64 `json:"sender_cpu"`
	ReceiverCPU float64 `json:"receiver_cpu"`
	SideCPU     float64 `json:"side_cpu"`  // of one side, see runCost
	Memory      float64 `json:"memory_mb"` // likewise: PSS
	// Sent and Got are what such a side sends and gets, as a part of 720p30's pixels a second.
	Sent  float64 `json:"sent"`
	Got   float64 `json:"got"`
	Queue float64 `json:"queue_ms"` // the wait in the link's queue, p95
	// Below is how long after the capacity fell, for the last time, half a second of what
	// was sent was within it; Risen how long after it rose half a second brought 0.9 of
	// it. Both in ms; -1 is never, 0 where it did not.
	Below float64 `json:"below_ms"`
	Risen float64 `json:"risen_ms"`
	Jain  float64 `json:"jain"`  // fairness among several flows
	Share float64 `json:"share"` // of the link, of the media beside a TCP flow
	Busy  float64 `json:"busy"`

	Series series `json:"series"`
}

// series are the curves; one value each 500 ms.
type series struct {
	Capacity []float64 `json:"capacity"` // bit/s
	Bitrate  []float64 `json:"bitrate"`  // bit/s
	Delay    []float64 `json:"delay"`    // ms, the longest; 0 without a picture
	FPS      []float64 `json:"fps"`
	Frozen   []float64 `json:"frozen"` // ms of it that a picture stood too long
	Height   []float64 `json:"height"` // pixels; 0 without a picture
	// SoundDelay is the longest of the sound, ms; 0 where none could be read.
	SoundDelay []float64 `json:"sound_delay"`
	// Flows are the bit/s of each of several, and of a TCP flow as the last.
	Flows [][]float64 `json:"flows,omitempty"`
}

const step = 500 * time.Millisecond

// figures scores a run that began at start, ms.
func (r *result) figures(s scenario, start float64, captured []score.Capture, all []shown, t emulate.Traffic) {
	end := start + float64(s.Length.Milliseconds())
	r.Seconds = s.Length.Seconds()
	points := int(s.Length / step)
	c := newSeries(points)
	var seen []score.Shown
	var at []float64
	for _, p := range all {
		if p.At >= start && p.At < end {
			seen = append(seen, score.Shown{Number: p.Number, At: p.At, Width: p.Width, Height: p.Height})
			at = append(at, p.At)
			r.Shown += p.Missed
		}
	}
	var delays []float64
	again := start + float64(s.again().Milliseconds())
	if s.again() > 0 {
		r.Back = -1
	}
	for i, d := range score.Delays(captured, seen, 0.9*loop/30*1000) {
		p := seen[i]
		r.Shown++
		r.Height += float64(p.Height)
		x := min(int((p.At-start)/float64(step.Milliseconds())), points-1)
		c.FPS[x] += 1 / step.Seconds()
		c.Height[x] = float64(p.Height)
		if d > 0 {
			if r.Back < 0 && p.At-d >= again {
				r.Back = p.At - again
			}
			r.Read++
			delays = append(delays, d)
			c.Delay[x] = max(c.Delay[x], d)
		}
	}
	for _, p := range captured {
		if p.At >= start && p.At < end {
			r.Camera++
		}
	}
	r.Delay = score.FigureOf(delays)
	r.FPS = float64(r.Shown) / r.Seconds
	r.Height /= max(float64(len(seen)), 1)
	freezes := score.Freezes(at, end)
	if len(at) == 0 { // which that definition leaves out
		freezes = []score.Freeze{{From: start, To: end}}
	}
	for _, f := range freezes {
		r.Freezes++
		r.Frozen += f.To - f.From
		for x := range c.Frozen {
			from := start + float64(x)*float64(step.Milliseconds())
			c.Frozen[x] += max(min(f.To, from+float64(step.Milliseconds()))-max(f.From, from), 0)
		}
	}
	r.traffic(s, t, &c)
	r.Series = c
}

func newSeries(points int) series {
	curve := func() []float64 { return make([]float64, points) }
	return series{Capacity: curve(), Bitrate: curve(), Delay: curve(), FPS: curve(), Frozen: curve(), Height: curve(), SoundDelay: curve()}
}

// again is when the link is back, or another, since the beginning; 0 is never.
func (s scenario) again() time.Duration {
	at := time.Duration(0)
	for _, p := range s.Forth {
		if at += p.For; p.Down {
			return at
		}
	}
	return s.Move
}

func (r *result) traffic(s scenario, t emulate.Traffic, c *series) {
	const bins = int(step / (100 * time.Millisecond))
	capacity, arrived := 0.0, 0.0
	for i, bytes := range t.Bytes {
		x := i / bins
		if x >= len(c.Bitrate) {
			break
		}
		bits := float64(bytes) * 8
		c.Bitrate[x] += bits / step.Seconds()
		arrived += bits
		r.Lost += t.Lost[i]
		r.Dropped += t.Dropped[i]
	}
	for x := range c.Capacity {
		c.Capacity[x] = float64(s.Forth.Capacity(time.Duration(x) * step))
		capacity += c.Capacity[x] * step.Seconds()
	}
	r.Used = arrived / max(capacity, 1)
	r.Bitrate = arrived / r.Seconds
	r.Queue = score.FigureOf(t.Waits).P95
	r.followed(s.Forth, s.Length, t)
}

// followed is how soon what is sent followed the capacity.
func (r *result) followed(link emulate.Schedule, length time.Duration, t emulate.Traffic) {
	const bins = int(step / (100 * time.Millisecond))
	soon := func(bytes []int, from, to time.Duration, right func(rate float64) bool) float64 {
		first := int(from / (100 * time.Millisecond))
		for last := first + bins; last <= min(int(to/(100*time.Millisecond)), len(bytes)); last++ {
			sum := 0
			for _, n := range bytes[last-bins : last] {
				sum += n
			}
			if right(float64(sum) * 8 / step.Seconds()) {
				return float64(last-first) * 100
			}
		}
		return -1
	}
	at := time.Duration(0)
	for i, p := range link {
		from, to := at, at+p.For
		if at = to; i == len(link)-1 {
			to = length
		}
		if i == 0 || p.Down || link[i-1].Down {
			continue
		}
		switch before, now := link[i-1].Rate, float64(p.Rate); {
		case p.Rate < before:
			r.Below = soon(t.Offered, from, to, func(rate float64) bool { return rate <= now })
		case p.Rate > before:
			r.Risen = soon(t.Bytes, from, to, func(rate float64) bool { return rate >= 0.9*now })
		}
	}
}

// ticks is the system's unit of CPU time (sysconf(_SC_CLK_TCK), 100 on Linux).
const ticks = 100

// cpuOf is the CPU seconds that the processes of a group have used.
func cpuOf(group int) float64 {
	total := 0.0
	processes, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is good
	for _, name := range processes {
		total += cpuFrom(name, fmt.Sprint(group))
	}
	return total
}

// cpuOfProcess is what one process has used, s.
func cpuOfProcess(pid int) float64 { return cpuFrom(fmt.Sprintf("/proc/%d/stat", pid), "") }

// cpuFrom reads a stat file, of the given process group if one is given.
func cpuFrom(name, group string) float64 {
	text, err := os.ReadFile(name)
	if err != nil {
		return 0 // it ended meanwhile
	}
	// After the name in brackets: state, parent, group ... utime, stime.
	_, rest, _ := strings.Cut(string(text), ") ")
	f := strings.Fields(rest)
	if len(f) < 13 || group != "" && f[2] != group {
		return 0
	}
	total := 0
	for _, field := range f[11:13] {
		n, _ := strconv.Atoi(field) // 0 where it is none
		total += n
	}
	return float64(total) / ticks
}

// machine is the CPU time of all processes, and with the idle time, in ticks.
// What is nice gives way, and counts as idle.
func machine() (busy, all float64) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 1
	}
	line, _, _ := strings.Cut(string(text), "\n")
	for i, f := range strings.Fields(line)[1:] {
		n, _ := strconv.ParseFloat(f, 64)
		all += n
		if i != 1 && i != 3 && i != 4 { // nice, idle and iowait
			busy += n
		}
	}
	return busy, all
}
