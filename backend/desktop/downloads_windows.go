package desktop

import (
	"fmt"
	"os/exec"

	"golang.org/x/sys/windows"
)

// Downloads is the user's folder for what comes from others.
func Downloads() (string, error) {
	folder, err := windows.KnownFolderPath(windows.FOLDERID_Downloads, 0)
	if err != nil {
		return "", fmt.Errorf("find the download folder: %w", err)
	}
	return folder, nil
}

// Show opens the folder that a file is in.
func Show(path string) error {
	show := exec.Command("explorer.exe", "/select,"+path) // a path of ours, and no shell
	if err := show.Start(); err != nil {
		return fmt.Errorf("show a file: %w", err)
	}
	go func() { _ = show.Wait() }()
	return nil
}
