// Package emulator runs the official Cloud Firestore emulator for tests and
// benchmarks: one Java process on loopback, that nothing leaves behind.
//
//	e := emulator.Start(t)                 // shared by the test binary
//	project := e.Project(t, rules)         // nobody else's documents
//	...                                    // talk to e.Host as a user: Token
//	left, err := e.Documents(ctx, project) // what the rules cannot hide
//
// Start and Own are for tests; Launch and Stop are the same without them.
package emulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// ErrNotFound says that this machine has no emulator, or no java to run it with.
var ErrNotFound = errors.New("the Firestore emulator was not found")

const (
	// The emulator is up in 2 s on an idle machine. The bound is for a busy one.
	startWithin = 90 * time.Second
	// It answers an admin request in milliseconds.
	answerWithin = 30 * time.Second

	mainClass = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
	runsNow   = "Dev App Server is now running"
)

// Emulator is a running emulator. Its methods may be called by several
// goroutines, except Crash and Restart: those belong to its one owner.
type Emulator struct {
	Host string // host:port of gRPC, REST and WebChannel, on loopback

	java, jar string
	own       string // host:port that Java listens on
	door      *door  // what Host leads through; nil where Host is Java's own
	log       tail

	mu      sync.Mutex
	process *process
	rules   map[string]string // by project, for Restart
	saved   []savedWrites     // by Crash, for Restart
}

// Launch finds the emulator and starts it on a free port of 127.0.0.1. The
// caller stops it. ErrNotFound says what to install.
func Launch(ctx context.Context) (*Emulator, error) {
	jar, err := findJar()
	if err != nil {
		return nil, err
	}
	java, err := exec.LookPath("java")
	if err != nil {
		return nil, fmt.Errorf("%w: there is no java to run %s with (Debian: apt install openjdk-17-jre-headless)", ErrNotFound, jar)
	}
	e := &Emulator{java: java, jar: jar, rules: map[string]string{}}
	// Between asking for a free port and Java taking it, somebody else may.
	for range 3 {
		if e.own, err = freeHost(); err != nil {
			return nil, err
		}
		e.Host = e.own
		if err = e.start(ctx); err == nil || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("start the Firestore emulator: %w\n%s", err, e.Log())
	}
	return e, nil
}

func freeHost() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// start runs the process and waits until it answers.
func (e *Emulator) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	host, port, err := net.SplitHostPort(e.own)
	if err != nil {
		return err
	}
	from := e.log.length()
	p, err := run(exec.Command(e.java, // not CommandContext: it outlives ctx
		"-Xmx512m", "-XX:+UseSerialGC",
		"-XX:TieredStopAtLevel=1", // it lives for seconds: compiling it well costs more than it saves
		"-Duser.language=en",      // it knows its messages in English only
		"-cp", e.jar, mainClass, "--host="+host, "--port="+port), &e.log)
	if err != nil {
		return err
	}
	if err := e.ready(ctx, p, from); err != nil {
		p.kill()
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.process = p
	return nil
}

// ready polls until the process has said that it runs (a stranger's server may
// hold the port) and answers.
func (e *Emulator) ready(ctx context.Context, p *process, from int) error {
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	for {
		if strings.Contains(e.log.since(from), runsNow) && e.answers(ctx) {
			return nil
		}
		select {
		case <-poll.C:
		case <-p.done:
			return fmt.Errorf("it exited: %w", p.err)
		case <-ctx.Done():
			return fmt.Errorf("it does not answer: %w", ctx.Err())
		}
	}
}

func (e *Emulator) answers(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+e.own+"/", nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, response.Body)
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// Stop ends the process and waits for it. It may be called twice.
func (e *Emulator) Stop() {
	e.mu.Lock()
	p := e.process
	e.process = nil
	e.mu.Unlock()
	if e.door != nil {
		e.door.shut()
	}
	if p != nil {
		p.kill()
	}
}

// Crash ends the process on the spot, as an outage of the service: every
// connection breaks and new ones are refused. What the projects held is kept
// aside for Restart, because the emulator keeps it in memory only. It is for
// an emulator of one's own.
func (e *Emulator) Crash(ctx context.Context) error {
	e.mu.Lock()
	projects := make([]string, 0, len(e.rules))
	for project := range e.rules {
		projects = append(projects, project)
	}
	e.mu.Unlock()
	var saved []savedWrites
	for _, project := range projects {
		writes, err := e.save(ctx, project)
		if err != nil {
			return err
		}
		saved = append(saved, writes)
	}
	e.mu.Lock()
	e.saved = saved
	e.mu.Unlock()
	e.Stop()
	return nil
}

// Restart starts the emulator again after Crash, with the same rules and the
// same documents, but for their create and update times. Nobody finds it at
// Host before they are there: Firestore forgets nothing in an outage either.
func (e *Emulator) Restart(ctx context.Context) error {
	if err := e.start(ctx); err != nil {
		return fmt.Errorf("restart the Firestore emulator: %w\n%s", err, e.Log())
	}
	e.mu.Lock()
	rules, saved := e.rules, e.saved
	e.rules, e.saved = map[string]string{}, nil
	e.mu.Unlock()
	for project, source := range rules {
		if err := e.SetRules(ctx, project, source); err != nil {
			return err
		}
	}
	for _, s := range saved {
		if err := e.commit(ctx, s.project, s.writes...); err != nil {
			return err
		}
	}
	return e.door.open(e.own)
}

// Log is the end of what the emulator has said.
func (e *Emulator) Log() string { return e.log.since(0) }

// withoutTraces drops the stack of each exception: a rule that refuses is one.
func withoutTraces(log string) string {
	var kept strings.Builder
	for line := range strings.Lines(log) {
		if !strings.HasPrefix(line, "\tat ") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// tail keeps the last of what is written to it.
type tail struct {
	mu      sync.Mutex
	kept    []byte
	dropped int
}

const tailSize = 64 << 10 // bytes

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - tailSize; over > 0 {
		t.kept = append([]byte(nil), t.kept[over:]...)
		t.dropped += over
	}
	return len(p), nil
}

func (t *tail) length() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.dropped + len(t.kept)
}

// since is what was written after the first n bytes, as far as it is kept.
func (t *tail) since(n int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept[max(0, n-t.dropped):])
}
