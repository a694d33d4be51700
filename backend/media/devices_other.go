//go:build !linux

package media

import "github.com/pion/mediadevices/pkg/driver"

// mediadevices has friendly names on macOS; on Windows it has DirectShow's
// path of the device only. It has no way to look again that does not register
// each camera twice.
func systemName(string) string            { return "" }
func hidden(string, string) bool          { return false }
func camerasChanged([]driver.Driver) bool { return false }
