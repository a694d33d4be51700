//go:build linux

package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"parley/backend/lab/pitch"
	"parley/backend/lab/score"
)

// line is a run in one line.
func (r *result) line() string {
	if r.Problem != "" {
		return fmt.Sprintf("%-15s %-9s %s", r.Scenario, r.Way, r.Problem)
	}
	if r.SideCPU > 0 {
		return fmt.Sprintf("%-15s %-9s %.2f cores and %.0f MB of one side, which sends %.2f and gets %.2f of 720p30, busy %.2f",
			r.Scenario, r.Way, r.SideCPU, r.Memory, r.Sent, r.Got, r.Busy)
	}
	return fmt.Sprintf("%-15s %-9s used %.2f  delay %4.0f/%4.0f ms  %4.1f fps  %2d freezes %5.0f ms  %3.0fp  back %5.0f ms  sound made up %.3f, late %.0f/%.0f ms (%d, %.0f in the buffer)  setup %4.0f ms  read %d/%d  cpu %.2f+%.2f, busy %.2f",
		r.Scenario, r.Way, r.Used, r.Delay.Median, r.Delay.P95, r.FPS, r.Freezes, r.Frozen, r.Height, r.Back, r.Concealed, r.SoundDelay.Median, r.SoundDelay.P95, r.SoundDelay.N, r.Buffered, r.Setup, r.Read, r.Shown, r.SenderCPU, r.ReceiverCPU, r.Busy)
}

// measures are the columns of the scoreboard.
var measures = []struct {
	name   string
	better string // which way
	value  func(result) float64
}{
	{"use of capacity", "higher", func(r result) float64 { return r.Used }},
	{"within a fall ms", "lower", func(r result) float64 { return r.Below }},
	{"up a rise ms", "lower", func(r result) float64 { return r.Risen }},
	{"delay median ms", "lower", seen(func(r result) float64 { return r.Delay.Median })},
	{"delay p95 ms", "lower", seen(func(r result) float64 { return r.Delay.P95 })},
	{"frames a second", "higher", func(r result) float64 { return r.FPS }},
	{"freezes", "lower", func(r result) float64 { return float64(r.Freezes) }},
	{"frozen ms", "lower", func(r result) float64 { return r.Frozen }},
	{"height px", "higher", seen(func(r result) float64 { return r.Height })},
	{"back after ms", "lower", func(r result) float64 { return r.Back }},
	{"sound delay median", "lower", heard(func(r result) float64 { return r.SoundDelay.Median })},
	{"sound delay p95", "lower", heard(func(r result) float64 { return r.SoundDelay.P95 })},
	{"sound made up", "lower", func(r result) float64 { return r.Concealed }},
	{"ssim", "higher", seen(func(r result) float64 { return r.SSIM })},
	{"setup ms", "lower", func(r result) float64 { return r.Setup }},
	{"setup, other ms", "lower", func(r result) float64 { return r.SetupOther }},
	{"queue p95 ms", "lower", func(r result) float64 { return r.Queue }},
	{"jain", "higher", func(r result) float64 { return r.Jain }},
	{"share by tcp", "higher", func(r result) float64 { return r.Share }},
	{"sender cpu", "lower", func(r result) float64 { return r.SenderCPU }},
	{"a side's cpu", "lower", func(r result) float64 { return r.SideCPU }},
	{"a side's MB", "lower", func(r result) float64 { return r.Memory }},
	{"sends of 720p30", "higher", func(r result) float64 { return r.Sent }},
	{"gets of 720p30", "higher", func(r result) float64 { return r.Got }},
}

// seen is a value of pictures: -1 where there was a camera and none of its pictures
// could be read.
func seen(value func(result) float64) func(result) float64 {
	return func(r result) float64 {
		if r.Camera > 0 && r.Read == 0 {
			return -1
		}
		return value(r)
	}
}

// heard is a value of sound, likewise.
func heard(value func(result) float64) func(result) float64 {
	return func(r result) float64 {
		if r.Camera > 0 && r.SoundDelay.N == 0 {
			return -1
		}
		return value(r)
	}
}

// scoreboard is the comparison in plain text.
func scoreboard(results []result) string {
	var b strings.Builder
	const columns = "%-15s %-18s %-22s %-22s %-22s %-6s %-6s"
	fmt.Fprintf(&b, columns+"\n", "median, p95, n", "measure", "parley to phone", "phone to parley", "chromium to chromium", "ratio", "ratio")
	for _, name := range names(results) {
		b.WriteString(problemsOf(results, name))
		for _, m := range measures {
			figures := map[way]score.Figure{}
			all := 0.0
			for _, w := range ways {
				figures[w] = figureOf(results, name, w, m.value)
				all += math.Abs(figures[w].Median)
			}
			if all == 0 || figures[chromium].N == 0 {
				continue
			}
			row := fmt.Sprintf(columns, name, m.name, text(figures[ours]), text(figures[fromUs]), text(figures[chromium]),
				ratio(figures[ours], figures[chromium]), ratio(figures[fromUs], figures[chromium]))
			fmt.Fprintf(&b, "%s %s is better\n", row, m.better)
		}
	}
	if worst := busiest(results); worst > tooBusy {
		fmt.Fprintf(&b, "\nThe machine was %.0f %% busy at worst: delays and frames of both sides suffered from what else ran, or from each other.\n", 100*worst)
	}
	return b.String()
}

// ratio is ours to theirs; a negative value is what never happened.
func ratio(our, theirs score.Figure) string {
	if our.N == 0 || theirs.Median <= 0 || our.Median < 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", our.Median/theirs.Median)
}

// tooBusy is the share of a machine beyond which figures are to be doubted.
const tooBusy = 0.9

func busiest(results []result) (worst float64) {
	for _, r := range results {
		worst = max(worst, r.Busy)
	}
	return worst
}

func text(f score.Figure) string {
	if f.N == 0 {
		return "-"
	}
	return fmt.Sprintf("%.4g, %.4g, %d", f.Median, f.P95, f.N)
}

func problemsOf(results []result, name string) string {
	var b strings.Builder
	for _, r := range results {
		if r.Scenario == name && r.Problem != "" {
			fmt.Fprintf(&b, "%-15s %-9s did not run: %s\n", name, r.Way, r.Problem)
		}
	}
	return b.String()
}

// names are the scenarios, in their order.
func names(results []result) (list []string) {
	for _, r := range results {
		if !slices.Contains(list, r.Scenario) {
			list = append(list, r.Scenario)
		}
	}
	return list
}

func figureOf(results []result, name string, w way, value func(result) float64) score.Figure {
	var values []float64
	for _, r := range results {
		if r.Scenario == name && r.Way == w && r.Problem == "" {
			values = append(values, value(r))
		}
	}
	return score.FigureOf(values)
}

// toneWav is 2 s of a tone whose loudness swells as speech does.
func toneWav() []byte {
	return wavOf(2000, func(ms float64) float64 {
		t := ms / 1000
		return 0.24 * math.Sin(2*math.Pi*440*t) * (0.6 + 0.4*math.Sin(2*math.Pi*4*t))
	})
}

// wavOf is a sound file of so many ms of a sound whose full scale is 1: 48 kHz, mono.
func wavOf(length int, sound func(ms float64) float64) []byte {
	const perMs = pitch.Rate / 1000
	out := []byte("RIFF\x00\x00\x00\x00WAVEfmt ")
	le := binary.LittleEndian
	out = le.AppendUint32(out, 16)
	out = le.AppendUint16(out, 1) // PCM
	out = le.AppendUint16(out, 1)
	out = le.AppendUint32(out, pitch.Rate)
	out = le.AppendUint32(out, pitch.Rate*2)
	out = le.AppendUint16(out, 2)
	out = le.AppendUint16(out, 16)
	out = append(out, "data"...)
	out = le.AppendUint32(out, uint32(length*perMs*2))
	for i := range length * perMs {
		out = le.AppendUint16(out, uint16(int16(32767*sound(float64(i)/perMs))))
	}
	le.PutUint32(out[4:], uint32(len(out)-8))
	return out
}
