package chat

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"syscall"
)

// receiving is the other side's files, by their number. Those that are over stay,
// to be answered again.
type receiving struct {
	files map[int]*taken
	last  int // the highest number there was
}

const maxKnown = 200

// taken is a file of the other side's.
type taken struct {
	id    int
	entry *Entry
	file  *incoming // nil before our user took it, and when it is over
	asked bool      // for what is missing before the last piece
}

func (c *Chat) takeOffer(m message) {
	if t := c.in.files[m.ID]; t != nil {
		c.answerAgain(t)
		return
	}
	if m.ID <= c.in.last {
		return
	}
	c.in.last = m.ID
	open := 0
	for id, t := range c.in.files {
		switch {
		case t.entry.File.State == Offered:
			open++
		case t.entry.File.over() && len(c.in.files) > maxKnown:
			delete(c.in.files, id)
		}
	}
	switch {
	case open >= maxOpen:
		c.send(message{Type: decline, ID: m.ID, Why: TooMany})
		return
	case m.Size > MaxSize:
		c.send(message{Type: decline, ID: m.ID, Why: TooLarge})
		return
	}
	e := c.add(false)
	e.File = &File{Name: SafeName(m.Name), Size: m.Size, State: Offered}
	c.in.files[m.ID] = &taken{id: m.ID, entry: e}
}

// answerAgain says how it stands with a file that is offered through a new channel.
func (c *Chat) answerAgain(t *taken) {
	switch f := t.entry.File; f.State {
	case Moving:
		c.send(message{Type: accept, ID: t.id, Offset: f.Bytes})
	case Done:
		c.send(message{Type: done, ID: t.id})
	case Declined, Cancelled, Failed:
		c.send(message{Type: decline, ID: t.id, Why: f.Problem})
	}
}

// find is the file of one of our entries.
func (r *receiving) find(entry int) *taken {
	for _, t := range r.files {
		if t.entry.ID == entry {
			return t
		}
	}
	return nil
}

func (c *Chat) answer(entry int, take bool) error {
	t := c.in.find(entry)
	if t == nil || t.entry.File.State != Offered {
		return fmt.Errorf("answer a file: %w", ErrRefused)
	}
	if !take {
		c.setState(t.entry, Declined)
		c.send(message{Type: decline, ID: t.id})
		return nil
	}
	folder, err := c.o.Folder()
	why := NoFolder
	if err == nil {
		t.file, why, err = create(folder, t.entry.File.Name, t.entry.File.Size)
	}
	if err != nil {
		c.o.Logger.Warn("save a file", "err", err)
		c.refuse(t, why)
		return nil
	}
	c.setState(t.entry, Moving)
	c.send(message{Type: accept, ID: t.id})
	return nil
}

// refuse ends a file of the other side's, and tells it why.
func (c *Chat) refuse(t *taken, why Problem) {
	c.drop(t)
	c.fail(t.entry, why)
	c.send(message{Type: decline, ID: t.id, Why: why})
}

func (c *Chat) drop(t *taken) {
	if t.file != nil {
		t.file.remove()
		t.file = nil
	}
}

func (c *Chat) takePiece(id int, offset int64, piece []byte) {
	t := c.in.files[id]
	if t == nil || t.file == nil {
		return
	}
	f := t.entry.File
	switch {
	case offset+int64(len(piece)) > f.Size:
		c.refuse(t, Damaged)
		return
	case offset > f.Bytes:
		if !t.asked {
			t.asked = true
			c.send(message{Type: accept, ID: id, Offset: f.Bytes})
		}
		return
	case offset == f.Bytes:
		if err := t.file.write(piece); err != nil {
			c.o.Logger.Warn("write a file", "err", err)
			why := NoFolder
			if errors.Is(err, syscall.ENOSPC) {
				why = NoSpace
			}
			c.refuse(t, why)
			return
		}
		f.Bytes += int64(len(piece))
		t.asked = false
		c.touch(t.entry, false)
	}
	c.send(message{Type: ack, ID: id, Offset: f.Bytes})
}

func (c *Chat) takeEnd(m message) {
	t := c.in.files[m.ID]
	if t == nil || t.file == nil {
		if t != nil {
			c.answerAgain(t)
		}
		return
	}
	f := t.entry.File
	if f.Bytes < f.Size {
		c.send(message{Type: accept, ID: t.id, Offset: f.Bytes})
		return
	}
	if sum, _ := hex.DecodeString(m.SHA256); !bytes.Equal(sum, t.file.hash.Sum(nil)) {
		c.refuse(t, Damaged)
		return
	}
	path, err := t.file.finish()
	t.file = nil
	if err != nil {
		c.o.Logger.Warn("save a file", "err", err)
		c.refuse(t, NoFolder)
		return
	}
	f.path = path
	c.setState(t.entry, Done)
	c.send(message{Type: done, ID: t.id})
}

func (c *Chat) cancelled(m message) {
	t := c.in.files[m.ID]
	if t == nil || t.entry.File.over() {
		return
	}
	c.drop(t)
	if m.Why.known() {
		c.fail(t.entry, m.Why)
	} else {
		c.setState(t.entry, Cancelled)
	}
}

func (c *Chat) cancel(entry int) error {
	for _, g := range c.out.files {
		if g.entry.ID == entry {
			c.withdraw(g, "")
			return nil
		}
	}
	t := c.in.find(entry)
	if t == nil || t.entry.File.over() {
		return fmt.Errorf("cancel a file: %w", ErrRefused)
	}
	c.drop(t)
	c.setState(t.entry, Cancelled)
	c.send(message{Type: decline, ID: t.id})
	return nil
}

func (r *receiving) close() {
	for _, t := range r.files {
		if t.file != nil {
			t.file.remove()
		}
	}
}
