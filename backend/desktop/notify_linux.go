package desktop

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/godbus/dbus/v5"
)

// Notifier shows notifications (Desktop Notifications Specification 1.2). Its
// methods belong to one goroutine.
type Notifier struct {
	clicked func()
	bus     *dbus.Conn
	shown   atomic.Uint32 // the last one; the next takes its place
	hearing sync.WaitGroup
}

// NewNotifier calls clicked when the user clicks on what is shown. It has no use
// for the window's way to show text: Wails' starts a session bus where there is none.
func NewNotifier(_ func(ctx context.Context, text string) error, clicked func()) *Notifier {
	return &Notifier{clicked: clicked}
}

const (
	notifications     = "org.freedesktop.Notifications"
	notificationsPath = "/org/freedesktop/Notifications"
)

// Show shows text, in place of what was shown before. It connects when it is
// first called; the error is that of a desktop without notifications.
func (n *Notifier) Show(ctx context.Context, text string) error {
	if n.bus == nil || !n.bus.Connected() {
		// Not for ctx alone: the next one takes this one's place by the connection.
		bus, err := connect(context.WithoutCancel(ctx), dbus.SessionBusPrivateNoAutoStartup)
		if err != nil {
			return fmt.Errorf("notify: %w", err)
		}
		n.bus = bus
		if err := n.listen(ctx, bus); err != nil {
			return fmt.Errorf("notify: %w", err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	hints := map[string]dbus.Variant{"desktop-entry": dbus.MakeVariant("parley")}
	// "default" is the click on the whole of it; its name is hardly ever shown.
	actions := []string{"default", "Parley"}
	var shown uint32
	err := n.bus.Object(notifications, notificationsPath).
		CallWithContext(ctx, notifications+".Notify", 0, "Parley", n.shown.Load(), "parley", "Parley", text, actions, hints, int32(-1)).Store(&shown)
	if err != nil {
		return fmt.Errorf("notify: %w", err)
	}
	n.shown.Store(shown)
	return nil
}

// listen waits for clicks, until the connection ends.
func (n *Notifier) listen(ctx context.Context, bus *dbus.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	err := bus.AddMatchSignalContext(ctx, dbus.WithMatchInterface(notifications), dbus.WithMatchMember("ActionInvoked"), dbus.WithMatchObjectPath(notificationsPath))
	if err != nil {
		return err
	}
	signals := make(chan *dbus.Signal, 8)
	bus.Signal(signals)
	n.hearing.Go(func() {
		for s := range signals {
			if len(s.Body) == 2 && s.Body[0] == n.shown.Load() && s.Body[1] == "default" {
				n.clicked()
			}
		}
	})
	return nil
}

// Close ends the connection; what is shown stays.
func (n *Notifier) Close() {
	if n.bus != nil {
		n.bus.Close()
		n.hearing.Wait()
	}
}
