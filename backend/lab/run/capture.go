//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"parley/backend/lab/emulate"
	"parley/backend/lab/picture"
	"parley/backend/lab/score"
)

// lookEvery is the resolution of capture times.
const lookEvery = 2 * time.Millisecond

// readAhead is how far a reader's position may be beyond the picture that it
// reads: Parley's buffer. It is less than a picture.
const readAhead = 64 << 10

// camera watches from outside when Parley takes pictures from its film: the system
// tells the position in each open file (proc(5), fdinfo). So the program under
// test need not tell when it captured what. Chromium reads with pread(2), which
// moves no position; it tells the time of capture in its self-view.
type camera struct {
	header, size int64 // of the film's first line and of a picture, bytes

	mu       sync.Mutex
	captured []score.Capture
	stop     chan struct{}
	done     sync.WaitGroup
}

// watchFilm begins to watch whoever has the film open. Each call needs a name of its
// own for the film.
func watchFilm(film string, width, height int) (*camera, error) {
	open, err := openedBy(film)
	if err != nil {
		return nil, err
	}
	c := &camera{header: picture.HeaderSize(width, height), size: picture.FrameSize(width, height), stop: make(chan struct{})}
	for _, info := range open {
		c.done.Go(func() { c.follow(info) })
	}
	return c, nil
}

// openedBy gives what the system tells of each opening of a file, one at least.
func openedBy(name string) (list []*os.File, err error) {
	open, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return nil, err
	}
	for _, fd := range open {
		if target, err := os.Readlink(fd); err != nil || target != name {
			continue // somebody else's, or closed meanwhile
		}
		if info, err := os.Open(strings.Replace(fd, "/fd/", "/fdinfo/", 1)); err == nil {
			list = append(list, info)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("nobody has %s open", name)
	}
	return list, nil
}

// positionIn is where in its file an opening stands; false once it is closed.
func positionIn(info *os.File) (int64, bool) {
	var text [256]byte
	n, _ := info.ReadAt(text[:], 0)
	line, _, _ := bytes.Cut(text[:n], []byte("\n"))
	value, isPosition := bytes.CutPrefix(line, []byte("pos:"))
	position, err := strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 64)
	return position, isPosition && err == nil
}

func (c *camera) follow(info *os.File) {
	defer info.Close()
	emulate.RealTime()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	last := int64(-1)
	for {
		select {
		case <-c.stop:
			return
		case <-tick.C:
		}
		position, ok := positionIn(info)
		if !ok {
			return // closed
		}
		number := (position - c.header - readAhead - 1) / c.size
		if number == last || position < c.header+readAhead {
			continue
		}
		if last >= 0 { // the first was open for who knows how long
			c.mu.Lock()
			c.captured = append(c.captured, score.Capture{Number: int(number), At: wallClock(time.Now())})
			c.mu.Unlock()
		}
		last = number
	}
}

// Close ends watching and gives what was captured.
func (c *camera) Close() []score.Capture {
	close(c.stop)
	c.done.Wait()
	return c.captured
}

// wallClock is a time as the pages tell it, ms since 1970.
func wallClock(t time.Time) float64 { return float64(t.UnixMicro()) / 1000 }
