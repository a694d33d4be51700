package desktop

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
)

// ofUser is where a user's folder of this key (XDG_DOWNLOAD_DIR, …) is, as
// xdg-user-dirs keeps it; empty where it says nothing. A folder that is the home
// itself means that there is none
// (https://www.freedesktop.org/wiki/Software/xdg-user-dirs/).
func ofUser(key, home, configHome string) string {
	if !filepath.IsAbs(configHome) {
		configHome = filepath.Join(home, ".config")
	}
	f, err := os.Open(filepath.Join(configHome, "user-dirs.dirs"))
	if err != nil {
		return ""
	}
	defer f.Close()
	found := ""
	for lines := bufio.NewScanner(f); lines.Scan(); {
		value, ok := strings.CutPrefix(strings.TrimSpace(lines.Text()), key+"=")
		if !ok {
			continue
		}
		value = strings.Trim(value, `"`)
		if below, ok := strings.CutPrefix(value, "$HOME"); ok {
			value = filepath.Join(home, below)
		}
		if filepath.IsAbs(value) {
			found = filepath.Clean(value)
		}
	}
	if found == filepath.Clean(home) {
		return ""
	}
	return found
}
