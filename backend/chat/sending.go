package chat

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"time"
)

// sending is our files that are not over, in order: they go one after the other.
type sending struct {
	files   []*given
	offered int // numbers that were given
	pace    *pace
	looked  time.Time // at the supply
	buffer  []byte
}

// given is a file of ours.
type given struct {
	id       int
	entry    *Entry
	file     *os.File
	accepted bool // since the channel is there
	next     int64
	told     int64 // the most that was ever sent
	hash     hash.Hash
	hashed   int64
	ended    bool
	flying   []piece
	moved    time.Time // that something was acknowledged
	asked    time.Time // where the other side stands
}

// piece is bytes up to an offset that left at a time.
type piece struct {
	end  int64
	at   time.Time
	busy bool // the pace, and nothing else, held the next one back
}

const maxGiven = 20

func (c *Chat) offer(path string) error {
	if !c.able || len(c.out.files) >= maxGiven {
		return fmt.Errorf("offer a file: %w", ErrRefused)
	}
	e := c.add(true)
	e.File = &File{Name: SafeName(filepath.Base(path)), State: Offered}
	file, err := os.Open(path)
	if err != nil {
		c.fail(e, Unreadable)
		return nil //nolint:nilerr // the entry tells
	}
	info, err := file.Stat()
	if err == nil {
		e.File.Size = info.Size()
	}
	switch {
	case err != nil || !info.Mode().IsRegular():
		c.fail(e, Unreadable)
	case info.Size() > MaxSize:
		c.fail(e, TooLarge)
	default:
		c.out.offered++
		g := &given{id: c.out.offered, entry: e, file: file, hash: sha256.New()}
		c.out.files = append(c.out.files, g)
		if c.greeted {
			c.sendOffer(g)
		}
		return nil
	}
	_ = file.Close()
	return nil
}

func (c *Chat) sendOffer(g *given) {
	c.send(message{Type: offer, ID: g.id, Name: g.entry.File.Name, Size: g.entry.File.Size})
}

// offerAgain tells of our files through a new channel; the answers say from where
// they go on.
func (c *Chat) offerAgain() {
	for _, g := range c.out.files {
		g.accepted = false
		c.sendOffer(g)
	}
}

func (s *sending) find(id int) *given {
	for _, g := range s.files {
		if g.id == id {
			return g
		}
	}
	return nil
}

func (s *sending) forget(g *given) {
	_ = g.file.Close()
	for i, other := range s.files {
		if other == g {
			s.files = append(s.files[:i], s.files[i+1:]...)
			return
		}
	}
}

func (s *sending) close() {
	for _, g := range s.files {
		_ = g.file.Close()
	}
	s.files = nil
}

// accepted begins to send, or goes on, from where the other side has it.
func (c *Chat) accepted(m message) {
	g := c.out.find(m.ID)
	if g == nil || m.Offset > g.told {
		return
	}
	now := time.Now()
	if c.out.pace.old(now) {
		c.out.pace = newPace(now)
	}
	if !g.accepted || m.Offset > g.entry.File.Bytes {
		g.moved = now
	}
	g.accepted, g.ended, g.next, g.flying = true, false, m.Offset, nil
	g.entry.File.Bytes = m.Offset
	c.setState(g.entry, Moving)
}

func (c *Chat) acked(id int, offset int64) {
	g := c.out.find(id)
	if g == nil || !g.accepted || offset > g.next || offset < g.entry.File.Bytes {
		return
	}
	now := time.Now()
	var last piece
	for len(g.flying) > 0 && g.flying[0].end <= offset {
		last, g.flying = g.flying[0], g.flying[1:]
	}
	if last.end == offset && !last.at.IsZero() {
		c.out.pace.acked(int(offset-g.entry.File.Bytes), last.at, last.busy, now)
	}
	g.entry.File.Bytes, g.moved = offset, now
	c.touch(g.entry, false)
}

func (c *Chat) sentWhole(id int) {
	if g := c.out.find(id); g != nil && g.ended {
		g.entry.File.Bytes = g.entry.File.Size
		c.setState(g.entry, Done)
		c.out.forget(g)
	}
}

func (c *Chat) declined(m message) {
	g := c.out.find(m.ID)
	if g == nil {
		return
	}
	switch {
	case m.Why.known():
		c.fail(g.entry, m.Why)
	case g.entry.File.State == Offered:
		c.setState(g.entry, Declined)
	default:
		c.setState(g.entry, Cancelled)
	}
	c.out.forget(g)
}

func (p Problem) known() bool {
	switch p {
	case TooLarge, TooMany, NoSpace, NoFolder, Unreadable, Altered, Damaged, Stalled, CallOver:
		return true
	}
	return false
}

// withdraw ends a file of ours, and tells the other side.
func (c *Chat) withdraw(g *given, why Problem) {
	if why == "" {
		c.setState(g.entry, Cancelled)
	} else {
		c.fail(g.entry, why)
	}
	c.send(message{Type: cancel, ID: g.id, Why: why})
	c.out.forget(g)
}

// pump sends what may leave now, and gives the time until more may; 0 is until
// something happens.
func (c *Chat) pump(now time.Time) time.Duration {
	if !c.greeted || c.channel == nil {
		return 0
	}
	var g *given
	for _, other := range c.out.files {
		if other.accepted && (g == nil || !other.ended) {
			if g = other; !g.ended {
				break
			}
		}
	}
	if g == nil {
		return 0
	}
	if now.Sub(g.moved) > stalledAfter {
		c.withdraw(g, Stalled)
		return look
	}
	if now.Sub(g.moved) > askAfter && now.Sub(g.asked) > askAfter {
		g.asked = now
		c.sendOffer(g) // the answer says from where to go on
	}
	if c.o.Supply != nil && now.Sub(c.out.looked) >= look {
		c.out.looked = now
		c.out.pace.supplied(c.o.Supply(), now)
	}
	for range 64 {
		if wait := c.out.pace.wait(now); wait > 0 {
			return min(wait, look)
		}
		if g.next-g.entry.File.Bytes >= int64(c.out.pace.window()) || g.ended {
			return look
		}
		if !c.sendPiece(g, now) {
			return look
		}
	}
	return time.Microsecond // others are heard between
}

// sendPiece sends the next bytes, or that there are no more.
func (c *Chat) sendPiece(g *given, now time.Time) bool {
	left := g.entry.File.Size - g.next
	if left == 0 {
		g.ended = c.write(message{Type: end, ID: g.id, SHA256: hex.EncodeToString(g.hash.Sum(nil))}.encode(), true)
		return false
	}
	n := int(min(left, int64(c.out.pace.piece())))
	if c.out.buffer == nil {
		c.out.buffer = make([]byte, maxPiece)
	}
	b := c.out.buffer[:n]
	if _, err := g.file.ReadAt(b, g.next); err != nil {
		why := Unreadable
		if errors.Is(err, io.EOF) {
			why = Altered
		}
		c.withdraw(g, why)
		return false
	}
	if !c.write(encodePiece(g.id, g.next, b), false) {
		return false
	}
	g.next += int64(n)
	if fresh := g.next - g.hashed; fresh > 0 {
		_, _ = g.hash.Write(b[int64(n)-fresh:])
		g.hashed = g.next
	}
	g.told = max(g.told, g.next)
	c.out.pace.sent(n+header, now)
	busy := g.next-g.entry.File.Bytes < int64(c.out.pace.window())
	g.flying = append(g.flying, piece{g.next, now, busy})
	return true
}
