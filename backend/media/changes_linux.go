package media

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Changes tells, until ctx ends, that a camera may have been plugged in or out.
// The error is that of a system that does not tell: Cameras does, when asked.
func Changes(ctx context.Context) (<-chan struct{}, error) {
	// Nonblocking, for os.File to wait with the others: then Close ends a Read.
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("watch for cameras: %w", err)
	}
	f := os.NewFile(uintptr(fd), "inotify")
	// A node is ours to open only after udev has changed its mode.
	if _, err := unix.InotifyAddWatch(fd, filepath.Dir(nodes), unix.IN_CREATE|unix.IN_DELETE|unix.IN_ATTRIB); err != nil {
		return nil, errors.Join(fmt.Errorf("watch for cameras: %w", err), f.Close())
	}
	changes := make(chan struct{}, 1)
	stop := context.AfterFunc(ctx, func() { _ = f.Close() })
	go func() {
		defer close(changes)
		defer stop()
		buffer := make([]byte, 4096)
		for {
			n, err := f.Read(buffer)
			if err != nil {
				_ = f.Close()
				return
			}
			if !aboutCameras(buffer[:n]) {
				continue
			}
			select {
			case changes <- struct{}{}:
			default: // one is told already
			}
		}
	}()
	return changes, nil
}

// aboutCameras tells whether one of the events (inotify(7)) is about a node of video.
func aboutCameras(events []byte) bool {
	const header = int(unsafe.Sizeof(unix.InotifyEvent{})) // the name follows
	for len(events) >= header {
		size := header + int((*unix.InotifyEvent)(unsafe.Pointer(&events[0])).Len)
		if size > len(events) {
			return true // rather one look too many
		}
		if strings.HasPrefix(string(events[header:size]), "video") {
			return true
		}
		events = events[size:]
	}
	return false
}
