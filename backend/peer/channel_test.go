package peer

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/transport/v4"

	"parley/backend/chat"
	"parley/backend/frame"
	"parley/backend/signaling"
)

// chatting is a chat over the channels of an end, as the session joins them.
type chatting struct {
	*chat.Chat
	folder  string
	end     *end
	changed chan struct{} // one token

	mu   sync.Mutex
	able bool
	all  map[int]chat.Entry
	live *Channel
}

func newChatting(t testing.TB, cfg Config, role signaling.Role, on transport.Net) *chatting {
	t.Helper()
	folder := t.TempDir()
	c := &chatting{folder: folder, all: map[int]chat.Entry{}, changed: make(chan struct{}, 1)}
	c.Chat = chat.New(chat.Options{
		Folder: func() (string, error) { return folder, nil },
		Supply: func() chat.Supply { return chat.Supply(c.end.Supply()) },
		Reopen: func() error { return c.end.OpenChat() },
		Changed: func(u chat.Update) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.able = u.Able
			for _, e := range u.Entries {
				c.all[e.ID] = e
			}
			wake(c.changed)
		},
		Logger: slog.New(slog.DiscardHandler),
	})
	c.end = makeEndWith(t, cfg, role, on, ChannelHandlers{
		Open: func(ch *Channel) {
			c.mu.Lock()
			c.live = ch
			c.mu.Unlock()
			c.Opened(ch)
		},
		Message: func(ch *Channel, data []byte, text bool) { c.Received(ch, data, text) },
		Closed:  func(ch *Channel) { c.Closed(ch) },
	})
	t.Cleanup(c.Close)
	return c
}

func (c *chatting) look(ok func() bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return ok()
}

// wait is for news that make ok true.
func (c *chatting) wait(t testing.TB, what string, ok func() bool) {
	t.Helper()
	late := time.After(patience)
	for !c.look(ok) {
		select {
		case <-c.changed:
		case <-late:
			t.Fatalf("no %s: %+v", what, c.all)
		}
	}
}

func (c *chatting) is(entry int, s chat.FileState) func() bool {
	return func() bool { return c.all[entry].File != nil && c.all[entry].File.State == s }
}

// hand has a offer a file and b take it; it does not wait for the end.
func hand(t testing.TB, a, b *chatting, content []byte) {
	t.Helper()
	path := filepath.Join(a.folder, "ours.bin")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	handFile(t, a, b, path)
}

func handFile(t testing.TB, a, b *chatting, path string) {
	t.Helper()
	a.wait(t, "other side", func() bool { return a.able })
	if err := a.Offer(path); err != nil {
		t.Fatal(err)
	}
	b.wait(t, "offer", b.is(1, chat.Offered))
	if err := b.Answer(1, true); err != nil {
		t.Fatal(err)
	}
}

func arrived(t testing.TB, a, b *chatting, content []byte) {
	t.Helper()
	fileArrived(t, a, b, sha256.Sum256(content))
}

func fileArrived(t testing.TB, a, b *chatting, want [sha256.Size]byte) {
	t.Helper()
	b.wait(t, "file", b.is(1, chat.Done))
	a.wait(t, "receipt", a.is(1, chat.Done))
	path, err := b.Path(1)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	hash := sha256.New()
	if n, err := io.Copy(hash, file); err != nil || [sha256.Size]byte(hash.Sum(nil)) != want {
		t.Errorf("of %d bytes others came (%v)", n, err)
	}
}

func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{9}).Read(b)
	return b
}

// The channel closes in the middle: another is opened, and the file goes on.
func TestChannelCloses(t *testing.T) {
	a := newChatting(t, Config{Interfaces: []string{"lo"}}, signaling.Caller, nil)
	b := newChatting(t, Config{Interfaces: []string{"lo"}}, signaling.Callee, nil)
	connect(t, a.end, b.end)
	content := noise(3_000_000)
	hand(t, b, a, content) // the callee sends, which does not open channels
	a.wait(t, "part of it", func() bool { return a.all[1].File.Bytes > 500_000 })
	if err := a.live.d.Close(); err != nil {
		t.Fatal(err)
	}
	arrived(t, b, a, content)
}

// An old client closes the channel, and is left alone.
func TestChatWithAnOldClient(t *testing.T) {
	a := newChatting(t, Config{Interfaces: []string{"lo"}}, signaling.Caller, nil)
	b := newEnd(t, signaling.Callee, nil)
	connect(t, a.end, b)
	get(t, b.open, "control channel")
	flows(t, a.end, b, 1)
	if a.look(func() bool { return a.able }) {
		t.Error("an old client is said to chat")
	}
	if err := a.Say("hello"); err == nil {
		t.Error("a text was taken that nobody gets")
	}
}

// vnetPair runs f in virtual time with two chats at the ends of a link.
func vnetPair(t *testing.T, out, back *shaper, f func(t *testing.T, a, b *chatting)) {
	synctest.Test(t, func(t *testing.T) {
		hostA, hostB := shapedHosts(t, out, back)
		a := newChatting(t, Config{Codecs: []frame.Codec{frame.VP8}}, signaling.Caller, hostA)
		b := newChatting(t, Config{Codecs: []frame.Codec{frame.VP8}}, signaling.Callee, hostB)
		connect(t, a.end, b.end)
		f(t, a, b)
	})
}

// A file beside a call: the picture keeps most of the link, and nothing of the
// sound is lost.
func TestFileDoesNotHurtTheCall(t *testing.T) {
	const length, start = 40 * time.Second, 10 * time.Second // by then the estimate is there
	for _, rate := range []float64{1e6, 4e6} {
		t.Run(fmt.Sprintf("%.0f kbit/s", rate/1e3), func(t *testing.T) {
			var alone, beside course
			var moved int64
			for _, file := range []bool{false, true} {
				out := &shaper{rate: constant(rate), queue: 300 * time.Millisecond, delay: 25 * time.Millisecond}
				vnetPair(t, out, &shaper{delay: 25 * time.Millisecond}, func(t *testing.T, a, b *chatting) {
					if file {
						go func() {
							time.Sleep(start)
							hand(t, a, b, noise(60_000_000))
						}()
					}
					r := drive(a.end, b.end, length)
					r.video = r.video[start/(100*time.Millisecond):]
					if file {
						beside = r
						a.look(func() bool { moved = a.all[1].File.Bytes; return true })
					} else {
						alone = r
					}
				})
			}
			t.Logf("alone  %v, picture %d", alone, mean(alone.video))
			t.Logf("beside %v, picture %d, file %.0f kbit/s", beside, mean(beside.video), float64(moved*8)/1e3/(length-start).Seconds())
			if lost := beside.in.Audio.In.Lost - alone.in.Audio.In.Lost; lost > 0 {
				t.Errorf("%d packets of sound are lost", lost)
			}
			if float64(mean(beside.video)) < 0.75*float64(mean(alone.video)) {
				t.Errorf("the picture gets %d bit/s, not %d", mean(beside.video), mean(alone.video))
			}
			if beside.seen < alone.seen*97/100 || beside.freezes > alone.freezes+2 {
				t.Errorf("%v beside the file, %v alone", beside, alone)
			}
			if late := beside.percentile(0.95) - alone.percentile(0.95); late > 80*time.Millisecond {
				t.Errorf("pictures come %v later", late)
			}
			if float64(moved*8)/(length-start).Seconds() < 0.04*rate {
				t.Errorf("%d bytes of the file in %v", moved, length)
			}
		})
	}
}

func mean(list []int) (m int) {
	for _, n := range list {
		m += n
	}
	return m / max(1, len(list))
}

// The network is gone for 20 s in the middle, a way is found by an ICE restart,
// and the file goes on over the same channel.
func TestFileSurvivesANetworkChange(t *testing.T) {
	var mu sync.Mutex
	gone := false
	lose := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return gone
	}
	set := func(v bool) { mu.Lock(); gone = v; mu.Unlock() }
	way := func() *shaper {
		return &shaper{rate: constant(10e6), queue: 300 * time.Millisecond, delay: 20 * time.Millisecond, lose: lose}
	}
	vnetPair(t, way(), way(), func(t *testing.T, a, b *chatting) {
		content := noise(4_000_000)
		hand(t, a, b, content)
		b.wait(t, "part of it", func() bool { return b.all[1].File.Bytes > 1_000_000 })
		set(true)
		time.Sleep(20 * time.Second)
		if b.look(b.is(1, chat.Done)) {
			t.Fatal("it was there before the break")
		}
		set(false)
		restart(t, a.end, b.end)
		arrived(t, a, b, content)
	})
}

func TestChannelSendsNoMoreThanItSays(t *testing.T) {
	caller, _ := newPair(t)
	get(t, caller.open, "control channel")
	c := &Channel{caller.ctl.channel.Load()}
	if err := c.Send(make([]byte, MaxChunk+1), false); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}
