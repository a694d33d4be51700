//go:build !linux && !windows

package desktop

import (
	"time"

	"golang.org/x/sys/unix"
)

// bootTime is when the machine was started.
func bootTime() time.Time {
	boot, err := unix.SysctlTimeval("kern.boottime")
	if err != nil {
		return time.Time{}
	}
	return time.Unix(boot.Unix())
}
