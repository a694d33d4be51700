package peer

import (
	"fmt"
	"sync/atomic"

	"github.com/pion/webrtc/v4"

	"parley/backend/frame"
)

const (
	maxQueuedAudio = 25   // packets: half a second of 20 ms each
	maxAudioPacket = 1275 // bytes of the longest Opus frame (RFC 6716, 3.4)
)

// audioSender sends our Opus packets as they come, ahead of the video's queue.
type audioSender struct {
	rtp     *rtpSender
	queue   chan frame.Audio
	sent    atomic.Int64
	dropped atomic.Int64
}

func newAudioSender(p *Peer) *audioSender {
	a := &audioSender{queue: make(chan frame.Audio, maxQueuedAudio)}
	a.rtp = &rtpSender{peer: p, kind: webrtc.RTPCodecTypeAudio, clock: 48000, choose: a.choose}
	return a
}

func (a *audioSender) choose(negotiated []webrtc.RTPCodecParameters) (webrtc.RTPCodecParameters, bool) {
	for _, c := range negotiated {
		if isOpus(c) {
			return c, true
		}
	}
	a.rtp.peer.log.Warn("the other side takes no Opus")
	return webrtc.RTPCodecParameters{}, false
}

// WriteAudio queues an Opus packet for sending. It does not wait for the
// network. The error wraps ErrNotReady, ErrTooLarge, ErrBusy or ErrClosed: the
// packet was dropped and counted.
func (p *Peer) WriteAudio(f frame.Audio) error {
	a := p.audio
	switch {
	case p.isClosed():
		return errDropped(ErrClosed)
	case !a.rtp.bound():
		a.dropped.Add(1)
		return errDropped(ErrNotReady)
	case len(f.Data) == 0 || len(f.Data) > maxAudioPacket:
		a.dropped.Add(1)
		return errDropped(fmt.Errorf("%w: %d bytes", ErrTooLarge, len(f.Data)))
	}
	select {
	case a.queue <- f:
		return nil
	default:
		a.dropped.Add(1)
		return errDropped(ErrBusy)
	}
}

func (a *audioSender) run() {
	for {
		select {
		case f := <-a.queue:
			a.rtp.frame(f.Timestamp, f.Captured)
			if _, err := a.rtp.send(f.Data, f.Timestamp, false); err == nil {
				a.sent.Add(1)
			}
		case <-a.rtp.peer.done:
			return
		}
	}
}
