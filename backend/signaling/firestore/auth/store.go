package auth

import (
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/zalando/go-keyring"
)

// keyringTimeout bounds what the OS's keyring takes: it may ask its user to
// unlock it, or wait for a session bus that does not answer.
const keyringTimeout = 3 * time.Second

// keyringService is the name that the keyring's own window shows.
const keyringService = "parley"

// store keeps the refresh token: in the OS's keyring where there is one, and
// in a file that only this user may read otherwise.
type store struct {
	account string // in the keyring; empty: none is asked
	path    string // of the file; empty: none
	logger  *slog.Logger
	stale   bool // what was loaded should be saved again: it belongs in the keyring
}

// kept is the file's content.
type kept struct {
	RefreshToken string `json:"refresh_token"`
}

func newStore(cfg Config) *store {
	s := &store{logger: cfg.Logger}
	if cfg.Emulator == "" { // what an emulator made up has no place in a keyring
		s.account = "firebase " + cfg.Project
	}
	if cfg.Dir != "" {
		s.path = filepath.Join(cfg.Dir, "firebase-"+cfg.Project+".json")
	}
	return s
}

// load is the refresh token that was kept, or empty.
func (s *store) load() string {
	if s.account != "" {
		account := s.account
		token, err := s.bounded(func() (string, error) { return keyring.Get(keyringService, account) })
		if err == nil {
			return token
		}
	}
	if s.path == "" {
		return ""
	}
	data, err := os.ReadFile(s.path)
	var k kept
	if err != nil || json.Unmarshal(data, &k) != nil {
		return "" // not there, or cut: a new user is as good
	}
	s.stale = s.account != ""
	return k.RefreshToken
}

// save keeps a refresh token. Where that fails, the next start is a new user.
func (s *store) save(token string) {
	if s.account != "" {
		account := s.account
		_, err := s.bounded(func() (string, error) { return "", keyring.Set(keyringService, account, token) })
		if err == nil {
			if s.path != "" {
				_ = os.Remove(s.path) // one place is enough; mostly there is none
			}
			return
		}
	}
	if s.path == "" {
		return
	}
	if err := writeFile(s.path, kept{token}); err != nil {
		s.logger.Warn("the sign-in is not kept; the next start signs up anew", "err", err)
	}
}

var errKeyring = errors.New("the keyring does not answer")

// bounded calls the keyring. One that does not answer, or that is not there,
// is not asked again.
func (s *store) bounded(call func() (string, error)) (string, error) {
	type result struct {
		value string
		err   error
	}
	done := make(chan result, 1)
	go func() { // left behind where the keyring hangs: it takes no context
		value, err := call()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		if r.err != nil && !errors.Is(r.err, keyring.ErrNotFound) {
			s.account = ""
			s.logger.Debug("no keyring: the sign-in is kept in a file", "err", r.err)
		}
		return r.value, r.err
	case <-time.After(keyringTimeout):
		s.account = ""
		s.logger.Info("the keyring does not answer: the sign-in is kept in a file")
		return "", errKeyring
	}
}

// writeFile puts the file in its place at once or not at all, for nobody else
// to read.
func writeFile(path string, k kept) error {
	data, err := json.Marshal(k)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".firebase-*") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
