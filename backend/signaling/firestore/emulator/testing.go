package emulator

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// RequireVariable makes a missing emulator a failure: CI sets it to 1.
const RequireVariable = "PARLEY_REQUIRE_EMULATOR"

var (
	shared   = sync.OnceValues(func() (*Emulator, error) { return Launch(context.Background()) })
	projects atomic.Int64
)

// Start gives the emulator that all tests of this binary share. It ends with
// the binary, also with one that was killed. Where there is none, the test is
// skipped and says so, or fails if RequireVariable says so.
func Start(t testing.TB) *Emulator {
	t.Helper()
	if !diesWithUs {
		t.Skip("only Linux ends the emulator together with a test that was killed")
	}
	return showLog(t, shared)
}

// Own gives an emulator for this test alone, to Crash and Restart.
func Own(t testing.TB) *Emulator {
	t.Helper()
	e := showLog(t, func() (*Emulator, error) { return Launch(t.Context()) })
	t.Cleanup(e.Stop)
	e.door = new(door)
	if err := e.door.open(e.own); err != nil {
		t.Fatal(err)
	}
	e.Host = e.door.host
	return e
}

func showLog(t testing.TB, launch func() (*Emulator, error)) *Emulator {
	t.Helper()
	e, err := launch()
	switch {
	case errors.Is(err, ErrNotFound) && os.Getenv(RequireVariable) != "1":
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	from := e.log.length()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the emulator said:\n%s", withoutTraces(e.log.since(from)))
		}
	})
	return e
}

// Project makes an empty project with these rules, for this test alone.
func (e *Emulator) Project(t testing.TB, rules string) string {
	t.Helper()
	project := e.Name(t)
	if err := e.SetRules(t.Context(), project, rules); err != nil {
		t.Fatal(err)
	}
	return project
}

// Name is one that no other project has, for SetRules.
func (e *Emulator) Name(t testing.TB) string {
	return fmt.Sprintf("demo-%s-%d", slug(t.Name()), projects.Add(1))
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

func slug(name string) string {
	s := notInNames.ReplaceAllString(strings.ToLower(name), "-")
	return strings.Trim(s[:min(len(s), 20)], "-")
}

// Rules reads a file of build/firebase: "firestore.rules" for our own clients,
// "firestore.dev.rules" for old ones.
func Rules(t testing.TB, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
	rules, err := os.ReadFile(filepath.Join(dir, "build", "firebase", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(rules)
}

// Token is the ID token of an anonymous user, unsigned (alg "none"), which the
// emulator takes and asks its rules about. It lasts an hour.
func Token(project, uid string) string {
	now := time.Now()
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err) // of strings and numbers only
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	return part(map[string]any{"alg": "none", "typ": "JWT"}) + "." + part(map[string]any{
		"iss": "https://securetoken.google.com/" + project, "aud": project,
		"sub": uid, "user_id": uid, "iat": now.Unix(), "auth_time": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"provider_id": "anonymous",
		"firebase":    map[string]any{"sign_in_provider": "anonymous", "identities": map[string]any{}},
	}) + "."
}
