package desktop

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// autostart is the file that has the desktop start Parley at login (Desktop
// Application Autostart Specification 0.5).
func autostart() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "autostart", "parley.desktop"), nil
}

// StartsAtLogin tells whether Parley starts when its user logs in.
func StartsAtLogin() (bool, error) {
	path, err := autostart()
	if err != nil {
		return false, fmt.Errorf("start at login: %w", err)
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("start at login: %w", err)
	}
	for line := range strings.Lines(string(data)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch strings.TrimSpace(key) + "=" + strings.TrimSpace(value) {
		case "Hidden=true", "X-GNOME-Autostart-enabled=false": // so desktops' own settings turn it off
			return false, nil
		}
	}
	return true, nil
}

// SetStartAtLogin has Parley start when its user logs in, in the background; or not.
func SetStartAtLogin(on bool) error {
	path, err := autostart()
	if err != nil {
		return fmt.Errorf("start at login: %w", err)
	}
	if !on {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("start at login: %w", err)
		}
		return nil
	}
	program, err := os.Executable()
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err == nil {
		err = os.WriteFile(path, []byte(entry(program)), 0o600)
	}
	if err != nil {
		return fmt.Errorf("start at login: %w", err)
	}
	return nil
}

// entry starts the program in the background. Where it is not there any more
// (TryExec), because its package was removed, the desktop does nothing.
func entry(program string) string {
	return `[Desktop Entry]
Type=Application
Name=Parley
Comment=One-to-one video calls, without an account
TryExec=` + value(program) + `
Exec=` + value(argument(program)) + ` --background
Icon=parley
Terminal=false
`
}

// argument is one argument of an Exec key, value a string of any key (Desktop
// Entry Specification 1.5, "The Exec key" and "Possible value types").
func argument(s string) string {
	return `"` + strings.NewReplacer(`"`, `\"`, "`", "\\`", `$`, `\$`, `\`, `\\`, `%`, `%%`).Replace(s) + `"`
}

func value(s string) string {
	s = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\t", `\t`, "\r", `\r`).Replace(s)
	if strings.HasPrefix(s, " ") {
		s = `\s` + s[1:]
	}
	return s
}
