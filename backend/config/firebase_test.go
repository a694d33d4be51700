package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const (
	consoleJSON   = `{"projectId": "demo-a", "apiKey": "AIza-x_1", "appId": "1:2:web:3", "messagingSenderId": "2"}`
	consoleScript = `
// Import the functions you need from the SDKs you need
import { initializeApp } from "firebase/app";
// https://firebase.google.com/docs/web/setup#available-libraries
const firebaseConfig = {
  apiKey: "AIza-x_1",
  authDomain: "demo-a.firebaseapp.com",
  projectId: 'demo-a',
};
const app = initializeApp(firebaseConfig);
`
	serviceAccount = `{"type": "service_account", "project_id": "demo-a", "private_key": "-----BEGIN PRIVATE KEY-----"}`
)

func TestParseFirebase(t *testing.T) {
	want := Firebase{Project: "demo-a", APIKey: "AIza-x_1", Auth: "anonymous"}
	for _, given := range []string{consoleJSON, consoleScript} {
		if got, err := ParseFirebase([]byte(given)); err != nil || got != want {
			t.Errorf("got %+v, %v from %s", got, err, given)
		}
	}
	for given, want := range map[string]error{
		serviceAccount:                           ErrServiceAccount,
		`{"type": "service_account"}`:            ErrServiceAccount,
		"":                                       ErrNotFirebase,
		"[]":                                     ErrNotFirebase,
		`{"projectId": "demo-a"}`:                ErrNotFirebase,
		`{"projectId": 7, "apiKey": "x"}`:        ErrNotFirebase,
		`{"projectId": "a/../b", "apiKey": "x"}`: ErrBadValue,
		`{"projectId": "demo-a", "apiKey": "x&y"}`: ErrBadValue,
		strings.Repeat(" ", maxFileSize+1):         ErrNotFirebase,
	} {
		if _, err := ParseFirebase([]byte(given)); !errors.Is(err, want) {
			t.Errorf("%.60q: got %v, want %v", given, err, want)
		}
	}
}

func FuzzParseFirebase(f *testing.F) {
	for _, given := range []string{consoleJSON, consoleScript, serviceAccount} {
		f.Add([]byte(given))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := ParseFirebase(data)
		if err == nil && (!projectID.MatchString(got.Project) || !apiKey.MatchString(got.APIKey)) {
			t.Fatalf("%+v", got)
		}
	})
}

func TestImportLeavesTheRest(t *testing.T) {
	f := Firebase{Project: "demo-a", APIKey: "k"}
	for before, after := range map[string]string{
		"":                                    "version = 1\n\n[firebase]\nproject = \"demo-a\"\napi_key = \"k\"\n",
		"# mine\n[video]\nwidth = 640 # wide": "version = 1\n# mine\n[video]\nwidth = 640 # wide\n\n[firebase]\nproject = \"demo-a\"\napi_key = \"k\"\n",
		"version = 1\n[firebase] # here\nproject='old'\nauth = \"none\"\n[video]\nwidth = 640\n": "version = 1\n[firebase] # here\nproject=\"demo-a\"\nauth = \"none\"\napi_key = \"k\"\n[video]\nwidth = 640\n",
		"firebase.project = \"old\"\nfirebase.api_key = \"old\"\n":                               "firebase.project = \"demo-a\"\nfirebase.api_key = \"k\"\nversion = 1\n",
	} {
		path := filepath.Join(t.TempDir(), "new", "config.toml")
		if before != "" {
			path = filepath.Join(t.TempDir(), "config.toml")
			if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Import(path, nil, f); err != nil {
			t.Errorf("%q: %v", before, err)
		}
		if got, _ := os.ReadFile(path); string(got) != after {
			t.Errorf("got\n%s\nwant\n%s", got, after)
		}
	}
}

func TestImportThatCannotBe(t *testing.T) {
	for before, want := range map[string]error{
		"firebase = {project = \"a-b-c\"}\n": ErrNotHere,
		"[firebase\n":                        ErrSyntax,
		"version = 9\n":                      ErrNewer,
	} {
		path := filepath.Join(t.TempDir(), "config.toml")
		if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Import(path, nil, Firebase{Project: "demo-a", APIKey: "k"}); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", before, err, want)
		}
		if got, _ := os.ReadFile(path); string(got) != before {
			t.Errorf("%q became %q", before, got)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".config-*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

func TestFirebaseFromTheEnvironment(t *testing.T) {
	c, err := load(t, "signaling = \"firestore\"\n", []string{"PARLEY_FIREBASE_PROJECT=demo-a", "PARLEY_FIREBASE_API_KEY=k", "PARLEY_FIREBASE_AUTH=none",
		"PARLEY_FIRESTORE_EMULATOR=127.0.0.1:8085", "PARLEY_AUTH_EMULATOR=127.0.0.1:9099"}, nil)
	want := Firebase{Project: "demo-a", APIKey: "k", Auth: "none", Emulator: "127.0.0.1:8085", AuthEmulator: "127.0.0.1:9099"}
	if err != nil || !reflect.DeepEqual(c.Firebase, want) {
		t.Errorf("got %+v, %v", c.Firebase, err)
	}
	if c.Firebase.Origin() != "https://demo-a.web.app" {
		t.Errorf("page %s", c.Firebase.Origin())
	}
}
