package peer

import (
	"time"

	"parley/backend/bwe"
)

const (
	retry = 20 * time.Millisecond // after an error in sending
	// askEvery is between two packets while no picture may be sent: a report on one of
	// them is what ends that. Where sound is silent it is padding, which beside sound
	// filled a narrow link's queue that was to empty.
	askEvery = 100 * time.Millisecond
)

// pictures are our streams of pictures, the one that goes first before the other:
// the camera, whose frames are few beside those of a screen and lose more by waiting.
func (p *Peer) pictures() [2]*videoSender { return [2]*videoSender{p.video, p.screen} }

// pictureOf is the stream of pictures behind an RTP stream; nil for sound.
func (p *Peer) pictureOf(s *rtpSender) *videoSender {
	for _, v := range p.pictures() {
		if v.rtp == s {
			return v
		}
	}
	return nil
}

// pace sends the pictures, all at one pace: what is to be repaired, then frames,
// and where a probe needs more than there is, padding between frames.
func (p *Peer) pace() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var pacer bwe.Pacer
	for {
		wait, sent := p.sendPicture(&pacer, time.Now())
		if sent {
			continue
		}
		ready := timer.C
		if wait == 0 {
			ready = nil // there is nothing to send
		} else {
			timer.Reset(wait)
		}
		select {
		case <-ready:
		case <-p.paced:
		case <-p.done:
			return
		}
	}
}

// sendPicture sends the next packet if it is time; otherwise it tells how long to
// wait, 0 where there is nothing to wait for.
func (p *Peer) sendPicture(pacer *bwe.Pacer, at time.Time) (wait time.Duration, sent bool) {
	if wait := pacer.Wait(at); wait > 0 {
		return wait, false
	}
	padded := p.padded()
	if p.bwe.rests() {
		for _, v := range p.pictures() {
			v.now = outgoing{}
		}
		if padded != nil && p.bwe.sentNothing(at, askEvery) {
			_, _ = padded.rtp.pad()
		}
		return askEvery, false
	}
	probe := 0
	if padded != nil {
		probe = p.bwe.probeRate(at)
	}
	rate := max(bwe.PaceRate(p.video.pace()), float64(probe))
	for _, v := range p.pictures() {
		n, sent, later, err := v.send(at)
		switch {
		case err != nil:
			v.now = outgoing{} // closed, or about to be: what a socket merely refuses pion keeps to itself
			return retry, false
		case sent:
			pacer.Sent(n, rate)
			return 0, true
		case later > 0 && (wait == 0 || later < wait):
			wait = later
		}
	}
	if probe == 0 {
		return wait, false
	}
	n, err := padded.rtp.pad()
	if err != nil {
		return retry, false
	}
	pacer.Sent(n, float64(probe))
	return 0, true
}

// padded is the stream whose probes may be padded, or nil: also while there is no
// picture, which may be for want of the rate that the probe finds. Only a stream
// does not begin with padding.
func (p *Peer) padded() *videoSender {
	for _, v := range p.pictures() {
		if v.begun() && v.rtp.bound() {
			return v
		}
	}
	return nil
}

func (v *videoSender) begun() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.sent > 0 || len(v.queue) > 0
}

// pace is the bit/s that the pace is set by.
func (v *videoSender) pace() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.target
}

// send sends the stream's next packet, of n bytes, if it has one; otherwise it
// tells when one is due, 0 without any.
func (v *videoSender) send(at time.Time) (n int, sent bool, later time.Duration, err error) {
	if len(v.now.payloads) == 0 && len(v.now.parity) == 0 {
		var ok bool
		if v.now, ok = v.next(); ok {
			v.rtp.frame(v.now.Timestamp, v.now.Captured)
		}
	}
	r, due, later := v.dueRepair(at)
	if due {
		n, err = v.again(r, at)
		return n, true, 0, err
	}
	switch {
	case len(v.now.payloads) > 0:
		n, err = v.sendMedia()
	case len(v.now.parity) > 0:
		n, err = v.sendParity()
	default:
		return 0, false, later, nil
	}
	return n, true, 0, err
}
