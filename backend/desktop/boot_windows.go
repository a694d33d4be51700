package desktop

import (
	"time"

	"golang.org/x/sys/windows"
)

// bootTime is when the machine was started.
func bootTime() time.Time { return time.Now().Add(-windows.DurationSinceBoot()) }
