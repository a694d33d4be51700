package chat

import (
	"bytes"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var quiet = slog.New(slog.DiscardHandler)

// side is one end of a chat over a link made for the test.
type side struct {
	*Chat
	folder string
	link   *link

	mu   sync.Mutex
	able bool
	all  map[int]Entry
}

func newSide(t testing.TB, change func(*Options)) *side {
	t.Helper()
	folder := t.TempDir()
	s := &side{folder: folder, all: map[int]Entry{}}
	o := Options{
		Folder: func() (string, error) { return folder, nil },
		Changed: func(u Update) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.able = u.Able
			for _, e := range u.Entries {
				s.all[e.ID] = e
			}
		},
		Logger: quiet,
	}
	if change != nil {
		change(&o)
	}
	s.Chat = New(o)
	t.Cleanup(s.Close)
	return s
}

func (s *side) entry(id int) Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all[id]
}

func (s *side) state(id int) FileState {
	if f := s.entry(id).File; f != nil {
		return f.State
	}
	return ""
}

func (s *side) names(t testing.TB) (names []string) {
	t.Helper()
	list, err := os.ReadDir(s.folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

// link carries messages both ways, in order, as long as it holds.
type link struct {
	delay time.Duration
	rate  float64 // bit/s each way; 0 is no bound
	pass  func(data []byte, text bool) (times int)

	mu   sync.Mutex
	cut  bool
	ends [2]*side
	busy [2]time.Time
}

type half struct {
	l  *link
	to int
}

var errCut = errors.New("cut")

func (h half) Send(data []byte, text bool) error {
	h.l.mu.Lock()
	defer h.l.mu.Unlock()
	if h.l.cut {
		return errCut
	}
	times := 1
	if h.l.pass != nil {
		times = h.l.pass(data, text)
	}
	now := time.Now()
	if h.l.busy[h.to].Before(now) {
		h.l.busy[h.to] = now
	}
	if h.l.rate > 0 {
		h.l.busy[h.to] = h.l.busy[h.to].Add(time.Duration(float64(8*(len(data)+60)) / h.l.rate * float64(time.Second)))
	} else {
		h.l.busy[h.to] = h.l.busy[h.to].Add(1) // in order
	}
	data = bytes.Clone(data)
	for range times {
		time.AfterFunc(h.l.busy[h.to].Sub(now)+h.l.delay, func() {
			if !h.l.isCut() {
				h.l.ends[h.to].Received(half{h.l, 1 - h.to}, data, text)
			}
		})
	}
	return nil
}

func (l *link) isCut() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cut
}

// join opens a new link between two.
func join(a, b *side, l *link) *link {
	l.ends = [2]*side{a, b}
	a.link, b.link = l, l
	a.Opened(half{l, 1})
	b.Opened(half{l, 0})
	return l
}

// sever loses what is under way.
func (l *link) sever() {
	l.mu.Lock()
	l.cut = true
	l.mu.Unlock()
	l.ends[0].Closed(half{l, 1})
	l.ends[1].Closed(half{l, 0})
}

func pair(t testing.TB, l *link) (a, b *side) {
	a, b = newSide(t, nil), newSide(t, nil)
	join(a, b, l)
	time.Sleep(time.Second) // of virtual time
	return a, b
}

// wait is for what should come, in virtual time.
func wait(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for range 60_000 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond) // likewise
	}
	t.Fatal("no " + what)
}

func random(seed byte, n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(b)
	return b
}

func fileOf(t testing.TB, name string, content []byte) string {
	t.Helper()
	folder := t.TempDir()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func holds(t testing.TB, path string, content []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(b, content) {
		t.Errorf("%s holds %d bytes (%v), not the %d that were sent", path, len(b), err, len(content))
	}
}
