package bridge

import (
	"context"
	"encoding/binary"
	"errors"
	"net/http"
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

// watched makes a track with a page that watches it.
func watched(t *testing.T, b *Bridge) (*Track, *page, <-chan struct{}) {
	t.Helper()
	need, calls := asked()
	track := b.Track(Remote, need)
	p := dial(t, b)
	wait(t, calls) // the page has joined: it needs a key frame
	return track, p, calls
}
