//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"parley/backend/call"
	"parley/backend/config"
	"parley/backend/session"
)

// growth is how a figure of a long call developed: its mean in the first and in
// the last third. Of a queue's it is the least: what else the machine does
// lengthens a queue for a while, a leak for good.
type growth struct {
	Name  string  `json:"name"`
	First float64 `json:"first"`
	Last  float64 `json:"last"`
	Ratio float64 `json:"ratio"`
}

func (g growth) String() string {
	return fmt.Sprintf("%-16s %10.1f at first, %10.1f at last, ratio %.3f", g.Name, g.First, g.Last, g.Ratio)
}

// soakFigures are watched, by their names.
var soakFigures = []string{"heap kB", "resident kB", "goroutines", "descriptors", "backlog ms", "sound late ms"}

const soakWarmUp = 10 * time.Second // before anything is counted

// soak lets two Parleys in this process call each other over the loopback
// interface, with small pictures, and tells what grew. It samples 60 times a third.
func soak(length time.Duration, dir string, stop <-chan os.Signal) ([]growth, error) {
	caller, err := soaking(dir + "/caller")
	if err != nil {
		return nil, err
	}
	defer caller.Close()
	callee, err := soaking(dir + "/callee")
	if err != nil {
		return nil, err
	}
	defer callee.Close()
	ctx, cancel := context.WithTimeout(context.Background(), connectWithin)
	defer cancel()
	if err := caller.Create(ctx); err != nil {
		return nil, err
	}
	waiting, err := reached(ctx, caller, call.Waiting)
	if err != nil {
		return nil, err
	}
	if err := callee.Join(ctx, waiting.Invite); err != nil {
		return nil, err
	}
	if _, err := reached(ctx, callee, call.Connected); err != nil {
		return nil, err
	}
	if err := wait(soakWarmUp, stop); err != nil {
		return nil, err
	}
	const samples = 180
	thirds := [3][]float64{}
	for i := range thirds {
		thirds[i] = make([]float64, len(soakFigures))
	}
	frames := callee.Stats().Video.In.Frames
	for i := range samples {
		if err := wait(length/samples, stop); err != nil {
			return nil, err
		}
		now := callee.Stats()
		if now.Video.In.Frames == frames {
			return nil, fmt.Errorf("the picture stood still after %v", time.Duration(i+1)*length/samples)
		}
		frames = now.Video.In.Frames
		values, err := soakSample(caller.Stats(), now)
		if err != nil {
			return nil, err
		}
		third := thirds[i*3/samples]
		for k, v := range values {
			switch {
			case !strings.HasSuffix(soakFigures[k], " ms"):
				third[k] += v / (samples / 3)
			case i%(samples/3) == 0 || v < third[k]:
				third[k] = v
			}
		}
	}
	var list []growth
	for k, name := range soakFigures {
		g := growth{Name: name, First: thirds[0][k], Last: thirds[2][k], Ratio: 1}
		if g.First > 0 {
			g.Ratio = g.Last / g.First
		}
		list = append(list, g)
	}
	return list, nil
}

func soaking(dir string) (*session.Session, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	c := config.Default()
	c.DataDir = dir
	c.LAN.Address = "127.0.0.1:0"
	c.ICE.Interfaces = []string{"lo"}
	c.Devices = config.Devices{Camera: "test", Microphone: "test", Speaker: "none"}
	c.Video.Width, c.Video.Height = 160, 90
	return session.Open(c, session.Options{Logger: slog.New(slog.DiscardHandler)})
}

// reached waits for a state.
func reached(ctx context.Context, s *session.Session, state call.State) (call.Snapshot, error) {
	snapshots, unwatch := s.Watch()
	defer unwatch()
	for {
		select {
		case now := <-snapshots:
			if now.State == state {
				return now, nil
			}
			if now.State == call.Failed {
				return now, errors.New(now.Failure.Message)
			}
		case <-ctx.Done():
			return call.Snapshot{}, fmt.Errorf("not %s: %w", state, ctx.Err())
		}
	}
}

// soakSample is the soakFigures' values now.
func soakSample(caller, callee call.Stats) ([]float64, error) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	resident, err := residentKilobytes()
	if err != nil {
		return nil, err
	}
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return nil, err
	}
	return []float64{
		float64(m.HeapAlloc) / 1000, resident, float64(runtime.NumGoroutine()), float64(len(open)),
		caller.Video.Out.Backlog + callee.Video.Out.Backlog, late(caller.Audio.In) + late(callee.Audio.In),
	}, nil
}

// late is by how many ms sound spends longer in the jitter buffer than it should.
func late(in call.AudioIn) float64 { return float64(max(in.Delay-in.Target, 0)) }

func residentKilobytes() (float64, error) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmRSS:" {
			return strconv.ParseFloat(f[1], 64)
		}
	}
	return 0, errors.New("the system does not tell VmRSS")
}
