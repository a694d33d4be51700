package jitter

import "math"

// A voice repeats itself every 2.5 to 15 ms. Dropping or doubling one such
// period, cross-faded, changes the tempo and is hardly heard: WSOLA, as in
// NetEq's Accelerate and PreemptiveExpand.
const (
	minLag  = rate / 400
	maxLag  = rate * 15 / 1000
	quiet   = 100 // RMS, about -50 dBov: any lag does
	coarse  = 4   // the search begins at 12 kHz
	similar = 0.9 // least correlation of the two periods, as in NetEq
)

// shorten drops one period from the samples that wait to be read, if two
// periods in a row are similar enough.
func (b *Buffer) shorten(least float64) {
	x := b.pcm[b.head:]
	lag, ok := period(x, min(maxLag, len(x)/channels/2), least, func(lag int) (int, int) { return 0, lag })
	if !ok {
		return
	}
	n := lag * channels
	fade(x[n:2*n], x[:n], x[n:2*n])
	b.pcm = append(b.pcm[:b.head], x[n:]...)
}

// lengthen repeats the period that was read last, if the next one is similar
// enough.
func (b *Buffer) lengthen() {
	history := min(b.head/channels, maxLag)
	x := b.pcm[b.head-history*channels:]
	most := min(history, len(x)/channels-history)
	lag, ok := period(x, most, similar, func(lag int) (int, int) { return history - lag, history })
	if !ok {
		return
	}
	n := lag * channels
	b.grow(int64(lag))
	x = b.pcm[b.head-n:]
	copy(x[2*n:], x[n:])
	// What is heard goes on as the next period does, and ends as the last one did.
	fade(x[n:2*n], x[n:2*n], x[:n])
}

// fade writes a cross-fade from one to the other.
func fade(out, from, to []int16) {
	frames := len(out) / channels
	for i := range frames {
		for c := range channels {
			j := i*channels + c
			out[j] = int16((int(from[j])*(frames-i) + int(to[j])*i) / frames)
		}
	}
}

// period finds the lag, up to most, at which two neighbouring stretches of
// interleaved x are most alike; where tells the two stretches' starts.
func period(x []int16, most int, least float64, where func(lag int) (int, int)) (lag int, ok bool) {
	if most < minLag {
		return 0, false
	}
	best, similarity := 0, -1.0
	try := func(lag, step int) {
		if lag < minLag || lag > most {
			return
		}
		p, q := where(lag)
		var pp, qq, pq float64
		for i := 0; i < lag; i += step {
			u := float64(x[(p+i)*channels]) + float64(x[(p+i)*channels+1])
			v := float64(x[(q+i)*channels]) + float64(x[(q+i)*channels+1])
			pp += u * u
			qq += v * v
			pq += u * v
		}
		s := 1.0
		if limit := float64(lag/step) * (2 * quiet) * (2 * quiet); pp > limit || qq > limit {
			s = pq / math.Sqrt(pp*qq+1)
		}
		if s >= similarity {
			best, similarity = lag, s
		}
	}
	for lag := minLag; lag <= most; lag += coarse {
		try(lag, coarse)
	}
	around := best
	similarity = -1
	for lag := around - coarse + 1; lag < around+coarse; lag++ {
		try(lag, 1)
	}
	return best, similarity >= least
}
