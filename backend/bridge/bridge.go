// Package bridge carries video tracks from Go to the page in the webview, as
// encoded frames or small ones as pixels, over one authenticated WebSocket on
// 127.0.0.1. The page's end is frontend/src/stage; WIRE.md is what the two say to
// each other.
//
//	media, peer                     bridge                          page
//	                                   · ◀── GET /tracks?token=… ─── connect
//	                                   · ◀────────────── hello ─────
//	      ◀── needKeyframe ─────────── ·        (a viewer starts with one)
//	Track.Write(key frame) ──────────▶ · ─── frame ────────────────▶ decode
//	Track.Write(frame) ──────────────▶ · ─── frame ────────────────▶ decode
//	                                   · ◀────────────── report ──── drawn
//	   (a full queue drops frames up   · ◀────────────── want ────── decoder error
//	    to the next key frame)         ·
//	Track.Shown ◀───────────────────── · ◀────────────── shown ───── another size
//	Track.Clear ─────────────────────▶ · ─── clear ────────────────▶ empty tile
//
// One page watches at a time: a new connection, such as a reload, takes the
// place of the one before. Track.Write never blocks: each track has a bounded
// queue, and the page reports every frame, so what is on the way is bounded too.
package bridge

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/net/netutil"
)

const (
	path = "/tracks"
	// tokenBytes from crypto/rand make the token of one run.
	tokenBytes = 32
	// handshakeTimeout bounds the HTTP request and the wait for the hello.
	handshakeTimeout = 5 * time.Second
	// maxConnections are open at once, with those that never say a word.
	maxConnections = 32
)

// Config is what a Bridge needs.
type Config struct {
	// Origins are the exact origins whose pages may connect, such as
	// "wails://wails". None is allowed unless it is listed; a request without
	// an Origin is always refused.
	Origins []string
	// Logger may be nil.
	Logger *slog.Logger
}

// Bridge is the listener and the one page that watches. Its methods may be
// called from any goroutine.
type Bridge struct {
	log     *slog.Logger
	origins map[string]bool
	host    string // the only Host header taken: against DNS rebinding
	token   string
	server  *http.Server
	ctx     context.Context // until Close
	cancel  context.CancelFunc
	asks    chan *Track // key frames to ask for, outside of the lock
	wg      sync.WaitGroup

	mu     sync.Mutex
	closed bool
	tracks map[string]*Track
	client *client // nil while no page watches
}

// Listen opens the bridge on a free port of 127.0.0.1.
func Listen(c Config) (*Bridge, error) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open track bridge: %w", err)
	}
	var token [tokenBytes]byte
	_, _ = rand.Read(token[:]) // never fails: crypto/rand
	b := &Bridge{
		log:     c.Logger,
		origins: make(map[string]bool),
		host:    ln.Addr().String(),
		token:   base64.RawURLEncoding.EncodeToString(token[:]),
		asks:    make(chan *Track, 16),
		tracks:  make(map[string]*Track),
	}
	if b.log == nil {
		b.log = slog.New(slog.DiscardHandler)
	}
	for _, o := range c.Origins {
		b.origins[o] = true
	}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	b.server = &http.Server{
		Handler:           http.HandlerFunc(b.serve),
		ReadHeaderTimeout: handshakeTimeout,
		ReadTimeout:       handshakeTimeout,
		WriteTimeout:      handshakeTimeout,
		MaxHeaderBytes:    8 << 10,
		ConnContext:       withConn,
		ErrorLog:          slog.NewLogLogger(b.log.Handler(), slog.LevelDebug),
	}
	b.server.SetKeepAlivesEnabled(false)
	b.wg.Go(func() {
		err := b.server.Serve(netutil.LimitListener(ln, maxConnections))
		if !errors.Is(err, http.ErrServerClosed) {
			b.log.Error("track bridge stopped", "err", err)
		}
	})
	b.wg.Go(b.ask)
	return b, nil
}

// URL is where the page connects. It holds the token of this run: hand it to
// the page and to nobody else, and keep it out of logs.
func (b *Bridge) URL() string {
	u := url.URL{Scheme: "ws", Host: b.host, Path: path, RawQuery: "token=" + b.token}
	return u.String()
}

// Track is the track that the page knows by the name: one of Local, Remote and
// Screen, or another of 1 to 32 bytes (a longer one is cut). A second call gives the
// same track, with the new function.
//
// needKeyframe is called when the page can go on only from a key frame: a new
// viewer, a full queue, a decoder error. It is called from the bridge's own
// goroutine, at most once a second, again for as long as only delta frames
// come, and should return soon. It may be nil.
func (b *Bridge) Track(name string, needKeyframe func()) *Track {
	name = name[:min(len(name), maxName)]
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.tracks[name]
	if t == nil {
		t = &Track{bridge: b, name: name, lane: newLane()}
		b.tracks[name] = t
	}
	t.needKeyframe = needKeyframe
	return t
}

// Close refuses new pages, cuts the one that watches and waits for all
// goroutines. Tracks may be written to afterwards; nothing comes of it.
func (b *Bridge) Close() error {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.cancel() // cuts the WebSockets, which http.Server no longer knows
	err := b.server.Close()
	b.wg.Wait()
	if err != nil {
		return fmt.Errorf("close track bridge: %w", err)
	}
	return nil
}

// serve lets one page in, or says why not.
func (b *Bridge) serve(w http.ResponseWriter, r *http.Request) {
	origin := r.Header.Values("Origin")
	token := r.URL.Query().Get("token")
	switch {
	case r.Host != b.host:
		http.Error(w, "wrong host", http.StatusMisdirectedRequest)
	case r.URL.Path != path:
		http.NotFound(w, r)
	case len(origin) != 1 || !b.origins[origin[0]]:
		http.Error(w, "this origin may not connect", http.StatusForbidden)
	case subtle.ConstantTimeCompare([]byte(token), []byte(b.token)) != 1:
		http.Error(w, "wrong token", http.StatusUnauthorized)
	default:
		if !b.enter() {
			http.Error(w, "closing", http.StatusServiceUnavailable)
			return
		}
		defer b.wg.Done()
		b.watch(w, r)
		return
	}
	b.log.Warn("track bridge refused a connection", "path", r.URL.Path == path, "origin", origin)
}

// enter adds one to the goroutines that Close waits for, unless it has begun.
func (b *Bridge) enter() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.wg.Add(1)
	}
	return !b.closed
}

// ask calls needKeyframe, one call at a time and never under the lock: it may
// take the same locks as the goroutine that writes frames.
func (b *Bridge) ask() {
	for {
		select {
		case t := <-b.asks:
			b.mu.Lock()
			f := t.needKeyframe
			b.mu.Unlock()
			if f != nil {
				f()
			}
		case <-b.ctx.Done():
			return
		}
	}
}
