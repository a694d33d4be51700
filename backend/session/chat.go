package session

import (
	"errors"
	"log/slog"
	"sync"

	"parley/backend/chat"
	"parley/backend/desktop"
	"parley/backend/peer"
)

// Chats is what is written and handed over in the call under way, as the page
// may ask for it: its methods are bound to the webview. The errors mean that
// there is no such call, or no such file.
type Chats struct {
	log *slog.Logger

	mu      sync.Mutex
	chat    *chat.Chat // nil without a call
	calls   int
	changed func(ChatUpdate)
	pick    func(title string) (string, error)
}

// ChatUpdate is what changed in the chat of a call; of another call than before
// it is the beginning.
type ChatUpdate struct {
	Call int `json:"call"`
	chat.Update
}

// Watched joins the chats to a page: changed gets what is new, pick asks the
// user for a file. It is called once, before there is a call.
func Watched(c *Chats, changed func(ChatUpdate), pick func(title string) (string, error)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed, c.pick = changed, pick
}

var errNoChat = errors.New("there is no call to write in")

// All is everything of the call under way.
func (c *Chats) All() ChatUpdate {
	now, n := c.current()
	if now == nil {
		return ChatUpdate{Call: n}
	}
	return ChatUpdate{Call: n, Update: now.All()}
}

// Say sends a text.
func (c *Chats) Say(text string) error {
	return c.do(func(now *chat.Chat) error { return now.Say(text) })
}

// Offer has the user choose a file, under a title in the page's words, and offers it.
func (c *Chats) Offer(title string) error {
	c.mu.Lock()
	pick := c.pick
	c.mu.Unlock()
	if pick == nil {
		return errNoChat
	}
	path, err := pick(title)
	if path == "" || err != nil {
		return err
	}
	return c.do(func(now *chat.Chat) error { return now.Offer(path) })
}

// Answer takes, or does not, the offered file of an entry.
func (c *Chats) Answer(entry int, take bool) error {
	return c.do(func(now *chat.Chat) error { return now.Answer(entry, take) })
}

// Cancel ends the file of an entry.
func (c *Chats) Cancel(entry int) error {
	return c.do(func(now *chat.Chat) error { return now.Cancel(entry) })
}

// Show shows the file of an entry in its folder.
func (c *Chats) Show(entry int) error {
	return c.do(func(now *chat.Chat) error {
		path, err := now.Path(entry)
		if err != nil {
			return err
		}
		return desktop.Show(path)
	})
}

func (c *Chats) current() (*chat.Chat, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.chat, c.calls
}

func (c *Chats) do(f func(*chat.Chat) error) error {
	now, _ := c.current()
	if now == nil {
		return errNoChat
	}
	return f(now)
}

// begin makes the chat of a call, over the channels of its peer.
func (c *Chats) begin(live *livePeer) *chat.Chat {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	n := c.calls
	c.chat = chat.New(chat.Options{
		Folder: desktop.Downloads,
		Supply: func() chat.Supply { return chat.Supply(live.Supply()) },
		Reopen: func() error { return live.OpenChat() },
		Changed: func(u chat.Update) {
			c.mu.Lock()
			changed := c.changed
			c.mu.Unlock()
			if changed != nil {
				changed(ChatUpdate{n, u})
			}
		},
		Logger: c.log,
	})
	return c.chat
}

func (c *Chats) end(over *chat.Chat) {
	over.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.chat == over {
		c.chat = nil
	}
}

// chatHandlers are how a peer's channels reach its chat.
func chatHandlers(c *chat.Chat) peer.ChannelHandlers {
	return peer.ChannelHandlers{
		Open:    func(ch *peer.Channel) { c.Opened(ch) },
		Message: func(ch *peer.Channel, data []byte, text bool) { c.Received(ch, data, text) },
		Closed:  func(ch *peer.Channel) { c.Closed(ch) },
	}
}
