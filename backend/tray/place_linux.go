package tray

import (
	"context"
	"log/slog"
	"time"

	"fyne.io/systray"
	"github.com/godbus/dbus/v5"
)

// The desktop's tray, as
// https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/ has it: a
// watcher that keeps the list of icons, and hosts that show them. GNOME has
// neither without an extension.
const (
	watcher     = "org.kde.StatusNotifierWatcher"
	watcherPath = "/StatusNotifierWatcher"
	answerTime  = 2 * time.Second // for another program on the session bus
)

// watchPlace tells whether there is a tray, at first and whenever that changes,
// until ctx ends. Without a session bus it says nothing.
func watchPlace(ctx context.Context, log *slog.Logger) <-chan bool {
	places := make(chan bool)
	go func() {
		if err := watchBus(ctx, places); err != nil && ctx.Err() == nil {
			log.Info("no tray", "err", err)
		}
	}()
	return places
}

func watchBus(ctx context.Context, places chan<- bool) error {
	// Not ConnectSessionBus: where there is no bus that starts one, which outlives us.
	bus, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(ctx))
	if err != nil {
		return err
	}
	defer bus.Close()
	if err := bus.Auth(nil); err != nil {
		return err
	}
	if err := bus.Hello(); err != nil {
		return err
	}
	changes := make(chan *dbus.Signal, 16)
	bus.Signal(changes)
	for _, about := range [][]dbus.MatchOption{
		{dbus.WithMatchInterface("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, watcher)},
		{dbus.WithMatchInterface(watcher), dbus.WithMatchObjectPath(watcherPath)},
	} {
		if err := bus.AddMatchSignalContext(ctx, about...); err != nil {
			return err
		}
	}
	told := false
	for {
		there := hasHost(ctx, bus)
		if there != told {
			select {
			case places <- there:
				told = there
			case <-ctx.Done():
				return nil
			}
		}
		select {
		case _, ok := <-changes:
			if ok {
				continue
			}
		case <-ctx.Done():
			return nil
		}
		// The bus is gone, and the desktop with it.
		select {
		case places <- false:
		case <-ctx.Done():
		}
		return nil
	}
}

// hasHost tells whether somebody shows the icons that the watcher keeps.
func hasHost(ctx context.Context, bus *dbus.Conn) bool {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	var host dbus.Variant
	err := bus.Object(watcher, watcherPath).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get",
		dbus.FlagNoAutoStart, watcher, "IsStatusNotifierHostRegistered").Store(&host)
	there, ok := host.Value().(bool)
	return err == nil && ok && there
}

// startIcon shows the icon in the tray, and again in each that comes after it.
func startIcon(ready func()) (end func()) {
	start, end := systray.RunWithExternalLoop(ready, nil)
	start()
	return end
}
