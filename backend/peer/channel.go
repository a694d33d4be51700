package peer

import (
	"fmt"
	"sync"

	"github.com/pion/webrtc/v4"

	"parley/backend/signaling"
)

const (
	// MaxChunk is the size in bytes of the largest message of a Channel.
	MaxChunk = 32 << 10

	chatLabel         = "parley-chat"
	maxUnacknowledged = 2 << 20 // bytes that the other side has not acknowledged
)

// Channel is a data channel beside the control channel: what it carries, and
// how fast, is for whoever uses it to say.
type Channel struct{ d *webrtc.DataChannel }

// ChannelHandlers are called from the channel's own goroutine, in order. Message
// may block, which holds up the other side.
type ChannelHandlers struct {
	Open    func(*Channel)
	Message func(c *Channel, data []byte, text bool)
	Closed  func(*Channel)
}

// Send sends a message, which arrives whole and in order. The error wraps
// ErrTooLarge, ErrBusy or ErrNotOpen.
func (c *Channel) Send(message []byte, text bool) error {
	const op = "send on a channel"
	if len(message) > MaxChunk {
		return fmt.Errorf("%s: %w: %d bytes", op, ErrTooLarge, len(message))
	}
	if c.d.BufferedAmount() > maxUnacknowledged {
		return fmt.Errorf("%s: %w", op, ErrBusy)
	}
	var err error
	if text {
		err = c.d.SendText(string(message))
	} else {
		err = c.d.Send(message)
	}
	if err != nil {
		return fmt.Errorf("%s: %w: %w", op, ErrNotOpen, err)
	}
	return nil
}

// OpenChat opens the channel for texts and files, as caller; the callee gets it.
// The error wraps ErrClosed or ErrNotOpen.
func (p *Peer) OpenChat() error {
	const op = "open the chat's channel"
	if p.isClosed() {
		return fmt.Errorf("%s: %w", op, ErrClosed)
	}
	if p.role != signaling.Caller {
		return nil
	}
	d, err := p.pc.CreateDataChannel(chatLabel, nil)
	if err != nil {
		return fmt.Errorf("%s: %w: %w", op, ErrNotOpen, err)
	}
	p.useChat(d)
	return nil
}

func (p *Peer) useChat(d *webrtc.DataChannel) {
	c, h := &Channel{d}, p.handlers.Chat
	var opened, closed sync.Once
	open := func() {
		opened.Do(func() {
			if !p.isClosed() {
				h.Open(c)
			}
		})
	}
	d.OnOpen(open)
	d.OnMessage(func(m webrtc.DataChannelMessage) {
		open() // pion may tell of a browser's first message before it tells of the channel
		if len(m.Data) <= MaxChunk && !p.isClosed() {
			h.Message(c, m.Data, m.IsString)
		}
	})
	d.OnClose(func() {
		closed.Do(func() {
			if !p.isClosed() {
				h.Closed(c)
			}
		})
	})
}
