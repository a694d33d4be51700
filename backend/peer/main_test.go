package peer

import (
	"bytes"
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/transport/v4"
	"github.com/pion/transport/v4/vnet"
	"go.uber.org/goleak"

	"parley/backend/frame"
	"parley/backend/signaling"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what should come: not a measurement.
const patience = time.Minute

// end is one end of a test call, with what its handlers got.
type end struct {
	*Peer
	candidates chan signaling.Candidate
	transport  chan Transport
	codec      chan frame.Codec
	target     chan int
	keyframe   chan time.Time
	video      chan frame.Video

	screenCodec    chan frame.Codec
	screenKeyframe chan time.Time
	screen         chan frame.Video

	audio   chan frame.Audio
	voice   chan int
	packet  atomic.Int64 // ns of sound in one, as last told
	loss    chan float64
	message chan string
	open    chan struct{}
	patient bool // makes no second picture before the first was heard of, as session does
}

func newEnd(t testing.TB, role signaling.Role, on transport.Net, codecs ...frame.Codec) *end {
	t.Helper()
	cfg := Config{Interfaces: []string{"lo"}, Codecs: codecs}
	if on != nil {
		cfg.Interfaces = nil
	}
	return makeEnd(t, cfg, role, on)
}

func newEndWith(t testing.TB, role signaling.Role, change func(*Config)) *end {
	t.Helper()
	cfg := Config{Interfaces: []string{"lo"}}
	change(&cfg)
	return makeEnd(t, cfg, role, nil)
}

func makeEnd(t testing.TB, cfg Config, role signaling.Role, on transport.Net) *end {
	t.Helper()
	return makeEndWith(t, cfg, role, on, ChannelHandlers{})
}

func makeEndWith(t testing.TB, cfg Config, role signaling.Role, on transport.Net, h ChannelHandlers) *end {
	t.Helper()
	cfg.Logger = slog.New(slog.DiscardHandler)
	e := &end{
		candidates: make(chan signaling.Candidate, 1000),
		transport:  make(chan Transport, 1000),
		codec:      make(chan frame.Codec, 10),
		target:     make(chan int, 10000),
		keyframe:   make(chan time.Time, 10000),
		video:      make(chan frame.Video, 10000),

		screenCodec:    make(chan frame.Codec, 10),
		screenKeyframe: make(chan time.Time, 10000),
		screen:         make(chan frame.Video, 10000),

		audio:   make(chan frame.Audio, 10000),
		voice:   make(chan int, 100),
		loss:    make(chan float64, 10000),
		message: make(chan string, 1000),
		open:    make(chan struct{}, 10),
	}
	p, err := newPeer(cfg, role, Handlers{
		Candidate:  func(c signaling.Candidate) { e.candidates <- c },
		Transport:  func(s Transport) { e.transport <- s },
		VideoCodec: func(c frame.Codec) { e.codec <- c },
		Target:     func(b int) { e.target <- b },
		Keyframe:   func() { e.keyframe <- time.Now() },
		Video:      func(f frame.Video) { e.video <- f },

		ScreenCodec:    func(c frame.Codec) { e.screenCodec <- c },
		ScreenKeyframe: func() { e.screenKeyframe <- time.Now() },
		Screen:         func(f frame.Video) { e.screen <- f },

		Audio:       func(f frame.Audio) { e.audio <- f },
		AudioTarget: func(v Voice) { e.packet.Store(int64(v.Packet)); e.voice <- v.Bitrate },
		AudioLoss:   func(f float64) { e.loss <- f },
		Message:     func(m []byte) { e.message <- string(m) },
		Open:        func() { e.open <- struct{}{} },
		Chat:        h,
	}, on)
	if err != nil {
		t.Fatal(err)
	}
	e.Peer = p
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// get waits for what a handler got.
func get[T any](t testing.TB, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("no %s", what)
		panic("unreachable")
	}
}

// until waits for one value, past others.
func until[T comparable](t testing.TB, c <-chan T, want T) {
	t.Helper()
	for {
		if v := get(t, c, "wanted value"); v == want {
			return
		}
	}
}

func ctx(t testing.TB) context.Context {
	c, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return c
}

// trickle carries the candidates of both to the other until the test ends.
func trickle(t testing.TB, a, b *end) {
	stop := make(chan struct{})
	carried := make(chan struct{}, 2)
	carry := func(from, to *end) {
		defer func() { carried <- struct{}{} }()
		for {
			select {
			case c := <-from.candidates:
				_ = to.AddCandidate(c)
			case <-stop:
				return
			}
		}
	}
	go carry(a, b)
	go carry(b, a)
	t.Cleanup(func() { close(stop); <-carried; <-carried })
}

// connect introduces two ends and waits until both are connected.
func connect(t testing.TB, caller, callee *end) {
	t.Helper()
	offer, err := caller.Offer(ctx(t))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := callee.Answer(ctx(t), offer)
	if err != nil {
		t.Fatal(err)
	}
	if err := caller.SetAnswer(ctx(t), answer); err != nil {
		t.Fatal(err)
	}
	trickle(t, caller, callee)
	until(t, caller.transport, TransportConnected)
	until(t, callee.transport, TransportConnected)
}

func newPair(t testing.TB, codecs ...frame.Codec) (caller, callee *end) {
	t.Helper()
	caller, callee = newEnd(t, signaling.Caller, nil, codecs...), newEnd(t, signaling.Callee, nil, codecs...)
	connect(t, caller, callee)
	return caller, callee
}

// sps is of 1280x720, from x264.
var sps = []byte{0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1f, 0xdb, 0x01, 0x40, 0x16, 0xec, 0x04, 0x40, 0x00, 0x00, 0x03, 0x00, 0x40, 0x00, 0x00, 0x0f, 0x03, 0xc6, 0x0c, 0xb8}
var pps = []byte{0, 0, 0, 1, 0x68, 0xca, 0x83, 0xcb, 0x20}

// picture makes the n-th frame of a stream; its bytes are random, and no start codes.
func picture(codec frame.Codec, n, size int, key bool) frame.Video {
	f := frame.Video{Codec: codec, Key: key, Width: 1280, Height: 720, Timestamp: uint32(n)*3000 + 4294960000, Captured: time.Now()}
	body := make([]byte, size)
	r := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8)})
	_, _ = r.Read(body)
	for i := range body {
		body[i] |= 1
	}
	switch {
	case codec == frame.VP8 && key:
		f.Data = append([]byte{0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x02}, body...)
	case codec == frame.VP8:
		f.Data = append([]byte{0x11, 0x02, 0x00}, body...)
	case key:
		f.Data = append(append(append(append(f.Data, sps...), pps...), 0, 0, 0, 1, 0x65), body...)
	default:
		f.Data = append([]byte{0, 0, 0, 1, 0x41}, body...)
	}
	return f
}

// pump writes a stream of frames from from to to, 30 a second, until stop says so for
// a received one. It answers key frame requests.
func pump(t testing.TB, from, to *end, codec frame.Codec, size int, stop func(n int, f frame.Video) bool) {
	t.Helper()
	tick := time.NewTicker(time.Second / 30)
	defer tick.Stop()
	deadline := time.After(patience)
	key := true
	got := 0
	for n := 0; ; {
		select {
		case <-tick.C:
			f := picture(codec, n, size, key)
			n++
			if err := from.WriteVideo(f); err == nil {
				key = false
			}
		case <-from.keyframe:
			key = true
		case f := <-to.video:
			got++
			if stop(got, f) {
				return
			}
		case <-deadline:
			t.Fatalf("%d frames written, %d came: %+v", n, got, to.Stats().Video.In)
		}
	}
}

// same tells whether a received frame is the one that was sent.
func same(a, b frame.Video) bool {
	return a.Codec == b.Codec && a.Key == b.Key && a.Timestamp == b.Timestamp && bytes.Equal(a.Data, b.Data) && a.Width == b.Width && a.Height == b.Height
}

// making guards the making of networks by tests that run side by side: vnet
// counts its MAC addresses without a lock.
var making sync.Mutex

// network is two hosts with a link of one-way delay between; drop decides on
// each UDP payload.
func network(t testing.TB, delay time.Duration, drop func(from string, payload []byte) bool) (a, b transport.Net) {
	t.Helper()
	making.Lock()
	defer making.Unlock()
	router, err := vnet.NewRouter(&vnet.RouterConfig{CIDR: "10.1.0.0/24", MinDelay: delay, LoggerFactory: newLoggerFactory()})
	if err != nil {
		t.Fatal(err)
	}
	router.AddChunkFilter(func(c vnet.Chunk) bool { return !drop(c.SourceAddr().String(), c.UserData()) })
	host := func(ip string) transport.Net {
		n, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{ip}})
		if err != nil {
			t.Fatal(err)
		}
		if err := router.AddNet(n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	a, b = host("10.1.0.1"), host("10.1.0.2")
	if err := router.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = router.Stop() })
	return a, b
}

// isRTP tells RTP from RTCP, DTLS and STUN (RFC 7983, RFC 5761).
func isRTP(payload []byte) bool {
	return len(payload) > 12 && payload[0]>>6 == 2 && (payload[1] < 192 || payload[1] > 223)
}
