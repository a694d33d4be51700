package auth

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zalando/go-keyring"
	"go.uber.org/goleak"

	"parley/backend/signaling"
	"parley/backend/signaling/firestore/fakeauth"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const project = "demo-auth"

func config(t *testing.T, s *fakeauth.Server) Config {
	return Config{Project: project, APIKey: "secret-key", Emulator: s.Host, Dir: t.TempDir()}
}

func signedIn(t *testing.T, u *User) (token, uid string) {
	t.Helper()
	token, uid, err := u.Token(t.Context())
	if err != nil || token == "" || uid == "" {
		t.Fatalf("%q, %q, %v", token, uid, err)
	}
	return token, uid
}

func TestTheSameUserAgain(t *testing.T) {
	s := fakeauth.Start(t, project)
	cfg := config(t, s)
	var log bytes.Buffer
	cfg.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	first := New(cfg, nil)
	token, uid := signedIn(t, first)
	if again, _ := signedIn(t, first); again != token || s.Requests("signUp") != 1 {
		t.Error("a token that is good was not used again")
	}
	path := filepath.Join(cfg.Dir, "firebase-"+project+".json")
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	var heard time.Time
	next := New(cfg, func(at time.Time) { heard = at })
	if _, again := signedIn(t, next); again != uid || s.Requests("signUp") != 1 || time.Since(heard).Abs() > time.Minute {
		t.Errorf("the next start is %s, was %s; the server's time is %v", again, uid, heard)
	}
	next.Reject("another")
	next.Reject(token)
	signedIn(t, next)
	s.Forget() // the user is deleted
	third, _ := signedIn(t, New(cfg, nil))
	if s.Requests("signUp") != 2 {
		t.Error("a user that is no more did not sign up anew")
	}
	if err := os.WriteFile(path, []byte("cut{"), 0o600); err != nil {
		t.Fatal(err)
	}
	signedIn(t, New(cfg, nil))
	if s.Requests("signUp") != 3 {
		t.Error("a file that is cut did not sign up anew")
	}
	for _, secret := range []string{token, third, "secret-key"} {
		if strings.Contains(log.String(), secret) {
			t.Error("the log holds a secret")
		}
	}
}

func TestManyAskAtOnce(t *testing.T) {
	s := fakeauth.Start(t, project)
	u := New(config(t, s), nil)
	done := make(chan error)
	for range 20 {
		go func() {
			_, _, err := u.Token(t.Context())
			done <- err
		}()
	}
	for range 20 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if s.Requests("signUp") != 1 {
		t.Errorf("%d users", s.Requests("signUp"))
	}
}

func TestRefusals(t *testing.T) {
	s := fakeauth.Start(t, project)
	for message, want := range map[string]error{
		"ADMIN_ONLY_OPERATION": ErrSignInOff, "OPERATION_NOT_ALLOWED : off": ErrSignInOff,
		"API key not valid. Please pass a valid API key.": ErrBadKey,
		"Firebase App Check token is invalid.":            ErrAppCheck,
		"TOO_MANY_ATTEMPTS_TRY_LATER":                     signaling.ErrTooMany,
		"SOMETHING_NEW":                                   signaling.ErrRefused,
	} {
		s.Refuse(message)
		if _, _, err := New(config(t, s), nil).Token(t.Context()); !errors.Is(err, want) {
			t.Errorf("%s: %v", message, err)
		}
	}
	s.Refuse("")
	cfg := config(t, s)
	u := New(cfg, nil)
	token, uid := signedIn(t, u)
	u.Reject(token)
	s.Refuse("SOMETHING_NEW")
	if _, _, err := u.Token(t.Context()); !errors.Is(err, signaling.ErrRefused) || s.Requests("signUp") != 7 {
		t.Errorf("a refresh that was refused: %v", err)
	}
	s.Refuse("")
	if _, again := signedIn(t, u); again != uid {
		t.Error("another user after a refusal that passed")
	}
	cfg.Emulator = "127.0.0.1:1"
	_, _, err := New(cfg, nil).Token(t.Context())
	if !errors.Is(err, signaling.ErrUnreachable) || strings.Contains(err.Error(), "secret-key") {
		t.Errorf("offline: %v", err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := New(cfg, nil).Token(over); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}

// answers is a network whose every answer is this server's, without sockets.
type answers struct{ server *fakeauth.Server }

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	a.server.ServeHTTP(w, r)
	return w.Result(), nil
}

func TestRefreshedBeforeItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := fakeauth.New(project)
		u := New(Config{Project: project, APIKey: "k", Emulator: "x", HTTP: &http.Client{Transport: answers{s}}}, nil)
		signedIn(t, u)
		time.Sleep(54 * time.Minute)
		signedIn(t, u)
		if s.Requests("token") != 0 {
			t.Error("refreshed too early")
		}
		time.Sleep(2 * time.Minute)
		signedIn(t, u)
		if s.Requests("token") != 1 || s.Requests("signUp") != 1 {
			t.Errorf("%d refreshes", s.Requests("token"))
		}
	})
}

func TestKeyring(t *testing.T) {
	keyring.MockInit()
	cfg := Config{Project: project, Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)}
	s := newStore(cfg)
	if got := s.load(); got != "" {
		t.Errorf("an empty keyring gave %q", got)
	}
	s.save("one")
	if got := newStore(cfg).load(); got != "one" {
		t.Errorf("kept %q", got)
	}
	if entries, _ := os.ReadDir(cfg.Dir); len(entries) != 0 {
		t.Error("a file was written beside the keyring")
	}
	keyring.MockInitWithError(errors.New("no session bus"))
	s = newStore(cfg)
	if got := s.load(); got != "" {
		t.Errorf("a broken keyring gave %q", got)
	}
	s.save("two")
	if got := newStore(cfg).load(); got != "two" {
		t.Errorf("the file kept %q", got)
	}
	// Once there is a keyring, what the file holds moves there.
	keyring.MockInit()
	s = newStore(cfg)
	if got := s.load(); got != "two" || !s.stale {
		t.Errorf("the file gave %q", got)
	}
	s.save("two")
	if entries, _ := os.ReadDir(cfg.Dir); len(entries) != 0 {
		t.Error("the file is still there")
	}
}

func TestKeyringHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(Config{Project: project, Logger: slog.New(slog.DiscardHandler)})
		release := make(chan struct{})
		began := time.Now()
		for range 2 {
			if s.account == "" {
				break
			}
			if _, err := s.bounded(func() (string, error) { <-release; return "", nil }); !errors.Is(err, errKeyring) {
				t.Error(err)
			}
		}
		if d := time.Since(began); d != keyringTimeout {
			t.Errorf("it took %v", d)
		}
		close(release)
	})
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"idToken":"a.b.","refreshToken":"r","localId":"u","expiresIn":"3600"}`))
	f.Add([]byte(`{"id_token":"a.b.","refresh_token":"r","user_id":"u","expires_in":"-1"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := parseAnswer(data)
		if err == nil && (a.token == "" || a.uid == "" || a.refresh == "" || a.lasts < 0) {
			t.Errorf("took %+v", a)
		}
		if refusal(400, data) == nil {
			t.Error("a refusal without an error")
		}
	})
}
