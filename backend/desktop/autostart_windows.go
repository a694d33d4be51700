package desktop

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/windows/registry"
)

// Where Windows has what starts at login; setup.nsi takes it out again.
const (
	runKey   = `Software\Microsoft\Windows\CurrentVersion\Run`
	runValue = "Parley"
)

// StartsAtLogin tells whether Parley starts when its user logs in.
func StartsAtLogin() (bool, error) {
	key, err := registry.OpenKey(registry.CURRENT_USER, runKey, registry.QUERY_VALUE)
	if err == nil {
		defer key.Close()
		_, _, err = key.GetStringValue(runValue)
	}
	if errors.Is(err, registry.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("start at login: %w", err)
	}
	return true, nil
}

// SetStartAtLogin has Parley start when its user logs in, in the background; or not.
func SetStartAtLogin(on bool) error {
	key, _, err := registry.CreateKey(registry.CURRENT_USER, runKey, registry.SET_VALUE)
	if err != nil {
		return fmt.Errorf("start at login: %w", err)
	}
	defer key.Close()
	if on {
		var program string
		if program, err = os.Executable(); err == nil {
			err = key.SetStringValue(runValue, `"`+program+`" --background`) // no path holds a quote
		}
	} else if err = key.DeleteValue(runValue); errors.Is(err, registry.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("start at login: %w", err)
	}
	return nil
}
