package peer

import (
	"sync"
	"time"

	"github.com/pion/rtcp"
)

// ntpEpoch is 1900, where NTP time begins, in seconds before 1970.
const ntpEpoch = 2208988800

// toNTP is t as seconds since 1900 in 32.32 fixed point (RFC 5905, 6).
func toNTP(t time.Time) uint64 {
	ns := t.UnixNano()
	s, frac := uint64(ns/1e9+ntpEpoch), uint64(ns%1e9)
	return s<<32 | frac<<32/1e9
}

func fromNTP(ntp uint64) time.Time {
	return time.Unix(int64(ntp>>32)-ntpEpoch, int64((ntp&0xffffffff)*1e9>>32))
}

// senderClock ties the RTP clock of a received stream to the sender's wall
// clock, by its last sender report.
type senderClock struct {
	rate int // RTP ticks a second

	mu     sync.Mutex
	known  bool
	rtp    uint32
	wall   time.Time
	remote uint32 // the SSRC it holds for
}

func (c *senderClock) report(sr *rtcp.SenderReport, ssrc uint32) {
	if sr.SSRC != ssrc {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known, c.rtp, c.wall, c.remote = true, sr.RTPTime, fromNTP(sr.NTPTime), ssrc
}

// at is when the frame of this timestamp was captured; zero while unknown.
func (c *senderClock) at(timestamp, ssrc uint32) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known || c.remote != ssrc {
		return time.Time{}
	}
	ticks := int64(int32(timestamp - c.rtp)) // it wraps
	return c.wall.Add(time.Duration(ticks * int64(time.Second) / int64(c.rate)))
}
