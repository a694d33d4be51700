//go:build !linux && !windows

package desktop

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// agent is launchd's file for what starts at login: launchd.plist(5).
func agent() (string, error) {
	home, err := os.UserHomeDir()
	return filepath.Join(home, "Library", "LaunchAgents", "io.github.parley-calls.Parley.plist"), err
}

// StartsAtLogin tells whether Parley starts when its user logs in.
func StartsAtLogin() (bool, error) {
	path, err := agent()
	if err == nil {
		_, err = os.Stat(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("start at login: %w", err)
	}
	return true, nil
}

// SetStartAtLogin has Parley start when its user logs in, in the background; or not.
func SetStartAtLogin(on bool) error {
	path, err := agent()
	if err != nil {
		return fmt.Errorf("start at login: %w", err)
	}
	if !on {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("start at login: %w", err)
		}
		return nil
	}
	var program bytes.Buffer
	executable, err := os.Executable()
	if err == nil {
		err = xml.EscapeText(&program, []byte(executable))
	}
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err == nil {
		err = os.WriteFile(path, fmt.Appendf(nil, plist, program.String()), 0o600)
	}
	if err != nil {
		return fmt.Errorf("start at login: %w", err)
	}
	return nil
}

const plist = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>io.github.parley-calls.Parley</string>
	<key>ProgramArguments</key>
	<array>
		<string>%s</string>
		<string>--background</string>
	</array>
	<key>RunAtLoad</key>
	<true/>
</dict>
</plist>
`
