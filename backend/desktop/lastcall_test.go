package desktop

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/call"
	"parley/backend/signaling"
)

func TestACallIsRememberedWhileItLasts(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	path := filepath.Join(dir, lastCallFile)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		snapshots := make(chan call.Snapshot)
		go RememberCalls(ctx, snapshots, dir, slog.New(slog.DiscardHandler))
		tell := func(s call.Snapshot) {
			snapshots <- s
			synctest.Wait()
		}
		kept := func() bool {
			_, err := os.Stat(path)
			return err == nil
		}
		const invite = "https://192.0.2.1:7373/#room=0123-4567-89ab"
		for _, s := range []call.Snapshot{
			{State: call.Idle},
			{State: call.Preparing, Role: signaling.Caller},
			{State: call.Waiting, Role: signaling.Caller, Invite: invite, Code: "PARLEY:X"},
		} {
			if tell(s); kept() {
				t.Errorf("%+v is kept", s)
			}
		}
		tell(call.Snapshot{State: call.Waiting, Role: signaling.Caller, Invite: invite})
		info, err := os.Stat(path)
		if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Fatal(info, err)
		}
		// A call of hours is as fresh as one of minutes.
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		c, ok := recall(dir, time.Now().Add(-4*time.Hour))
		if !ok || c.Invite != invite || c.Role != signaling.Caller {
			t.Errorf("%+v, %v", c, ok)
		}
		tell(call.Snapshot{State: call.Ended, Role: signaling.Caller})
		if kept() {
			t.Error("the call is over, and its invite still there")
		}
		tell(call.Snapshot{State: call.Connected, Role: signaling.Callee, Invite: invite})
		if !kept() {
			t.Error("nothing is kept")
		}
		cancel() // the program quits
		synctest.Wait()
		if kept() {
			t.Error("the program has quit, and the invite is still there")
		}
	})
}

func TestWhatIsNotRecalled(t *testing.T) {
	now := time.Now()
	boot := now.Add(-time.Hour)
	good := LastCall{Role: signaling.Callee, Invite: "https://a/#room=0123-4567-89ab", Seen: now.Add(-9 * time.Minute)}
	for name, test := range map[string]struct {
		boot   time.Time
		change func(*LastCall)
		ok     bool
	}{
		"good":           {boot, func(*LastCall) {}, true},
		"old":            {boot, func(c *LastCall) { c.Seen = now.Add(-11 * time.Minute) }, false},
		"of the future":  {boot, func(c *LastCall) { c.Seen = now.Add(time.Hour) }, false},
		"another boot":   {now.Add(-time.Minute), func(*LastCall) {}, false},
		"no invite":      {boot, func(c *LastCall) { c.Invite = "" }, false},
		"nobody's":       {boot, func(c *LastCall) { c.Role = "boss" }, false},
		"without a time": {boot, func(c *LastCall) { c.Seen = time.Time{} }, false},
	} {
		dir, c := t.TempDir(), good
		test.change(&c)
		if err := c.write(dir); err != nil {
			t.Fatal(err)
		}
		if _, ok := recall(dir, test.boot); ok != test.ok {
			t.Errorf("%s: %v", name, ok)
		}
		if _, err := os.Stat(filepath.Join(dir, lastCallFile)); (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"", "{", "[]", `{"role":1}`, `{"seen":"x"}`} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, lastCallFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if c, ok := RecallCall(dir); ok {
			t.Errorf("%q is %+v", text, c)
		}
	}
	if b := bootTime(); b.IsZero() || !b.Before(now) {
		t.Errorf("booted at %v", b)
	}
}
