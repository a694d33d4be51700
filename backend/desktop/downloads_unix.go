//go:build unix

package desktop

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// Downloads is the user's folder for what comes from others. It may not exist yet.
func Downloads() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the download folder: %w", err)
	}
	if folder := ofUser("XDG_DOWNLOAD_DIR", home, os.Getenv("XDG_CONFIG_HOME")); folder != "" {
		return folder, nil
	}
	return filepath.Join(home, "Downloads"), nil
}

// Show opens the folder that a file is in.
func Show(path string) error {
	show := exec.Command("xdg-open", filepath.Dir(path)) // a path of ours, and no shell
	if runtime.GOOS == "darwin" {
		show = exec.Command("open", "-R", path) // likewise
	}
	if err := show.Start(); err != nil {
		return fmt.Errorf("show a file: %w", err)
	}
	go func() { _ = show.Wait() }() // the file manager may stay open for long
	return nil
}
