package chat

import "time"

// allowance is how many messages are taken of a flood.
type allowance struct {
	each time.Duration // for one more
	most float64
	used float64
	at   time.Time
}

func (a *allowance) take(now time.Time) bool {
	a.used = max(0, a.used-float64(now.Sub(a.at))/float64(a.each))
	a.at = now
	if a.used+1 > a.most {
		return false
	}
	a.used++
	return true
}
