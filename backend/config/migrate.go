package config

import (
	"errors"
	"fmt"
)

// ErrNewer tells of a config file that a newer Parley has written.
var ErrNewer = errors.New("this file is of a newer Parley")

// migrations bring the text of a config file from one version to the next: the
// first one what has no version yet. Only ever append to it, with a test on a
// file of that age: somebody's file is as old as that.
var migrations = []func(text string) (string, error){
	// Parley 0.1.0 wrote no version. All of its settings mean today what they meant.
	func(text string) (string, error) { return text, nil },
}

// newest is the version that this program reads and writes.
var newest = len(migrations)

// migrate brings a file to the newest version; one that is there, or that cannot
// be read, is given back as it is. The error wraps ErrNewer.
func migrate(name string, data []byte) ([]byte, error) {
	values, err := leaves(string(data))
	if err != nil {
		return data, nil //nolint:nilerr // parseFile tells why
	}
	stamp, stamped := values["version"]
	version, ok := stamp.(int64)
	if stamped && (!ok || version < 1) {
		return data, nil // likewise
	}
	if version > int64(newest) {
		return nil, &Error{Place: name, Key: "version", Err: fmt.Errorf(
			"%w (its version is %d, and this program reads up to %d): update Parley, or start it with another file (--config)", ErrNewer, version, newest)}
	}
	text := string(data)
	for i, next := range migrations[version:] {
		if text, err = next(text); err == nil {
			text, err = edit(text, "version", version+int64(i)+1)
		}
		if err != nil {
			return nil, &Error{Place: name, Err: fmt.Errorf("bring the file to version %d: %w", version+int64(i)+1, err)}
		}
	}
	return []byte(text), nil
}

// keep puts the newest version of a file into its place, and the one of before
// beside it, as NAME.bak.
func keep(path string, old, text []byte) error {
	if err := writeFile(path+".bak", old); err != nil {
		return err
	}
	return writeFile(path, text)
}
