// Package desktop is what Parley has to do with the desktop that it runs on,
// besides its window and its tray: one window for each user, a machine that
// stays awake in a call, and notifications.
package desktop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// ErrSilent tells that another Parley of this user is the first one, and
// does not answer.
var ErrSilent = errors.New("Parley runs already and does not answer; end it, then start it again")

// answerWithin is for another program on this machine: the first Parley, to take what
// the second brings, or a service on a bus. It is shorter in tests.
var answerWithin = 5 * time.Second

const (
	maxLink = 64 << 10 // bytes; a code is the longest
	taken   = "taken"
)

// Instance is the first Parley of its user: later ones hand their link to it.
//
// It is a lock and a socket in a folder that only the user can enter, and not a
// name on the session bus, which Windows, macOS and some Linux desktops do not
// have. The lock ends with its program, however that ends, so what a crash
// leaves behind stops nobody.
type Instance struct {
	lock     *os.File
	listener net.Listener
	done     sync.WaitGroup
}

// InstanceFolder is where the user's Parleys meet: the folder for such things
// of the login session (XDG Base Directory Specification), else Parley's own.
func InstanceFolder(dataDir string) string {
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "parley")
	}
	return filepath.Join(dataDir, "run")
}

// Claim makes this the first Parley in dir. Where there is one already that has
// taken link now (which may be empty), both results are nil. Close ends the
// claim. The error is ErrSilent, or that of a folder that cannot be used.
func Claim(ctx context.Context, dir, link string) (*Instance, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("become the first Parley: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("become the first Parley: %w", err)
	}
	socket := filepath.Join(dir, "socket")
	if !tryLock(lock) {
		lock.Close()
		return nil, handOver(ctx, socket, link)
	}
	_ = os.Remove(socket) // a crash's
	listener, err := net.Listen("unix", socket)
	if err != nil {
		lock.Close()
		return nil, fmt.Errorf("become the first Parley: %w", err)
	}
	return &Instance{lock: lock, listener: listener}, nil
}

// Serve calls open with the link of each program that is started later, until
// Close; empty is only a wish to see the window.
func (i *Instance) Serve(open func(link string)) {
	i.done.Go(func() {
		for {
			conn, err := i.listener.Accept()
			if err != nil {
				return
			}
			if link, err := take(conn); err == nil {
				open(link)
			}
		}
	})
}

// Close lets another be the first. It may be called twice.
func (i *Instance) Close() {
	i.listener.Close()
	i.done.Wait()
	i.lock.Close()
}

// take reads a link and says that it is taken.
func take(conn net.Conn) (string, error) {
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(answerWithin)); err != nil {
		return "", err
	}
	link, err := io.ReadAll(io.LimitReader(conn, maxLink+1))
	if err != nil {
		return "", err
	}
	if len(link) > maxLink {
		return "", errors.New("that is no link")
	}
	_, err = io.WriteString(conn, taken)
	return string(link), err
}

// handOver gives link to the first Parley, which may be about to listen.
func handOver(ctx context.Context, socket, link string) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		err := give(ctx, socket, link)
		if err == nil {
			return nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("%w (%w)", ErrSilent, err)
		}
	}
}

func give(ctx context.Context, socket, link string) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if _, err := io.WriteString(conn, link); err != nil {
		return err
	}
	if err := conn.(*net.UnixConn).CloseWrite(); err != nil {
		return err
	}
	answer, err := io.ReadAll(conn)
	if err == nil && string(answer) != taken {
		err = errors.New("it ended while it was told")
	}
	return err
}
