// Package score tells from what was captured and what was seen how good a call
// was. It is arithmetic only.
package score

import (
	"math"
	"slices"
)

// Figure is a distribution.
type Figure struct {
	N      int     `json:"n"`
	Median float64 `json:"median"`
	P95    float64 `json:"p95"`
}

// FigureOf is the figure of values; it sorts them.
func FigureOf(values []float64) Figure {
	if len(values) == 0 {
		return Figure{}
	}
	slices.Sort(values)
	return Figure{len(values), quantile(values, 0.5), quantile(values, 0.95)}
}

// quantile is the nearest rank (ISO 3534-1) of sorted values.
func quantile(sorted []float64, q float64) float64 {
	return sorted[max(int(math.Ceil(q*float64(len(sorted))))-1, 0)]
}

// Capture is a picture that the camera gave.
type Capture struct {
	Number int     // read back from the picture where it is shown
	At     float64 // ms, on the clock of all
}

// Shown is a picture that was shown.
type Shown struct {
	Number        int     `json:"n"`  // -1 where it could not be read
	At            float64 `json:"at"` // ms
	Width, Height int     // pixels
}

// Delays gives for each shown picture that was read how long before it was
// captured, in ms, and 0 where that is not known. Numbers repeat: the capture
// that is meant is the last one before, and less than repeat ms before; a longer
// delay means that the capture itself was not observed.
func Delays(captured []Capture, shown []Shown, repeat float64) []float64 {
	times := map[int][]float64{}
	for _, c := range captured {
		times[c.Number] = append(times[c.Number], c.At)
	}
	delays := make([]float64, len(shown))
	for i, s := range shown {
		before, _ := slices.BinarySearch(times[s.Number], s.At)
		if before == 0 {
			continue
		}
		if delay := s.At - times[s.Number][before-1]; delay < repeat {
			delays[i] = delay
		}
	}
	return delays
}

// window is how many gaps the average is of, as in libwebrtc's VideoQualityObserver.
const window = 30

// Freeze is a picture that stood too long.
type Freeze struct{ From, To float64 } // ms

// Freezes are gaps between pictures, by libwebrtc's definition: longer than
// max(3*average, average+150 ms) of the last 30 gaps
// (https://w3c.github.io/webrtc-stats/#dom-rtcinboundrtpstreamstats-freezecount).
// until is when watching ended: a picture that stands then is a freeze too.
func Freezes(at []float64, until float64) (freezes []Freeze) {
	var gaps []float64
	sum := 0.0
	if len(at) > 0 {
		at = append(slices.Clip(at), until)
	}
	for i := 1; i < len(at); i++ {
		gap := at[i] - at[i-1]
		if n := float64(len(gaps)); n > 0 {
			average := sum / n
			if gap > max(3*average, average+150) {
				freezes = append(freezes, Freeze{at[i-1], at[i]})
			}
		}
		gaps, sum = append(gaps, gap), sum+gap
		if len(gaps) > window {
			gaps, sum = gaps[1:], sum-gaps[0]
		}
	}
	return freezes
}
