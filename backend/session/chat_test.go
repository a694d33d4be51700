package session

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"parley/backend/chat"
)

// news collects what a page would hear until ok.
func news(t *testing.T, updates <-chan ChatUpdate, what string, ok func(ChatUpdate) bool) {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case u := <-updates:
			if ok(u) {
				return
			}
		case <-late:
			t.Fatalf("no %s", what)
		}
	}
}

// Two calls after one another: each has a chat of its own, which ends with it.
func TestSessionsChat(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("on Windows the download folder cannot be set for a test: it would be the user's own")
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "none"))
	path := filepath.Join(home, "notes.txt")
	if err := os.WriteFile(path, []byte("what we said"), 0o600); err != nil {
		t.Fatal(err)
	}
	caller, callee := open(t, nil), open(t, nil)
	heard := map[*Session]chan ChatUpdate{}
	for _, s := range []*Session{caller, callee} {
		updates := make(chan ChatUpdate, 1000)
		heard[s] = updates
		Watched(s.Chats, func(u ChatUpdate) { updates <- u }, func(string) (string, error) { return path, nil })
	}
	if err := caller.Chats.Say("hello"); err == nil {
		t.Error("a text was taken without a call")
	}
	for n := 1; n <= 2; n++ {
		connect(t, caller, callee)
		for _, s := range []*Session{caller, callee} {
			news(t, heard[s], "chat", func(u ChatUpdate) bool { return u.Call == n && u.Able })
		}
		if err := callee.Chats.Say("hello"); err != nil {
			t.Fatal(err)
		}
		news(t, heard[callee], "mark", func(u ChatUpdate) bool {
			return len(u.Entries) == 1 && u.Entries[0].Mark == chat.Delivered
		})
		if err := caller.Chats.Offer("Send a file"); err != nil {
			t.Fatal(err)
		}
		news(t, heard[callee], "offer", func(u ChatUpdate) bool { return len(u.Entries) == 1 && u.Entries[0].File != nil })
		if err := callee.Chats.Answer(2, true); err != nil {
			t.Fatal(err)
		}
		news(t, heard[callee], "file", func(u ChatUpdate) bool {
			return len(u.Entries) == 1 && u.Entries[0].File != nil && u.Entries[0].File.State == chat.Done
		})
		if all := callee.Chats.All(); len(all.Entries) != 2 || all.Call != n {
			t.Errorf("call %d has %+v", n, all)
		}
		if err := caller.HangUp(context.Background()); err != nil {
			t.Fatal(err)
		}
		for _, s := range []*Session{caller, callee} {
			news(t, heard[s], "end", func(u ChatUpdate) bool { return !u.Able })
			if err := s.Chats.Say("still there?"); err == nil {
				t.Error("a text was taken after the call")
			}
		}
	}
	for _, name := range []string{"notes.txt", "notes (2).txt"} {
		if b, err := os.ReadFile(filepath.Join(home, "Downloads", name)); string(b) != "what we said" {
			t.Errorf("%s holds %q (%v)", name, b, err)
		}
	}
}
