// Package auth is who this app is to Firebase: an anonymous user of Firebase
// Authentication, the same one at each start.
//
//	refresh token kept? ── yes ─▶ securetoken token ──▶ ID token, for an hour
//	        │ no                      │ revoked
//	        └───────▶ accounts:signUp ◀┘
//
// A service account never appears here: it would hand the whole project to
// whoever has the program.
package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"parley/backend/signaling"
)

// What the project's settings may keep us from. Each wraps signaling.ErrRefused.
var (
	ErrSignInOff = fmt.Errorf("%w: the Firebase project does not allow anonymous sign-in: switch it on in the Firebase console under Authentication, Sign-in method", signaling.ErrRefused)
	ErrBadKey    = fmt.Errorf("%w: Firebase does not know this API key: copy the web app's configuration anew from the Firebase console", signaling.ErrRefused)
	// ErrAppCheck is about Firebase Authentication. Firestore refuses as its rules do.
	ErrAppCheck = fmt.Errorf("%w: the Firebase project enforces App Check, which no program on a desktop passes: end that in the Firebase console under App Check, APIs", signaling.ErrRefused)
)

// Config says who signs in where; a zero field is its default.
type Config struct {
	Project, APIKey string
	Emulator        string // host:port of an Auth emulator, spoken to in the clear
	Dir             string // where a file keeps the refresh token, if no keyring does; empty: nowhere
	HTTP            *http.Client
	Logger          *slog.Logger
}

const (
	// requestTimeout bounds one request to Firebase.
	requestTimeout = 10 * time.Second
	// renewBefore is how long before its end a token is replaced.
	renewBefore = 5 * time.Minute
)

// User signs in when a token is first asked for. Its methods may be called
// from any goroutine.
type User struct {
	cfg   Config
	store *store

	signingIn chan struct{} // holds one: who signs in

	mu      sync.Mutex
	token   string // the ID token
	ends    time.Time
	uid     string
	refresh string
	loaded  bool // what was kept from the last start has been looked for
	onTime  func(time.Time)
}

// New makes a User. onTime, if any, is told the server's time as it is heard.
func New(cfg Config, onTime func(time.Time)) *User {
	if cfg.HTTP == nil {
		cfg.HTTP = &http.Client{Timeout: requestTimeout}
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if onTime == nil {
		onTime = func(time.Time) {}
	}
	return &User{cfg: cfg, store: newStore(cfg), signingIn: make(chan struct{}, 1), onTime: onTime}
}

// Token is an ID token that has not ended, and the user's ID. The error wraps
// signaling.ErrUnreachable, ErrTooMany or ErrRefused, or is the context's.
func (u *User) Token(ctx context.Context) (token, uid string, err error) {
	if token, uid, ok := u.current(); ok {
		return token, uid, nil
	}
	select {
	case u.signingIn <- struct{}{}:
		defer func() { <-u.signingIn }()
	case <-ctx.Done():
		return "", "", fmt.Errorf("sign in: %w", ctx.Err())
	}
	if token, uid, ok := u.current(); ok { // somebody else did it
		return token, uid, nil
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if err := u.signIn(ctx); err != nil {
		return "", "", fmt.Errorf("sign in: %w", err)
	}
	token, uid, _ = u.current()
	return token, uid, nil
}

// Reject tells that the service did not take this token: the next is a new one.
func (u *User) Reject(token string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.token == token {
		u.token = ""
	}
}

func (u *User) current() (token, uid string, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.token, u.uid, u.token != "" && time.Now().Before(u.ends)
}

// signIn refreshes the token, or becomes a new user where there is none yet or
// it is no more.
func (u *User) signIn(ctx context.Context) error {
	u.mu.Lock()
	loaded := u.loaded
	u.loaded = true
	refresh := u.refresh
	u.mu.Unlock()
	if !loaded {
		refresh = u.store.load()
	}
	if refresh != "" {
		a, err := u.cfg.refresh(ctx, refresh)
		if err == nil {
			u.adopt(a, a.refresh != refresh || !loaded && u.store.stale)
			return nil
		}
		if !errors.Is(err, errRevoked) {
			u.mu.Lock()
			u.refresh = refresh
			u.mu.Unlock()
			return err
		}
		u.cfg.Logger.Info("the anonymous user of Firebase is no more; signing up anew")
	}
	a, err := u.cfg.signUp(ctx)
	if err != nil {
		return err
	}
	u.adopt(a, true)
	return nil
}

// adopt takes a token over, and keeps the refresh token where it is new.
func (u *User) adopt(a answer, keep bool) {
	u.mu.Lock()
	u.token, u.uid, u.refresh = a.token, a.uid, a.refresh
	// Never past its end; a short one (tests) lives for half of its time.
	u.ends = time.Now().Add(max(a.lasts-renewBefore, a.lasts/2))
	u.mu.Unlock()
	u.onTime(a.date)
	if keep {
		u.store.save(a.refresh)
	}
}
