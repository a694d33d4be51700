package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/backend/call"
	"parley/backend/config"
	"parley/backend/doctor"
)

var update = flag.Bool("update", false, "write the golden files anew")

// command runs args against p, with these variables, and no signals.
func command(t *testing.T, p Program, environ []string, args ...string) (exit int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	home := t.TempDir()
	a := app{
		Program: p, stdout: &out, stderr: &err,
		environ: append([]string{"HOME=" + home, "AppData=" + home, "LocalAppData=" + home}, environ...),
		notify:  func() (<-chan os.Signal, func()) { return nil, func() {} },
	}
	exit = a.run(context.Background(), args)
	return exit, out.String(), err.String()
}

func TestHelp(t *testing.T) {
	exit, got, stderr := command(t, Program{}, nil, "--help")
	if exit != ExitEnded || stderr != "" {
		t.Errorf("exit code %d, standard error %q", exit, stderr)
	}
	golden := filepath.Join("testdata", "help.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("if this is meant: go test ./backend/cli -run Help -update\n%s", got)
	}
	if _, h, _ := command(t, Program{}, nil, "-h"); h != got {
		t.Errorf("-h tells something else:\n%s", h)
	}
}

func TestEachCommandHasHelp(t *testing.T) {
	for _, args := range []string{"call", "call create", "call join", "devices", "config", "config import", "config set", "config unset", "doctor", "serve", "version"} {
		exit, got, _ := command(t, Program{}, nil, append(strings.Fields(args), "--help")...)
		if exit != ExitEnded || !strings.Contains(got, "parley "+args) {
			t.Errorf("%s: exit code %d, %s", args, exit, got)
		}
	}
}

func TestBadCommandLines(t *testing.T) {
	for args, want := range map[string]string{
		"--nope":                           "unknown flag: --nope",
		"a b":                              "`parley` takes at most one room ID or link",
		"devcies":                          "did you mean `parley devices`?",
		"call":                             "`parley call create` or `parley call join ROOM-OR-LINK`?",
		"call answer":                      "`parley call create` or `parley call join ROOM-OR-LINK`?",
		"call create x":                    "`parley call create` takes no argument",
		"call join":                        "`parley call join` takes one room ID or link",
		"call create --for soon":           `invalid argument "soon" for "--for"`,
		"call create --for -1s":            "--for -1s: it should not be negative",
		"call create --record x.mp4":       "--record x.mp4: the name should end in .webm",
		"call create --json --codec av1":   `flag --codec: video.codec: not usable: "av1" should be vp8 or h264`,
		"call create --config nowhere":     "the config file cannot be read: open nowhere",
		"devices x":                        "`parley devices` takes no argument",
		"config --lan-address nowhere":     "flag --lan-address: lan.address: not usable",
		"version --relay-only=maybe":       `invalid argument "maybe" for "--relay-only"`,
		"--relay-only":                     "flag --relay-only: ice.relay_only: not usable: it needs a TURN server",
		"call create --turn turn:a --json": "flag --turn: ice.servers[0]: not usable: a TURN server needs a user name and a credential",
	} {
		exit, stdout, stderr := command(t, Program{}, nil, strings.Fields(args)...)
		if exit != ExitUsage || stdout != "" || !strings.HasPrefix(stderr, "parley: ") || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit code %d, output %q, standard error %q", args, exit, stdout, stderr)
		}
	}
}

func TestBadConfigFileIsToldByLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mine.toml")
	if err := os.WriteFile(path, []byte("[video]\nwidth = 7\n\ncodecs = 1\n[lan]\nhost = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := "parley: " + path + ":4: video.codecs: there is no such setting\nparley: " + path + ":6: lan.host: not usable: it should be text in quotes\n"
	for _, args := range []string{"call create --json --config " + path, "config --config " + path, "--config " + path} {
		exit, stdout, stderr := command(t, Program{}, nil, strings.Fields(args)...)
		if exit != ExitUsage || stdout != "" || stderr != want {
			t.Errorf("%s: exit code %d, output %q, standard error\n%s", args, exit, stdout, stderr)
		}
	}
	if exit, _, stderr := command(t, Program{}, []string{"PARLEY_CONFIG=" + path}, "config"); exit != ExitUsage || stderr != want {
		t.Errorf("PARLEY_CONFIG: exit code %d, standard error\n%s", exit, stderr)
	}
}

func TestConfigCommand(t *testing.T) {
	environ := []string{"TURN_URL=turn:turn.example.org", "TURN_USERNAME=ada", "TURN_CREDENTIAL=s3cret"}
	exit, stdout, _ := command(t, Program{}, environ, "config", "--lan-host", "ada.local")
	for _, part := range []string{"# ", "config.toml (not there", "host = \"ada.local\"  # flag --lan-host\n", "# pictures a second\nframe_rate = 30  # default\n", "username = 'ada'\n", "[redacted]"} {
		if !strings.Contains(stdout, part) {
			t.Errorf("%q is missing in\n%s", part, stdout)
		}
	}
	if exit != ExitEnded || strings.Contains(stdout, "s3cret") {
		t.Errorf("exit code %d, output\n%s", exit, stdout)
	}
}

func TestConfigIsEdited(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte("version = 1\n# mine\n[video]\nwidth = 640 # wide\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	environ := []string{"PARLEY_VIDEO_CODEC=vp8"}
	steps := []struct{ args, stderr, file string }{
		{"set video.height 360 video.codec h264", "parley: video.codec: the variable PARLEY_VIDEO_CODEC stands over the file\n", "version = 1\n# mine\n[video]\nwidth = 640 # wide\nheight = 360\ncodec = \"h264\"\n"},
		{"unset video.codec video.height", "parley: video.codec: the variable PARLEY_VIDEO_CODEC stands over the file\n", "version = 1\n# mine\n[video]\nwidth = 640 # wide\n"},
		{"set video.width 7", "parley: " + path + ":4: video.width: not usable: 7 should be an even number from 160 to 3840\n", ""},
		{"set vidoe.width 8", "parley: vidoe.width: there is no such setting\n", ""},
		{"set video.width", "parley: `parley config set` takes a key and its value, or more such pairs (`parley config` names the keys)\n", ""},
		{"unset", "parley: `parley config unset` takes one or more keys (`parley config` names them)\n", ""},
	}
	before := ""
	for _, step := range steps {
		exit, _, stderr := command(t, Program{}, environ, append([]string{"--config", path, "config"}, strings.Fields(step.args)...)...)
		want := ExitUsage
		if step.file == "" {
			step.file = before
		} else {
			want = ExitEnded
		}
		got, _ := os.ReadFile(path)
		if before = string(got); before != step.file || stderr != step.stderr || exit != want {
			t.Errorf("%s: exit code %d, %s\n%s", step.args, exit, stderr, got)
		}
	}
	_, stdout, _ := command(t, Program{}, environ, "--config", path, "config", "--json")
	for _, part := range []string{
		`{"key":"video.width","value":640,"default":1280,"source":"file","place":"` + path + `:4","help":"width of the picture, pixels","kind":"a whole number","variable":"PARLEY_VIDEO_WIDTH","editable":true}`,
		`{"key":"video.codec","value":"vp8","default":"vp8","source":"variable","place":"variable PARLEY_VIDEO_CODEC"`,
	} {
		if !strings.Contains(stdout, part) {
			t.Errorf("%s is missing in\n%s", part, stdout)
		}
	}
}

func TestWindow(t *testing.T) {
	var joined []string
	p := Program{Window: func(_ context.Context, cfg config.Config, log *slog.Logger, start Start) error {
		joined = append(joined, start.Join+"|"+cfg.Devices.Camera+map[bool]string{true: "|hidden"}[start.Background])
		log.Warn("the window is open")
		if start.Join == "room-of-two" {
			return &call.Error{Code: call.RoomFull, Op: "join room", Err: errTest}
		}
		return nil
	}}
	if exit, stdout, stderr := command(t, p, nil); exit != ExitEnded || stdout != "" || !strings.Contains(stderr, "the window is open") {
		t.Errorf("exit code %d, output %q, standard error %q", exit, stdout, stderr)
	}
	if exit, _, stderr := command(t, p, nil, "room-of-two", "--camera", "test", "--log-level", "error"); exit != ExitRoom || stderr != "parley: join room: told by the test\n" {
		t.Errorf("exit code %d, standard error %q", exit, stderr)
	}
	// So Windows opens a link: build/release/windows/setup.nsi.
	if exit, _, stderr := command(t, p, nil, "--", "parley://0123-4567-89ab/"); exit != ExitEnded {
		t.Errorf("exit code %d, standard error %q", exit, stderr)
	}
	command(t, p, nil, "--background")
	if got := strings.Join(joined, " "); got != "| room-of-two|test parley://0123-4567-89ab/| ||hidden" {
		t.Errorf("joined %s", got)
	}
}

func TestDevicesCommand(t *testing.T) {
	p := Program{Devices: func() (call.DeviceList, error) {
		return call.DeviceList{
			Cameras:     []call.ListedDevice{{Name: "Webcam", ID: "/dev/video0", Default: true}},
			Microphones: []call.ListedDevice{},
			Speakers:    []call.ListedDevice{{Name: "Headset", ID: "Headset"}},
		}, nil
	}}
	_, stdout, _ := command(t, p, nil, "devices")
	if want := "Cameras:\n  Webcam (default)\n    /dev/video0\nMicrophones:\n  none\nSpeakers:\n  Headset\n"; stdout != want {
		t.Errorf("got\n%s", stdout)
	}
	_, stdout, _ = command(t, p, nil, "devices", "--json")
	if want := `{"cameras":[{"id":"/dev/video0","name":"Webcam","default":true}],"microphones":[],"speakers":[{"id":"Headset","name":"Headset","default":false}]}` + "\n"; stdout != want {
		t.Errorf("got\n%s", stdout)
	}
	// What was found is told also where something could not be asked.
	found := p.Devices
	p.Devices = func() (call.DeviceList, error) {
		list, _ := found()
		return list, errTest
	}
	if exit, again, stderr := command(t, p, nil, "devices", "--json"); exit != ExitInternal || again != stdout || stderr == "" {
		t.Errorf("exit code %d, output %q, errors %q", exit, again, stderr)
	}
}

func TestVersionCommand(t *testing.T) {
	p := Program{Build: Build{Version: "1.2.3", Commit: "abc", Updates: "https://example.org/latest.json", UpdatesOff: errTest}}
	if _, stdout, _ := command(t, p, nil, "version"); !strings.HasPrefix(stdout, "parley 1.2.3 (") {
		t.Errorf("got %s", stdout)
	}
	_, stdout, _ := command(t, p, nil, "version", "--json")
	var v version
	if err := json.Unmarshal([]byte(stdout), &v); err != nil || v.Version != "1.2.3" || v.Commit != "abc" || v.Go == "" || v.System == "" || v.Flags["GOOS"] == "" {
		t.Errorf("%v in %s", err, stdout)
	}
	if v.Updates != "" || v.UpdatesOff != errTest.Error() {
		t.Errorf("updates are %q, off for %q", v.Updates, v.UpdatesOff)
	}
}

func TestConfigImport(t *testing.T) {
	dir := t.TempDir()
	path, web, account := filepath.Join(dir, "config.toml"), filepath.Join(dir, "web.json"), filepath.Join(dir, "account.json")
	for file, content := range map[string]string{
		path:    "signaling = \"firestore\"\n", // alone it is not valid: import mends it
		web:     `const firebaseConfig = { apiKey: "AIza", projectId: "demo-a" };`,
		account: `{"type": "service_account", "private_key": "x"}`,
	} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	exit, _, stderr := command(t, Program{}, nil, "config", "import", account, "--config", path)
	if exit != ExitUsage || !strings.Contains(stderr, "service account") {
		t.Errorf("service account: exit code %d, %s", exit, stderr)
	}
	if exit, _, stderr = command(t, Program{}, nil, "config", "import", filepath.Join(dir, "none"), "--config", path); exit != ExitUsage {
		t.Errorf("no file: exit code %d, %s", exit, stderr)
	}
	exit, stdout, stderr := command(t, Program{}, nil, "config", "import", web, "--config", path)
	if exit != ExitEnded || !strings.Contains(stdout, "the project is demo-a") {
		t.Errorf("exit code %d, %s%s", exit, stdout, stderr)
	}
	if exit, stdout, stderr = command(t, Program{}, nil, "config", "--config", path); exit != ExitEnded || !strings.Contains(stdout, "project = \"demo-a\"  # line 5") {
		t.Errorf("exit code %d, %s%s", exit, stdout, stderr)
	}
}

func TestDoctorCommand(t *testing.T) {
	findings := []doctor.Finding{
		{Check: "camera", Level: doctor.OK, Cause: "works", What: "The camera works."},
		{Check: "nat", Level: doctor.Problem, Cause: "blocked", What: "Nothing answers.", Next: "Try another network."},
	}
	p := Program{Examine: func(_ context.Context, _ config.Config, _ *slog.Logger, found func(doctor.Finding)) []doctor.Finding {
		for _, f := range findings {
			found(f)
		}
		return findings
	}}
	exit, stdout, _ := command(t, p, nil, "doctor")
	want := "ok       camera: The camera works.\nPROBLEM  nat: Nothing answers.\n         Try another network.\n"
	if exit != ExitConnection || stdout != want {
		t.Errorf("exit code %d, output\n%s", exit, stdout)
	}
	exit, stdout, _ = command(t, p, nil, "doctor", "--json")
	want = `{"check":"camera","level":"ok","cause":"works","what":"The camera works."}
{"check":"nat","level":"problem","cause":"blocked","what":"Nothing answers.","next":"Try another network."}
`
	if exit != ExitConnection || stdout != want {
		t.Errorf("exit code %d, output\n%s", exit, stdout)
	}
	findings = findings[:1]
	if exit, _, _ = command(t, p, nil, "doctor"); exit != ExitEnded {
		t.Errorf("exit code %d", exit)
	}
}
