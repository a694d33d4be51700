package update

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"aead.dev/minisign"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const page = "https://example.org/download"

func newKey(t testing.TB) minisign.PrivateKey {
	t.Helper()
	_, key, err := minisign.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func public(key minisign.PrivateKey) string { return key.Public().(minisign.PublicKey).String() }

func manifest(version string) string {
	return fmt.Sprintf(`{"version":%q,"page":%q,"of a later version":[1]}`, version, page)
}

func sign(key minisign.PrivateKey, manifest string) signed {
	return signed{manifest, string(minisign.Sign(key, []byte(manifest)))}
}

// site is a web server with a manifest and its signature.
type site struct{ *httptest.Server }

func (s site) manifest() string { return s.URL + "/latest.json" }

func (s site) fetch(ctx context.Context, address string) (signed, error) {
	through := transport()
	through.TLSClientConfig = s.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	return fetch(ctx, through, address)
}

func serve(t *testing.T, s signed) site {
	t.Helper()
	local := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("something that listens on this machine was called")
	}))
	t.Cleanup(local.Close)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/latest.json":
			_, _ = io.WriteString(w, s.Manifest)
		case "/latest.json.minisig":
			_, _ = io.WriteString(w, s.Signature)
		case "/away.json":
			http.Redirect(w, r, "http://example.invalid/latest.json", http.StatusFound)
		case "/local.json":
			http.Redirect(w, r, local.URL, http.StatusFound)
		case "/chatter.json", "/chatter.json.minisig":
			w.Header().Set("Chatter", strings.Repeat("A", 2*maxSize))
		case "/round.json":
			http.Redirect(w, r, "/round.json", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return site{server}
}

func TestLook(t *testing.T) {
	ours, theirs := newKey(t), newKey(t)
	good := sign(ours, manifest("1.3.0"))
	tampered := good
	tampered.Manifest = manifest("1.4.0")
	unsigned := good
	unsigned.Signature = ""
	forged := sign(theirs, manifest("1.3.0")) // with our key's number on it
	var sig minisign.Signature
	if err := sig.UnmarshalText([]byte(forged.Signature)); err != nil {
		t.Fatal(err)
	}
	sig.KeyID = ours.ID()
	forged.Signature = sig.String()
	comment := good
	comment.Signature = strings.Replace(good.Signature, "trusted comment: timestamp", "trusted comment: Timestamp", 1)
	if comment == good {
		t.Fatalf("no trusted comment in %q", good.Signature)
	}

	for _, test := range []struct {
		name string
		signed
		want error
	}{
		{"newer", good, nil},
		{"the same", sign(ours, manifest("1.2.3")), nil},
		{"older", sign(ours, manifest("1.2.2")), ErrOlder},
		{"older by its first number", sign(ours, manifest("0.9.9")), ErrOlder},
		{"tampered", tampered, ErrSignature},
		{"unsigned", unsigned, ErrSignature},
		{"foreign key", sign(theirs, manifest("1.3.0")), ErrForeignKey},
		{"foreign key under our number", forged, ErrSignature},
		{"changed comment", comment, ErrSignature},
		{"no JSON", sign(ours, "1.3.0"), ErrManifest},
		{"no version", sign(ours, `{"page":"`+page+`"}`), ErrManifest},
		{"a version of two numbers", sign(ours, manifest("1.3")), ErrManifest},
		{"page over http", sign(ours, `{"version":"1.3.0","page":"http://example.org/"}`), ErrManifest},
		{"page on this machine", sign(ours, `{"version":"1.3.0","page":"http://127.0.0.1/"}`), ErrManifest},
		{"page that is a command", sign(ours, `{"version":"1.3.0","page":"file:///bin/sh"}`), ErrManifest},
		{"too large", sign(ours, manifest("1.3.0")+strings.Repeat(" ", maxSize)), ErrTooLarge},
		{"large signature", signed{manifest("1.3.0"), strings.Repeat("A", maxSize+1)}, ErrTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			site := serve(t, test.signed)
			w := Watcher{Source: Source{Version: "1.2.3", Manifest: site.manifest(), Key: public(ours)}, fetch: site.fetch}
			own, key, err := w.Source.parse()
			if err != nil {
				t.Fatal(err)
			}
			_, release, err := w.look(t.Context(), key, own)
			if !errors.Is(err, test.want) {
				t.Fatalf("error %v, want %v", err, test.want)
			}
			if err == nil && (release.Version == "" || release.Page != page) {
				t.Errorf("release %+v", release)
			}
		})
	}
}

// What is in testdata was signed by the minisign program, as build/release/sign.sh
// calls it, and not by the library that reads it here.
func TestAListThatMinisignSigned(t *testing.T) {
	text := func(name string) string {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	_, key, _ := strings.Cut(strings.TrimSpace(text("minisign.pub")), "\n")
	site := serve(t, signed{text("latest.json"), text("latest.json.minisig")})
	w := Watcher{Source: Source{Version: "1.2.3", Manifest: site.manifest(), Key: key}, fetch: site.fetch}
	own, parsed, err := w.Source.parse()
	if err != nil {
		t.Fatal(err)
	}
	if _, r, err := w.look(t.Context(), parsed, own); err != nil || r != (Release{"1.3.0", page}) {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestFetchRefuses(t *testing.T) {
	site := serve(t, sign(newKey(t), manifest("1.3.0")))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name, address string
		ctx           context.Context
		want          error
	}{
		{"plain http", "http://example.invalid/latest.json", t.Context(), ErrInsecure},
		{"plain http to this machine", "http://127.0.0.1:1/latest.json", t.Context(), ErrInsecure},
		{"another scheme", "ftp://example.invalid/latest.json", t.Context(), ErrInsecure},
		{"a redirect to plain http", site.URL + "/away.json", t.Context(), ErrInsecure},
		{"a redirect to this machine", site.URL + "/local.json", t.Context(), ErrInsecure},
		{"redirects without end", site.URL + "/round.json", t.Context(), ErrUnreachable},
		{"headers without end", site.URL + "/chatter.json", t.Context(), ErrUnreachable},
		{"not there", site.URL + "/nothing.json", t.Context(), ErrUnreachable},
		{"the end", site.manifest(), ended, context.Canceled},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := site.fetch(test.ctx, test.address); !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
}

func TestOff(t *testing.T) {
	key := public(newKey(t))
	for _, test := range []struct {
		name string
		Source
		off bool
	}{
		{"a release", Source{"1.2.3", "https://example.org/latest.json", key}, false},
		{"with a v", Source{"v1.2.3", "https://example.org/latest.json", key}, false},
		{"no key", Source{"1.2.3", "https://example.org/latest.json", ""}, true},
		{"no address", Source{"1.2.3", "", key}, true},
		{"not https", Source{"1.2.3", "http://example.org/latest.json", key}, true},
		{"not https, on this machine", Source{"1.2.3", "http://127.0.0.1/latest.json", key}, true},
		{"a name in the address", Source{"1.2.3", "https://ada@example.org/latest.json", key}, true},
		{"not released", Source{"dev", "https://example.org/latest.json", key}, true},
		{"between releases", Source{"1.2.3-4-gabcdef", "https://example.org/latest.json", key}, true},
		{"a broken key", Source{"1.2.3", "https://example.org/latest.json", key[:10]}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := test.Source.Check(); errors.Is(err, ErrOff) != test.off {
				t.Errorf("error %v, want off: %v", err, test.off)
			}
		})
	}
}

// world runs a Watcher in virtual time against releases that the test sets.
type world struct {
	Watcher
	key    minisign.PrivateKey
	slow   chan struct{} // not nil: an answer takes until it is closed
	live   chan bool
	cancel context.CancelFunc
	done   chan struct{}

	mu    sync.Mutex // in a bubble no time between orders what the two sides do
	offer signed
	looks int
	told  []string
}

func newWorld(t *testing.T) *world {
	w := &world{key: newKey(t), live: make(chan bool)}
	w.Watcher = Watcher{
		Source: Source{Version: "1.2.3", Manifest: "https://example.org/latest.json", Key: public(w.key)},
		State:  filepath.Join(t.TempDir(), "data", "update.json"),
		Logger: slog.New(slog.DiscardHandler),
		fetch: func(ctx context.Context, _ string) (signed, error) {
			w.mu.Lock()
			w.looks++
			w.mu.Unlock()
			if w.slow != nil {
				select {
				case <-w.slow:
				case <-ctx.Done():
					return signed{}, ctx.Err()
				}
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.offer, nil
		},
	}
	w.offer = sign(w.key, manifest("1.3.0"))
	return w
}

func (w *world) start(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	w.cancel, w.done = cancel, make(chan struct{})
	go func() {
		defer close(w.done)
		w.Run(ctx, w.live, func(r Release) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.told = append(w.told, r.Version)
		})
	}()
	synctest.Wait()
}

func (w *world) stop() {
	w.cancel()
	<-w.done
}

func (w *world) pass(d time.Duration) {
	time.Sleep(d) // of the bubble
	synctest.Wait()
}

func (w *world) offers(s signed) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.offer = s
}

func (w *world) expect(t *testing.T, looks int, told string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if got := strings.Join(w.told, " "); w.looks != looks || got != told {
		t.Errorf("looked %d times and told %q, want %d and %q", w.looks, got, looks, told)
	}
}

func TestOnceADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.start(t)
		w.expect(t, 1, "1.3.0")
		w.pass(23 * time.Hour)
		w.expect(t, 1, "1.3.0")
		w.stop()
		w.start(t) // the program starts again: it tells what it knows, and asks nobody
		w.expect(t, 1, "1.3.0 1.3.0")
		w.offers(sign(w.key, manifest("1.4.0")))
		w.pass(2 * time.Hour)
		w.expect(t, 2, "1.3.0 1.3.0 1.4.0")
		w.pass(24 * time.Hour) // the same again is no news
		w.expect(t, 3, "1.3.0 1.3.0 1.4.0")
		w.stop()
	})
}

func TestNeverDuringACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.start(t)
		w.live <- true
		w.offers(sign(w.key, manifest("1.4.0")))
		w.pass(72 * time.Hour)
		w.expect(t, 1, "1.3.0")
		w.live <- false
		synctest.Wait()
		w.expect(t, 2, "1.3.0 1.4.0")
		w.stop()
	})
}

func TestACallDropsALookUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.slow = make(chan struct{})
		w.start(t)
		w.live <- true
		synctest.Wait()
		close(w.slow)
		w.pass(time.Hour)
		w.expect(t, 1, "")
		w.live <- false
		w.pass(25 * time.Hour)
		w.expect(t, 2, "1.3.0")
		w.stop()
	})
}

func TestSilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.slow = make(chan struct{}) // never
		w.start(t)
		w.pass(23 * time.Hour)
		w.expect(t, 1, "") // a failure does not ask again the same day
		w.stop()
	})
}

func TestAnOldListAfterANewOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.start(t)
		w.offers(sign(w.key, manifest("1.2.9"))) // newer than we are, older than it was
		w.pass(25 * time.Hour)
		w.expect(t, 2, "1.3.0")
		w.stop()
		if got := w.load().Found.Manifest; got != manifest("1.3.0") {
			t.Errorf("kept %s", got)
		}
	})
}

func TestAStateThatSomebodyChanged(t *testing.T) {
	for name, content := range map[string]string{
		"garbage":   "\x00{",
		"a forgery": `{"looked":"1999-01-01T00:00:00Z","found":{"manifest":"{\"version\":\"9.0.0\",\"page\":\"https://example.invalid\"}","signature":"x"}}`,
		"tomorrow":  `{"looked":"2999-01-01T00:00:00Z"}`,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				if err := os.MkdirAll(filepath.Dir(w.State), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(w.State, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
				w.start(t)
				w.expect(t, 1, "1.3.0")
				w.stop()
			})
		})
	}
}

// What was known is what older lists are refused by: no crash may halve it.
func TestTheStateIsReplacedWhole(t *testing.T) {
	w := newWorld(t)
	first := state{Found: w.offer}
	if err := w.save(first); err != nil {
		t.Fatal(err)
	}
	before, err := os.Open(w.State)
	if err != nil {
		t.Fatal(err)
	}
	defer before.Close()
	if err := w.save(state{}); err != nil {
		t.Fatal(err)
	}
	var kept state
	if err := json.NewDecoder(before).Decode(&kept); err != nil || kept.Found != first.Found {
		t.Errorf("what was there was written over: %+v, %v", kept, err)
	}
	if files, err := os.ReadDir(filepath.Dir(w.State)); err != nil || len(files) != 1 {
		t.Errorf("left %v (%v)", files, err)
	}
}

// Where it cannot be noted that we looked, once a day could become each start.
func TestNoPlaceForTheState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.State = filepath.Join("/dev/null", "update.json")
		w.start(t)
		<-w.done
		w.expect(t, 0, "")
	})
}

func TestWithoutAKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.Source.Key = ""
		var log strings.Builder
		w.Logger = slog.New(slog.NewTextHandler(&log, nil))
		w.start(t)
		<-w.done
		w.expect(t, 0, "")
		if !strings.Contains(log.String(), "it has no key") {
			t.Errorf("said only %q", log.String())
		}
	})
}

func FuzzOpen(f *testing.F) {
	key := newKey(f)
	good := sign(key, manifest("1.3.0"))
	f.Add(good.Manifest, good.Signature)
	f.Add("{}", "untrusted comment: x\nRUQ=\ntrusted comment: \n")
	f.Fuzz(func(t *testing.T, text, signature string) {
		r, err := signed{text, signature}.open(key.Public().(minisign.PublicKey))
		if err == nil && text != good.Manifest {
			t.Errorf("took %q as %+v", text, r)
		}
	})
}

func FuzzVersion(f *testing.F) {
	for _, text := range []string{"1.2.3", "v0.0.0", "01.2.3", "1.2", "1.2.3-rc", "4294967296.0.0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := parseVersion(text)
		if err != nil {
			return
		}
		again, err := parseVersion(fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2]))
		if err != nil || again != v || v.before(v) {
			t.Errorf("%q is %v, then %v (%v)", text, v, again, err)
		}
	})
}
