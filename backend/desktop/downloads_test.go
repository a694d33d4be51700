package desktop

import (
	"os"
	"path/filepath"
	"testing"
)

func TestDownloadFolder(t *testing.T) {
	home := t.TempDir()
	for content, want := range map[string]string{
		"":                                   "",
		`XDG_DOWNLOAD_DIR="$HOME/Geladenes"`: filepath.Join(home, "Geladenes"),
		"# a comment\nXDG_DESKTOP_DIR=\"$HOME/Tisch\"\nXDG_DOWNLOAD_DIR=\"/srv/in\"\n": "/srv/in",
		`XDG_DOWNLOAD_DIR="$HOME/"`:      "", // there is none
		`XDG_DOWNLOAD_DIR="relative/in"`: "",
	} {
		config := t.TempDir()
		if err := os.WriteFile(filepath.Join(config, "user-dirs.dirs"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := ofUser("XDG_DOWNLOAD_DIR", home, config); filepath.ToSlash(got) != filepath.ToSlash(want) {
			t.Errorf("%q: %q, not %q", content, got, want)
		}
	}
	if got := ofUser("XDG_DOWNLOAD_DIR", home, ""); got != "" {
		t.Errorf("without the file: %q", got)
	}
}
