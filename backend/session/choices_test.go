package session

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"parley/backend/call"
	"parley/backend/config"
)

func TestChoicesAreRememberedByID(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parley", "choices.json")
	var r remembered
	if c := r.load(path, slog.New(slog.DiscardHandler)); !reflect.DeepEqual(c, choices{}) {
		t.Fatalf("without a file %+v", c)
	}
	list := call.DeviceList{Microphones: []call.ListedDevice{{ID: "usb-1", Name: "Headset"}}}
	// The speaker is a setting's: it was not touched, and is none of ours.
	before := call.Choice{Speaker: "from the settings"}
	now := call.Choice{Camera: "none", Microphone: "usb-1", Speaker: "from the settings"}
	r.change(func(c choices) choices { return c.with(before, now, list) })
	r.change(func(c choices) choices { c.Unmirrored = true; return c })

	var again remembered
	c := again.load(path, slog.New(slog.DiscardHandler))
	want := choices{Camera: &chosen{"none", "none"}, Microphone: &chosen{"usb-1", "Headset"}, Unmirrored: true}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v %+v", c.Camera, c.Microphone)
	}
	if got := c.over(config.Devices{Camera: "test"}); got != (call.Choice{Camera: "test", Microphone: "usb-1"}) {
		t.Errorf("settings do not win: %+v", got)
	}
	if got := c.devices(); len(got.Cameras)+len(got.Speakers) != 0 || len(got.Microphones) != 1 || got.Microphones[0] != (call.ListedDevice{ID: "usb-1", Name: "Headset", Absent: true}) {
		t.Errorf("remembered %+v", got)
	}
	if got := c.with(now, call.Choice{}, list); !reflect.DeepEqual(got, choices{Unmirrored: true}) {
		t.Errorf("back to the default: %+v", got)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}

func TestChoicesThatCannotBeReadOrWrittenCostNoCall(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "choices.json")
	for _, text := range []string{"", "{", "[]", `{"camera":3}`, `"x"`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := loadChoices(path); !errors.Is(err, ErrBadChoices) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := os.WriteFile(path, []byte(`{"camera":{"id":""},"later":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := loadChoices(path); err != nil || c.Camera != nil {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := loadChoices(dir); !errors.Is(err, ErrBadChoices) {
		t.Errorf("a folder: %v", err)
	}
	var r remembered
	r.load(filepath.Join(path, "below a file"), slog.New(slog.DiscardHandler))
	r.change(func(c choices) choices { c.Unmirrored = true; return c })
	if !r.is.Unmirrored {
		t.Error("forgotten in this run too")
	}
}

func TestSessionRemembersWhatWasChosen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "choices.json")
	run := func(use func(*Session)) {
		c := config.Default()
		c.DataDir = t.TempDir()
		c.Devices = config.Devices{Camera: "test"}
		s, err := Open(c, Options{Page: page, Choices: path, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		use(s)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	ctx := context.Background()
	run(func(s *Session) {
		if err := s.Choose(ctx, call.Choice{Camera: "none", Microphone: "test", Speaker: "none"}); err != nil {
			t.Error(err)
		}
		if err := s.SetMirrored(ctx, false); err != nil {
			t.Error(err)
		}
	})
	run(func(s *Session) {
		now := s.Snapshot()
		if now.Choice != (call.Choice{Camera: "test", Microphone: "test", Speaker: "none"}) || !now.Unmirrored {
			t.Errorf("the next run begins with %+v, unmirrored %v", now.Choice, now.Unmirrored)
		}
	})
}

func TestChimeNeedsASpeaker(t *testing.T) {
	s := open(t, nil)
	var why *call.Error
	if err := s.Chime(); !errors.As(err, &why) || why.Code != call.NoSpeaker {
		t.Errorf("got %v", err)
	}
}
