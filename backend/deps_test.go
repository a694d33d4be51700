// Package backend holds no code of its own: only the rules of the house, which
// DESIGN.md draws, as tests.
package backend

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "parley"

// homes are the foreign APIs that only one room knows, so that a change of one
// of them ends at that room's door.
var homes = []struct {
	prefix, reason string
	rooms          []string // packages, or with /... also those below
	inTests        bool     // tests elsewhere may use it too, as the other side of a call
}{
	{"github.com/pion/webrtc/", "a call is decided on without knowing PeerConnection", []string{"backend/peer"}, true},
	{"github.com/pion/interceptor", "what happens to RTP packets happens in one place", []string{"backend/peer"}, true},
	{"github.com/pion/turn/", "who may relay, and to where, is decided in one place; the doctor is a client", []string{"backend/relay", "backend/doctor"}, true},
	{"github.com/pion/mediadevices", "capture has bugs that are worked around once", []string{"backend/media/...", "backend/sound/opus"}, false},
	{"github.com/jezek/xgb", "screens are pictures like others, wherever they come from", []string{"backend/media/x11"}, false},
	{"github.com/gen2brain/malgo", "microphone and speaker are one duplex device: echo cancellation needs both", []string{"backend/sound"}, false},
	{"github.com/wailsapp/wails", "the call runs the same without a window", []string{"."}, false},
	{"github.com/spf13/cobra", "the command line is one way in among others", []string{"backend/cli"}, false},
	{"fyne.io/systray", "the tray shows what one function of the snapshot says", []string{"backend/tray"}, false},
	{"github.com/makiuchi-d/gozxing", "only calls by hand read QR codes", []string{"backend/signaling/manual/qr"}, true},
	{"github.com/mdp/qrterminal", "only the command line draws in a terminal", []string{"backend/cli"}, false},
	{"github.com/knadh/koanf", "settings reach the rooms as plain values", []string{"backend/config"}, false},
	{"cloud.google.com/go", "Firestore's library is asked in one place, as an end user", []string{"backend/signaling/firestore/..."}, false},
	{"google.golang.org/", "gRPC is Firestore's", []string{"backend/signaling/firestore/..."}, false},
	{"github.com/zalando/go-keyring", "the one secret that is kept is Firebase's sign-in", []string{"backend/signaling/firestore/auth"}, false},
	{"aead.dev/minisign", "what is signed is believed or refused in one place", []string{"backend/update"}, false},
	{"github.com/coder/websocket", "sockets belong to the bridge and to the LAN's signaling; the laboratory looks as the window's page does", []string{"backend/bridge", "backend/signaling/lan", "backend/lab/run"}, false},
}

// ours are the imports of our own packages that a room may have besides those
// of the same room and the plain types below.
var ours = map[string][]string{
	".":    {"backend/cli", "backend/session", "backend/config", "backend/call", "backend/doctor", "backend/update", "backend/tray", "backend/desktop", "backend/settings"}, // they wire
	"call": {"backend/trust"},                                                                                                                                               // it carries the messages that the words are made of
	"cli":  {"backend/call", "backend/config", "backend/doctor", "backend/relay"},                                                                                           // it drives a session through an interface of its own
	// Makes its coturn's credentials, is itself the Parleys that it looks into, and
	// gives Chromium the same signaling. A call is weighed opposite a peer that encodes nothing.
	"lab":      {"backend/peer", "backend/relay", "backend/call", "backend/cli", "backend/config", "backend/session", "backend/signaling/lan"},
	"desktop":  {"backend/call"},                      // it follows snapshots
	"peer":     {"backend/bwe", "backend/fec"},        // it alone sends what the estimate allows, and what protects it
	"tray":     {"backend/call"},                      // it shows snapshots
	"settings": {"backend/config", "backend/desktop"}, // the page's settings are the file's, and what starts at login
	"session":  nil,                                   // joins all rooms: see mayImport
}

// plain are the packages of types that rooms hand each other.
var plain = []string{"backend/frame", "backend/signaling"}

// pure are the packages that import nothing but the standard library and plain
// types: what they decide can be tested without a network or a device.
var pure = []string{"backend/call", "backend/chat", "backend/fec", "backend/frame", "backend/signaling", "backend/signaling/memory", "backend/trust"}

// room is the folder below backend that pkg belongs to; "." is the top.
func room(pkg string) string {
	rest, below := strings.CutPrefix(pkg, "backend/")
	if !below {
		return "."
	}
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// mayImport is the rule for our own packages: downward only, and no room knows
// its neighbour.
func mayImport(from, to string) bool {
	switch {
	case room(from) == room(to), room(from) != "." && slices.Contains(plain, to), slices.Contains(ours[room(from)], to):
		return true
	case room(from) == "session":
		return room(to) != "cli" && room(to) != "."
	}
	return false
}

func isIn(pkg string, rooms []string) bool {
	return slices.ContainsFunc(rooms, func(r string) bool {
		base, below := strings.CutSuffix(r, "/...")
		return pkg == base || below && strings.HasPrefix(pkg, base+"/")
	})
}

func TestImports(t *testing.T) {
	for _, f := range goFiles(t) {
		for _, spec := range f.ast.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			to, isOurs := strings.CutPrefix(imported, module+"/")
			foreign := strings.Contains(strings.Split(imported, "/")[0], ".")
			switch {
			case isOurs && f.test:
				// A test may bring the other side that it needs.
			case isOurs && !mayImport(f.pkg, to):
				t.Errorf("%s imports %s: imports point downward, and rooms side by side do not know each other; session joins them", f.path, imported)
			case foreign && !f.test && slices.Contains(pure, f.pkg):
				t.Errorf("%s imports %s: this package decides, and knows the standard library only", f.path, imported)
			}
			for _, h := range homes {
				allowed := isIn(f.pkg, h.rooms) || f.test && h.inTests
				if strings.HasPrefix(imported, h.prefix) && !allowed {
					t.Errorf("%s imports %s, whose home is %s: %s", f.path, imported, strings.Join(h.rooms, ", "), h.reason)
				}
			}
		}
	}
}

// TestTheRulesBite feeds mayImport what must and must not be.
func TestTheRulesBite(t *testing.T) {
	for _, test := range []struct {
		from, to string
		want     bool
	}{
		{".", "backend/cli", true},
		{".", "backend/peer", false},
		{"backend/cli", "backend/call", true},
		{"backend/cli", "backend/session", false},
		{"backend/session", "backend/signaling/lan", true},
		{"backend/session", "backend/cli", false},
		{"backend/call", "backend/signaling", true},
		{"backend/call", "backend/peer", false},
		{"backend/call", "backend/trust", true},
		{"backend/peer", "backend/trust", false},
		{"backend/media", "backend/media/vpx", true},
		{"backend/media", "backend/sound/opus", false},
		{"backend/signaling/lan", "backend/signaling/memory", true},
		{"backend/peer", "backend/signaling/lan", false},
		{"backend/config", "backend/call", false},
	} {
		if got := mayImport(test.from, test.to); got != test.want {
			t.Errorf("%s -> %s: %v", test.from, test.to, got)
		}
	}
}

func TestPackagesSayWhatTheyAreFor(t *testing.T) {
	documented := map[string]bool{}
	for _, f := range goFiles(t) {
		if !f.test || f.pkg == "backend" {
			documented[f.pkg] = documented[f.pkg] || f.ast.Doc != nil
		}
	}
	for pkg, ok := range documented {
		if !ok {
			t.Errorf("%s: no file has a package comment", pkg)
		}
	}
}

// TestNamesAreExplained: each state, role, reason and failure says what it means.
func TestNamesAreExplained(t *testing.T) {
	found := map[string]int{}
	for _, f := range goFiles(t) {
		if f.test || f.pkg != "backend/call" && f.pkg != "backend/signaling" {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			kind, ok := spec.Type.(*ast.Ident)
			if ok && slices.Contains([]string{"State", "Role", "Reason", "Code"}, kind.Name) && spec.Values != nil {
				found[kind.Name]++
				if spec.Doc == nil && spec.Comment == nil {
					t.Errorf("%s: nothing says what %s means", f.path, spec.Names[0])
				}
			}
			return true
		})
	}
	if len(found) != 4 {
		t.Errorf("found %v", found)
	}
}

// TestNoSleeps: a test waits for the event. A sleep that paces something, as a
// camera would, says so on its line; in a synctest bubble it takes no time.
func TestNoSleeps(t *testing.T) {
	for _, f := range goFiles(t) {
		if !f.test || slices.ContainsFunc(f.ast.Imports, func(s *ast.ImportSpec) bool { return s.Path.Value == `"testing/synctest"` }) {
			continue
		}
		reasons := map[int]bool{}
		for _, group := range f.ast.Comments {
			reasons[f.set.Position(group.Pos()).Line] = true
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok || call.Sel.Name != "Sleep" {
				return true
			}
			if pkg, ok := call.X.(*ast.Ident); ok && pkg.Name == "time" {
				if line := f.set.Position(n.Pos()).Line; !reasons[line] {
					t.Errorf("%s:%d sleeps, and does not say why", f.path, line)
				}
			}
			return true
		})
	}
}

var (
	leftover  = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`)
	generated = regexp.MustCompile(`(?m)^(//|/\*|#) .*(Code generated .* DO NOT EDIT|automatically generated)`)
)

const maxLines = 500

func TestFilesAreShortAndFinished(t *testing.T) {
	for name, content := range sources(t) {
		if generated.Match(content[:min(len(content), 512)]) {
			continue
		}
		if n := bytes.Count(content, []byte("\n")); n > maxLines {
			t.Errorf("%s has %d lines: a file is one idea that fits on a few screens", name, n)
		}
		for i, line := range bytes.Split(content, []byte("\n")) {
			if leftover.Match(line) {
				t.Errorf("%s:%d leaves something to do: %s", name, i+1, bytes.TrimSpace(line))
			}
		}
	}
}

// sources are the files that people write, by their path in the repository.
func sources(t *testing.T) map[string][]byte {
	t.Helper()
	const root = ".."
	written := []string{".go", ".ts", ".tsx", ".css", ".html", ".sh", ".mjs", ".js", ".py"}
	notOurs := []string{".git", "node_modules", "frontend/dist", "frontend/wailsjs", "build/firebase/site", "build/bin", "build/cache", "demo"}
	files := map[string][]byte{}
	err := filepath.WalkDir(root, func(p string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if entry.IsDir() {
			if slices.Contains(notOurs, name) || slices.Contains(notOurs, path.Base(name)) {
				return filepath.SkipDir
			}
			return nil
		}
		if slices.Contains(written, path.Ext(name)) {
			files[name], err = os.ReadFile(p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("only %d source files found: is this the repository?", len(files))
	}
	return files
}

type goFile struct {
	path string // in the repository
	pkg  string // its folder, "." at the top
	test bool
	set  *token.FileSet
	ast  *ast.File
}

func goFiles(t *testing.T) (list []goFile) {
	t.Helper()
	for name, content := range sources(t) {
		if path.Ext(name) != ".go" || slices.Contains(strings.Split(name, "/"), "testdata") || strings.HasPrefix(name, "build/") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, content, parser.ParseComments)
		if err != nil {
			t.Error(err)
			continue
		}
		list = append(list, goFile{name, path.Dir(name), strings.HasSuffix(name, "_test.go"), set, file})
	}
	return list
}
