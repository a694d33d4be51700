package config

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func write(t *testing.T, content string) (path string, environ []string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, []string{"HOME=" + t.TempDir(), "LocalAppData=" + t.TempDir()}
}

func TestEditChangesOneLine(t *testing.T) {
	for _, test := range []struct{ name, before, key, value, after string }{
		{"a value, beside its comment", "[video] # picture\nwidth = 640 # wide\n", "video.width", "960", "[video] # picture\nwidth = 960 # wide\n"},
		{"a key more in its section", "[video]\nwidth = 640\n\n# rooms\n[lan]\nrelay = true\n", "video.height", "360", "[video]\nwidth = 640\nheight = 360\n\n# rooms\n[lan]\nrelay = true\n"},
		{"behind a header only", "[video]\n[lan]\n", "video.height", "360", "[video]\nheight = 360\n[lan]\n"},
		{"a section more", "signaling = \"lan\"", "update.check", "false", "signaling = \"lan\"\n\n[update]\ncheck = false\n"},
		{"a key above all sections", "[lan]\nrelay = true\n", "signaling", "manual", "signaling = \"manual\"\n[lan]\nrelay = true\n"},
		{"dotted keys", "lan.host = 'a'  # me\nlan.relay = true\n", "lan.room_ttl", "2h", "lan.host = 'a'  # me\nlan.relay = true\nlan.room_ttl = \"2h\"\n"},
		{"a list of many lines", "[ice]\ninterfaces = [ # all\n  \"lo\", # ]\n  'eth0',\n] # end\nrelay_only = false\n", "ice.interfaces", "wlan0, eth1", "[ice]\ninterfaces = [\"wlan0\", \"eth1\"] # end\nrelay_only = false\n"},
		{"an empty list", "", "ice.interfaces", "", "[ice]\ninterfaces = []\n"},
		{"strings of many lines", "[devices]\ncamera = '''\na # ] '\n''' # c\nspeaker = \"x\"\n", "devices.camera", "b", "[devices]\ncamera = \"b\" # c\nspeaker = \"x\"\n"},
		{"an inline table", "lan = { host = \"a\", relay = true } # both\n", "lan.host", "b", "lan = { host = \"b\", relay = true } # both\n"},
		{"behind a list of tables", "[[ice.servers]]\nurls = [\"stun:a\"]\n", "ice.relay_only", "false", "[[ice.servers]]\nurls = [\"stun:a\"]\n\n[ice]\nrelay_only = false\n"},
		{"lines of Windows", "[video]\r\nwidth = 640\r\n", "video.height", "360", "[video]\r\nwidth = 640\r\nheight = 360\r\n"},
		{"quotes and backslashes", "", "devices.camera", `a "b" \c`, "[devices]\ncamera = 'a \"b\" \\c'\n"},
		{"a quoted key", "[\"video\"]\n\"width\"=640#w\n", "video.width", "960", "[\"video\"]\n\"width\"=960#w\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before, after := "version = 1\n"+test.before, "version = 1\n"+test.after
			if test.name == "a key above all sections" {
				after = "version = 1\n" + test.after
			}
			if strings.Contains(before, "\r") {
				before, after = strings.Replace(before, "\n", "\r\n", 1), strings.Replace(after, "\n", "\r\n", 1)
			}
			if test.before == "" {
				after = "version = 1\n\n" + test.after
			}
			path, environ := write(t, before)
			if _, err := Edit(path, environ, Change{Key: test.key, Value: test.value}); err != nil {
				t.Fatal(err)
			}
			got, _ := os.ReadFile(path)
			if string(got) != after {
				t.Errorf("got\n%s\nwant\n%s", got, after)
			}
		})
	}
}

func TestEditRefuses(t *testing.T) {
	for _, test := range []struct {
		before  string
		changes []Change
		want    error
		words   string
	}{
		{"", []Change{{Key: "video.width", Value: "641"}}, ErrBadValue, "video.width: not usable: 641 should be an even number"},
		{"", []Change{{Key: "video.width", Value: "wide"}}, ErrBadValue, "a whole number"},
		{"", []Change{{Key: "devices.camera", Value: "\xff"}}, ErrBadValue, "text"},
		{"", []Change{{Key: "vidoe.width", Value: "640"}}, ErrUnknownKey, "vidoe.width"},
		{"", []Change{{Key: "turn.secret", Value: "s"}}, ErrNotHere, "TURN_SECRET"},
		{"", []Change{{Key: "ice.servers", Value: "s"}}, ErrNotHere, "[[ice.servers]]"},
		{"", []Change{{Key: "version", Value: "2"}}, ErrNotHere, "itself"},
		{"", []Change{{Key: "signaling", Value: "firestore"}}, ErrBadValue, "needs a project"},
		{"", []Change{{Key: "signaling", Value: "manual"}, {Key: "video.width", Value: "1"}}, ErrBadValue, "video.width"},
		{"[video]\nwidth = 640\nwidth = 640\n", []Change{{Key: "video.height", Value: "360"}}, ErrSyntax, "already defined"},
		{"lan = { host = \"a\", relay = true }\n", []Change{{Key: "lan.host", Unset: true}}, ErrNotHere, "by hand"},
		{"version = 2\n", []Change{{Key: "lan.host", Unset: true}}, ErrNewer, "update Parley"},
	} {
		path, environ := write(t, test.before)
		_, err := Edit(path, environ, test.changes...)
		if !errors.Is(err, test.want) || !strings.Contains(fmt.Sprint(err), test.words) {
			t.Errorf("%q, %v: %v", test.before, test.changes, err)
		}
		if got, _ := os.ReadFile(path); string(got) != test.before {
			t.Errorf("%q became %q", test.before, got)
		}
		if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
			t.Errorf("left behind: %v", left)
		}
	}
}

func TestEditMendsOneOfTwo(t *testing.T) {
	path, environ := write(t, "version = 1\n[video]\nwidth = 641\nheight = 361\n")
	if _, err := Edit(path, environ, Change{Key: "video.width", Value: "640"}); err != nil {
		t.Fatal(err)
	}
	if _, err := Edit(path, environ, Change{Key: "video.height", Unset: true}); err != nil {
		t.Fatal(err)
	}
	if c, err := Load(path, nil, environ); err != nil || c.Video.Width != 640 || c.Video.Height != 720 {
		t.Errorf("%+v, %v", c.Video, err)
	}
}

func TestEditKeepsLinksAndSecrets(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("symbolic links need rights, and files have no modes, on Windows")
	}
	path, environ := write(t, "version = 1\n[[ice.servers]]\nurls = [\"turn:a.example\"]\nsecret = \"s3cret\"\n")
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link.toml")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if _, err := Edit(link, environ, Change{Key: "lan.relay", Value: "true"}); err != nil {
		t.Fatal(err)
	}
	if at, err := os.Readlink(link); err != nil || at != path {
		t.Errorf("the link leads to %q, %v", at, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// some values for each kind, good ones.
var some = map[string][]string{
	"signaling": {"lan", "manual"}, "data_dir": {"/var/lib/p"}, "lan.address": {":0", "127.0.0.1:99"}, "lan.host": {"ada.local", "::1"},
	"lan.room_ttl": {"90m", "2h"}, "firebase.project": {"demo-a", "my-project-1"}, "firebase.api_key": {"AIza-_x"}, "firebase.auth": {"none", "anonymous"},
	"firebase.page": {"https://a.example"}, "firebase.emulator": {"localhost:1"}, "firebase.auth_emulator": {"localhost:2"},
	"ice.interfaces": {"lo", "lo,eth0", ""}, "devices.camera": {"test", `C:\a "b".y4m`, "Kamera 'ä' # [x] = {y}", `"""`},
	"devices.microphone": {"none", "日本"}, "devices.speaker": {"out.wav", "\u00a0"}, "video.width": {"160", "640"}, "video.height": {"90", "360"},
	"video.frame_rate": {"1", "60"}, "video.codec": {"vp8", "h264"}, "log.level": {"debug", "error"},
}

// TestEditProperty makes random files of random changes: each loads as what was
// set, and all lines but the setting's own are the same bytes.
func TestEditProperty(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the data_dir that it sets is no absolute path on Windows")
	}
	random := rand.New(rand.NewPCG(1, 2))
	starts := []string{"", "# mine\n\n[lan] # here\nrelay = true # r\n\n[ice]\n# none\n[[ice.servers]]\nurls = [\n 'stun:a', # [\n]\n[video]\ncodec = 'vp8'\n",
		"lan.relay = true\nice = { relay_only = false }\r\n[devices]\ncamera = \"\"\"\na\\\"\"\"\"\n#[log]\n"}
	for round := range 150 {
		path, environ := write(t, starts[round%len(starts)])
		if _, err := Edit(path, environ, Change{Key: "update.check", Value: "true"}); err != nil {
			t.Fatal(err)
		}
		for range 6 {
			s := settings[random.IntN(len(settings))]
			values := some[s.key]
			if s.kind == truth && s.key != "ice.relay_only" {
				values = []string{"true", "false"}
			}
			if values == nil || s.only {
				continue
			}
			change := Change{Key: s.key, Value: values[random.IntN(len(values))], Unset: random.IntN(4) == 0}
			before, _ := os.ReadFile(path)
			_, err := Edit(path, environ, change)
			after, _ := os.ReadFile(path)
			if errors.Is(err, ErrNotHere) && strings.Contains(string(before), "ice = {") {
				continue // that one is the author's own
			}
			if err != nil {
				t.Fatalf("%v in\n%s: %v", change, before, err)
			}
			c, err := Load(path, nil, environ)
			if err != nil {
				t.Fatalf("%v made\n%s: %v", change, after, err)
			}
			got, _ := lookup(c.tree(), s.key)
			want, _ := lookup(Default().tree(), s.key)
			if !change.Unset {
				want, _ = change.value(path)
			}
			if s.kind == duration || s.key == "data_dir" && change.Unset || s.kind == level {
				got = want // written in another way
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%v made %v (%T), not %v (%T), of\n%s", change, got, got, want, want, after)
			}
			held, holds := strings.Split(string(before), "\n"), strings.Split(string(after), "\n")
			for len(held) > 0 && len(holds) > 0 && held[0] == holds[0] {
				held, holds = held[1:], holds[1:]
			}
			for len(held) > 0 && len(holds) > 0 && held[len(held)-1] == holds[len(holds)-1] {
				held, holds = held[:len(held)-1], holds[:len(holds)-1]
			}
			name := s.key[strings.LastIndex(s.key, ".")+1:]
			for _, line := range slices.Concat(held, holds) {
				line = strings.TrimSpace(line)
				multi := s.key == "devices.camera" && strings.HasPrefix(line, `a\"`)
				if line != "" && !strings.Contains(line, name) && !strings.HasPrefix(line, "[") && !multi {
					t.Fatalf("%v changed the line %q of\n%s\ninto\n%s", change, line, before, after)
				}
			}
		}
	}
}

// FuzzEdit: whatever a file holds, an edit is refused or does what it says and
// nothing else.
func FuzzEdit(f *testing.F) {
	f.Add(everything, "lan.host", "b")
	f.Add("a = '''\n''''' # x\n[lan]\r\nhost=\"\\\"\"#c", "lan.host", "'")
	f.Add("lan.host = [1,\n[2,#]\n]]\n[video]", "video.codec", "\"")
	f.Fuzz(func(t *testing.T, text, key, value string) {
		before, err := leaves(text)
		if err != nil {
			return
		}
		changed, err := edit(text, key, value)
		if err != nil {
			return
		}
		after, err := leaves(changed)
		if err != nil || after[key] != any(value) {
			t.Fatalf("%q: %v, %v", changed, after[key], err)
		}
		delete(before, key)
		delete(after, key)
		if fmt.Sprint(before) != fmt.Sprint(after) {
			t.Fatalf("%q became %q", text, changed)
		}
		if back, err := edit(changed, key, nil); err == nil {
			if after, err := leaves(back); err != nil || after[key] != nil {
				t.Fatalf("%q: %v, %v", back, after[key], err)
			}
		}
	})
}
