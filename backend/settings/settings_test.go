package settings

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"parley/backend/config"
)

func item(t *testing.T, v View, key string) Item {
	t.Helper()
	for _, i := range v.Items {
		if i.Key == key {
			return i
		}
	}
	t.Fatalf("no %s", key)
	return Item{}
}

func TestThePageShowsWhatIsWrittenAndWhatRuns(t *testing.T) {
	home := t.TempDir()
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "LocalAppData", "AppData"} {
		t.Setenv(name, home)
	}
	t.Setenv("PARLEY_VIDEO_CODEC", "h264")
	flags := pflag.NewFlagSet("parley", pflag.ContinueOnError)
	config.AddFlags(flags)
	if err := flags.Parse([]string{"--lan-relay"}); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load("", flags, os.Environ())
	if err != nil {
		t.Fatal(err)
	}
	p := New(c)
	v, err := p.Settings()
	if err != nil || v.Path != filepath.Join(home, "parley", "config.toml") || v.StartAtLogin {
		t.Fatalf("%+v, %v", v, err)
	}
	v, err = p.ChangeSettings([]config.Change{{Key: "video.width", Value: "640"}, {Key: "lan.relay", Value: "false"}})
	if err != nil {
		t.Fatal(err)
	}
	width, relay, codec := item(t, v, "video.width"), item(t, v, "lan.relay"), item(t, v, "video.codec")
	if width.Value != int64(640) || !width.Restart || width.Source != config.FromFile {
		t.Errorf("%+v", width)
	}
	if relay.Value != true || relay.Restart || relay.Place != "flag --lan-relay" {
		t.Errorf("%+v", relay)
	}
	if codec.Source != config.FromVariable || codec.Restart {
		t.Errorf("%+v", codec)
	}
	v, err = p.ChangeSettings([]config.Change{{Key: "video.width", Unset: true}})
	if width := item(t, v, "video.width"); err != nil || width.Restart || width.Source != config.FromDefault {
		t.Errorf("%+v, %v", width, err)
	}
	if _, err = p.ChangeSettings([]config.Change{{Key: "signaling", Value: "firestore"}}); !errors.Is(err, config.ErrBadValue) || !strings.Contains(err.Error(), "project") {
		t.Error(err)
	}
}
