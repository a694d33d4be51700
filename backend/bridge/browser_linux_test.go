package bridge

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// browser is a real web engine that shows testdata/page.html with the stage in
// it, and runs JavaScript for the test.
type browser struct {
	t      testing.TB
	url    string
	loaded chan struct{} // one for each load of the page
	todo   chan string
	answer chan []byte

	mu   sync.Mutex
	page int // counts loads: a page that was left gets no work
}

// engines are the web engines that the tests run in, by name.
var engines = map[string]func(t testing.TB, url string){
	"Chromium":  startChromium,
	"WebKitGTK": startWebKit,
}

func startBrowser(t testing.TB, engine string) *browser {
	t.Helper()
	stage := bundle(t)
	html, err := os.ReadFile("testdata/page.html")
	if err != nil {
		t.Fatal(err)
	}
	br := &browser{t: t, loaded: make(chan struct{}, 10), todo: make(chan string), answer: make(chan []byte)}
	done := make(chan struct{})
	current := func(r *http.Request) bool {
		br.mu.Lock()
		defer br.mu.Unlock()
		return r.FormValue("page") == strconv.Itoa(br.page)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		br.mu.Lock()
		defer br.mu.Unlock()
		br.page++
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write(bytes.ReplaceAll(html, []byte("PAGE"), []byte(strconv.Itoa(br.page))))
		br.loaded <- struct{}{}
	})
	mux.HandleFunc("GET /stage.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write(stage)
	})
	mux.HandleFunc("GET /next", func(w http.ResponseWriter, r *http.Request) {
		for {
			select {
			case js := <-br.todo:
				if !current(r) {
					go func() { br.todo <- js }() // for the page that follows
					return
				}
				_, _ = io.WriteString(w, js)
				return
			case <-r.Context().Done():
				return
			case <-done:
				return
			}
		}
	})
	mux.HandleFunc("POST /answer", func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil && current(r) {
			select {
			case br.answer <- body:
			case <-done:
			}
		}
	})
	server := httptest.NewServer(mux)
	br.url = server.URL
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(done) })
	engines[engine](t, server.URL)
	br.waitLoaded()
	return br
}

func (br *browser) waitLoaded() {
	br.t.Helper()
	select {
	case <-br.loaded:
	case <-time.After(60 * time.Second):
		br.t.Fatal("the browser did not load the page")
	}
}

// reload loads the page anew. The old one never answers: its answer could be
// lost on the way out, or be taken for one of the new page's.
func (br *browser) reload() {
	br.t.Helper()
	select {
	case br.todo <- `location.reload(); await new Promise(() => {})`:
	case <-time.After(30 * time.Second):
		br.t.Fatal("the page takes no work")
	}
	br.waitLoaded()
}

// run runs the body of an async function in the page and puts what it returns
// into result, unless that is nil.
func (br *browser) run(result any, js string) {
	br.t.Helper()
	limit := time.After(30 * time.Second)
	select {
	case br.todo <- js:
	case <-limit:
		br.t.Fatalf("the page takes no work: %s", js)
	}
	select {
	case b := <-br.answer:
		var answer struct {
			Value json.RawMessage
			Error string
		}
		err := json.Unmarshal(b, &answer)
		if err == nil && answer.Error != "" {
			err = errors.New(answer.Error)
		}
		if err == nil && result != nil {
			err = json.Unmarshal(answer.Value, result)
		}
		if err != nil {
			br.t.Fatalf("%v, of %s", err, js)
		}
	case <-limit:
		br.t.Fatalf("the page did not finish: %s", js)
	}
}

// bundle is the stage as a script that defines "stage".
func bundle(t testing.TB) []byte {
	t.Helper()
	rolldown := "../../frontend/node_modules/.bin/rolldown"
	if _, err := os.Stat(rolldown); err != nil {
		t.Skip("rolldown is not installed: run npm ci in frontend")
	}
	out := filepath.Join(t.TempDir(), "stage.js")
	cmd := exec.Command(rolldown, "../../frontend/src/stage/index.ts", "--format", "iife", "--name", "stage", "--file", out)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("bundle the stage: %v\n%s", err, text)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func startChromium(t testing.TB, url string) {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if _, err := exec.LookPath(name); err == nil {
			start(t, nil, name, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
				"--no-first-run", "--disable-background-networking", "--disable-component-update",
				"--disable-sync", "--user-data-dir="+t.TempDir(), url)
			return
		}
	}
	t.Skip("Chromium is not installed")
}

// startWebKit shows the page in WebKitGTK on an X server of its own.
func startWebKit(t testing.TB, url string) {
	t.Helper()
	const python = "/usr/bin/python3" // the system's, which has its gi
	check := exec.Command(python, "-c", `import gi; gi.require_version("WebKit2", "4.1")`)
	if out, err := check.CombinedOutput(); err != nil {
		t.Skipf("WebKitGTK is not installed for Python (python3-gi, gir1.2-webkit2-4.1): %v %s", err, out)
	}
	if _, err := exec.LookPath("Xvfb"); err != nil {
		t.Skip("Xvfb is not installed")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	start(t, w, "Xvfb", "-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp")
	_ = w.Close()
	display, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("start Xvfb: %v", err)
	}
	start(t, nil, "env", "DISPLAY=:"+strings.TrimSpace(display), "HOME="+t.TempDir(),
		python, "testdata/webkit.py", url)
}

// start runs a program, with extra as its file 3, until the test ends.
func start(t testing.TB, extra *os.File, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if extra != nil {
		cmd.ExtraFiles = []*os.File{extra}
	}
	if os.Getenv("BRIDGE_TEST_VERBOSE") != "" {
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(fmt.Errorf("start %s: %w", name, err))
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
}
