package chat

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// The page keeps to the same list (frontend/src/host/browser/chat).
func TestSafeName(t *testing.T) {
	list, err := os.ReadFile("testdata/names.json")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	if err := json.Unmarshal(list, &names); err != nil {
		t.Fatal(err)
	}
	names["\xff\xfebad.txt"] = "bad.txt"
	for theirs, want := range names {
		if got := SafeName(theirs); got != want {
			t.Errorf("%q is saved as %q, not %q", theirs, got, want)
		}
	}
}

// Whatever a file is called, it lands in the folder, under one plain name.
func FuzzSafeName(f *testing.F) {
	for _, s := range []string{"../x", `..\x`, "nul.txt", "a\u202eb", strings.Repeat("ä.", 300), "/", "COM1 . .txt"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, theirs string) {
		name := SafeName(theirs)
		if len(name) == 0 || len(name) > maxKept || !utf8.ValidString(name) || !filepath.IsLocal(name) || filepath.Base(name) != name {
			t.Errorf("%q is saved as %q", theirs, name)
		}
		if strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") || strings.HasSuffix(name, " ") || strings.ContainsAny(name, `/\:<>"|?*`) {
			t.Errorf("%q is saved as %q", theirs, name)
		}
		for _, r := range name {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
				t.Errorf("%q is saved as %q", theirs, name)
			}
		}
		if first, _, _ := strings.Cut(name, "."); reserved.MatchString(strings.TrimSpace(first)) {
			t.Errorf("%q is saved as the device %q", theirs, name)
		}
		if SafeName(name) != name {
			t.Errorf("%q becomes %q, and that %q", theirs, name, SafeName(name))
		}
	})
}

// What is there is not overwritten, neither a file nor through a link.
func TestNothingIsOverwritten(t *testing.T) {
	folder, outside := t.TempDir(), filepath.Join(t.TempDir(), "secret")
	for name, content := range map[string]string{"a.txt": "mine", "a (2).txt": "also mine"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a (3).txt", "a.txt.part"} {
		if err := os.Symlink(outside, filepath.Join(folder, name)); err != nil {
			t.Skip("no symbolic links here: " + err.Error())
		}
	}
	in, _, err := create(folder, SafeName("../a.txt"), 3)
	if err != nil {
		t.Fatal(err)
	}
	if err := in.write([]byte("new")); err != nil {
		t.Fatal(err)
	}
	path, err := in.finish()
	if err != nil || filepath.Base(path) != "a (4).txt" {
		t.Fatalf("%s, %v", path, err)
	}
	for path, want := range map[string]string{path: "new", outside: "secret", filepath.Join(folder, "a.txt"): "mine", filepath.Join(folder, "a (2).txt"): "also mine"} {
		if b, _ := os.ReadFile(path); string(b) != want {
			t.Errorf("%s holds %q", path, b)
		}
	}
}
