package session

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"parley/backend/config"
	"parley/backend/doctor"
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
				if got := string(f.Level) + " " + f.Cause; got != test.want[f.Check] {
					t.Errorf("%s: got %s (%s), want %s", f.Check, got, f.What, test.want[f.Check])
				}
				if f.What == "" || f.Level == doctor.Problem && f.Next == "" {
					t.Errorf("%s says nothing to people: %+v", f.Check, f)
				}
			}
		})
	}
}
