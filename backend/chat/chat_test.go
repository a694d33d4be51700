package chat

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestTextsAreMarked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(t, &link{delay: 50 * time.Millisecond})
		if err := a.Say("  hello\r\n\x07there "); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if e := a.entry(1); e.Mark != Sent || !e.Mine {
			t.Errorf("%+v", e)
		}
		time.Sleep(time.Second)
		if e := a.entry(1); e.Mark != Delivered {
			t.Errorf("%+v", e)
		}
		if e := b.entry(1); e.Text != "hello\nthere" || e.Mine {
			t.Errorf("%+v", e)
		}
		for _, bad := range []string{"", " \n ", strings.Repeat("ä", MaxText+1)} {
			if err := a.Say(bad); !errors.Is(err, ErrRefused) {
				t.Errorf("%d characters: %v", len(bad), err)
			}
		}
		longest := strings.Repeat("\U0001F600", MaxText)
		if err := a.Say(longest); err != nil {
			t.Error(err)
		}
		wait(t, "long text", func() bool { return b.entry(2).Text == longest })
	})
}

// Before somebody is let in nothing of theirs is taken, and nothing of ours said.
func TestHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := newSide(t, nil), newSide(t, nil)
		a.Hold(true)
		l := join(a, b, &link{delay: time.Millisecond})
		time.Sleep(time.Second)
		ch := half{l, 1}
		a.Received(ch, message{Type: text, ID: 1, Text: "let me in"}.encode(), true)
		a.Received(ch, message{Type: offer, ID: 1, Name: "x"}.encode(), true)
		if u := a.All(); u.Able || len(u.Entries) > 0 {
			t.Errorf("held: %+v", u)
		}
		if b.All().Able {
			t.Error("somebody who waits can chat")
		}
		a.Hold(false)
		time.Sleep(time.Second)
		if err := b.Say("thank you"); err != nil {
			t.Fatal(err)
		}
		wait(t, "text", func() bool { return a.entry(1).Text == "thank you" })
		wait(t, "mark", func() bool { return b.entry(1).Mark == Delivered })
	})
}

func TestNobodyListens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSide(t, nil)
		if err := s.Say("hello"); !errors.Is(err, ErrRefused) {
			t.Error(err)
		}
		if err := s.Offer("/etc/hosts"); !errors.Is(err, ErrRefused) {
			t.Error(err)
		}
		if s.All().Able {
			t.Error("able")
		}
	})
}

func TestFileArrives(t *testing.T) {
	for _, size := range []int{0, 1, maxPiece, 3_000_001} {
		synctest.Test(t, func(t *testing.T) {
			a, b := pair(t, &link{delay: 20 * time.Millisecond, rate: 20e6})
			content := random(1, size)
			if err := a.Offer(fileOf(t, "holiday.jpg", content)); err != nil {
				t.Fatal(err)
			}
			wait(t, "offer", func() bool { return b.state(1) == Offered })
			if f := b.entry(1).File; f.Name != "holiday.jpg" || f.Size != int64(size) {
				t.Errorf("offered is %+v", f)
			}
			if len(b.names(t)) != 0 {
				t.Error("something is written before the user said so")
			}
			if err := b.Answer(1, true); err != nil {
				t.Fatal(err)
			}
			wait(t, "file", func() bool { return a.state(1) == Done && b.state(1) == Done })
			path, err := b.Path(1)
			if err != nil {
				t.Fatal(err)
			}
			holds(t, path, content)
			if names := b.names(t); len(names) != 1 || names[0] != "holiday.jpg" {
				t.Error(names)
			}
		})
	}
}

func TestFileIsDeclinedOrCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(t, &link{delay: 20 * time.Millisecond, rate: 1e6})
		for range 4 {
			if err := a.Offer(fileOf(t, "a.bin", random(2, 1e6))); err != nil {
				t.Fatal(err)
			}
		}
		wait(t, "offer", func() bool { return b.state(4) == Offered })
		_ = b.Answer(1, false)
		_ = b.Answer(2, true)
		wait(t, "progress", func() bool { return b.entry(2).File.Bytes > 0 && a.entry(2).File.Bytes > 0 })
		_ = b.Cancel(2)
		_ = b.Answer(3, true)
		wait(t, "progress", func() bool { return b.entry(3).File.Bytes > 0 })
		_ = a.Cancel(3)
		_ = a.Cancel(4)
		time.Sleep(time.Second)
		want := []FileState{Declined, Cancelled, Cancelled, Cancelled}
		for i, w := range want {
			if a.state(i+1) != w || b.state(i+1) != w {
				t.Errorf("file %d: %s here, %s there, not %s", i+1, a.state(i+1), b.state(i+1), w)
			}
		}
		if names := b.names(t); len(names) != 0 {
			t.Errorf("left over: %v", names)
		}
		if err := b.Answer(4, true); !errors.Is(err, ErrRefused) {
			t.Error(err)
		}
	})
}

// A channel that closes in the middle: what was said comes once, and the file
// goes on where it was.
func TestGoesOnAfterTheChannelClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a, b *side
		reopen := make(chan struct{}, 1)
		a = newSide(t, func(o *Options) { o.Reopen = func() error { reopen <- struct{}{}; return nil } })
		b = newSide(t, nil)
		l := join(a, b, &link{delay: 20 * time.Millisecond, rate: 4e6})
		time.Sleep(time.Second)
		content := random(3, 4e6)
		_ = a.Offer(fileOf(t, "a.bin", content))
		wait(t, "offer", func() bool { return b.state(1) == Offered })
		_ = b.Answer(1, true)
		wait(t, "half of it", func() bool { return b.entry(1).File.Bytes > 2e6 })
		before := b.entry(1).File.Bytes
		_ = a.Say("lost?")
		synctest.Wait()
		l.sever()
		_ = a.Say("while there is none")
		synctest.Wait()
		if m := a.entry(3).Mark; m != Waiting {
			t.Errorf("without a channel it is %s", m)
		}
		<-reopen
		moved := 0
		join(a, b, &link{delay: 20 * time.Millisecond, rate: 4e6, pass: func(data []byte, text bool) int {
			if !text {
				moved += len(data)
			}
			return 1
		}})
		wait(t, "file", func() bool { return a.state(1) == Done && b.state(1) == Done })
		path, _ := b.Path(1)
		holds(t, path, content)
		if most := 4e6 - int(before) + 3e5; moved > int(most) {
			t.Errorf("%d bytes were sent after the break, of %d that were missing", moved, 4e6-before)
		}
		wait(t, "marks", func() bool { return a.entry(2).Mark == Delivered && a.entry(3).Mark == Delivered })
		if n := len(b.All().Entries); n != 3 {
			t.Errorf("%d entries", n)
		}
	})
}

// Whatever is cut, doubled or left out, what is called done is what was sent,
// every text comes once and in order, and nothing else is left behind.
func TestAnyLink(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		sizes := rapid.SliceOfN(rapid.IntRange(0, 400_000), 1, 3).Draw(rt, "sizes")
		cuts := rapid.SliceOfN(rapid.IntRange(1, 3000), 0, 6).Draw(rt, "cuts") // ms
		rate := rapid.Float64Range(3e5, 3e7).Draw(rt, "rate")
		doubled := rapid.Float64Range(0, 0.3).Draw(rt, "doubled")
		lost := rapid.SampledFrom([]float64{0, 0, 0.02}).Draw(rt, "lost") // pieces; a real channel loses none
		synctest.Test(t, func(t *testing.T) {
			dice := rand.New(rand.NewPCG(seed, 1))
			pass := func(_ []byte, text bool) int {
				switch x := dice.Float64(); {
				case x < doubled:
					return 2
				case !text && x > 1-lost:
					return 0
				}
				return 1
			}
			fresh := func() *link { return &link{delay: 30 * time.Millisecond, rate: rate, pass: pass} }
			a, b := newSide(t, nil), newSide(t, nil)
			l := join(a, b, fresh())
			time.Sleep(time.Second)
			contents := [][]byte{}
			for i, n := range sizes {
				contents = append(contents, random(byte(i), n))
				_ = a.Offer(fileOf(t, "a.bin", contents[i]))
				_ = a.Say(string(rune('a' + i)))
			}
			wait(t, "offers", func() bool { return len(b.All().Entries) == 2*len(sizes) })
			for _, e := range b.All().Entries {
				if e.File != nil {
					_ = b.Answer(e.ID, true)
				}
			}
			for _, ms := range cuts {
				time.Sleep(time.Duration(ms) * time.Millisecond)
				l.sever()
				time.Sleep(100 * time.Millisecond)
				l = join(a, b, fresh())
			}
			wait(t, "end", func() bool {
				for _, e := range b.All().Entries {
					if e.File != nil && !e.File.over() {
						return false
					}
				}
				for _, e := range a.All().Entries {
					if e.File != nil && !e.File.over() || e.File == nil && e.Mark != Delivered {
						return false
					}
				}
				return true
			})
			n, letters := 0, ""
			for _, e := range b.All().Entries {
				if e.File == nil {
					letters += e.Text
					continue
				}
				if e.File.State != Done {
					t.Errorf("%+v", e.File)
					continue
				}
				path, _ := b.Path(e.ID)
				holds(t, path, contents[n])
				n++
			}
			if t.Failed() {
				t.Logf("seed %d sizes %v cuts %v rate %.0f doubled %.2f lost %.2f", seed, sizes, cuts, rate, doubled, lost)
			}
			if letters != "abc"[:len(sizes)] || n != len(sizes) || len(b.names(t)) != n {
				t.Errorf("texts %q, %d files, %v", letters, n, b.names(t))
			}
		})
	})
}

func TestDamageIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		flipped := false
		a, b := pair(t, &link{delay: time.Millisecond, pass: func(data []byte, text bool) int {
			if !text && !flipped {
				flipped = true
				data[len(data)-1] ^= 1
			}
			return 1
		}})
		_ = a.Offer(fileOf(t, "a.bin", random(5, 100_000)))
		wait(t, "offer", func() bool { return b.state(1) == Offered })
		_ = b.Answer(1, true)
		wait(t, "end", func() bool { return a.state(1) == Failed && b.state(1) == Failed })
		if a.entry(1).File.Problem != Damaged || b.entry(1).File.Problem != Damaged {
			t.Errorf("%+v, %+v", a.entry(1).File, b.entry(1).File)
		}
		if names := b.names(t); len(names) != 0 {
			t.Errorf("left over: %v", names)
		}
	})
}

func TestWhatCannotBeSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(t, &link{delay: time.Millisecond, rate: 1e6})
		large := fileOf(t, "large", nil)
		if err := os.Truncate(large, MaxSize+1); err != nil {
			t.Fatal(err)
		}
		shrinks := fileOf(t, "shrinks", random(1, 1e6))
		for _, path := range []string{filepath.Join(t.TempDir(), "none"), t.TempDir(), large, shrinks} {
			if err := a.Offer(path); err != nil {
				t.Fatal(err)
			}
		}
		wait(t, "offer", func() bool { return b.state(1) == Offered })
		_ = b.Answer(1, true)
		wait(t, "progress", func() bool { return b.entry(1).File.Bytes > 0 })
		if err := os.Truncate(shrinks, 10); err != nil {
			t.Fatal(err)
		}
		wait(t, "end", func() bool { return b.state(1) == Failed })
		for i, want := range []Problem{Unreadable, Unreadable, TooLarge, Altered} {
			if f := a.entry(i + 1).File; f.Problem != want || f.State != Failed {
				t.Errorf("file %d: %+v, not %s", i+1, f, want)
			}
		}
	})
}

func TestWhatCannotBeSaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newSide(t, nil)
		blocked := fileOf(t, "no folder", nil)
		b := newSide(t, func(o *Options) { o.Folder = func() (string, error) { return blocked, nil } })
		join(a, b, &link{delay: time.Millisecond})
		time.Sleep(time.Second)
		for range maxOpen + 2 {
			_ = a.Offer(fileOf(t, "x", []byte("x")))
		}
		wait(t, "offers", func() bool { return a.state(maxOpen+2) == Failed })
		if f := a.entry(maxOpen + 1).File; f.Problem != TooMany {
			t.Errorf("%+v", f)
		}
		_ = b.Answer(1, true)
		time.Sleep(time.Second)
		if f, g := a.entry(1).File, b.entry(1).File; f.Problem != NoFolder || g.Problem != NoFolder {
			t.Errorf("%+v, %+v", f, g)
		}
	})
	if _, why, err := create(t.TempDir(), "huge", 1<<60); why != NoSpace || err == nil {
		t.Errorf("a file larger than the disk: %q, %v", why, err)
	}
}

// The call ends in the middle: both are told, and nothing is left.
func TestCallEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(t, &link{delay: time.Millisecond, rate: 1e6})
		_ = a.Offer(fileOf(t, "a.bin", random(5, 1e6)))
		wait(t, "offer", func() bool { return b.state(1) == Offered })
		_ = b.Answer(1, true)
		wait(t, "progress", func() bool { return b.entry(1).File.Bytes > 0 })
		a.Close()
		b.Close()
		b.Close()
		for _, s := range []*side{a, b} {
			if f := s.entry(1).File; f.Problem != CallOver {
				t.Errorf("%+v", f)
			}
		}
		if err := a.Say("hello"); !errors.Is(err, ErrRefused) {
			t.Error(err)
		}
		if names := b.names(t); len(names) != 0 {
			t.Errorf("left over: %v", names)
		}
	})
}

func TestNothingMovesForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := false
		a, b := pair(t, &link{delay: time.Millisecond, rate: 1e6, pass: func([]byte, bool) int {
			if silent {
				return 0
			}
			return 1
		}})
		_ = a.Offer(fileOf(t, "a.bin", random(5, 1e6)))
		wait(t, "offer", func() bool { return b.state(1) == Offered })
		_ = b.Answer(1, true)
		wait(t, "progress", func() bool { return b.entry(1).File.Bytes > 0 })
		b.link.mu.Lock()
		silent = true
		b.link.mu.Unlock()
		time.Sleep(stalledAfter + time.Second)
		if f := a.entry(1).File; f.Problem != Stalled {
			t.Errorf("%+v", f)
		}
	})
}

// A flood of texts is cut short, and one of offers costs ten.
func TestFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSide(t, nil)
		ch := half{&link{cut: true}, 0}
		s.Opened(ch)
		s.Received(ch, message{Type: hello}.encode(), true)
		for i := range 5000 {
			s.Received(ch, message{Type: text, ID: i + 1, Text: "x"}.encode(), true)
			s.Received(ch, message{Type: offer, ID: i + 1, Name: "x"}.encode(), true)
		}
		if n := len(s.All().Entries); n > 61 {
			t.Errorf("%d entries", n)
		}
	})
}

// A hundred megabytes through the protocol alone, in virtual time.
func TestHundredMegabytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(t, &link{delay: 5 * time.Millisecond, rate: 100e6})
		content := random(7, 100e6)
		_ = a.Offer(fileOf(t, "a.bin", content))
		wait(t, "offer", func() bool { return b.state(1) == Offered })
		began := time.Now()
		_ = b.Answer(1, true)
		wait(t, "file", func() bool { return b.state(1) == Done })
		t.Logf("100 MB at 100 Mbit/s took %v", time.Since(began))
		if time.Since(began) > 20*time.Second {
			t.Error("too long")
		}
		path, _ := b.Path(1)
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		h := sha256.New()
		_, _ = io.Copy(h, f)
		if want := sha256.Sum256(content); !bytes.Equal(h.Sum(nil), want[:]) {
			t.Error("another file came")
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, m := range []message{{Type: hello}, {Type: text, ID: 1, Text: "x"}, {Type: offer, ID: 2, Name: "../x", Size: 3}, {Type: end, ID: 1, SHA256: strings.Repeat("0a", 32)}} {
		f.Add(m.encode())
	}
	f.Add(encodePiece(1, 5, []byte("abc")))
	f.Fuzz(func(t *testing.T, data []byte) {
		if id, offset, piece, err := parsePiece(data); err == nil && !bytes.Equal(encodePiece(id, offset, piece), data) {
			t.Error("a piece reads as another")
		}
		m, err := parse(data)
		if err != nil {
			return
		}
		if m.Type == text && (m.Text == "" || utf8.RuneCountInString(m.Text) > MaxText) {
			t.Errorf("%d characters", len(m.Text))
		}
		if m.ID > 0 && m.Type == text {
			if again, err := parse(m.encode()); err != nil || again != m {
				t.Errorf("%+v reads as %+v (%v)", m, again, err)
			}
		}
	})
}
