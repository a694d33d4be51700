package relay

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxConns bounds the connections of a listener, and maxConnsEach those of
	// an address: a household behind one has some.
	maxConns     = 4000
	maxConnsEach = 64
	// greetLimit is how long a connection may take until it has an allocation,
	// the TLS handshake with it.
	greetLimit = 30 * time.Second
	// idleLimit is more than a permission lasts (RFC 8656, 9: 5 minutes): who
	// uses an allocation says something before.
	idleLimit = 11 * time.Minute
	// writeLimit is how long a client may take nothing in.
	writeLimit = 10 * time.Second
	// maxFrame is in bytes, as pion/turn's buffers.
	maxFrame = 1600
)

// errFrame: what came is neither STUN nor ChannelData.
var errFrame = errors.New("not a TURN message")

// streams are the connections of a TCP or TLS listener, as pion/turn gets them:
// pion's own accepting keeps them after Close, leaks those whose handshake
// fails, and waits for silent ones for ever.
type streams struct {
	net.Listener
	tls       *tls.Config // nil: TCP
	limited   *atomic.Uint64
	strangers *strangers
	ready     chan *stream
	done      chan struct{}
	work      sync.WaitGroup // accepting and handshakes

	mu     sync.Mutex // guards what follows
	conns  map[netip.AddrPort]*stream
	each   map[netip.Addr]int
	closed bool
}

func newStreams(l net.Listener, config *tls.Config, limited *atomic.Uint64) *streams {
	s := &streams{
		Listener: l, tls: config, limited: limited, strangers: newStrangers(limited),
		ready: make(chan *stream), done: make(chan struct{}),
		conns: map[netip.AddrPort]*stream{}, each: map[netip.Addr]int{},
	}
	s.work.Go(s.accept)
	return s
}

func (s *streams) accept() {
	for pause := time.Duration(0); ; {
		conn, err := s.Listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // too many open files, say: it passes
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			select {
			case <-time.After(pause):
			case <-s.done:
				return
			}
			continue
		}
		pause = 0
		c := s.enter(conn)
		if c == nil {
			s.limited.Add(1)
			_ = conn.Close()
			continue
		}
		s.work.Go(func() { s.greet(c) })
	}
}

// enter counts a connection; nil is one too many.
func (s *streams) enter(conn net.Conn) *stream {
	from, _ := addrPort(conn.RemoteAddr())
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.conns) >= maxConns || s.each[network(from.Addr())] >= maxConnsEach {
		return nil
	}
	c := &stream{Conn: conn, all: s, from: from, deadline: time.Now().Add(greetLimit)}
	s.conns[from] = c
	s.each[network(from.Addr())]++
	return c
}

func (s *streams) leave(c *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c.from)
	at := network(c.from.Addr())
	if s.each[at]--; s.each[at] == 0 {
		delete(s.each, at)
	}
}

// greet has the connection ready for pion/turn.
func (s *streams) greet(c *stream) {
	if s.tls != nil {
		secure := tls.Server(c.Conn, s.tls)
		if c.SetDeadline(c.deadline) != nil || secure.Handshake() != nil || c.SetDeadline(time.Time{}) != nil {
			_ = c.Close()
			return
		}
		c.secure = secure
	}
	select {
	case s.ready <- c:
	case <-s.done:
		_ = c.Close()
	}
}

// Accept implements net.Listener.
func (s *streams) Accept() (net.Conn, error) {
	select {
	case c := <-s.ready:
		return c, nil
	case <-s.done:
		return nil, net.ErrClosed
	}
}

// Close ends the listener and all connections.
func (s *streams) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	open := make([]*stream, 0, len(s.conns))
	for _, c := range s.conns {
		open = append(open, c)
	}
	s.mu.Unlock()
	close(s.done)
	err := s.Listener.Close()
	for _, c := range open {
		_ = c.Close()
	}
	s.work.Wait()
	return err
}

// trust gives a client with an allocation more time. UDP clients are not ours.
func (s *streams) trust(client net.Addr, has bool) {
	if _, ok := client.(*net.TCPAddr); !ok {
		return
	}
	at, _ := addrPort(client)
	s.mu.Lock()
	c := s.conns[at]
	s.mu.Unlock()
	if c != nil {
		c.trust(has)
	}
}

// stream is one connection. Each Read gives one whole message.
type stream struct {
	net.Conn
	secure *tls.Conn // nil: TCP
	all    *streams
	from   netip.AddrPort
	once   sync.Once

	mu       sync.Mutex // guards what follows
	trusted  bool
	deadline time.Time // for the first allocation
}

func (c *stream) trust(has bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trusted = has
	if !has {
		c.deadline = time.Now().Add(greetLimit)
		_ = c.SetReadDeadline(c.deadline)
	}
}

// ready sets the time for the next message. It tells whether a client has an
// allocation.
func (c *stream) ready() (trusted bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.trusted {
		return true, c.SetReadDeadline(time.Now().Add(idleLimit))
	}
	return false, c.SetReadDeadline(c.deadline)
}

func (c *stream) bytes() io.ReadWriter {
	if c.secure != nil {
		return c.secure
	}
	return c.Conn
}

// Read gives one message, as pion/turn's framing takes a length that overflows
// 16 bits for 0, and then loops for ever without reading.
func (c *stream) Read(p []byte) (int, error) {
	in := c.bytes()
	for {
		trusted, err := c.ready()
		if err != nil {
			return 0, err
		}
		var head [frameHead]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return 0, err
		}
		size, err := frameSize(head)
		if err != nil {
			return 0, err
		}
		if !trusted && (head[0]>>6 != 0 || size >= maxFrame) {
			return 0, errFrame // without an allocation there are only small requests
		}
		// One that is too large for a packet is left out, as on UDP.
		if size >= maxFrame || size > len(p) {
			if _, err := io.CopyN(io.Discard, in, int64(size-frameHead)); err != nil {
				return 0, err
			}
			continue
		}
		copy(p, head[:])
		if _, err := io.ReadFull(in, p[frameHead:size]); err != nil {
			return 0, err
		}
		if trusted || c.all.strangers.allow(c.from.Addr()) {
			return size, nil
		}
	}
}

const frameHead = 4 // bytes

// frameSize is the length in bytes of a message on a stream, from its beginning:
// a STUN message (RFC 8489, 5), or ChannelData with its padding (RFC 8656, 12.5).
func frameSize(head [frameHead]byte) (int, error) {
	length := int(binary.BigEndian.Uint16(head[2:]))
	switch head[0] >> 6 {
	case 0:
		if length%4 != 0 {
			return 0, errFrame
		}
		return 20 + length, nil
	case 1:
		return frameHead + (length+3)&^3, nil
	}
	return 0, errFrame
}

// Write gives up on a client that takes nothing in.
func (c *stream) Write(p []byte) (int, error) {
	err := c.SetWriteDeadline(time.Now().Add(writeLimit))
	n := 0
	if err == nil {
		n, err = c.bytes().Write(p)
	}
	if err != nil {
		_ = c.Close() // half a message may have gone out
	}
	return n, err
}

// Close ends the connection, without a farewell that could block.
func (c *stream) Close() error {
	var err error
	c.once.Do(func() {
		err = c.Conn.Close()
		c.all.leave(c)
	})
	return err
}
