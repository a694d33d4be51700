package sound

import (
	"math"
	"sync/atomic"
)

// level is how loud the last half second or so was.
type level struct{ power atomic.Uint64 } // float64: mean square, of full scale

// add takes 10 ms. One goroutine adds.
func (l *level) add(pcm []int16) {
	now := power(pcm)
	before := math.Float64frombits(l.power.Load())
	l.power.Store(math.Float64bits(before + (now-before)/16)) // 160 ms
}

// dBov is the level as RFC 6464 has it: 0 for a square wave at full scale, -127
// for silence.
func (l *level) dBov() int {
	power := math.Float64frombits(l.power.Load())
	return int(math.Round(min(0, max(-127, 10*math.Log10(power)))))
}

// power is the mean square of full scale.
func power(pcm []int16) float64 {
	var sum int64
	for _, v := range pcm {
		sum += int64(v) * int64(v)
	}
	return float64(sum) / float64(len(pcm)) / (1 << 30)
}
