package peer

import (
	"parley/backend/bwe"
	"parley/backend/fec"
)

// How much noise parity begins with, and ends with: the loss that no rate of ours
// would avoid. Where the link is full parity would only make that worse.
const (
	parityFrom = 0.01
	parityTo   = 0.005
)

// parityCost is how long a packet of parity is, of the mean of those that it
// protects: as long as the longest of five pictures, and a header more.
const parityCost = 1.12

// shield decides how much parity (RFC 5109) protects the pictures.
type shield struct {
	taken bool // the other side takes it
	link  fec.Link
	ratio float64 // packets of parity for one of a picture; what of the rate is theirs as well
	told  float64 // the ratio when the encoder was last told what it may make
}

// follow takes what the link was found to be. Noise is the least that explains the
// loss, and what there is of it is often half as much again.
func (s *shield) follow(b bwe.Stats) {
	s.link = fec.Link{RTT: b.RTT, Loss: min(b.Loss, 2*b.Noise), Burst: b.Burst}
	if !s.taken || b.Noise < parityTo || s.ratio == 0 && b.Noise < parityFrom {
		s.ratio = 0
		return
	}
	s.ratio = s.link.Ratio(packetsOf(b.Target), false)
}

// lossesInRuns tells that parity, which brings back few of a run, does not do.
func (s *shield) lossesInRuns() bool { return s.link.Burst > 2 }

const (
	usualFPS    = 30
	usualPacket = 1000 // bytes
)

// packetsOf is how many packets a picture has, about.
func packetsOf(bitrate int) int { return max(1, bitrate/usualFPS/8/usualPacket) }
