package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/pflag"
)

// load runs Load on a file with this content, these variables and flags.
func load(t *testing.T, content string, environ, args []string) (Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "parley.toml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	flags := pflag.NewFlagSet("parley", pflag.ContinueOnError)
	AddFlags(flags)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return Load(path, flags, append([]string{"HOME=" + t.TempDir(), "LocalAppData=" + t.TempDir()}, environ...))
}

const everything = `# all that there is
version = 1
signaling = "lan"
data_dir = "/var/lib/parley"

[lan]
address = "127.0.0.1:0"
host = "ada.local"
relay = true
room_ttl = "90m"

[firebase]
project = "demo-parley"
api_key = "AIza_x-1"
auth = "none"
page = "https://call.example.org"
emulator = "127.0.0.1:8085"
auth_emulator = "localhost:9099"

[ice]
interfaces = ["lo", "eth0"]
relay_only = true

[[ice.servers]]
urls = ["stun:stun.example.org"]

[[ice.servers]]
urls = ["turn:turn.example.org:3478?transport=udp", "turns:turn.example.org"]
username = "ada"
credential = "s3cret"

[[ice.servers]]
urls = ["turn:own.example.org"]
secret = "s3cret"

[devices]
camera = "test"
microphone = "none"
speaker = "out.wav"

[video]
width = 640
height = 360
frame_rate = 15
codec = "h264"

[log]
level = "debug"

[update]
check = false
`

func TestFileSetsEverything(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the data_dir in this file is no absolute path on Windows")
	}
	got, err := load(t, everything, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Read || filepath.Base(got.Path) != "parley.toml" {
		t.Errorf("Path %q, Read %v", got.Path, got.Read)
	}
	want := Config{
		Version:   1,
		Signaling: "lan",
		DataDir:   "/var/lib/parley",
		LAN:       LAN{Address: "127.0.0.1:0", Host: "ada.local", Relay: true, RoomTTL: Duration{90 * time.Minute}},
		Firebase: Firebase{Project: "demo-parley", APIKey: "AIza_x-1", Auth: "none", Page: "https://call.example.org",
			Emulator: "127.0.0.1:8085", AuthEmulator: "localhost:9099"},
		ICE: ICE{
			Interfaces: []string{"lo", "eth0"},
			RelayOnly:  true,
			Servers: []ICEServer{
				{URLs: []string{"stun:stun.example.org"}},
				{URLs: []string{"turn:turn.example.org:3478?transport=udp", "turns:turn.example.org"}, Username: "ada", Credential: "s3cret"},
				{URLs: []string{"turn:own.example.org"}, Secret: "s3cret"},
			},
		},
		Devices: Devices{Camera: "test", Microphone: "none", Speaker: "out.wav"},
		Video:   Video{Width: 640, Height: 360, FrameRate: 15, Codec: "h264"},
		Log:     Log{Level: slog.LevelDebug},
		Path:    got.Path,
		Read:    true,
		places:  got.places,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %#v\nwant %#v", got, want)
	}
	// What `parley config` prints is a config file that says the same.
	again, err := load(t, got.String(), nil, nil)
	if err != nil {
		t.Fatalf("%v in\n%s", err, got)
	}
	again.Path, again.places = got.Path, got.places
	again.ICE.Servers[1].Credential, again.ICE.Servers[2].Secret = got.ICE.Servers[1].Credential, got.ICE.Servers[2].Secret
	if !reflect.DeepEqual(got, again) {
		t.Errorf("printed and read again: %#v", again)
	}
}

func TestNothingSetIsDefault(t *testing.T) {
	home := t.TempDir()
	got, err := Load("", nil, []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_DATA_HOME=relative", "LocalAppData=" + home})
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Path = filepath.Join(home, "parley", "config.toml")
	want.DataDir, want.places = got.DataDir, got.places
	if !reflect.DeepEqual(got, want) || !strings.HasPrefix(got.DataDir, home) {
		t.Errorf("got %#v", got)
	}
	if got, err := Load("", nil, []string{"XDG_CONFIG_HOME=" + home, "XDG_DATA_HOME=" + home}); err != nil || got.DataDir != filepath.Join(home, "parley") {
		t.Errorf("DataDir %q, %v", got.DataDir, err)
	}
	if runtime.GOOS != "windows" {
		if _, err := Load("", nil, nil); !errors.Is(err, ErrNoHome) {
			t.Errorf("without a home: %v", err)
		}
	}
}

func TestLaterSourcesWin(t *testing.T) {
	file := "[lan]\naddress = \":1\"\nhost = \"file.example\"\n[video]\nwidth = 320\nheight = 240\n[log]\nlevel = \"error\"\n"
	environ := []string{"PARLEY_LAN_ADDRESS=:2", "PARLEY_LAN_HOST=env.example", "PARLEY_VIDEO_WIDTH=640", "PARLEY_VIDEO_CODEC=", "PARLEY_LAN_ROOM_TTL=2h", "PARLEY_OTHER=x"}
	c, err := load(t, file, environ, []string{"--lan-address", ":3", "--log-level", "warn", "--interface", "lo,eth0", "--interface", "wlan0"})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintln(c.LAN.Address, c.LAN.Host, c.Video.Width, c.Video.Height, c.Video.Codec, c.LAN.RoomTTL, c.Log.Level, c.ICE.Interfaces)
	if got != ":3 env.example 640 240 vp8 2h0m0s WARN [lo eth0 wlan0]\n" {
		t.Errorf("got %s", got)
	}
}

func TestServersFromEnvironmentAndFlags(t *testing.T) {
	file := "[[ice.servers]]\nurls = [\"turn:file.example\"]\nusername = \"file\"\ncredential = \"file\"\n"
	turn := []string{"TURN_URL=turn:a.example, turns:b.example", "TURN_USERNAME=ada", "TURN_CREDENTIAL=s3cret"}
	for name, test := range map[string]struct {
		environ, args []string
		want          []ICEServer
	}{
		"the file alone": {nil, nil,
			[]ICEServer{{URLs: []string{"turn:file.example"}, Username: "file", Credential: "file"}}},
		"the secret from outside the file": {turn[1:], nil,
			[]ICEServer{{URLs: []string{"turn:file.example"}, Username: "ada", Credential: "s3cret"}}},
		"URLs in place of the file's": {turn, nil,
			[]ICEServer{{URLs: []string{"turn:a.example", "turns:b.example"}, Username: "ada", Credential: "s3cret"}}},
		"a secret in place of a name": {[]string{"TURN_URL=turn:a.example", "TURN_SECRET=s3cret"}, nil,
			[]ICEServer{{URLs: []string{"turn:a.example"}, Secret: "s3cret"}}},
		"STUN alone": {[]string{"STUN_URL=stun:a.example"}, nil,
			[]ICEServer{{URLs: []string{"stun:a.example"}}}},
		"flags over variables": {turn, []string{"--stun", "stun:c.example", "--turn", "turn:d.example", "--turn-username", "bob"},
			[]ICEServer{{URLs: []string{"stun:c.example"}}, {URLs: []string{"turn:d.example"}, Username: "bob", Credential: "s3cret"}}},
	} {
		c, err := load(t, file, test.environ, test.args)
		if err != nil || !reflect.DeepEqual(c.ICE.Servers, test.want) {
			t.Errorf("%s: got %#v, %v", name, c.ICE.Servers, err)
		}
	}
}

// TestRefused holds, for each mistake, where it was made and what is said.
func TestRefused(t *testing.T) {
	certFile := filepath.Join(t.TempDir(), "cert.pem")
	if err := os.WriteFile(certFile, []byte("not a certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		file, environ, flag string
		kind                error
		want                string // the whole message, or a part that begins with "…"
	}{
		{file: "[video]\nwidth = 640\nwidht = 320\n", kind: ErrUnknownKey, want: "parley.toml:3: video.widht: there is no such setting"},
		{file: "\n\n[vidoe]\n", kind: ErrUnknownKey, want: "parley.toml:3: vidoe: there is no such setting"},
		{file: "\"lan.address\" = \":1\"\n", kind: ErrUnknownKey, want: `parley.toml:1: "lan.address": there is no such setting`},
		{file: "[turn]\nurls = []\n", kind: ErrUnknownKey, want: "…parley.toml:1: turn: there is no such setting"},
		{file: "[ice]\nservers = [{urls = [], user = \"x\"}]\n", kind: ErrUnknownKey, want: "parley.toml:2: ice.servers[0].user: there is no such setting"},
		{file: "[[ice.servers]]\nurls = [\"stun:a\"]\n[[ice.servers]]\npassword = \"x\"\n", kind: ErrUnknownKey, want: "parley.toml:4: ice.servers[1].password: there is no such setting"},
		{file: "lan = 5\n", kind: ErrBadValue, want: "parley.toml:1: lan: not usable: it should be a section, [lan]"},
		{file: "video.width = \"640\"\n", kind: ErrBadValue, want: "parley.toml:1: video.width: not usable: it should be a whole number"},
		{file: "[ice]\ninterfaces = [1]\n", kind: ErrBadValue, want: "parley.toml:2: ice.interfaces: not usable: it should be a list of texts"},
		{file: "[ice]\nrelay_only = \"yes\"\n", kind: ErrBadValue, want: "parley.toml:2: ice.relay_only: not usable: it should be true or false"},
		{file: "[ice.servers]\n", kind: ErrBadValue, want: "parley.toml:1: ice.servers: not usable: it should be one or more [[ice.servers]] sections"},
		{file: "[[ice.servers]]\n\nurls = \"stun:a\"\n", kind: ErrBadValue, want: "parley.toml:3: ice.servers[0].urls: not usable: it should be a list of texts"},
		{file: "[lan]\nroom_ttl = 60\n", kind: ErrBadValue, want: `parley.toml:2: lan.room_ttl: not usable: it should be a length of time in quotes, such as "90s" or "12h"`},
		{file: "[lan\n", kind: ErrSyntax, want: "…parley.toml:1: not valid TOML: "},
		{file: "a = 1\na = 2\n", kind: ErrSyntax, want: "…not valid TOML: "},
		{file: "\x00\xff", kind: ErrSyntax, want: "…parley.toml:1: not valid TOML: "},
		{file: "signaling = \"smoke\"\n", kind: ErrBadValue, want: `parley.toml:1: signaling: not usable: "smoke" should be lan or firestore or manual`},
		{file: "signaling = \"firestore\"\n", kind: ErrBadValue, want: "…firebase.project: not usable: signaling through Firestore needs a project"},
		{flag: "--signaling=firestore", environ: "PARLEY_FIREBASE_PROJECT=demo-a", kind: ErrBadValue, want: "…firebase.api_key: not usable: to sign in anonymously an API key is needed"},
		{file: "[firebase]\nproject = \"a/b\"\n", kind: ErrBadValue, want: `…parley.toml:2: firebase.project: not usable: "a/b" should be a project ID`},
		{file: "[firebase]\npage = \"http://example.org\"\n", kind: ErrBadValue, want: `…firebase.page: not usable: "http://example.org" should be an origin`},
		{file: "[firebase]\npage = \"https://example.org/x\"\n", kind: ErrBadValue, want: "…firebase.page: not usable"},
		{file: "[firebase]\nauth = \"google\"\n", kind: ErrBadValue, want: `…firebase.auth: not usable: "google" should be anonymous or none`},
		{environ: "PARLEY_FIRESTORE_EMULATOR=8085", kind: ErrBadValue, want: "…variable PARLEY_FIRESTORE_EMULATOR: firebase.emulator: not usable"},
		{environ: "PARLEY_AUTH_EMULATOR=x", kind: ErrBadValue, want: "…variable PARLEY_AUTH_EMULATOR: firebase.auth_emulator: not usable"},
		{file: "[firebase]\nprivate_key = \"x\"\n", kind: ErrServiceAccount, want: "…parley.toml: this is a service account's private key"},
		{file: "data_dir = \"here\"\n", kind: ErrBadValue, want: "parley.toml:1: data_dir: not usable: it should be an absolute path"},
		{file: "[lan]\naddress = \"7373\"\n", kind: ErrBadValue, want: "…parley.toml:2: lan.address: not usable: \"7373\" should be HOST:PORT"},
		{file: "[lan]\naddress = \":70000\"\n", kind: ErrBadValue, want: "…lan.address: not usable"},
		{file: "[lan]\nhost = \"https://a\"\n", kind: ErrBadValue, want: `…parley.toml:2: lan.host: not usable: "https://a" should be a host name`},
		{file: "[lan]\nroom_ttl = \"1s\"\n", kind: ErrBadValue, want: "parley.toml:2: lan.room_ttl: not usable: 1s should be between 1m and 168h"},
		{file: "[lan]\ncert_file = \"a.pem\"\n", kind: ErrBadValue, want: "parley.toml:2: lan.cert_file: not usable: its key is missing: set lan.key_file (--lan-key) too"},
		{flag: "--lan-key=a.pem", kind: ErrBadValue, want: "flag --lan-key: lan.key_file: not usable: its certificate is missing: set lan.cert_file (--lan-cert) too"},
		{file: "[lan]\nkey_file = \"" + filepath.ToSlash(certFile) + "\"\n", flag: "--lan-cert=nowhere.pem", kind: os.ErrNotExist, want: "…flag --lan-cert: lan.cert_file: not usable: open nowhere.pem"},
		{file: "[lan]\nkey_file = \"" + filepath.ToSlash(certFile) + "\"\n", flag: "--lan-cert=" + certFile, kind: ErrBadValue, want: "…flag --lan-cert: lan.cert_file: not usable: tls: "},
		{file: "[[ice.servers]]\n", kind: ErrBadValue, want: "parley.toml:1: ice.servers[0].urls: not usable: it names no server"},
		{file: "[[ice.servers]]\nurls = [\"stun:a?transport=udp\"]\n", kind: ErrBadValue, want: `…parley.toml:2: ice.servers[0].urls: not usable: "stun:a?transport=udp" should be like`},
		{file: "[[ice.servers]]\nurls = [\"turn:a\"]\n", kind: ErrBadValue, want: "parley.toml:1: ice.servers[0]: not usable: a TURN server needs a user name and a credential, or its secret"},
		{environ: "TURN_URL=https://a", kind: ErrBadValue, want: `…variable TURN_URL: ice.servers[0].urls: not usable: "https://a" should be like`},
		{environ: "TURN_URL=turn:a", kind: ErrBadValue, want: "variable TURN_URL: ice.servers[0]: not usable: a TURN server needs a user name and a credential, or its secret"},
		{environ: "TURN_SECRET=a", kind: ErrBadValue, want: "variable TURN_SECRET: turn.secret: not usable: no TURN server is named to use it with (TURN_URL or --turn)"},
		{file: "[[ice.servers]]\nurls = [\"turn:a\"]\nusername = \"a\"\nsecret = \"b\"\n", kind: ErrBadValue, want: "parley.toml:1: ice.servers[0]: not usable: a secret makes user names and credentials: set either it or them"},
		{file: "[[ice.servers]]\nurls = [\"stun:a\"]\nsecret = \"b\"\n", kind: ErrBadValue, want: "parley.toml:1: ice.servers[0]: not usable: a secret is for a TURN server, and no URL is that of one"},
		{environ: "TURN_USERNAME=a", kind: ErrBadValue, want: "variable TURN_USERNAME: turn.username: not usable: no TURN server is named to use it with (TURN_URL or --turn)"},
		{environ: "PARLEY_VIDEO_WIDHT=640", kind: ErrUnknownKey, want: "variable PARLEY_VIDEO_WIDHT: there is no such setting"},
		{environ: "PARLEY_ICE_SERVERS=stun:a", kind: ErrUnknownKey, want: "variable PARLEY_ICE_SERVERS: there is no such setting"},
		{environ: "PARLEY_VIDEO_WIDTH=wide", kind: ErrBadValue, want: "variable PARLEY_VIDEO_WIDTH: video.width: not usable: it should be a whole number"},
		{environ: "PARLEY_LOG_LEVEL=info+2", kind: ErrBadValue, want: `variable PARLEY_LOG_LEVEL: log.level: not usable: it should be "debug", "info", "warn" or "error"`},
		{environ: "PARLEY_ICE_INTERFACES=lo,", kind: ErrBadValue, want: "variable PARLEY_ICE_INTERFACES: ice.interfaces: not usable: a name in it is empty"},
		{environ: "PARLEY_DEVICES_CAMERA=a\x01b", kind: ErrBadValue, want: "variable PARLEY_DEVICES_CAMERA: devices.camera: not usable: it is too long or holds control characters"},
		{environ: "PARLEY_VIDEO_FRAME_RATE=0", kind: ErrBadValue, want: "variable PARLEY_VIDEO_FRAME_RATE: video.frame_rate: not usable: 0 should be from 1 to 60"},
		{environ: "PARLEY_VIDEO_HEIGHT=99", kind: ErrBadValue, want: "variable PARLEY_VIDEO_HEIGHT: video.height: not usable: 99 should be an even number from 90 to 2160"},
		{flag: "--codec=av1", kind: ErrBadValue, want: `flag --codec: video.codec: not usable: "av1" should be vp8 or h264`},
		{flag: "--log-level=loud", kind: ErrBadValue, want: `flag --log-level: log.level: not usable: it should be "debug", "info", "warn" or "error"`},
		{flag: "--relay-only", kind: ErrBadValue, want: "flag --relay-only: ice.relay_only: not usable: it needs a TURN server, and none is named"},
	} {
		var environ, args []string
		if test.environ != "" {
			environ = []string{test.environ}
		}
		if test.flag != "" {
			args = []string{test.flag}
		}
		_, err := load(t, test.file, environ, args)
		if err == nil || !errors.Is(err, test.kind) {
			t.Errorf("%q %q %q: got %v, want %v", test.file, test.environ, test.flag, err, test.kind)
			continue
		}
		if _, ok := errors.AsType[*Error](err); !ok {
			t.Errorf("%v is no *Error", err)
		}
		message := err.Error()
		if part, partly := strings.CutPrefix(test.want, "…"); partly {
			if !strings.Contains(message, part) {
				t.Errorf("got  %s\nwant …%s", message, part)
			}
		} else if !strings.HasSuffix(message, test.want) || strings.Contains(message, "\n") {
			t.Errorf("got  %s\nwant %s", message, test.want)
		}
	}
}

func TestAllMistakesAreTold(t *testing.T) {
	_, err := load(t, "[video]\nwidth = 7\nheight = 7\n", []string{"PARLEY_VIDEO_CODEC=x"}, []string{"--lan-address=x"})
	if n := strings.Count(fmt.Sprint(err), "not usable"); n != 4 {
		t.Errorf("%d of 4 mistakes in: %v", n, err)
	}
}

func TestFileThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	missing, large := filepath.Join(dir, "missing.toml"), filepath.Join(dir, "large.toml")
	if err := os.WriteFile(large, bytes.Repeat([]byte("#"), maxFileSize+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, environ := range map[string][]string{missing: nil, large: nil, dir: nil, "": {"PARLEY_CONFIG=" + missing}} {
		if _, err := Load(path, nil, environ); !errors.Is(err, ErrFile) {
			t.Errorf("%q: %v", path, err)
		}
	}
}

func TestSecretIsNeverShown(t *testing.T) {
	c := Default()
	c.ICE.Servers = []ICEServer{{URLs: []string{"turn:a.example"}, Username: "ada", Credential: "s3cret"}, {URLs: []string{"turn:b.example"}, Secret: "s3cret"}}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "config", c, "secret", c.ICE.Servers[0].Credential)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "config", c, "server", c.ICE.Servers[0])
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	asTOML, err := toml.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{log.String(), string(asJSON), string(asTOML), c.String(),
		fmt.Sprintf("%v %+v %#v %s %q", c, c.ICE, c.ICE.Servers, c.ICE.Servers[0].Credential, c.ICE.Servers[0])} {
		if strings.Contains(shown, "s3cret") || !strings.Contains(shown, redacted) {
			t.Errorf("shown as %s", shown)
		}
	}
}

func TestReadmeListsEverySetting(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range settings {
		names := []string{"`" + s.variable() + "`"}
		if s.kind == tables || s.fixed {
			names = nil
		}
		if s.flag != "" {
			names = append(names, "`--"+s.flag+"`")
		}
		if !s.only {
			names = append(names, "`"+s.key+"`")
		}
		for _, name := range names {
			if !bytes.Contains(readme, []byte(name)) {
				t.Errorf("README.md does not tell of %s", name)
			}
		}
	}
}

// FuzzFile: no file makes Load panic, and what is accepted is valid, printable
// and means the same when read again.
func FuzzFile(f *testing.F) {
	f.Add([]byte(everything))
	f.Add([]byte("ice.servers = [{urls = [\"stun:a\"]}, {}]\n\"ice\".'relay_only' = true\n"))
	f.Add([]byte("[[lan]]\n[[ice.servers.urls]]\n[ice.servers.x]\n"))
	f.Add([]byte("[lan.address]\nx = {y = [{z = 1}]}\n"))
	home := f.TempDir()
	environ := []string{"HOME=" + home, "LocalAppData=" + home}
	read := func(data []byte) (Config, error) {
		path := filepath.Join(home, "fuzz.toml")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			f.Fatal(err)
		}
		return Load(path, nil, environ)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := read(data)
		if err != nil {
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Fatalf("%v is no *Error", err)
			}
			return
		}
		if p := c.problems(); len(p) > 0 {
			t.Fatal(p)
		}
		if c.LAN.CertFile != "" {
			return
		}
		again, err := read([]byte(c.String()))
		if err != nil {
			t.Fatalf("%v in\n%s", err, c)
		}
		if again.String() != c.String() {
			t.Fatalf("%s\nread again:\n%s", c, again)
		}
	})
}
