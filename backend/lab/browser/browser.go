//go:build linux

// Package browser drives Chromium from outside of the network that it is in: the
// DevTools protocol over a pipe, so that what steers it is not on the links that
// are measured. https://chromedevtools.github.io/devtools-protocol/
package browser

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// Browser is a running Chromium with one page.
type Browser struct {
	cmd     *exec.Cmd
	in      *os.File
	session string
	log     *os.File
	gone    chan struct{} // closed when it said its last word
	page    chan string   // the session of its first page

	mu      sync.Mutex
	last    int
	waiting map[int]chan message
	closed  bool
}

type message struct {
	ID     int             `json:"id"`
	Method string          `json:"method"` // of an event
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// answerWithin bounds every command: a page under load is slow, but not so slow.
const answerWithin = 40 * time.Second

var errGone = errors.New("the browser is gone")

// Start runs Chromium; command makes the process, for example inside a network
// namespace. dir is its profile. camera is a y4m file, sound a wav file.
func Start(command func(name string, arguments ...string) *exec.Cmd, dir, camera, sound, display string) (*Browser, error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, fmt.Errorf("%w (build/deps.sh lab installs it)", err)
	}
	b := &Browser{waiting: map[int]chan message{}, gone: make(chan struct{}), page: make(chan string, 1)}
	toIt, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out, fromIt, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	b.in = in
	if b.log, err = os.Create(dir + "/chromium.log"); err != nil {
		return nil, err
	}
	// Chromium else starts with two pages for its address bar, which take a second of processor.
	shown := []string{"--headless", "about:blank", "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup"}
	if display != "" {
		shown = []string{"--window-size=1120,744", "--app=data:text/html,", "--test-type"} // no bar that warns of switches
	}
	b.cmd = command(path, append(shown, "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
		"--disable-dev-shm-usage", "--ignore-certificate-errors", "--autoplay-policy=no-user-gesture-required",
		// Two pages compete for two cores, and both are looked at.
		"--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows", "--disable-background-timer-throttling",
		"--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
		"--use-file-for-fake-video-capture="+camera, "--use-file-for-fake-audio-capture="+sound,
		"--remote-debugging-pipe", "--user-data-dir="+dir+"/profile")...)
	if display != "" {
		b.cmd.Env = append(b.cmd.Environ(), "DISPLAY="+display)
	}
	b.cmd.ExtraFiles = []*os.File{toIt, fromIt} // descriptors 3 and 4
	b.cmd.Stdout, b.cmd.Stderr = b.log, b.log
	b.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = b.cmd.Start()
	_, _ = toIt.Close(), fromIt.Close()
	if err != nil {
		return nil, fmt.Errorf("start Chromium: %w", err)
	}
	go b.read(out)
	if err := b.attach(); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// PID is the leader of its process group.
func (b *Browser) PID() int { return b.cmd.Process.Pid }

func (b *Browser) read(out *os.File) {
	defer close(b.gone)
	defer out.Close()
	in := bufio.NewReaderSize(out, 1<<20)
	for {
		line, err := in.ReadBytes(0)
		if err != nil {
			return
		}
		var m message
		if json.Unmarshal(line[:len(line)-1], &m) != nil {
			continue
		}
		if m.Method == "Target.attachedToTarget" {
			b.noteAttached(m.Params)
		}
		if m.ID == 0 {
			continue // an event
		}
		b.mu.Lock()
		answer := b.waiting[m.ID]
		delete(b.waiting, m.ID)
		b.mu.Unlock()
		if answer != nil {
			answer <- m
		}
	}
}

// call sends a command and decodes its result into result, if that is not nil.
func (b *Browser) call(method string, params, result any) error {
	answer := make(chan message, 1)
	b.mu.Lock()
	b.last++
	id := b.last
	b.waiting[id] = answer
	text, err := json.Marshal(struct {
		ID        int    `json:"id"`
		Method    string `json:"method"`
		Params    any    `json:"params"`
		SessionID string `json:"sessionId,omitempty"`
	}{id, method, params, b.session})
	if err == nil {
		_, err = b.in.Write(append(text, 0))
	}
	b.mu.Unlock()
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	late := time.NewTimer(answerWithin)
	defer late.Stop()
	select {
	case m := <-answer:
		if m.Error != nil {
			return fmt.Errorf("%s: %s", method, m.Error.Message)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(m.Result, result)
	case <-b.gone:
		return fmt.Errorf("%s: %w", method, errGone)
	case <-late.C:
		return fmt.Errorf("%s: no answer in %v", method, answerWithin)
	}
}

type object map[string]any

// attach takes the page that the browser began with.
func (b *Browser) attach() error {
	if err := b.call("Target.setAutoAttach", object{"autoAttach": true, "waitForDebuggerOnStart": false, "flatten": true}, nil); err != nil {
		return err
	}
	select {
	case session := <-b.page:
		b.mu.Lock()
		b.session = session
		b.mu.Unlock()
	case <-b.gone:
		return errGone
	case <-time.After(answerWithin):
		return fmt.Errorf("start Chromium: no page in %v", answerWithin)
	}
	return b.call("Page.enable", object{}, nil)
}

// noteAttached takes the first page's session.
func (b *Browser) noteAttached(params json.RawMessage) {
	var attached struct {
		SessionID  string
		TargetInfo struct{ Type string }
	}
	if json.Unmarshal(params, &attached) != nil || attached.TargetInfo.Type != "page" {
		return
	}
	select {
	case b.page <- attached.SessionID:
	default:
	}
}

// Before makes script run in each page before its own.
func (b *Browser) Before(script string) error {
	return b.call("Page.addScriptToEvaluateOnNewDocument", object{"source": script}, nil)
}

// Open goes to a page, and waits until it is loaded.
func (b *Browser) Open(url string) error {
	var r struct{ ErrorText string }
	if err := b.call("Page.navigate", object{"url": url}, &r); err != nil {
		return err
	}
	if r.ErrorText != "" {
		return fmt.Errorf("open %s: %s", url, r.ErrorText)
	}
	const loaded = `document.readyState === 'complete' || new Promise((done) => addEventListener('load', () => done(true)))`
	return b.Eval(loaded, nil)
}

// Allow tells the page of a link that its user has allowed camera and microphone
// before, or that they are to be asked; the switches that Start gives then answer.
func (b *Browser) Allow(link string, allowed bool) error {
	u, err := url.Parse(link)
	if err != nil {
		return err
	}
	setting := "prompt"
	if allowed {
		setting = "granted"
	}
	for _, name := range []string{"camera", "microphone"} {
		params := object{"origin": u.Scheme + "://" + u.Host, "permission": object{"name": name}, "setting": setting}
		if err := b.call("Browser.setPermission", params, nil); err != nil {
			return err
		}
	}
	return nil
}

// Eval gives the value of an expression, or of the promise that it is.
func (b *Browser) Eval(expression string, value any) error {
	var r struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	params := object{"expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true}
	if err := b.call("Runtime.evaluate", params, &r); err != nil {
		return err
	}
	if e := r.ExceptionDetails; e != nil {
		return fmt.Errorf("in the page: %s %s", e.Text, e.Exception.Description)
	}
	if value == nil || r.Result.Value == nil {
		return nil
	}
	return json.Unmarshal(r.Result.Value, value)
}

// Close ends the browser with all of its processes. It may be called twice.
func (b *Browser) Close() error {
	b.mu.Lock()
	again := b.closed
	b.closed = true
	b.mu.Unlock()
	if again {
		return nil
	}
	err := syscall.Kill(-b.PID(), syscall.SIGKILL)
	_ = b.cmd.Wait() // it was killed
	return errors.Join(err, b.in.Close(), b.log.Close())
}
