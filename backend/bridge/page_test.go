package bridge

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"parley/backend/frame"
)

const origin = "wails://wails"

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

func listen(t testing.TB) *Bridge {
	t.Helper()
	b, err := Listen(Config{Origins: []string{origin, "http://wails.localhost"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// page is a client of the bridge that speaks the wire format and nothing more.
type page struct {
	t    *testing.T
	conn *websocket.Conn
}

// dial connects a page; it says hello unless it is told otherwise.
func dial(t *testing.T, b *Bridge) *page {
	t.Helper()
	p := connect(t, b)
	p.send([]byte{1, typeHello})
	return p
}

func connect(t *testing.T, b *Bridge) *page {
	t.Helper()
	conn, _, err := websocket.Dial(deadline(t), b.URL(), &websocket.DialOptions{
		HTTPHeader: http.Header{"Origin": {origin}},
	})
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadLimit(maxFrame + 1024)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &page{t, conn}
}

func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func (p *page) send(b []byte) {
	p.t.Helper()
	if err := p.conn.Write(deadline(p.t), websocket.MessageBinary, b); err != nil {
		p.t.Fatal(err)
	}
}

func (p *page) report(name string, sequence uint32, o outcome) {
	p.t.Helper()
	p.send(appendName(binary.BigEndian.AppendUint32([]byte{1, typeReport, byte(o)}, sequence), name))
}

func (p *page) want(name string, after uint32) {
	p.t.Helper()
	p.send(appendName(binary.BigEndian.AppendUint32([]byte{1, typeWant}, after), name))
}

func (p *page) shown(name string, width, height uint16) {
	p.t.Helper()
	b := binary.BigEndian.AppendUint16([]byte{1, typeShown}, width)
	p.send(appendName(binary.BigEndian.AppendUint16(b, height), name))
}

// got is a message from the bridge, as far as the tests look.
type got struct {
	kind     byte
	key      bool
	sequence uint32
	data     string
}

func (p *page) next() got {
	p.t.Helper()
	_, b, err := p.conn.Read(deadline(p.t))
	if err != nil {
		p.t.Fatal(err)
	}
	if b[1] == typeClear {
		return got{kind: typeClear}
	}
	name := int(b[28])
	return got{b[1], b[2] == flagKey, binary.BigEndian.Uint32(b[4:]), string(b[29+name:])}
}

// closed waits for the end of the connection and gives its code.
func (p *page) closed() websocket.StatusCode {
	p.t.Helper()
	for {
		_, _, err := p.conn.Read(deadline(p.t))
		if errors.Is(err, context.DeadlineExceeded) {
			p.t.Fatal("the connection stayed open")
		}
		if err != nil {
			return websocket.CloseStatus(err)
		}
	}
}

func vp8(key bool, data string) frame.Video {
	return frame.Video{Codec: frame.VP8, Data: []byte(data), Key: key, Width: 64, Height: 48}
}

// asked gives a needKeyframe function and the channel of its calls.
func asked() (func(), <-chan struct{}) {
	c := make(chan struct{}, 100)
	return func() { c <- struct{}{} }, c
}

func wait(t *testing.T, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-deadline(t).Done():
		t.Fatal("nothing happened")
	}
}

// until waits for what tells nobody.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := deadline(t)
	for !ok() {
		select {
		case <-tick.C:
		case <-late.Done():
			t.Fatalf("no %s", what)
		}
	}
}

// untilAsked writes frames at the pace of an encoder until a key frame is asked for.
func untilAsked(t *testing.T, calls <-chan struct{}, write func()) {
	t.Helper()
	until(t, "key frame is asked for", func() bool {
		if len(calls) == 0 {
			write()
		}
		return len(calls) > 0
	})
}

// sendHuge sends one message of n bytes, and gives the code that the connection
// is closed with. It speaks for itself: a WebSocket library forgets the code
// where the connection breaks under what it is writing.
func sendHuge(t *testing.T, b *Bridge, n int) websocket.StatusCode {
	t.Helper()
	conn, err := net.Dial("tcp", b.host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	end, _ := deadline(t).Deadline()
	_ = conn.SetDeadline(end)
	r, err := http.NewRequest(http.MethodGet, "http://"+strings.TrimPrefix(b.URL(), "ws://"), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{
		"Origin": {origin}, "Connection": {"Upgrade"}, "Upgrade": {"websocket"},
		"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
	}
	if err := r.Write(conn); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	response, err := http.ReadResponse(in, r)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%v, %v", response, err)
	}
	// RFC 6455, 5.2: the last fragment, binary, masked with zeros, 64 bits of length.
	header := binary.BigEndian.AppendUint64([]byte{0x82, 0xff}, uint64(n))
	wrote := make(chan struct{})
	go func() {
		defer close(wrote)
		_, _ = conn.Write(append(header, make([]byte, 4+n)...)) // cut short
	}()
	var answer [4]byte
	_, err = io.ReadFull(in, answer[:])
	_ = conn.Close()
	<-wrote
	if err != nil || answer[0] != 0x88 {
		t.Fatalf("no closing frame but %x, %v", answer, err)
	}
	return websocket.StatusCode(binary.BigEndian.Uint16(answer[2:]))
}

// watched makes a track with a page that watches it.
func watched(t *testing.T, b *Bridge) (*Track, *page, <-chan struct{}) {
	t.Helper()
	need, calls := asked()
	track := b.Track(Remote, need)
	p := dial(t, b)
	wait(t, calls) // the page has joined: it needs a key frame
	return track, p, calls
}
