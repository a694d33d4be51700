package chat

import "fmt"

// texts are ours that the other side has not told to have, and what of theirs came.
type texts struct {
	said    int // ours
	waiting []*said
	seen    int // the last of theirs: they come in order
}

type said struct {
	id    int
	entry *Entry
}

const maxWaiting = 200 // texts

func (c *Chat) say(s string) error {
	if !c.able || len(c.texts.waiting) >= maxWaiting {
		return fmt.Errorf("say: %w: nobody listens", ErrRefused)
	}
	c.texts.said++
	e := c.add(true)
	e.Text, e.Mark = s, Waiting
	t := &said{c.texts.said, e}
	c.texts.waiting = append(c.texts.waiting, t)
	if c.greeted && c.channel != nil {
		c.sendText(t)
	}
	return nil
}

func (c *Chat) sendText(t *said) {
	if c.write(message{Type: text, ID: t.id, Text: t.entry.Text}.encode(), true) {
		t.entry.Mark = Sent
		c.touch(t.entry, true)
	}
}

// sayAgain sends what may not have arrived through the channel before.
func (c *Chat) sayAgain() {
	for _, t := range c.texts.waiting {
		c.sendText(t)
	}
}

func (c *Chat) takeText(m message) {
	c.send(message{Type: got, ID: m.ID})
	if m.ID <= c.texts.seen {
		return // its mark was lost
	}
	c.texts.seen = m.ID
	c.add(false).Text = m.Text
}

func (c *Chat) delivered(id int) {
	for i, t := range c.texts.waiting {
		if t.id == id {
			t.entry.Mark = Delivered
			c.touch(t.entry, true)
			c.texts.waiting = append(c.texts.waiting[:i], c.texts.waiting[i+1:]...)
			return
		}
	}
}
