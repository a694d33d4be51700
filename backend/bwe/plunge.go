package bwe

import "time"

const (
	plungePackets = 8
	plungeRise    = 25 * time.Millisecond
	plungePart    = 0.5 // of the rate: what the link carries is less
)

// plunge notices at once that the link carries only a part of what is sent: from packet
// to packet they wait longer. Until the trend line tells as much, a queue of
// 300 ms has overflowed.
type plunge struct{ last []packet }

func (p *plunge) add(a packet) {
	if len(p.last) == plungePackets {
		p.last = append(p.last[:0], p.last[1:]...)
	}
	p.last = append(p.last, a)
}

// carries is what the link carries, bit/s, if the last packets waited ever longer; else
// 0. One leap does not count: a radio link held them back, and lets them go together.
func (p *plunge) carries() float64 {
	if len(p.last) < plungePackets {
		return 0
	}
	var rise, leap time.Duration
	bytes := 0
	for i, a := range p.last[1:] {
		before := p.last[i]
		step := (a.arrived - a.sent) - (before.arrived - before.sent)
		rise, leap = rise+step, max(leap, step)
		bytes += a.bytes
	}
	if rise-leap < plungeRise {
		return 0
	}
	return float64(bytes*8) / (p.last[plungePackets-1].arrived - p.last[0].arrived).Seconds()
}
