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
	red     atomic.Uint32 // payload type of the redundancy; 0 where the other side takes none
	sent    atomic.Int64
	copied  atomic.Int64
	dropped atomic.Int64
}

func newAudioSender(p *Peer) *audioSender {
	a := &audioSender{queue: make(chan frame.Audio, maxQueuedAudio)}
	a.rtp = &rtpSender{peer: p, id: "audio", kind: webrtc.RTPCodecTypeAudio, clock: 48000, choose: a.choose}
	return a
}

func (a *audioSender) choose(negotiated []webrtc.RTPCodecParameters) (webrtc.RTPCodecParameters, bool) {
	codecs := voiceCodecs(negotiated)
	if len(codecs) == 0 {
		a.rtp.peer.log.Warn("the other side takes no Opus")
		return webrtc.RTPCodecParameters{}, false
	}
	a.red.Store(0)
	if len(codecs) > 1 {
		a.red.Store(uint32(codecs[1].PayloadType))
	}
	return codecs[0], true
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
	var sent []redBlock // the last ones, with which the sequence numbers end
	for {
		select {
		case f := <-a.queue:
			a.rtp.frame(f.Timestamp, f.Captured)
			sent = append(sent, redBlock{timestamp: f.Timestamp, data: f.Data})
			if a.send(sent) != nil {
				sent = nil
				continue
			}
			a.sent.Add(1)
			sent = sent[max(0, len(sent)-maxCopies):]
		case <-a.rtp.peer.done:
			return
		}
	}
}

// send sends the last of the packets, with copies of those before it while that
// pays. Packets with copies and without may follow each other in any order.
func (a *audioSender) send(packets []redBlock) error {
	own := packets[len(packets)-1]
	copies := min(a.rtp.peer.bwe.copies(), len(packets)-1)
	if copies == 0 {
		_, err := a.rtp.send(own.data, own.timestamp, false)
		return err
	}
	payload, copies := joinRED(a.rtp.payloadType(), packets[len(packets)-1-copies:])
	a.copied.Add(int64(copies))
	_, err := a.rtp.sendAs(uint8(a.red.Load()), payload, own.timestamp)
	return err
}

// wantCopies says how many copies of each packet the loss calls for. It changes
// nothing where the other side takes none.
func (a *audioSender) wantCopies(n int) {
	if a.red.Load() != 0 {
		a.rtp.peer.bwe.wantCopies(n)
	}
}
