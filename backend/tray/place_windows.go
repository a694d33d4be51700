package tray

import (
	"context"
	"log/slog"
	"runtime"

	"fyne.io/systray"
)

// watchPlace tells whether the desktop has a tray: Windows always does, and
// puts our icon back itself when the Explorer is restarted.
func watchPlace(context.Context, *slog.Logger) <-chan bool {
	there := make(chan bool, 1)
	there <- true
	return there
}

// startIcon shows the icon; its window and that window's messages belong to one thread.
func startIcon(ready func()) (end func()) {
	go func() {
		runtime.LockOSThread()
		systray.Run(ready, nil)
	}()
	return systray.Quit
}
