//go:build !linux && !windows

package tray

import "parley/backend/call"

// Tray does nothing here. On macOS the tray must start on the main thread
// before the window does; nobody has seen that work with Wails yet.
type Tray struct{}

// Start shows no tray.
func Start(<-chan call.Snapshot, Options) *Tray { return &Tray{} }

// Present tells whether there is an icon for the user to click on.
func (*Tray) Present() bool { return false }

// SetWords changes what the menu says.
func (*Tray) SetWords(Words) {}

// Close takes the icon away.
func (*Tray) Close() {}
