package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// aged is a file of each age, and what it is today.
var aged = []struct{ before, after string }{
	{ // 0.1.0
		"# mine\nsignaling = \"lan\" # at home\n\n[video]\nwidth = 640\n",
		"# mine\nsignaling = \"lan\" # at home\nversion = 1\n\n[video]\nwidth = 640\n",
	},
}

func TestFilesOfEachAge(t *testing.T) {
	if len(aged) != len(migrations) {
		t.Fatalf("%d files for %d migrations", len(aged), len(migrations))
	}
	for _, file := range aged {
		path, environ := write(t, file.before)
		c, err := Load(path, nil, environ)
		if err != nil || c.Version != newest || c.Video.Width != 640 {
			t.Errorf("%+v, %v", c, err)
		}
		for name, want := range map[string]string{path: file.after, path + ".bak": file.before} {
			if got, err := os.ReadFile(name); err != nil || string(got) != want {
				t.Errorf("%s: %q, %v", filepath.Base(name), got, err)
			}
		}
		// Once: the kept one stays that of before.
		if _, err := Load(path, nil, environ); err != nil {
			t.Error(err)
		}
		if got, _ := os.ReadFile(path + ".bak"); string(got) != file.before {
			t.Errorf("the kept file became %q", got)
		}
	}
}

func TestAFileThatCannotBeRenewed(t *testing.T) {
	for content, want := range map[string]error{
		"version = 2\n":        ErrNewer,
		"version = -1\n":       ErrBadValue,
		"version = 0\n":        ErrBadValue,
		"version = \"1\"\n":    ErrBadValue,
		"\n[video]\nwidth='a'": ErrBadValue,
	} {
		path, environ := write(t, content)
		_, err := Load(path, nil, environ)
		if !errors.Is(err, want) {
			t.Errorf("%q: %v", content, err)
		}
		if strings.Contains(content, "width") && !strings.Contains(err.Error(), ":3:") {
			t.Errorf("another line than the file's: %v", err)
		}
		if got, _ := os.ReadFile(path); string(got) != content {
			t.Errorf("%q became %q", content, got)
		}
	}
	// Where it may not be written it is read all the same, by its own lines.
	path, environ := write(t, "[video]\nwidth = 640\n")
	if err := os.Mkdir(path+".bak", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(path+".bak", "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path, nil, environ)
	if source, place := c.from("video.width"); err != nil || source != FromFile || place != path+":2" {
		t.Errorf("%s, %s, %v", source, place, err)
	}
}

func TestListTellsEverySettingAndItsSource(t *testing.T) {
	c, err := load(t, "version = 1\n[video]\nwidth = 640\nheight = 360\n",
		[]string{"PARLEY_VIDEO_HEIGHT=540", "PARLEY_VIDEO_CODEC=h264", "TURN_URL=turn:a.example", "TURN_SECRET=s3cret"}, []string{"--codec", "vp8"})
	if err != nil {
		t.Fatal(err)
	}
	items := map[string]Item{}
	for _, i := range c.List() {
		items[i.Key] = i
		if i.Help == "" {
			t.Errorf("%s has no meaning", i.Key)
		}
	}
	if len(items) != len(settings) {
		t.Errorf("%d of %d", len(items), len(settings))
	}
	for key, want := range map[string][2]string{
		"video.width": {"file", c.Path + ":3"}, "video.height": {"variable", "variable PARLEY_VIDEO_HEIGHT"},
		"video.codec": {"flag", "flag --codec"}, "video.frame_rate": {"default", ""}, "ice.servers": {"variable", "variable TURN_URL"},
	} {
		if i := items[key]; string(i.Source) != want[0] || i.Place != want[1] {
			t.Errorf("%s: %s, %s", key, i.Source, i.Place)
		}
	}
	if v := items["video.width"]; v.Value != int64(640) || v.Default != int64(1280) || !v.Editable || items["version"].Editable || items["turn.secret"].Editable {
		t.Errorf("%+v", v)
	}
	text := c.Explained()
	again, err := load(t, text, nil, nil)
	if err != nil || again.Video != c.Video || strings.Contains(text, "s3cret") {
		t.Errorf("%v: %+v in\n%s", err, again.Video, text)
	}
}
