//go:build linux

package main

import (
	"bytes"
	"fmt"
	"html"
	"strings"
)

// plots are the figures of each scenario.
var plots = []struct {
	title string
	curve func(series) []float64
	scale float64
}{
	{"throughput, kbit/s (grey: capacity)", func(s series) []float64 { return s.Bitrate }, 1e-3},
	{"frames a second", func(s series) []float64 { return s.FPS }, 1},
	{"frozen, ms of each half second", func(s series) []float64 { return s.Frozen }, 1},
	{"longest delay of pictures, ms", func(s series) []float64 { return s.Delay }, 1},
	{"longest delay of sound, ms", func(s series) []float64 { return s.SoundDelay }, 1},
	{"height, pixels", func(s series) []float64 { return s.Height }, 1},
}

var colours = map[way]string{ours: "#d1495b", fromUs: "#e39b1f", chromium: "#1f6fb2"}

const (
	plotWidth  = 560.0
	plotHeight = 150.0
)

// page is the report: one file, which needs nothing else.
func page(results []result, cells []cell) []byte {
	var b bytes.Buffer
	b.WriteString(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Parley's laboratory</title>
<style>body{font:14px/1.5 system-ui,sans-serif;margin:2em;max-width:1200px}svg{background:#fafafa}
.plots{display:grid;grid-template-columns:1fr 1fr;gap:1em}figure{margin:0}td,th{padding:0 1em 0 0;text-align:left}
.parley{color:#d1495b}.phone{color:#b87a0f}.chromium{color:#1f6fb2}</style>
<h1>Parley's laboratory</h1>
<p><b class="parley">Parley to the phone page</b> (several calls at once: Parley to Parley) and <b class="phone">the phone page to Parley</b> beside <b class="chromium">Chromium to Chromium</b>, on the same emulated links. One point is half a second. What Parley receives counts as shown when its window would begin to draw it; thin lines are single calls, the last one a TCP flow where there is one.</p>`)
	for _, name := range names(results) {
		var runs []result
		for _, r := range results {
			if r.Scenario == name && r.Problem == "" {
				runs = append(runs, r)
			}
		}
		fmt.Fprintf(&b, "\n<h2>%s</h2>", html.EscapeString(name))
		if problems := problemsOf(results, name); problems != "" {
			fmt.Fprintf(&b, "<pre>%s</pre>", html.EscapeString(problems))
		}
		if len(runs) == 0 {
			continue
		}
		fmt.Fprintf(&b, "<p>%s</p><div class=plots>", html.EscapeString(runs[0].About))
		for i, p := range plots {
			if len(runs[0].Series.Capacity) == 0 {
				break // setup and cost have no curves
			}
			var grey []float64
			if i == 0 {
				grey = runs[0].Series.Capacity
			}
			plot(&b, p.title, runs, p.curve, p.scale, grey)
		}
		b.WriteString("</div><table><tr><th>measure: median, p95, n<th>Parley to phone<th>phone to Parley<th>Chromium to Chromium</tr>")
		for _, m := range measures {
			fmt.Fprintf(&b, "<tr><td>%s", m.name)
			for _, w := range ways {
				fmt.Fprintf(&b, "<td class=%s>%s", w, text(figureOf(results, name, w, m.value)))
			}
			b.WriteString("</tr>")
		}
		b.WriteString("</table>")
		for _, r := range runs {
			if r.Delay.N == 0 {
				continue
			}
			fmt.Fprintf(&b, "<p class=%s>delay of %d pictures: median %.0f ms, p95 %.0f ms; of %d tenths of a second of sound: %.0f, %.0f ms</p>",
				r.Way, r.Delay.N, r.Delay.Median, r.Delay.P95, r.SoundDelay.N, r.SoundDelay.Median, r.SoundDelay.P95)
		}
	}
	if len(cells) > 0 {
		fmt.Fprintf(&b, "\n<h2>connecting</h2><pre>%s</pre>", html.EscapeString(connections(cells)))
	}
	return b.Bytes()
}

func plot(b *bytes.Buffer, title string, runs []result, curve func(series) []float64, scale float64, grey []float64) {
	most := 1.0
	for _, r := range runs {
		for _, v := range curve(r.Series) {
			most = max(most, v*scale)
		}
	}
	for _, v := range grey {
		if v < 10*mbit { // more is no bound
			most = max(most, v*scale)
		}
	}
	fmt.Fprintf(b, `<figure><figcaption>%s</figcaption><svg viewBox="0 0 %.0f %.0f" role="img" aria-label="%s">`, title, plotWidth+60, plotHeight+24, title)
	for i := range 5 {
		y := plotHeight * float64(i) / 4
		fmt.Fprintf(b, `<line x1="50" x2="%.0f" y1="%.1f" y2="%.1f" stroke="#ddd"/><text x="46" y="%.1f" font-size="10" text-anchor="end">%.4g</text>`,
			plotWidth+50, y+4, y+4, y+8, most*float64(4-i)/4)
	}
	seconds := runs[0].Seconds
	for i := range 6 {
		fmt.Fprintf(b, `<text x="%.1f" y="%.0f" font-size="10">%.0f s</text>`, 46+plotWidth*float64(i)/5, plotHeight+18, seconds*float64(i)/5)
	}
	if grey != nil {
		polyline(b, grey, scale, most, "#999", 3)
	}
	for _, r := range runs {
		polyline(b, curve(r.Series), scale, most, colours[r.Way], 1.6)
		if grey == nil {
			continue
		}
		for _, f := range r.Series.Flows {
			polyline(b, f, scale, most, colours[r.Way], 0.6)
		}
	}
	b.WriteString("</svg></figure>")
}

func polyline(b *bytes.Buffer, values []float64, scale, most float64, colour string, width float64) {
	var points strings.Builder
	for i, v := range values {
		x := 50 + plotWidth*(float64(i)+0.5)/float64(len(values))
		fmt.Fprintf(&points, "%.1f,%.1f ", x, 4+plotHeight*(1-min(v*scale/most, 1)))
	}
	fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="%.1f"/>`, points.String(), colour, width)
}
