package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"parley/backend/call"
	"parley/backend/config"
)

// choices are what was chosen in the window, from run to run. They are apart from
// the config file, which is its user's own to write, and which they give way to.
type choices struct {
	Camera     *chosen `json:"camera,omitempty"`
	Microphone *chosen `json:"microphone,omitempty"`
	Speaker    *chosen `json:"speaker,omitempty"`
	Unmirrored bool    `json:"unmirrored,omitempty"`
}

// chosen is a device: what it is known by, and what to call it while it is away.
type chosen struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

const maxChoices = 1 << 16 // bytes

// ErrBadChoices is a file that is none of ours: it is left as it is until
// something is chosen.
var ErrBadChoices = errors.New("what was chosen before cannot be read")

func loadChoices(path string) (choices, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return choices{}, nil
	}
	if err != nil {
		return choices{}, fmt.Errorf("%w: %w", ErrBadChoices, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxChoices))
	if err != nil {
		return choices{}, fmt.Errorf("%w: %w", ErrBadChoices, err)
	}
	var c choices
	if err := json.Unmarshal(text, &c); err != nil {
		return choices{}, fmt.Errorf("%w: %s: %w", ErrBadChoices, path, err)
	}
	for _, d := range []**chosen{&c.Camera, &c.Microphone, &c.Speaker} {
		if *d != nil && (*d).ID == "" {
			*d = nil
		}
	}
	return c, nil
}

// save writes the file, whole or not at all. It names devices, which are nobody
// else's concern: 0600.
func (c choices) save(path string) error {
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("remember what was chosen: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("remember what was chosen: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".choices-*") // 0600
	if err != nil {
		return fmt.Errorf("remember what was chosen: %w", err)
	}
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("remember what was chosen: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}

// over is the choice to begin with: what the settings say, else what was chosen.
func (c choices) over(d config.Devices) call.Choice {
	set := func(setting string, was *chosen) string {
		if setting == "" && was != nil {
			return was.ID
		}
		return setting
	}
	return call.Choice{
		Camera:     set(d.Camera, c.Camera),
		Microphone: set(d.Microphone, c.Microphone),
		Speaker:    set(d.Speaker, c.Speaker),
	}
}

// devices are those that are remembered, as of a list that they are not in.
func (c choices) devices() call.DeviceList {
	away := func(d *chosen) []call.ListedDevice {
		if d == nil || d.ID == "none" || d.ID == "test" {
			return nil
		}
		return []call.ListedDevice{{ID: d.ID, Name: d.Name, Absent: true}}
	}
	return call.DeviceList{Cameras: away(c.Camera), Microphones: away(c.Microphone), Speakers: away(c.Speaker)}
}

// with is c after another choice, of which before is what it was and list what
// there is: a device that was not touched is not remembered by it.
func (c choices) with(before, now call.Choice, list call.DeviceList) choices {
	for _, k := range []struct {
		slot        **chosen
		before, now string
		list        []call.ListedDevice
	}{
		{&c.Camera, before.Camera, now.Camera, list.Cameras},
		{&c.Microphone, before.Microphone, now.Microphone, list.Microphones},
		{&c.Speaker, before.Speaker, now.Speaker, list.Speakers},
	} {
		if k.now == k.before {
			continue
		}
		*k.slot = nil
		if k.now == "" {
			continue
		}
		*k.slot = &chosen{ID: k.now, Name: k.now}
		for _, d := range k.list {
			if d.ID == k.now {
				(*k.slot).Name = d.Name
			}
		}
	}
	return c
}
