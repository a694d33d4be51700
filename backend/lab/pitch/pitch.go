// Package pitch is a sound whose pitch is a clock: a tone that rises steadily and begins
// anew each Period. What codecs, echo cancellers and jitter buffers do to a sound leaves
// its pitch alone, so each stretch of 40 ms still tells which moment it was made for. It
// is arithmetic only.
package pitch

import (
	"math"
	"slices"
)

const (
	// Rate is that of all samples, Hz.
	Rate = 48000
	// Period is how long the clock runs until it begins anew, ms: the longest delay
	// that can be told is a little less.
	Period = 2000.0

	low = 600.0 // Hz, where it begins
	// rise makes 1.4 Hz of a millisecond. In a period the tone goes round a whole
	// number of times, so that it does not click.
	rise = 1400.0 // Hz a second

	perMs  = Rate / 1000
	hop    = 20.0         // ms from one reading to the next
	window = 40 * perMs   // samples that a reading is made of
	coarse = 4            // samples that are made one before the search
	grid   = 12.5         // Hz between the pitches that are tried
	tones  = 226          // of them, from 590 Hz on
	first  = low - 10     // Hz
	around = 8            // of the grid on each side: what belongs to one tone
	clear  = 0.6          // least share that it has in the sound
	faint  = 10.0 * 10.0  // least mean square, of 16 bits
	span   = 500.0        // ms on each side that tell the clock there
	early  = 50.0         // ms that a delay may be below zero, of the instruments' own
	group  = 5            // readings that make one delay
	whole  = 3            // least of them that must be good
	least  = hop / 2      // ms that the clock advances between two readings;
	most   = 3 * hop      // made-up sound stands still, and then leaps
	turn   = 2 * math.Pi  // rad
	halves = Period / 2.0 // ms
)

// At is the sound at a time, ms, as speech swells; 1 is full scale.
func At(ms float64) float64 {
	t := math.Mod(ms, Period) / 1000
	return 0.24 * (0.6 + 0.4*math.Sin(turn*4*t)) * math.Sin(turn*(low*t+rise*t*t/2))
}

// Reading is what the clock said, ms below Period, and when it did, ms.
type Reading struct{ At, Says float64 }

// Mark tells when a sample was handed on, ms.
type Mark struct {
	Sample int
	At     float64
}

// Read reads the clock each 20 ms. Samples are handed on in portions, whose marks
// jitter as the program's threads do; they sound at a steady pace.
func Read(pcm []int16, marks []Mark) (list []Reading) {
	if len(marks) == 0 {
		return nil
	}
	begins := make([]Reading, len(marks)) // of each portion, on a clock that does not begin anew
	for i, m := range marks {
		begins[i] = Reading{m.At, float64(m.Sample) / perMs}
	}
	at := 0
	for start := 0; start+window <= len(pcm); start += hop * perMs {
		says, ok := read(pcm[start : start+window])
		if !ok {
			continue
		}
		middle := float64(start+window/2) / perMs
		for at < len(begins)-1 && begins[at+1].Says <= middle {
			at++
		}
		list = append(list, Reading{middle + offset(begins, begins[at].At, math.Inf(1)), says})
	}
	return list
}

// offset is how much later than what it says a clock says it, of those that say so
// around a time: the earlier quartile, as who takes times can only be late. A clock that
// begins anew does so after period.
func offset(list []Reading, at, period float64) float64 {
	from, _ := slices.BinarySearchFunc(list, at-span, func(r Reading, t float64) int { return compare(r.At, t) })
	to, _ := slices.BinarySearchFunc(list, at+span, func(r Reading, t float64) int { return compare(r.At, t) })
	if from == to { // nothing so near
		from = max(min(from, len(list)-1), 0)
		to = from + 1
	}
	reference := list[from].At - list[from].Says
	apart := make([]float64, 0, to-from)
	for _, r := range list[from:to] {
		apart = append(apart, within(r.At-r.Says-reference, period))
	}
	slices.Sort(apart)
	return reference + apart[len(apart)/4]
}

func compare(a, b float64) int {
	if a < b {
		return -1
	}
	return 1
}

// within is x, less so many periods that it is half of one at most.
func within(x, period float64) float64 {
	if math.IsInf(period, 1) {
		return x
	}
	return x - period*math.Round(x/period)
}

// read is what the clock says in the middle of a window; false where it cannot be read.
func read(pcm []int16) (ms float64, ok bool) {
	var x [window / coarse]float64
	power := 0.0
	for i := range x {
		for _, v := range pcm[i*coarse : (i+1)*coarse] {
			x[i] += float64(v) / coarse
		}
		x[i] *= hann[i]
		power += x[i] * x[i]
	}
	if power/float64(len(x)) < faint {
		return 0, false
	}
	var spectrum [tones]float64
	best := 0
	for k := range spectrum {
		re, im := 0.0, 0.0
		for i, v := range x {
			re += v * waves[k][i][0]
			im += v * waves[k][i][1]
		}
		spectrum[k] = re*re + im*im
		if spectrum[k] > spectrum[best] {
			best = k
		}
	}
	if best == 0 || best == tones-1 {
		return 0, false
	}
	// Parseval, for the part of the spectrum that is looked at.
	near := 0.0
	for k := max(best-around, 0); k < min(best+around+1, tones); k++ {
		near += spectrum[k]
	}
	if 2*near*grid*coarse/Rate/power < clear {
		return 0, false
	}
	// The top of the parabola through the logarithms of three.
	a, b, c := math.Log(spectrum[best-1]), math.Log(spectrum[best]), math.Log(spectrum[best+1])
	hz := first + grid*(float64(best)+(a-c)/(2*(a-2*b+c)))
	ms = (hz - low) / rise * 1000
	return ms, ms >= 0 && ms < Period
}

// hann is the window's weight, and waves are the tones that are tried.
var hann, waves = func() (h [window / coarse]float64, w [tones][window / coarse][2]float64) {
	for i := range h {
		h[i] = 0.5 - 0.5*math.Cos(turn*(float64(i)+0.5)/float64(len(h)))
		for k := range w {
			angle := turn * (first + grid*float64(k)) * float64(i) * coarse / Rate
			w[k][i] = [2]float64{math.Cos(angle), math.Sin(angle)}
		}
	}
	return h, w
}()

// Delay is how long a tenth of a second of sound was under way.
type Delay struct{ At, Ms float64 }

// Delays compares what was heard with what was spoken. Sound that was made up on the
// way tells no time and counts for nothing.
func Delays(spoken, heard []Reading) (list []Delay) {
	if len(spoken) == 0 {
		return nil
	}
	var now []float64
	begun := math.Inf(-1)
	finish := func() {
		if len(now) >= whole {
			slices.Sort(now)
			list = append(list, Delay{begun, now[len(now)/2]})
		}
		now = now[:0]
	}
	for i, r := range heard {
		if r.At >= begun+group*hop {
			finish()
			begun = r.At
		}
		if i == 0 {
			continue
		}
		last := heard[i-1]
		advance := within(r.Says-last.Says, Period)
		if r.At-last.At > 1.5*hop || advance < least || advance > most {
			continue
		}
		late := 0.0
		for range 2 { // the second time, on the clock of when it was spoken
			late = within(r.At-r.Says-offset(spoken, r.At-late, Period)-halves+early, Period) + halves - early
		}
		now = append(now, late)
	}
	finish()
	return list
}
