package emulator

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

const readOwn = `rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    match /rooms/{room} {
      allow get: if request.auth.uid == resource.data.uid;
    }
  }
}`

func get(t *testing.T, e *Emulator, project, path, token string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+e.Host+"/v1/"+root(project)+"/"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

func TestRulesAreAskedAboutUsers(t *testing.T) {
	e := Start(t)
	project := e.Project(t, readOwn)
	if err := e.Put(t.Context(), project, "rooms/x", map[string]any{"uid": "ann"}); err != nil {
		t.Fatal(err)
	}
	if got := get(t, e, project, "rooms/x", Token(project, "ann")); got != http.StatusOK {
		t.Errorf("ann: %d", got)
	}
	if got := get(t, e, project, "rooms/x", Token(project, "bob")); got != http.StatusForbidden {
		t.Errorf("bob: %d", got)
	}
}

func TestProjectsAreApart(t *testing.T) {
	e := Start(t)
	one, two := e.Project(t, readOwn), e.Project(t, readOwn)
	if err := e.Put(t.Context(), one, "rooms/x", map[string]any{"uid": "ann"}); err != nil {
		t.Fatal(err)
	}
	if left, err := e.Documents(t.Context(), two); err != nil || len(left) != 0 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestBadRulesAreRefused(t *testing.T) {
	e := Start(t)
	err := e.SetRules(t.Context(), "demo-bad", "service cloud.firestore {")
	if err == nil || !strings.Contains(err.Error(), "compiling rules") {
		t.Error(err)
	}
}

func TestDocuments(t *testing.T) {
	e := Start(t)
	project := e.Project(t, readOwn)
	want := map[string]any{
		"s": "v=0", "n": int64(1), "d": 0.5, "b": true, "none": nil,
		"t": time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		"m": map[string]any{"a": "b"}, "l": []any{"c"},
	}
	if err := e.Put(t.Context(), project, "rooms/x/callerCandidates/y", want); err != nil {
		t.Fatal(err)
	}
	got, err := e.Documents(t.Context(), project)
	if err != nil || len(got) != 1 || got[0].Path != "rooms/x/callerCandidates/y" || !reflect.DeepEqual(got[0].Fields, want) {
		t.Fatalf("%v, %v", got, err)
	}
	if err := e.Delete(t.Context(), project, got[0].Path); err != nil {
		t.Fatal(err)
	}
	if got, err = e.Documents(t.Context(), project); err != nil || len(got) != 0 {
		t.Errorf("after deleting: %v, %v", got, err)
	}
}

func TestCrashAndRestart(t *testing.T) {
	e := Own(t)
	project := e.Project(t, readOwn)
	if err := e.Put(t.Context(), project, "rooms/x", map[string]any{"uid": "ann"}); err != nil {
		t.Fatal(err)
	}
	if err := e.Crash(t.Context()); err != nil {
		t.Fatal(err)
	}
	if e.answers(t.Context()) {
		t.Error("it answers after the crash")
	}
	if err := e.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := get(t, e, project, "rooms/x", Token(project, "ann")); got != http.StatusOK {
		t.Errorf("ann, after the restart: %d", got)
	}
	if got := get(t, e, project, "rooms/x", Token(project, "bob")); got != http.StatusForbidden {
		t.Errorf("bob, after the restart: %d", got)
	}
}

func TestNotFound(t *testing.T) {
	t.Setenv(JarVariable, filepath.Join(t.TempDir(), "none.jar"))
	if _, err := Launch(t.Context()); !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), JarVariable) {
		t.Error(err)
	}
}

func TestWhatDoesNotStartIsShown(t *testing.T) {
	if _, err := exec.LookPath("java"); err != nil {
		t.Skip("no java")
	}
	jar := filepath.Join(t.TempDir(), "broken.jar")
	if err := os.WriteFile(jar, []byte("no jar"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(JarVariable, jar)
	if _, err := Launch(t.Context()); err == nil || !strings.Contains(err.Error(), mainClass) {
		t.Errorf("Java's own words are missing: %v", err)
	}
}

// TestDiesWithTheTest kills a test binary, and looks for its emulator.
func TestDiesWithTheTest(t *testing.T) {
	const child = "PARLEY_TEST_EMULATOR_CHILD"
	e := Start(t)
	if os.Getenv(child) != "" {
		_, _ = os.Stdout.WriteString(strconv.Itoa(e.process.cmd.Process.Pid) + "\n")
		select {} // until it is killed
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestDiesWithTheTest$")
	cmd.Env = append(os.Environ(), child+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 64)
	n, err := out.Read(buffer)
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // "signal: killed"
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(buffer[:n])))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for running(pid) {
		if ctx.Err() != nil {
			t.Fatalf("Java (%d) outlives the test that started it", pid)
		}
		time.Sleep(10 * time.Millisecond) // between two looks at /proc
	}
}

// running: there is a Java with this pid, and it is no zombie (in a container
// nobody may reap an orphan).
func running(pid int) bool {
	cmdline, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	return err == nil && strings.Contains(string(cmdline), mainClass)
}
