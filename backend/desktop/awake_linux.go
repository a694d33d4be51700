package desktop

import (
	"context"
	"log/slog"
	"syscall"
	"time"

	"github.com/godbus/dbus/v5"
)

// inhibitSleep asks systemd not to sleep (org.freedesktop.login1) and the session
// not to darken the screen (org.freedesktop.ScreenSaver); not all desktops have both.
func inhibitSleep(ctx context.Context, log *slog.Logger) (release func()) {
	sleep, err := inhibitLogin(ctx)
	if err != nil {
		log.Info("the machine may sleep in the call", "err", err)
	}
	screen, err := inhibitScreen(ctx)
	if err != nil {
		log.Info("the screen may go dark in the call", "err", err)
	}
	return func() {
		if sleep != nil {
			sleep()
		}
		if screen != nil {
			screen()
		}
	}
}

func inhibitLogin(ctx context.Context) (release func(), err error) {
	// What is given is a file descriptor, which is good without the connection.
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	bus, err := connect(ctx, dbus.SystemBusPrivate)
	if err != nil {
		return nil, err
	}
	defer bus.Close()
	var fd dbus.UnixFD
	err = bus.Object("org.freedesktop.login1", "/org/freedesktop/login1").
		CallWithContext(ctx, "org.freedesktop.login1.Manager.Inhibit", 0, "sleep:idle", "Parley", "In a call", "block").Store(&fd)
	if err != nil {
		return nil, err
	}
	return func() { _ = syscall.Close(int(fd)) }, nil
}

func inhibitScreen(ctx context.Context) (release func(), err error) {
	// This one ends with its connection.
	bus, err := connect(ctx, dbus.SessionBusPrivateNoAutoStartup)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	var cookie uint32
	err = bus.Object("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver").
		CallWithContext(ctx, "org.freedesktop.ScreenSaver.Inhibit", 0, "Parley", "In a call").Store(&cookie)
	if err != nil {
		bus.Close()
		return nil, err
	}
	return func() { bus.Close() }, nil
}

// connect makes a connection to a bus, which the context's end closes. One that does
// not greet us within answerWithin is given up.
func connect(ctx context.Context, open func(...dbus.ConnOption) (*dbus.Conn, error)) (*dbus.Conn, error) {
	bus, err := open(dbus.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	silent := time.AfterFunc(answerWithin, func() { bus.Close() })
	if err = bus.Auth(nil); err == nil {
		err = bus.Hello()
	}
	if !silent.Stop() && err == nil {
		err = context.DeadlineExceeded
	}
	if err != nil {
		bus.Close()
		return nil, err
	}
	return bus, nil
}
