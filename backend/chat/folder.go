package chat

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
)

// spare is the disk space that a file must leave, in bytes.
const spare = 64 << 20

// maxTries is how many files of one name there may be.
const maxTries = 1000

// incoming is a file as it comes: beside its place until it is known to be right.
type incoming struct {
	root *os.Root // nothing of ours is written outside of it
	file *os.File
	part string // its name meanwhile
	name string
	hash hash.Hash
}

// create begins a file in a folder, which it makes where there is none.
func create(folder, name string, size int64) (*incoming, Problem, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, NoFolder, fmt.Errorf("make the download folder: %w", err)
	}
	if free, err := freeSpace(folder); err == nil && free < uint64(size)+spare {
		return nil, NoSpace, fmt.Errorf("%d bytes are free", free)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, NoFolder, fmt.Errorf("open the download folder: %w", err)
	}
	in := &incoming{root: root, name: name, hash: sha256.New()}
	in.file, in.part, err = in.fresh(func(n int) string { return numbered(name, n) + ".part" })
	if err != nil {
		_ = root.Close()
		return nil, NoFolder, err
	}
	return in, "", nil
}

// fresh makes the first file of these names that there is none of.
func (in *incoming) fresh(called func(int) string) (*os.File, string, error) {
	for n := 1; n <= maxTries; n++ {
		f, err := in.root.OpenFile(called(n), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if !errors.Is(err, fs.ErrExist) {
			return f, called(n), err
		}
	}
	return nil, "", fmt.Errorf("there are %d files of this name", maxTries)
}

func (in *incoming) write(piece []byte) error {
	_, _ = in.hash.Write(piece)
	_, err := in.file.Write(piece)
	return err
}

// finish puts the file in its place, and gives its path. After an error nothing
// is left of it.
func (in *incoming) finish() (string, error) {
	defer in.root.Close()
	err := in.file.Close()
	var name string
	if err == nil {
		name, err = in.place()
	}
	if err != nil {
		_ = in.root.Remove(in.part)
		return "", fmt.Errorf("put %s in its place: %w", in.part, err)
	}
	return filepath.Join(in.root.Name(), name), nil
}

// place gives the whole file the first of its names that is free.
func (in *incoming) place() (string, error) {
	for n := 1; n <= maxTries; n++ {
		name := numbered(in.name, n)
		err := in.root.Link(in.part, name) // unlike Rename it overwrites nothing
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			break
		}
		return name, in.root.Remove(in.part)
	}
	// A disk without links, such as a stick's: an empty file of ours takes the name.
	place, name, err := in.fresh(func(n int) string { return numbered(in.name, n) })
	if err != nil {
		return "", err
	}
	_ = place.Close()
	if err := in.root.Rename(in.part, name); err != nil {
		_ = in.root.Remove(name)
		return "", err
	}
	return name, nil
}

// remove leaves nothing of it.
func (in *incoming) remove() {
	_ = in.file.Close()
	_ = in.root.Remove(in.part)
	_ = in.root.Close()
}
