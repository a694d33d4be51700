package session

import (
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/backend/config"
	"parley/backend/doctor"
	"parley/backend/signaling/firestore/fake"
	"parley/backend/signaling/firestore/fakeauth"
	"parley/backend/sound"
	"parley/backend/sound/pulsetest"
)

func TestExamine(t *testing.T) {
	c := config.Default()
	c.DataDir = t.TempDir()
	c.LAN.Address, c.LAN.Host = "127.0.0.1:0", "127.0.0.1"
	text := filepath.Join(t.TempDir(), "text.y4m")
	if err := os.WriteFile(text, []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		devices config.Devices
		way     string
		want    map[string]string
	}{
		"all is well": {config.Devices{Camera: "test", Microphone: "test", Speaker: filepath.Join(t.TempDir(), "out.wav")}, "lan",
			map[string]string{"camera": "ok works", "microphone": "ok works", "speaker": "ok works", "signaling": "warning no_network", "nat": "skipped no_servers"}},
		"nothing is": {config.Devices{Camera: text, Microphone: "none", Speaker: "none"}, "manual",
			map[string]string{"camera": "problem bad_device", "microphone": "skipped off", "speaker": "skipped off", "signaling": "ok by_hand", "nat": "skipped no_servers"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := c
			c.Devices, c.Signaling = test.devices, test.way
			for _, f := range Examine(t.Context(), c, slog.New(slog.DiscardHandler), nil) {
				if f.Check == "firewall" {
					continue // this machine's is as it is; backend/doctor tests it in networks of its own
				}
				if got := string(f.Level) + " " + f.Cause; got != test.want[f.Check] {
					t.Errorf("%s: got %s (%s), want %s", f.Check, got, f.What, test.want[f.Check])
				}
				if f.What == "" || (f.Level == doctor.Problem || f.Level == doctor.Warning) && f.Next == "" {
					t.Errorf("%s says nothing to people: %+v", f.Check, f)
				}
			}
		})
	}
}

// TestDevicesThatRunAndDoNothing: what opened and gives or takes nothing is told from what works.
func TestDevicesThatRunAndDoNothing(t *testing.T) {
	for want, d := range map[string]*deviceCheck{
		"problem no_picture": {level: quiet},
		"warning silent":     {picture: true, level: quiet - 1},
		"problem stalled":    {picture: true, level: quiet, trial: sound.Trial{Stalled: true}},
		"warning not_played": {picture: true, level: quiet, trial: sound.Trial{Lost: true}},
		"":                   {picture: true, level: quiet},
	} {
		d.once.Do(func() {}) // they were tried
		d.report.Camera.Name, d.report.Microphone.Name, d.report.Speaker.Name = "Lens", "Headset", "Loudspeaker"
		var bad []string
		for _, f := range []doctor.Finding{d.camera(t.Context()), d.microphone(t.Context()), d.speaker(t.Context())} {
			if f.Level != doctor.OK {
				bad = append(bad, string(f.Level)+" "+f.Cause)
				if f.What == "" || f.Next == "" {
					t.Errorf("it says nothing to people: %+v", f)
				}
			}
		}
		if got := strings.Join(bad, ", "); got != want {
			t.Errorf("found %q, want %q", got, want)
		}
	}
}

// TestExamineSpeaker: a speaker is heard, or it is said who keeps it silent.
func TestExamineSpeaker(t *testing.T) {
	pulsetest.Start(t, "Headset")
	c := config.Default()
	c.Devices = config.Devices{Camera: "none", Microphone: "Headset", Speaker: "Loudspeaker"}
	for _, test := range []struct{ change, want string }{
		{"set-sink-volume spk 60%", "ok works"},
		{"set-sink-mute spk 1", "problem speaker_muted"},
		{"set-sink-mute spk 0", "ok works"},
		{"load-module module-loopback source=spk.monitor sink=micsink latency_msec=50", "ok heard"},
	} {
		if said, err := exec.Command("pactl", strings.Fields(test.change)...).CombinedOutput(); err != nil {
			t.Fatalf("pactl %s: %v: %s", test.change, err, said)
		}
		d := &deviceCheck{config: c, log: slog.New(slog.DiscardHandler)}
		if f := d.speaker(t.Context()); string(f.Level)+" "+f.Cause != test.want || f.What == "" {
			t.Errorf("after %q: %+v, want %s", test.change, f, test.want)
		}
		if f := d.microphone(t.Context()); f.Cause != "silent" {
			t.Errorf("the microphone takes our own sound for a voice: %+v", f)
		}
	}
}

func TestExamineFirestore(t *testing.T) {
	for name, test := range map[string]struct {
		auth   string
		change func(*config.Firebase, *fake.Server, *fakeauth.Server)
		want   string
	}{
		"all is well":          {"anonymous", func(*config.Firebase, *fake.Server, *fakeauth.Server) {}, "ok works"},
		"nobody signs in":      {"none", func(*config.Firebase, *fake.Server, *fakeauth.Server) {}, "ok works"},
		"sign-in is off":       {"anonymous", func(_ *config.Firebase, _ *fake.Server, a *fakeauth.Server) { a.Refuse("ADMIN_ONLY_OPERATION") }, "problem sign_in_off"},
		"the key is wrong":     {"anonymous", func(_ *config.Firebase, _ *fake.Server, a *fakeauth.Server) { a.Refuse("API key not valid.") }, "problem bad_key"},
		"too many signed up":   {"anonymous", func(_ *config.Firebase, _ *fake.Server, a *fakeauth.Server) { a.Refuse("TOO_MANY_ATTEMPTS_TRY_LATER") }, "problem too_many"},
		"sign-in is away":      {"anonymous", func(f *config.Firebase, _ *fake.Server, _ *fakeauth.Server) { f.AuthEmulator = "127.0.0.1:1" }, "problem unreachable"},
		"the rules refuse":     {"anonymous", func(f *config.Firebase, _ *fake.Server, _ *fakeauth.Server) { f.Auth = "none" }, "problem refused"},
		"the clock is ahead":   {"none", func(_ *config.Firebase, s *fake.Server, _ *fakeauth.Server) { s.Skew(-10 * time.Minute) }, "warning clock"},
		"the clock is behind":  {"none", func(_ *config.Firebase, s *fake.Server, _ *fakeauth.Server) { s.Skew(10 * time.Minute) }, "warning clock"},
		"the database is away": {"none", func(_ *config.Firebase, s *fake.Server, _ *fakeauth.Server) { s.Stop() }, "problem unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database, users := fake.Start(t, test.auth == "anonymous"), fakeauth.Start(t, "demo-parley")
			f := config.Firebase{Project: "demo-parley", APIKey: "key", Auth: test.auth, Emulator: database.Host, AuthEmulator: users.Host}
			test.change(&f, database, users)
			c := config.Default()
			c.Signaling, c.Firebase, c.DataDir = "firestore", f, t.TempDir()
			got := checkSignaling(t.Context(), c, slog.New(slog.DiscardHandler))
			if string(got.Level)+" "+got.Cause != test.want {
				t.Errorf("got %s %s (%s), want %s", got.Level, got.Cause, got.What, test.want)
			}
			if got.What == "" || (got.Level == doctor.Problem || got.Level == doctor.Warning) && got.Next == "" {
				t.Errorf("it says nothing to people: %+v", got)
			}
		})
	}
}
