package firestore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"parley/backend/signaling"
)

// leftovers remembers the rooms made here until they are deleted: one small
// file a room, named as it, that holds the process. Several Parleys share the
// folder, and none may sweep what another one is using.
type leftovers struct{ dir string } // empty: nothing is remembered

// add remembers a room, before it is made.
func (l leftovers) add(id signaling.RoomID) error {
	if l.dir == "" {
		return nil
	}
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		return err
	}
	// Never seen half written: another Parley would take the room for left behind.
	part := filepath.Join(l.dir, "."+string(id))
	if err := os.WriteFile(part, fmt.Appendf(nil, "%d\n", os.Getpid()), 0o600); err != nil {
		return err
	}
	return os.Rename(part, filepath.Join(l.dir, string(id)))
}

// remove forgets a room.
func (l leftovers) remove(id signaling.RoomID) error {
	if l.dir == "" {
		return nil
	}
	err := os.Remove(filepath.Join(l.dir, string(id)))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// list is what nobody who runs is using; ours tells our own.
func (l leftovers) list(ours func(signaling.RoomID) bool) (ids []signaling.RoomID) {
	entries, err := os.ReadDir(l.dir)
	if l.dir == "" || err != nil {
		return nil // mostly: none was ever made
	}
	for _, e := range entries {
		id := signaling.RoomID(e.Name())
		if !id.Own() || ours(id) {
			continue
		}
		data, err := os.ReadFile(filepath.Join(l.dir, e.Name()))
		if err != nil {
			continue
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
		if err == nil && pid != os.Getpid() && isRunning(pid) {
			continue
		}
		ids = append(ids, id)
	}
	return ids
}
