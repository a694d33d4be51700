package bridge

import (
	"context"
	"fmt"
	"image"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"parley/backend/frame"
)

func TestRefusals(t *testing.T) {
	b := listen(t)
	good := "http://" + strings.TrimPrefix(b.URL(), "ws://")
	for _, c := range []struct {
		name   string
		url    string
		change func(*http.Request)
		status int
	}{
		{"another host", good, func(r *http.Request) { r.Host = "evil.example" }, http.StatusMisdirectedRequest},
		{"localhost", good, func(r *http.Request) { r.Host = strings.Replace(b.host, "127.0.0.1", "localhost", 1) }, http.StatusMisdirectedRequest},
		{"another path", strings.Replace(good, path, "/", 1), nil, http.StatusNotFound},
		{"no origin", good, func(r *http.Request) { r.Header.Del("Origin") }, http.StatusForbidden},
		{"null origin", good, func(r *http.Request) { r.Header.Set("Origin", "null") }, http.StatusForbidden},
		{"longer origin", good, func(r *http.Request) { r.Header.Set("Origin", origin+".example") }, http.StatusForbidden},
		{"origin in capitals", good, func(r *http.Request) { r.Header.Set("Origin", "WAILS://wails") }, http.StatusForbidden},
		{"two origins", good, func(r *http.Request) { r.Header.Add("Origin", origin) }, http.StatusForbidden},
		{"the bridge's own origin", good, func(r *http.Request) { r.Header.Set("Origin", "http://"+b.host) }, http.StatusForbidden},
		{"no token", strings.Split(good, "?")[0], nil, http.StatusUnauthorized},
		{"empty token", strings.Split(good, "=")[0] + "=", nil, http.StatusUnauthorized},
		{"shorter token", good[:len(good)-1], nil, http.StatusUnauthorized},
		{"longer token", good + "A", nil, http.StatusUnauthorized},
		{"not a WebSocket", good, nil, http.StatusUpgradeRequired},
		{"headers without end", good, func(r *http.Request) { r.Header.Set("X", strings.Repeat("x", 64<<10)) }, http.StatusRequestHeaderFieldsTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(deadline(t), http.MethodGet, c.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Origin", origin)
			if c.change != nil {
				c.change(r)
			}
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			response, err := transport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, _ := io.ReadAll(response.Body)
			if response.StatusCode != c.status {
				t.Errorf("status %d (%s), want %d", response.StatusCode, body, c.status)
			}
			if strings.Contains(string(body), b.token) {
				t.Error("the answer tells the token")
			}
		})
	}
	// The bridge goes on.
	track, p, _ := watched(t, b)
	track.Write(vp8(true, "key"), time.Time{})
	if g := p.next(); g.data != "key" {
		t.Errorf("got %+v", g)
	}
}

func TestTokenIsNewEachTime(t *testing.T) {
	if a, b := listen(t), listen(t); a.token == b.token || len(a.token) < 22 {
		t.Errorf("tokens %q and %q", a.token, b.token)
	}
}

func TestBadPagesAreCutOff(t *testing.T) {
	hello := []byte{1, typeHello}
	for _, c := range []struct {
		name     string
		messages [][]byte
		code     websocket.StatusCode
	}{
		{"no hello", [][]byte{{1, typeWant, 0, 0, 0, 0, 1, 'x'}}, websocket.StatusPolicyViolation},
		{"another version", [][]byte{{2, typeHello}}, websocket.StatusPolicyViolation},
		{"malformed", [][]byte{hello, {1, typeReport, 9}}, websocket.StatusPolicyViolation},
		{"oversize", [][]byte{hello, make([]byte, maxMessage+1)}, websocket.StatusMessageTooBig},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := connect(t, listen(t))
			for _, m := range c.messages {
				p.send(m)
			}
			if code := p.closed(); code != c.code {
				t.Errorf("closed with %d, want %d", code, c.code)
			}
		})
	}
	t.Run("text", func(t *testing.T) {
		p := dial(t, listen(t))
		if err := p.conn.Write(deadline(t), websocket.MessageText, []byte("hello")); err != nil {
			t.Fatal(err)
		}
		if code := p.closed(); code != websocket.StatusPolicyViolation {
			t.Errorf("closed with %d", code)
		}
	})
	t.Run("10 MB", func(t *testing.T) {
		b := listen(t)
		track, p, _ := watched(t, b)
		if code := sendHuge(t, b, 10<<20); code != websocket.StatusMessageTooBig {
			t.Errorf("closed with %d", code)
		}
		track.Write(vp8(true, "key"), time.Time{})
		if g := p.next(); g.data != "key" {
			t.Errorf("the page that watches got %+v", g)
		}
	})
	t.Run("flood", func(t *testing.T) {
		b := listen(t)
		p := dial(t, b)
		flood := make(chan struct{})
		go func() {
			defer close(flood)
			for p.conn.Write(context.Background(), websocket.MessageBinary, []byte{1, typeWant, 0, 0, 0, 0, 1, 'x'}) == nil {
			}
		}()
		if code := p.closed(); code != websocket.StatusPolicyViolation {
			t.Errorf("closed with %d", code)
		}
		<-flood
		track, p, _ := watched(t, b)
		track.Write(vp8(true, "key"), time.Time{})
		if g := p.next(); g.data != "key" {
			t.Errorf("the next page got %+v", g)
		}
	})
}

func TestViewerStartsWithKeyFrame(t *testing.T) {
	track, p, _ := watched(t, listen(t))
	track.Write(vp8(false, "delta 1"), time.Time{})
	track.Write(vp8(true, "key 2"), time.Time{})
	track.Write(vp8(false, "delta 3"), time.Time{})
	for _, want := range []got{{typeFrame, true, 2, "key 2"}, {typeFrame, false, 3, "delta 3"}} {
		if g := p.next(); g != want {
			t.Errorf("got %+v, want %+v", g, want)
		}
	}
	if s := track.Stats(); s.Written != 3 || s.Sent != 2 || s.Dropped != 1 {
		t.Errorf("stats %+v", s)
	}
}

func TestNewPageTakesOver(t *testing.T) {
	b := listen(t)
	track, first, calls := watched(t, b)
	track.Write(vp8(true, "key 1"), time.Time{})
	first.next()
	second := dial(t, b)
	if code := first.closed(); code != statusReplaced {
		t.Errorf("the first page was closed with %d", code)
	}
	// It needs a key frame of its own, and asks for it.
	untilAsked(t, calls, func() { track.Write(vp8(false, "delta"), time.Time{}) })
	track.Write(vp8(true, "key 2"), time.Time{})
	if g := second.next(); g.data != "key 2" {
		t.Errorf("the second page got %+v", g)
	}
}

func TestClear(t *testing.T) {
	track, p, _ := watched(t, listen(t))
	track.Write(vp8(true, "key"), time.Time{})
	p.next()
	track.Clear()
	if g := p.next(); g.kind != typeClear {
		t.Errorf("got %+v", g)
	}
	track.Write(vp8(false, "delta of what was"), time.Time{})
	track.Write(vp8(true, "again"), time.Time{})
	if g := p.next(); g.data != "again" {
		t.Errorf("got %+v", g)
	}
}

func TestWant(t *testing.T) {
	track, p, calls := watched(t, listen(t))
	track.Write(vp8(true, "key 1"), time.Time{})
	track.Write(vp8(false, "delta 2"), time.Time{})
	p.next()
	p.next()
	p.want(Remote, 0) // but key frame 1 is later
	p.want("nobody's", 9)
	p.want(Remote, 2)
	// No delta frame comes any more, and a key frame is asked for.
	untilAsked(t, calls, func() {
		track.Write(vp8(false, "delta"), time.Time{})
		p.report(Remote, track.sequence, skipped)
	})
	track.Write(vp8(true, "key"), time.Time{})
	for g := p.next(); g.data != "key"; g = p.next() {
	}
	if g := track.Stats(); g.Sent == g.Written || g.Dropped == 0 {
		t.Errorf("no delta frame was held back: %+v", g)
	}
}

func TestPageThatDoesNotReport(t *testing.T) {
	track, p, calls := watched(t, listen(t))
	track.Write(vp8(true, "key"), time.Time{})
	p.next()
	for range flightFrames - 1 {
		track.Write(vp8(false, "delta"), time.Time{})
		p.next()
	}
	for range queueFrames {
		track.Write(vp8(false, "queued"), time.Time{})
	}
	if s := track.Stats(); s.Sent != flightFrames || s.Dropped != 0 {
		t.Errorf("with a full queue: %+v", s)
	}
	track.Write(vp8(false, "one too many"), time.Time{})
	if s := track.Stats(); s.Sent != flightFrames || s.Dropped != queueFrames+1 {
		t.Errorf("after it: %+v", s)
	}
	untilAsked(t, calls, func() { track.Write(vp8(false, "delta"), time.Time{}) })
	track.Write(vp8(true, "next key"), time.Time{})
	p.report(Remote, flightFrames, drawn)
	if g := p.next(); g.data != "next key" {
		t.Errorf("got %+v", g)
	}
	if s := track.Stats(); s.Drawn != 1 || s.Skipped != flightFrames-1 || s.DelayP50 <= 0 {
		t.Errorf("after the report: %+v", s)
	}
}

// A page that reads nothing at all fills its socket: Write returns all the
// same, and so does Close.
func TestPageThatDoesNotRead(t *testing.T) {
	b := listen(t)
	track, _, _ := watched(t, b)
	big := vp8(true, strings.Repeat("x", 1<<20))
	for range 300 {
		track.Write(big, time.Time{})
	}
	if s := track.Stats(); s.Written != 300 || s.Dropped == 0 {
		t.Errorf("%+v", s)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

func TestReports(t *testing.T) {
	b := listen(t)
	track, p, _ := watched(t, b)
	for i := range 4 {
		track.Write(vp8(i == 0, "frame"), time.Now())
		p.next()
	}
	p.report(Remote, 1, drawn)
	p.report(Remote, 2, skipped)
	p.report(Remote, 3, failed)
	p.report(Remote, 99, drawn) // settles 4, which it is not
	p.report(Remote, 4, drawn)  // too late
	p.report("nobody's", 4, drawn)
	// A message is taken when what follows it is.
	other := b.Track(Local, nil)
	other.Write(vp8(true, "key"), time.Time{})
	p.next()
	p.report(Local, 1, drawn)
	until(t, "report", func() bool { return other.Stats().Drawn > 0 })
	s := track.Stats()
	if s.Drawn != 1 || s.Skipped != 2 || s.DecoderErrors != 1 || s.LateP95 <= 0 {
		t.Errorf("%+v", s)
	}
}

func TestFramesThatCannotBeSent(t *testing.T) {
	track, p, _ := watched(t, listen(t))
	for _, f := range []frame.Video{
		{Codec: frame.Opus, Data: []byte("x"), Key: true},
		{Codec: frame.VP8, Key: true},
		{Codec: frame.H264, Key: true, Data: make([]byte, maxFrame+1)},
		{Codec: frame.VP8, Key: true, Data: []byte("16 bits"), Width: 16383, Height: 16383},
		{Codec: frame.H264, Key: true, Data: []byte("17 bits"), Width: 1<<16 + 640, Height: 480},
		{Codec: frame.RGBA, Key: true, Data: make([]byte, 4*64*48-1), Width: 64, Height: 48},
		vp8(false, "a delta of those"),
	} {
		track.Write(f, time.Time{})
	}
	track.Write(vp8(true, "key"), time.Time{})
	if g := p.next(); g.data != "key" {
		t.Errorf("got %+v", g)
	}
	if s := track.Stats(); s.Dropped != 7 {
		t.Errorf("%+v", s)
	}
}

// fill brings a watched track to where its next frame waits in the queue.
func fill(track *Track, p *page) (last uint32) {
	for n := range flightFrames {
		track.Write(vp8(n == 0, "in flight"), time.Time{})
		last = p.next().sequence
	}
	return last
}

func TestDeltaOfAFrameThatCannotBeSent(t *testing.T) {
	track, p, _ := watched(t, listen(t))
	last := fill(track, p)
	track.Write(vp8(false, "delta"), time.Time{})
	track.Write(vp8(true, "key"), time.Time{})
	track.Write(frame.Video{Codec: frame.VP8}, time.Time{})
	track.Write(vp8(false, "a delta of that"), time.Time{})
	track.Write(vp8(true, "next key"), time.Time{})
	p.report(Remote, last, drawn)
	for _, want := range []string{"delta", "key", "next key"} {
		if g := p.next(); g.data != want {
			t.Errorf("got %+v, want %s", g, want)
		}
	}
}

func TestWantWhileAKeyFrameWaits(t *testing.T) {
	track, p, _ := watched(t, listen(t))
	last := fill(track, p)
	track.Write(vp8(true, "key"), time.Time{})
	track.Write(vp8(false, "delta"), time.Time{})
	p.want(Remote, last)
	p.report(Remote, last, skipped)
	for _, want := range []string{"key", "delta"} {
		if g := p.next(); g.data != want {
			t.Errorf("got %+v, want %s", g, want)
		}
	}
}

// The size in which a track is shown is that of the page that watches.
func TestShown(t *testing.T) {
	b := listen(t)
	track, p, _ := watched(t, b)
	shown := func(x, y int) {
		t.Helper()
		until(t, fmt.Sprintf("size %dx%d", x, y), func() bool { return track.Shown() == image.Pt(x, y) })
	}
	shown(0, 0)
	p.shown("nobody's", 1, 1)
	p.shown(Remote, 200, 125)
	shown(200, 125)
	p.shown(Remote, 0, 0)
	shown(0, 0)
	p.shown(Remote, 65535, 400)
	shown(65535, 400)
	another := dial(t, b)
	shown(0, 0)
	another.shown(Remote, 320, 180)
	shown(320, 180)
	_ = another.conn.CloseNow()
	shown(0, 0)
}

func TestTrackIsTheSameByName(t *testing.T) {
	b := listen(t)
	old, oldCalls := asked()
	first := b.Track(Remote, old)
	need, calls := asked()
	if b.Track(Remote, need) != first {
		t.Error("two tracks of one name")
	}
	dial(t, b)
	wait(t, calls)
	if len(oldCalls) != 0 {
		t.Error("the old function was called")
	}
}

func TestNobodyWatches(t *testing.T) {
	track := listen(t).Track(Local, func() { t.Error("a key frame for nobody") })
	track.Write(vp8(false, "x"), time.Time{})
	track.Clear()
	if s := track.Stats(); s.Written != 1 || s.Dropped != 0 || s.Sent != 0 {
		t.Errorf("%+v", s)
	}
}

func TestCloseTwice(t *testing.T) {
	b := listen(t)
	track, p, _ := watched(t, b)
	for range 2 {
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	p.closed()
	track.Write(vp8(true, "after the end"), time.Time{})
	track.Clear()
}
