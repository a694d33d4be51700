package sound

import "math"

// chime is two notes, a fifth apart, at -20 dBov, that die away: short, soft, and
// not to be mistaken for a voice.
type chime struct{ left int } // samples

const chimeTime = rate // a second

func (c *chime) begin() { c.left = chimeTime }

// mix adds the next 10 ms to what is played.
func (c *chime) mix(played *[2 * blockSize]int16) {
	for i := 0; i < blockSize && c.left > 0; i++ {
		at := chimeTime - c.left
		c.left--
		v := note(at, 587.33) + note(at-rate/5, 880)
		for side := range 2 {
			p := &played[2*i+side]
			*p = int16(max(math.MinInt16, min(math.MaxInt16, float64(*p)+v)))
		}
	}
}

// note is a sample of one that began with sample 0.
func note(at int, hz float64) float64 {
	if at < 0 {
		return 0
	}
	t := float64(at) / rate
	rise := min(1, t/0.01) // s: without it, it clicks
	return 0.14 * 32768 * rise * math.Exp(-6*t) * math.Sin(2*math.Pi*hz*t)
}
