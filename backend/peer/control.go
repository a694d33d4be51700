package peer

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/pion/webrtc/v4"
	"golang.org/x/time/rate"

	"parley/backend/signaling"
)

const (
	// MaxMessage is the size in bytes of the largest message of the control
	// channel: what every browser sends and takes in one piece (RFC 8841, 6.1).
	MaxMessage = 16 << 10

	controlLabel = "parley"
	maxBuffered  = 256 << 10 // bytes not sent yet

	// A person makes a few messages a second at most; of a flood the rest is dropped.
	messageRate  = 20 // a second
	messageBurst = 60
)

// control is the data channel for what the two sides tell each other in a call.
type control struct {
	channel atomic.Pointer[webrtc.DataChannel]
}

// openControl makes the channel, as caller, or waits for it.
func (p *Peer) openControl() error {
	if p.role == signaling.Caller {
		d, err := p.pc.CreateDataChannel(controlLabel, nil)
		if err != nil {
			return err
		}
		p.useControl(d)
		if p.handlers.Chat.Open == nil {
			return nil
		}
		return p.OpenChat()
	}
	p.pc.OnDataChannel(func(d *webrtc.DataChannel) {
		switch {
		case d.Label() == controlLabel && d.Ordered() && p.ctl.channel.Load() == nil:
			p.useControl(d)
		case d.Label() == chatLabel && d.Ordered() && p.handlers.Chat.Open != nil:
			p.useChat(d)
		default:
			_ = d.Close()
		}
	})
	return nil
}

func (p *Peer) useControl(d *webrtc.DataChannel) {
	var once sync.Once
	open := func() {
		once.Do(func() {
			p.ctl.channel.Store(d)
			if p.handlers.Open != nil {
				p.post(p.handlers.Open)
			}
		})
	}
	d.OnOpen(open)
	allowed := rate.NewLimiter(messageRate, messageBurst)
	var flood sync.Once
	d.OnMessage(func(m webrtc.DataChannelMessage) {
		open() // pion may tell of a browser's first message before it tells of the channel
		if len(m.Data) > MaxMessage || !allowed.Allow() {
			flood.Do(func() { p.log.Warn("control messages dropped: too large or too many") })
			return
		}
		if p.handlers.Message != nil {
			p.post(func() { p.handlers.Message(m.Data) })
		}
	})
	d.OnClose(func() { p.ctl.channel.CompareAndSwap(d, nil) })
}

// Send puts a message on the control channel; messages arrive whole and in
// order. The error wraps ErrTooLarge, ErrNotOpen, ErrBusy or ErrClosed.
func (p *Peer) Send(message []byte) error {
	const op = "send message"
	if p.isClosed() {
		return fmt.Errorf("%s: %w", op, ErrClosed)
	}
	if len(message) > MaxMessage {
		return fmt.Errorf("%s: %w: %d bytes", op, ErrTooLarge, len(message))
	}
	d := p.ctl.channel.Load()
	if d == nil {
		return fmt.Errorf("%s: %w", op, ErrNotOpen)
	}
	if d.BufferedAmount() > maxBuffered {
		return fmt.Errorf("%s: %w", op, ErrBusy)
	}
	// As text: what a browser gets as a string needs no decoding there.
	if err := d.SendText(string(message)); err != nil {
		return fmt.Errorf("%s: %w", op, ErrNotOpen)
	}
	return nil
}
