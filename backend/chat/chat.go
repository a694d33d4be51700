// Package chat is what two people write to each other in a call, and the files
// that they hand over: over one ordered channel that it is given, which may
// close and be opened again. It knows no pion; PROTOCOL.md has the messages.
//
//	sender                                receiver
//	text 1 ─────────────────────────────▶ shown
//	delivered ◀───────────────── got 1 ──┘
//
//	offer 1 (name, size) ───────────────▶ its user is asked
//	pieces ◀───────────────── accept 1 ──┘ from which offset
//	   └── piece, piece, … ─────────────▶ NAME.part
//	paced ◀────────────────────── acks ──┘
//	end 1 (SHA-256) ────────────────────▶ compared; NAME
//	done ◀─────────────────────── done ──┘
//
// After a channel that closed, each side says again what the other has not
// answered, and a file goes on from the offset of the accept that answers its
// offer. A piece or a number that comes twice changes nothing.
package chat

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
	"unicode/utf8"
)

// Channel is a way to the other side: whole messages, in order, until it closes.
type Channel interface {
	// Send sends at most 32 KiB, as text or as bytes. It does not block.
	Send(message []byte, text bool) error
}

// Options are what a Chat works with.
type Options struct {
	// Folder is where files go that our user accepts.
	Folder func() (string, error)
	// Supply is what the connection leaves; nil is not known.
	Supply func() Supply
	// Reopen opens another channel in the place of one that closed; nil where the
	// other side does so.
	Reopen func() error
	// Changed gets what is new, from one goroutine. It does not block for long.
	Changed func(Update)
	Logger  *slog.Logger
}

// Update is what changed: entries of a number that is known take its place.
type Update struct {
	// Able: the other side takes texts and files.
	Able    bool    `json:"able"`
	Entries []Entry `json:"entries"`
}

// Entry is one text or one file.
type Entry struct {
	ID   int       `json:"id"` // in the order in which they came
	Mine bool      `json:"mine"`
	At   time.Time `json:"at"`
	Text string    `json:"text,omitempty"`
	Mark Mark      `json:"mark,omitempty"` // of a text of ours
	File *File     `json:"file,omitempty"`
}

// Mark is how far a text of ours has come.
type Mark string

const (
	Waiting   Mark = "waiting" // for a channel
	Sent      Mark = "sent"
	Delivered Mark = "delivered" // the other side's Parley has it
)

// File is one file on its way.
type File struct {
	Name    string    `json:"name"`
	Size    int64     `json:"size"` // bytes
	Bytes   int64     `json:"bytes"`
	State   FileState `json:"state"`
	Problem Problem   `json:"problem,omitempty"` // of one that Failed
	path    string    // where it is, once it is Done
}

// FileState is where a file stands.
type FileState string

const (
	Offered   FileState = "offered" // the receiver's user has not answered
	Moving    FileState = "moving"
	Done      FileState = "done"
	Declined  FileState = "declined"
	Cancelled FileState = "cancelled"
	Failed    FileState = "failed"
)

func (f *File) over() bool { return f.State != Offered && f.State != Moving }

// Problem is why a file was not handed over.
type Problem string

const (
	TooLarge   Problem = "too_large" // more than MaxSize
	TooMany    Problem = "too_many"  // others wait for an answer
	NoSpace    Problem = "no_space"
	NoFolder   Problem = "no_folder"  // the receiver cannot write
	Unreadable Problem = "unreadable" // the sender cannot read
	Altered    Problem = "altered"    // it changed while it was sent
	Damaged    Problem = "damaged"    // what came is not what was sent
	Stalled    Problem = "stalled"
	CallOver   Problem = "call_over"
)

// ErrRefused is what a command gets that makes no sense now.
var ErrRefused = errors.New("refused")

const (
	maxEntries   = 1000
	progress     = 200 * time.Millisecond // between two updates that tell of nothing else
	reopenAfter  = time.Second
	maxReopen    = 30
	askAfter     = 10 * time.Second // with a channel, and nothing acknowledged
	stalledAfter = 2 * time.Minute  // with a channel, and nothing acknowledged
	look         = 100 * time.Millisecond
)

// Chat is the texts and files of one call. Its methods may be called from any
// goroutine.
type Chat struct {
	o     Options
	inbox chan func()
	quit  chan struct{}
	ended chan struct{}
	once  sync.Once

	// owned by the loop
	channel  Channel
	able     bool
	held     bool // nobody is let in yet
	called   bool // theirs: hello came on this channel
	greeted  bool // both have said it on this channel
	reopened int
	takes    allowance // messages
	news     allowance // texts and offers
	entries  []*Entry
	made     int // entries
	dirty    map[*Entry]bool
	urgent   bool
	told     time.Time
	texts    texts
	out      sending
	in       receiving
}

// New makes a Chat that waits for a channel. Close ends it.
func New(o Options) *Chat {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	now := time.Now()
	c := &Chat{
		o:     o,
		inbox: make(chan func(), 32),
		quit:  make(chan struct{}),
		ended: make(chan struct{}),
		takes: allowance{each: time.Second / 4000, most: 4000, at: now},
		news:  allowance{each: time.Second / 10, most: 60, at: now},
		dirty: map[*Entry]bool{},
		in:    receiving{files: map[int]*taken{}},
		out:   sending{pace: newPace(now)},
	}
	go c.loop()
	return c
}

// Opened tells of a channel that can be used.
func (c *Chat) Opened(ch Channel) { c.post(func() { c.opened(ch) }) }

// Hold keeps everything back, both ways, until the other side is let in.
func (c *Chat) Hold(held bool) {
	c.post(func() {
		c.held = held
		if !held && c.channel != nil {
			c.send(message{Type: hello})
			c.greet()
		}
	})
}

// Closed is to be told once.
func (c *Chat) Closed(ch Channel) { c.post(func() { c.closed(ch) }) }

// Received takes a message, which is kept; it blocks while many wait.
func (c *Chat) Received(ch Channel, data []byte, isText bool) {
	c.post(func() { c.received(ch, data, isText) })
}

// Say sends a text of up to MaxText characters.
func (c *Chat) Say(s string) error {
	s = cleanText(s)
	if n := utf8.RuneCountInString(s); n == 0 || n > MaxText {
		return fmt.Errorf("say: %w: %d characters", ErrRefused, n)
	}
	return c.ask(func() error { return c.say(s) })
}

// Offer offers the file at a path. What is wrong with the file shows in its entry.
func (c *Chat) Offer(path string) error {
	return c.ask(func() error { return c.offer(path) })
}

// Answer takes, or does not, the offered file of an entry.
func (c *Chat) Answer(entry int, take bool) error {
	return c.ask(func() error { return c.answer(entry, take) })
}

// Cancel ends what is not over of the file of an entry, of either side.
func (c *Chat) Cancel(entry int) error {
	return c.ask(func() error { return c.cancel(entry) })
}

// Path is where the file of an entry is, that came and is whole.
func (c *Chat) Path(entry int) (path string, err error) {
	err = c.ask(func() error {
		if e := c.entry(entry); e != nil && e.File != nil && e.File.path != "" {
			path = e.File.path
			return nil
		}
		return fmt.Errorf("show a file: %w", ErrRefused)
	})
	return path, err
}

// All is everything that was said.
func (c *Chat) All() (u Update) {
	_ = c.ask(func() error {
		u.Able = c.able
		for _, e := range c.entries {
			u.Entries = append(u.Entries, e.copied())
		}
		return nil
	})
	return u
}

// Close ends what is under way; of files that are not whole nothing stays. It
// may be called twice.
func (c *Chat) Close() {
	c.once.Do(func() { close(c.quit) })
	<-c.ended
}

func (c *Chat) post(f func()) {
	select {
	case c.inbox <- f:
	case <-c.quit:
	}
}

func (c *Chat) ask(f func() error) error {
	reply := make(chan error, 1)
	c.post(func() { reply <- f() })
	select {
	case err := <-reply:
		return err
	case <-c.ended:
		return fmt.Errorf("the call is over: %w", ErrRefused)
	}
}

func (c *Chat) after(d time.Duration, f func()) { time.AfterFunc(d, func() { c.post(f) }) }

func (c *Chat) loop() {
	defer close(c.ended)
	next, tell := time.NewTimer(time.Hour), time.NewTimer(time.Hour)
	defer next.Stop()
	defer tell.Stop()
	for {
		select {
		case <-c.quit:
			c.shutdown()
			return
		case f := <-c.inbox:
			f()
		case <-next.C:
		case <-tell.C:
		}
		if wait := c.pump(time.Now()); wait > 0 {
			next.Reset(wait)
		}
		if wait := c.tell(time.Now()); wait > 0 {
			tell.Reset(wait)
		}
	}
}

// tell gives the news out, and otherwise when to.
func (c *Chat) tell(now time.Time) time.Duration {
	if since := now.Sub(c.told); !c.urgent && (len(c.dirty) == 0 || since < progress) {
		if len(c.dirty) == 0 {
			return 0
		}
		return progress - since
	}
	u := Update{Able: c.able}
	for _, e := range c.entries {
		if c.dirty[e] {
			u.Entries = append(u.Entries, e.copied())
		}
	}
	clear(c.dirty)
	c.urgent, c.told = false, now
	c.o.Changed(u)
	return 0
}

func (e *Entry) copied() Entry {
	copied := *e
	if e.File != nil {
		f := *e.File
		copied.File = &f
	}
	return copied
}

// shutdown ends the files that are not whole, and tells of it.
func (c *Chat) shutdown() {
	for _, e := range c.entries {
		if e.File != nil && !e.File.over() {
			c.fail(e, CallOver)
		}
	}
	c.out.close()
	c.in.close()
	c.able, c.urgent = false, true
	c.tell(time.Now())
}

func (c *Chat) add(mine bool) *Entry {
	c.made++
	e := &Entry{ID: c.made, Mine: mine, At: time.Now()}
	c.entries = append(c.entries, e)
	if len(c.entries) > maxEntries {
		for i, old := range c.entries {
			if old.File == nil || old.File.over() {
				c.entries = append(c.entries[:i], c.entries[i+1:]...)
				break
			}
		}
	}
	c.touch(e, true)
	return e
}

// touch notes that an entry changed; urgently, unless it is progress only.
func (c *Chat) touch(e *Entry, urgent bool) {
	c.dirty[e] = true
	c.urgent = c.urgent || urgent
}

func (c *Chat) entry(id int) *Entry {
	for _, e := range c.entries {
		if e.ID == id {
			return e
		}
	}
	return nil
}

func (c *Chat) setState(e *Entry, s FileState) {
	e.File.State = s
	c.touch(e, true)
}

func (c *Chat) fail(e *Entry, why Problem) {
	e.File.Problem = why
	c.setState(e, Failed)
}

func (c *Chat) opened(ch Channel) {
	c.channel, c.called, c.greeted = ch, false, false
	if !c.held {
		c.send(message{Type: hello})
	}
}

func (c *Chat) closed(ch Channel) {
	if ch != c.channel {
		return
	}
	c.channel = nil
	c.out.pace = newPace(time.Now())
	if c.able && c.o.Reopen != nil {
		c.reopen()
	}
}

func (c *Chat) reopen() {
	if c.reopened++; c.reopened > maxReopen {
		return
	}
	c.after(reopenAfter, func() {
		if c.channel != nil {
			return
		}
		if err := c.o.Reopen(); err != nil {
			c.o.Logger.Warn("the chat's channel", "err", err)
			c.reopen()
		}
	})
}

func (c *Chat) send(m message) { c.write(m.encode(), true) }

// write tells whether the channel took it: one that did not is closing.
func (c *Chat) write(data []byte, text bool) bool {
	if c.channel == nil {
		return false
	}
	if err := c.channel.Send(data, text); err != nil {
		c.o.Logger.Debug("the chat's channel", "err", err)
		return false
	}
	return true
}

func (c *Chat) received(ch Channel, data []byte, isText bool) {
	if ch != c.channel {
		return
	}
	if !isText && !c.held {
		if id, offset, piece, err := parsePiece(data); err == nil {
			c.takePiece(id, offset, piece)
		}
		return
	}
	now := time.Now()
	m, err := parse(data)
	if c.held && m.Type != hello {
		return
	}
	if err != nil || !c.takes.take(now) || (m.Type == text || m.Type == offer) && !c.news.take(now) {
		c.o.Logger.Warn("a message of the chat was refused", "err", err)
		return
	}
	if !c.greeted && m.Type != hello {
		return
	}
	switch m.Type {
	case hello:
		c.called = true
		c.greet()
	case text:
		c.takeText(m)
	case got:
		c.delivered(m.ID)
	case offer:
		c.takeOffer(m)
	case end:
		c.takeEnd(m)
	case cancel:
		c.cancelled(m)
	case accept:
		c.accepted(m)
	case ack:
		c.acked(m.ID, m.Offset)
	case done:
		c.sentWhole(m.ID)
	case decline:
		c.declined(m)
	}
}

// greet begins on a channel once both have said hello.
func (c *Chat) greet() {
	if c.held || !c.called || c.greeted {
		return
	}
	c.greeted = true
	c.urgent = c.urgent || !c.able
	c.able = true
	c.sayAgain()
	c.offerAgain()
}
