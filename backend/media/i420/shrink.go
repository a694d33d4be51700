package i420

import "image"

// Shrinker makes pictures small for a screen: each pixel is the mean of up to 3 x 3
// of those that it covers. For a self-view that is a fifth of Converter's time; what
// is encoded would shimmer. It keeps its tables from one picture to the next, and is
// for one goroutine.
type Shrinker struct{ luma, chroma samples }

// Shrink draws src into dst, which is 4:2:0 with even sides and no larger. src is
// 4:2:0 as well.
func (s *Shrinker) Shrink(dst, src *image.YCbCr) error {
	from, err := planes(src)
	if err != nil {
		return err
	}
	to, err := planes(dst)
	if err != nil {
		return err
	}
	s.luma.shrink(to[0], from[0])
	s.chroma.shrink(to[1], from[1])
	s.chroma.shrink(to[2], from[2])
	return nil
}

// samples tells which pixels of a plane each output is the mean of.
type samples struct {
	fromW, fromH, toW, toH int
	n                      int // of them across, and as many down
	across, down           []int
}

func (s *samples) shrink(to, from plane) {
	if s.fromW != from.width || s.fromH != from.height || s.toW != to.width || s.toH != to.height {
		s.fromW, s.fromH, s.toW, s.toH = from.width, from.height, to.width, to.height
		s.n = min((from.width+to.width-1)/to.width, 3)
		s.across, s.down = spread(from.width, to.width, s.n), spread(from.height, to.height, s.n)
	}
	n := s.n
	mean := uint32(1<<16/(n*n) + 1) // times 2^16
	for y := range to.height {
		out := to.pix[y*to.stride:][:to.width]
		// With fewer than three, rows and columns repeat and are not looked at.
		var rows [3][]byte
		for i := range rows {
			rows[i] = from.pix[s.down[y*n+min(i, n-1)]*from.stride:][:from.width]
		}
		for x := range out {
			sum := uint32(0)
			for _, at := range s.across[x*n:][:n] {
				switch n {
				case 3:
					sum += uint32(rows[0][at]) + uint32(rows[1][at]) + uint32(rows[2][at])
				case 2:
					sum += uint32(rows[0][at]) + uint32(rows[1][at])
				default:
					sum += uint32(rows[0][at])
				}
			}
			out[x] = byte(sum * mean >> 16)
		}
	}
}

// spread is where n samples for each of to outputs lie, evenly among from inputs.
func spread(from, to, n int) []int {
	at := make([]int, n*to)
	for i := range at {
		at[i] = (2*i + 1) * from / (2 * n * to)
	}
	return at
}
