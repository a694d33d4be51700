//go:build !unix

package firestore

import "os"

// isRunning tells whether a process is there, perhaps another one of that ID.
func isRunning(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	_ = p.Release()
	return true
}
