package tray

import (
	"log/slog"
	"time"
)

// Options are what a Tray is made of.
type Options struct {
	// Icon is Parley's, a square PNG.
	Icon  []byte
	Words Words
	// Act does what was clicked. Each line calls it from a goroutine of its
	// own, one click at a time; what is clicked meanwhile is dropped.
	Act func(Action)
	// Gone tells that the desktop's tray went away and did not come back in
	// time: a hidden window must be shown.
	Gone   func()
	Logger *slog.Logger
}

// comesBack is how long the tray may be away before Gone: a panel that is
// restarted, or its plugin, takes a second or two.
const comesBack = 5 * time.Second
