package relay

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/stun/v4"
)

// pipe is a connection whose ends have addresses.
type pipe struct {
	net.Conn
}

func (pipe) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 4000} }

// piped is a listener that gives one connection.
type piped struct{ conns chan net.Conn }

func (p *piped) Accept() (net.Conn, error) {
	c, ok := <-p.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (p *piped) Close() error { close(p.conns); return nil }

func (*piped) Addr() net.Addr { return &net.TCPAddr{} }

// accepted is a stream, and the client's end of it.
func accepted(t *testing.T) (s *streams, server, client net.Conn) {
	t.Helper()
	client, far := net.Pipe()
	l := &piped{make(chan net.Conn, 1)}
	l.conns <- pipe{far}
	s = newStreams(l, nil, &atomic.Uint64{})
	server, err := s.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = client.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, server, client
}

// message is a STUN message with so much in it, or ChannelData.
func message(first byte, length int) []byte {
	b := make([]byte, 4, 4+length)
	b[0] = first
	binary.BigEndian.PutUint16(b[2:], uint16(length))
	size, err := frameSize([4]byte(b))
	if err != nil {
		panic(err)
	}
	return append(b, bytes.Repeat([]byte{7}, size-4)...)
}

func TestStreamGivesWholeMessages(t *testing.T) {
	s, server, client := accepted(t)
	s.trust(server.RemoteAddr(), true)
	small, data, large := message(0, 8), message(0x40, 1201), message(0x40, 3000)
	all := bytes.Join([][]byte{small, large, data, small}, nil)
	go func() {
		for _, b := range all { // as badly cut as can be
			if _, err := client.Write([]byte{b}); err != nil {
				return
			}
		}
	}()
	buf := make([]byte, maxFrame)
	for _, want := range [][]byte{small, data, small} {
		n, err := server.Read(buf)
		if err != nil || !bytes.Equal(buf[:n], want) {
			t.Fatalf("%d bytes, want %d: %v", n, len(want), err)
		}
	}
}

// A client that says nothing, or too slowly, is let go; one with an allocation
// has longer.
func TestSilentStreamIsClosed(t *testing.T) {
	for _, tc := range []struct {
		trusted bool
		limit   time.Duration
	}{{false, greetLimit}, {true, idleLimit}} {
		synctest.Test(t, func(t *testing.T) {
			s, server, client := accepted(t)
			start := time.Now()
			s.trust(server.RemoteAddr(), tc.trusted)
			go func() {
				time.Sleep(10 * time.Second)
				_, _ = client.Write(message(0, 8)[:5])
			}()
			_, err := server.Read(make([]byte, maxFrame))
			if nerr, ok := errors.AsType[net.Error](err); !ok || !nerr.Timeout() || time.Since(start) != tc.limit {
				t.Errorf("trusted %v: %v after %v", tc.trusted, err, time.Since(start))
			}
		})
	}
}

func TestStreamThatTakesNothingIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, server, _ := accepted(t)
		start := time.Now()
		if _, err := server.Write(message(0, 8)); err == nil || time.Since(start) != writeLimit {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		if _, err := server.Read(make([]byte, maxFrame)); err == nil {
			t.Error("still open")
		}
	})
}

// What is no TURN ends the connection; so does a length that makes pion/turn's
// own framing loop for ever (65516 and its header are 65536 bytes, 0 in 16 bits).
func TestHostileStreams(t *testing.T) {
	r := serve(t, nil)
	overflow := message(0, 65516)
	copy(overflow[4:], []byte{0x21, 0x12, 0xa4, 0x42})
	for name, sent := range map[string][]byte{
		"HTTP": []byte("GET / HTTP/1.1\r\n\r\n"), "bad type": {0xff, 0xff, 0, 0}, "bad length": {0, 1, 0, 3},
		"overflow": overflow, "ChannelData without an allocation": message(0x40, 8),
	} {
		conn, err := net.Dial("tcp", r.TCPAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write(sent); err != nil {
			t.Fatal(err)
		}
		if n, _ := io.Copy(io.Discard, conn); n != 0 {
			t.Errorf("%s is answered with %d bytes", name, n)
		}
		_ = conn.Close()
	}
	// A handshake that fails leaves no connection behind.
	conn, err := net.Dial("tcp", r.TLSAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("GET / HTTP/1.1\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, conn)
	_ = conn.Close()
	eventually(t, "connections are left", func() bool {
		for _, s := range r.streams {
			s.mu.Lock()
			n := len(s.conns) + len(s.each)
			s.mu.Unlock()
			if n > 0 {
				return false
			}
		}
		return true
	})
}

func TestTooManyConnections(t *testing.T) {
	r := serve(t, nil)
	for range maxConnsEach {
		conn, err := net.Dial("tcp", r.TCPAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	conn, err := net.Dial("tcp", r.TCPAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if n, _ := io.Copy(io.Discard, conn); n != 0 { // ends when the relay closes it
		t.Errorf("%d bytes", n)
	}
	if got := r.Stats().Limited; got != 1 {
		t.Errorf("%d limited", got)
	}
}

// Who has no allocation is answered only so often, and does not keep others
// from their answers.
func TestStrangersAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var limited atomic.Uint64
		s := newStrangers(&limited)
		flood := func(from string, packets int) (answered int) {
			for range packets {
				if s.allow(netip.MustParseAddr(from)) {
					answered++
				}
			}
			return answered
		}
		if n := flood("192.0.2.1", 5000); n != strangerBurst || limited.Load() != 5000-strangerBurst {
			t.Errorf("%d answered, %d limited", n, limited.Load())
		}
		if n := flood("192.0.2.2", 10); n != 10 {
			t.Errorf("another: %d answered", n)
		}
		time.Sleep(2 * time.Second)
		if n := flood("::ffff:192.0.2.1", 5000); n != 2*strangerRate {
			t.Errorf("later: %d answered", n)
		}
		if n := flood("2001:db8::1", 200) + flood("2001:db8::ffff", 200); n != strangerBurst {
			t.Errorf("one network: %d answered", n)
		}
		for i := range 2 * maxStrangers {
			s.allow(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}))
		}
		if n := len(s.list); n != maxStrangers {
			t.Errorf("%d remembered", n)
		}
		time.Sleep(time.Minute)
		if n := flood("203.0.113.1", 10); n != 10 || len(s.list) != 1 {
			t.Errorf("after a while: %d answered, %d remembered", n, len(s.list))
		}
	})
}

func TestFloodOverUDPIsLimited(t *testing.T) {
	r := serve(t, nil)
	conn, server := dial(t, r, "udp")
	to, err := net.ResolveUDPAddr("udp4", server)
	if err != nil {
		t.Fatal(err)
	}
	m := stun.MustBuild(stun.TransactionID, stun.BindingRequest)
	eventually(t, "never limited", func() bool {
		for range 100 {
			if _, err := conn.WriteTo(m.Raw, to); err != nil {
				t.Fatal(err)
			}
		}
		return r.Stats().Limited > 0
	})
}

func FuzzStream(f *testing.F) {
	f.Add(message(0, 8))
	f.Add(message(0x40, 5))
	f.Add(message(0, 65516))
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		client, far := net.Pipe()
		all := &streams{limited: &atomic.Uint64{}, conns: map[netip.AddrPort]*stream{}, each: map[netip.Addr]int{}, strangers: newStrangers(&atomic.Uint64{})}
		c := all.enter(pipe{far})
		go func() {
			_, _ = client.Write(sent)
			_ = client.Close()
		}()
		buf := make([]byte, maxFrame)
		for total := 0; ; {
			n, err := c.Read(buf)
			if err != nil {
				break
			}
			size, err := frameSize([4]byte(buf))
			if err != nil || n != size || n < frameHead || total+n > len(sent) {
				t.Fatalf("a message of %d bytes, %v", n, err)
			}
			total += n
		}
		_ = c.Close()
		_ = client.Close()
	})
}
