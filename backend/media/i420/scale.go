package i420

// scaler resizes planes by area: each output sample is the mean of the input
// that it covers, so that nothing shimmers when a picture is made smaller.
type scaler struct {
	fromW, fromH, toW, toH int
	across, down           taps
	row                    []uint32 // one output row before it is scaled across
}

// taps tells which inputs each output covers: n of them from its start on, with
// weights that sum up to 1<<weightBits.
type taps struct {
	n       int
	start   []int
	weights []uint32 // n for each output
}

// Eight bits of sample, twice ten of weight: the sums fit in 32 bits.
const weightBits = 10

func (s *scaler) scale(to, from plane) {
	switch {
	case from.width == to.width && from.height == to.height:
		for y := range to.height {
			copy(to.pix[y*to.stride:y*to.stride+to.width], from.pix[y*from.stride:])
		}
	case from.width == to.width && from.height == 2*to.height: // the chroma of 4:2:2
		halveRows(to, from)
	default:
		s.area(to, from)
	}
}

func halveRows(to, from plane) {
	for y := range to.height {
		d := to.pix[y*to.stride:][:to.width]
		a := from.pix[2*y*from.stride:][:len(d)]
		b := from.pix[(2*y+1)*from.stride:][:len(d)]
		for x := range d {
			d[x] = uint8((uint(a[x]) + uint(b[x]) + 1) / 2)
		}
	}
}

func (s *scaler) area(to, from plane) {
	if s.fromW != from.width || s.fromH != from.height || s.toW != to.width || s.toH != to.height {
		s.fromW, s.fromH, s.toW, s.toH = from.width, from.height, to.width, to.height
		s.across, s.down = newTaps(from.width, to.width), newTaps(from.height, to.height)
		s.row = make([]uint32, from.width)
	}
	for y, first := range s.down.start {
		weights := s.down.weights[y*s.down.n:][:s.down.n]
		if len(weights) == 2 {
			mix(s.row, from.pix[first*from.stride:], from.pix[(first+1)*from.stride:], weights[0], weights[1])
			s.across.apply(to.pix[y*to.stride:][:to.width], s.row)
			continue
		}
		clear(s.row)
		for i, w := range weights {
			if w == 0 {
				continue
			}
			in := from.pix[(first+i)*from.stride:][:len(s.row)]
			for x, v := range in {
				s.row[x] += uint32(v) * w
			}
		}
		s.across.apply(to.pix[y*to.stride:][:to.width], s.row)
	}
}

// mix is a row of two, as where a picture is made up to half as small: a third of
// what it takes to sum them up one after the other.
func mix(row []uint32, a, b []byte, ofA, ofB uint32) {
	a, b = a[:len(row)], b[:len(row)]
	for x := range row {
		row[x] = uint32(a[x])*ofA + uint32(b[x])*ofB
	}
}

func (t taps) apply(out []byte, row []uint32) {
	const half = 1 << (2*weightBits - 1)
	if t.n == 2 {
		out, weights := out[:len(t.start)], t.weights[:2*len(t.start)]
		for x, first := range t.start {
			in := row[first:][:2]
			// The two weights sum up to 1<<weightBits.
			out[x] = uint8(((in[0]-in[1])*weights[2*x] + in[1]<<weightBits + half) >> (2 * weightBits))
		}
		return
	}
	for x, first := range t.start {
		sum := uint32(half)
		w := t.weights[x*t.n:][:t.n]
		for i, v := range row[first:][:t.n] {
			sum += v * w[i]
		}
		out[x] = uint8(sum >> (2 * weightBits))
	}
}

// newTaps works in units of 1/to of an input sample: output i covers
// [i*from, (i+1)*from) of them, input j [j*to, (j+1)*to).
func newTaps(from, to int) taps {
	t := taps{start: make([]int, to)}
	for i := range to {
		t.n = max(t.n, ((i+1)*from-1)/to-i*from/to+1)
	}
	t.weights = make([]uint32, to*t.n)
	for i := range to {
		begin, end := i*from, (i+1)*from
		first, last := begin/to, (end-1)/to
		// At the end the taps begin earlier, with weights of 0.
		t.start[i] = min(first, from-t.n)
		w := t.weights[i*t.n:][:t.n]
		left := uint32(1 << weightBits)
		for j := first; j < last; j++ {
			covered := min(end, (j+1)*to) - max(begin, j*to)
			w[j-t.start[i]] = uint32(covered << weightBits / from)
			left -= w[j-t.start[i]]
		}
		w[last-t.start[i]] = left
	}
	return t
}
