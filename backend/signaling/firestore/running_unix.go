//go:build unix

package firestore

import (
	"errors"
	"syscall"
)

// isRunning tells whether a process is there, perhaps another one of that ID.
func isRunning(pid int) bool {
	if pid <= 0 {
		return false
	}
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
