package bridge

import (
	"context"
	"errors"
	"fmt"
	"image"
	"net"
	"net/http"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"
)

const (
	// statusReplaced is the close code that tells a page that another took its
	// place: it must not come back by itself, or the two would take turns.
	statusReplaced websocket.StatusCode = 4000

	// writeTimeout is how long the page may leave its socket full. There is no
	// deadline for reading: the page may have nothing to say, and on the
	// loopback interface the kernel tells when it is gone.
	writeTimeout = 5 * time.Second

	// One page reports three tracks of at most 60 frames a second, all at once
	// when it was busy.
	messageRate  = 500 // messages a second
	messageBurst = 500
)

var (
	errReplaced = errors.New("another page took over")
	errFlood    = errors.New("too many messages")
)

// client is the page that watches.
type client struct {
	bridge *Bridge
	conn   *websocket.Conn
	wake   chan struct{}
	ctx    context.Context // until the connection should end; its cause is why
	end    context.CancelCauseFunc
}

type connKey struct{}

func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// watch runs one page's connection to its end.
func (b *Bridge) watch(w http.ResponseWriter, r *http.Request) {
	raw, _ := r.Context().Value(connKey{}).(net.Conn)
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		InsecureSkipVerify: true, // serve has checked the Origin, and to the letter
	})
	if err != nil {
		b.log.Warn("track bridge refused a connection", "err", err)
		return
	}
	// A closing handshake may take 5 s: closing the bridge does not wait for it.
	defer context.AfterFunc(b.ctx, func() { _ = raw.Close() })()
	conn.SetReadLimit(maxMessage)
	c := &client{bridge: b, conn: conn, wake: make(chan struct{}, 1)}
	c.ctx, c.end = context.WithCancelCause(b.ctx)

	wrote := make(chan struct{})
	go func() {
		defer close(wrote)
		c.writeAll()
	}()
	err = c.readAll()
	c.end(err)
	b.leave(c)
	<-wrote
	b.log.Debug("a page left the track bridge", "why", context.Cause(c.ctx))
}

// readAll reads until the connection or the page's manners end.
func (c *client) readAll() error {
	ctx, cancel := context.WithTimeout(c.ctx, handshakeTimeout)
	m, err := c.read(ctx)
	cancel()
	if err != nil {
		return err
	}
	if m.kind != typeHello {
		return fmt.Errorf("%w: it should begin with hello", errMessage)
	}
	c.bridge.join(c)
	limit := rate.NewLimiter(messageRate, messageBurst)
	for {
		// Not c.ctx: the end of that is said with a closing code first.
		m, err := c.read(context.Background())
		if err != nil {
			return err
		}
		if !limit.Allow() {
			return errFlood
		}
		c.bridge.take(c, m)
	}
}

func (c *client) read(ctx context.Context) (message, error) {
	kind, b, err := c.conn.Read(ctx)
	if err != nil {
		return message{}, err
	}
	if kind != websocket.MessageBinary {
		return message{}, fmt.Errorf("%w: text", errMessage)
	}
	return parse(b)
}

// writeAll sends what the tracks have until the connection should end, then
// ends it with its code.
func (c *client) writeAll() {
	var buf []byte
	for {
		select {
		case <-c.wake:
		case <-c.ctx.Done():
			c.close(context.Cause(c.ctx))
			return
		}
		for ok := true; ok && c.ctx.Err() == nil; {
			if buf, ok = c.bridge.next(c, buf[:0]); ok {
				c.write(buf)
			}
		}
	}
}

func (c *client) write(b []byte) {
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	if err := c.conn.Write(ctx, websocket.MessageBinary, b); err != nil {
		c.end(err)
	}
}

func (c *client) close(why error) {
	switch {
	case errors.Is(why, errReplaced):
		_ = c.conn.Close(statusReplaced, why.Error())
	case errors.Is(why, errMessage), errors.Is(why, errFlood):
		c.bridge.log.Warn("track bridge cut a page off", "err", why)
		_ = c.conn.Close(websocket.StatusPolicyViolation, why.Error())
	default: // the page left or took nothing in, or the bridge closes
		_ = c.conn.CloseNow()
	}
}

// wakeUp tells the writer that there may be something to send.
func (c *client) wakeUp() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// join makes c the page that watches: every track starts anew for it.
func (b *Bridge) join(c *client) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.client != nil {
		b.client.end(errReplaced)
	}
	b.client = c
	for _, t := range b.tracks {
		t.stats.Dropped += uint64(t.lane.reset())
		t.lane, t.clear, t.shown = newLane(), false, image.Point{}
		t.askKeyframe(time.Now())
	}
}

// leave ends what join began.
func (b *Bridge) leave(c *client) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.client == c {
		b.client = nil
	}
}

// take acts on a message of the page.
func (b *Bridge) take(c *client, m message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.tracks[m.name]
	if b.client != c || t == nil { // a page may ask for a track before we have it
		return
	}
	switch m.kind {
	case typeWant:
		t.wanted(m.sequence, time.Now())
	case typeReport:
		t.reported(m.sequence, m.outcome, time.Now())
	case typeShown:
		t.shown = image.Pt(m.width, m.height)
	}
	c.wakeUp()
}

// next appends the next message for c to buf: of the tracks that have one, the
// frame written first.
func (b *Bridge) next(c *client, buf []byte) (msg []byte, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.client != c {
		return buf, false
	}
	var first *Track
	for _, t := range b.tracks {
		if t.clear {
			t.clear = false
			return appendClear(buf, t.name), true
		}
		if t.lane.ready() && (first == nil || t.lane.queue[0].written.Before(first.lane.queue[0].written)) {
			first = t
		}
	}
	if first == nil {
		return buf, false
	}
	first.stats.Sent++
	return appendFrame(buf, first.name, first.lane.pop()), true
}
