package wav

import "math"

const (
	crossings = 16  // of the sinc on each side
	phases    = 256 // between two input samples; those between are interpolated
)

// resampler makes 48 kHz of any rate with a windowed sinc (Julius O. Smith,
// "Digital Audio Resampling", https://ccrma.stanford.edu/~jos/resample/).
type resampler struct {
	step float64 // input samples for one output sample
	at   float64 // of the next output sample, 0 to 1 after in's middle
	in   []float32
	bank [][]float32 // by phase; empty at 48 kHz
}

func newResampler(rate int) resampler {
	r := resampler{step: float64(rate) / Rate}
	if rate == Rate {
		return r
	}
	cutoff := min(1, 1/r.step) * 0.95 // of the input's Nyquist frequency
	half := int(math.Ceil(crossings * max(1, r.step)))
	r.in = make([]float32, 2*half)
	for p := range phases + 1 {
		h := make([]float32, 2*half)
		sum := 0.0
		for i := range h {
			x := float64(i-half+1) - float64(p)/phases // from the output sample, in input samples
			w := 0.5 + 0.5*math.Cos(math.Pi*min(1, math.Abs(x)/float64(half)))
			v := w * sinc(x*cutoff)
			h[i] = float32(v)
			sum += v
		}
		for i := range h {
			h[i] /= float32(sum)
		}
		r.bank = append(r.bank, h)
	}
	return r
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// next is the next sample at 48 kHz; input gives one at the input's rate.
func (r *resampler) next(input func() float32) float32 {
	if len(r.bank) == 0 {
		return input()
	}
	for r.at >= 1 {
		copy(r.in, r.in[1:])
		r.in[len(r.in)-1] = input()
		r.at--
	}
	phase, part := math.Modf(r.at * phases)
	a, b := r.bank[int(phase)], r.bank[int(phase)+1]
	var y, z float32
	for i, x := range r.in {
		y += x * a[i]
		z += x * b[i]
	}
	r.at += r.step
	return y + (z-y)*float32(part)
}
