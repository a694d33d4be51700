package desktop

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"parley/backend/call"
	"parley/backend/signaling"
)

// LastCall is the call in which a Parley ended without a word. Its invite is
// secret, so the file that holds it is the user's alone, ends with the call, and
// counts for a few minutes and until the machine is started anew.
type LastCall struct {
	Role   signaling.Role `json:"role"`
	Invite string         `json:"invite"`
	Seen   time.Time      `json:"seen"` // when the call was last under way
}

const (
	lastCallFile = "call.json"
	goodFor      = 10 * time.Minute
	refreshed    = time.Minute // how often Seen is written
)

// RememberCalls keeps in dir which call is under way, until ctx ends: then
// nothing is left. A call by hand cannot be taken up again, and is not kept.
func RememberCalls(ctx context.Context, snapshots <-chan call.Snapshot, dir string, log *slog.Logger) {
	kept := LastCall{}
	forget := func() {
		if kept != (LastCall{}) {
			kept = LastCall{}
			ForgetCall(dir)
		}
	}
	defer forget()
	tick := time.NewTicker(refreshed)
	defer tick.Stop()
	keep := func() {
		kept.Seen = time.Now()
		if err := kept.write(dir); err != nil {
			log.Warn("a crash would end the call for good", "err", err)
		}
	}
	for {
		select {
		case s, ok := <-snapshots:
			switch {
			case !ok:
				return
			case !s.State.Live():
				forget()
			case s.Invite != "" && s.Code == "" && (s.Invite != kept.Invite || s.Role != kept.Role):
				kept = LastCall{Role: s.Role, Invite: s.Invite}
				keep()
			}
		case <-tick.C:
			if kept != (LastCall{}) {
				keep()
			}
		case <-ctx.Done():
			return
		}
	}
}

func (c LastCall) write(dir string) error {
	data, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("remember the call: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("remember the call: %w", err)
	}
	f, err := os.CreateTemp(dir, ".call-*") // 0600
	if err != nil {
		return fmt.Errorf("remember the call: %w", err)
	}
	_, err = f.Write(data)
	if failed := f.Close(); err == nil {
		err = failed
	}
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, lastCallFile))
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("remember the call: %w", err)
	}
	return nil
}

// RecallCall is the call that the Parley before was in when it crashed; ok is
// false where it was in none, or too long ago.
func RecallCall(dir string) (c LastCall, ok bool) { return recall(dir, bootTime()) }

func recall(dir string, booted time.Time) (c LastCall, ok bool) {
	f, err := os.Open(filepath.Join(dir, lastCallFile))
	if err != nil {
		return LastCall{}, false
	}
	data, err := io.ReadAll(io.LimitReader(f, maxLink))
	f.Close()
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	age := time.Since(c.Seen)
	known := c.Role == signaling.Caller || c.Role == signaling.Callee
	if err != nil || !known || c.Invite == "" || age < 0 || age > goodFor || c.Seen.Before(booted) {
		ForgetCall(dir)
		return LastCall{}, false
	}
	return c, true
}

// ForgetCall removes what RecallCall would find.
func ForgetCall(dir string) { _ = os.Remove(filepath.Join(dir, lastCallFile)) }
