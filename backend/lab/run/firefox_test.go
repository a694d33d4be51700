//go:build linux

package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"

	"parley/backend/lab/emulate"
)

// firefox is one with one page, driven by WebDriver BiDi from outside of its network.
// https://www.w3.org/TR/webdriver-bidi/
type firefox struct {
	t      *testing.T
	socket *websocket.Conn
	page   string
	last   int
}

const firefoxPrefs = `user_pref("media.navigator.streams.fake", true);
user_pref("media.navigator.permission.disabled", true);
user_pref("media.autoplay.default", 0);
user_pref("media.peerconnection.ice.obfuscate_host_addresses", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("app.update.enabled", false);
`

func startFirefox(t *testing.T, h *emulate.Host) *firefox {
	t.Helper()
	dir, err := os.MkdirTemp("", "firefox") //nolint:usetesting // t.TempDir fails where a browser's last process still writes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.WriteFile(filepath.Join(dir, "user.js"), []byte(firefoxPrefs), 0o600); err != nil {
		t.Fatal(err)
	}
	browser := h.Command("firefox-esr", "--headless", "--no-remote", "--remote-debugging-port=9222", "--profile", dir)
	browser.Env = append(os.Environ(), "HOME="+dir)
	browser.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := browser.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-browser.Process.Pid, syscall.SIGKILL)
		_ = browser.Wait() // it was killed
	})
	f := &firefox{t: t}
	within := http.Client{Transport: &http.Transport{DialContext: func(_ context.Context, network, address string) (c net.Conn, err error) {
		err = h.Do(func() error {
			c, err = net.Dial(network, address)
			return err
		})
		return c, err
	}}}
	ctx, cancel := context.WithTimeout(t.Context(), connectWithin)
	defer cancel()
	for tick := time.NewTicker(50 * time.Millisecond); f.socket == nil; <-tick.C {
		f.socket, _, err = websocket.Dial(ctx, "ws://127.0.0.1:9222/session", &websocket.DialOptions{HTTPClient: &within})
		if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = f.socket.CloseNow() })
	f.socket.SetReadLimit(1 << 20)
	f.call("session.new", object{"capabilities": object{"alwaysMatch": object{"acceptInsecureCerts": true}}}, nil)
	f.call("script.addPreloadScript", object{"functionDeclaration": "() => {" + probe + "}"}, nil)
	var tree struct{ Contexts []struct{ Context string } }
	f.call("browsingContext.getTree", object{}, &tree)
	f.page = tree.Contexts[0].Context
	return f
}

type object map[string]any

// call sends a command and decodes its result into result, if that is not nil.
func (f *firefox) call(method string, params object, result any) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), connectWithin)
	defer cancel()
	f.last++
	if err := wsjson.Write(ctx, f.socket, object{"id": f.last, "method": method, "params": params}); err != nil {
		f.t.Fatal(err)
	}
	var answer struct {
		ID             int
		Result         json.RawMessage
		Error, Message string
	}
	for answer.ID != f.last { // an event has none
		if err := wsjson.Read(ctx, f.socket, &answer); err != nil {
			f.t.Fatalf("%s: %v", method, err)
		}
	}
	if answer.Error != "" {
		f.t.Fatalf("%s: %s: %s", method, answer.Error, answer.Message)
	}
	if result == nil {
		return
	}
	if err := json.Unmarshal(answer.Result, result); err != nil {
		f.t.Fatal(err)
	}
}

// eval gives the text that an expression is, or the promise that it is.
func (f *firefox) eval(expression string) string {
	f.t.Helper()
	var r struct {
		Result           struct{ Value string }
		ExceptionDetails struct{ Text string }
	}
	f.call("script.evaluate", object{"expression": expression, "awaitPromise": true, "target": object{"context": f.page}}, &r)
	if r.ExceptionDetails.Text != "" {
		f.t.Fatalf("in the page: %s", r.ExceptionDetails.Text)
	}
	return r.Result.Value
}

// until waits for the page to tell what is looked for.
func (f *firefox) until(expression, want string) {
	f.t.Helper()
	began := time.Now()
	for tick := time.NewTicker(100 * time.Millisecond); ; <-tick.C {
		told := f.eval(expression)
		if strings.Contains(told, want) {
			f.t.Logf("%s after %v", want, time.Since(began).Round(time.Millisecond))
			return
		}
		if time.Since(began) > connectWithin {
			f.t.Fatalf("not %q, still %q", want, told)
		}
	}
}

// TestFirefoxPausesItsPicture: as TestPhonePausesItsPicture, where the browser tells
// the target of its picture in sum alone, and gives it no less than 100 kbit/s.
func TestFirefoxPausesItsPicture(t *testing.T) {
	needPhone(t)
	if _, err := exec.LookPath("firefox-esr"); err != nil {
		t.Skip("no Firefox: build/deps.sh test installs it")
	}
	n := weakens(t)
	m := phoneMedia(t)
	dir := t.TempDir()
	t.Setenv(asParley, "1")
	p, err := launch(n.sender, m, dir, nil, "call", "create", "--json", "--lan-host", n.signaling, "--lan-address", roomPort,
		"--camera", m.film, "--microphone", m.sound, "--speaker", filepath.Join(dir, "heard.wav"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	link, err := p.room()
	if err != nil {
		t.Fatal(err)
	}
	f := startFirefox(t, n.receiver)
	f.call("browsingContext.navigate", object{"context": f.page, "url": link, "wait": "complete"}, nil)
	f.until("lab.join(false).then(String)", "true")
	f.until("lab.shown.length ? 'a picture' : ''", "a picture")
	n.link.Begin()
	f.until(notices, "Your picture is paused")
}
