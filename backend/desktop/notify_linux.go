package desktop

import (
	"context"
	"fmt"

	"github.com/godbus/dbus/v5"
)

// Notifier shows notifications (Desktop Notifications Specification 1.2). Its
// methods belong to one goroutine.
type Notifier struct {
	bus   *dbus.Conn
	shown uint32 // the last one; the next takes its place
}

// NewNotifier has no use for the window's way to show text: Wails' starts a session
// bus where there is none.
func NewNotifier(func(ctx context.Context, text string) error) *Notifier { return &Notifier{} }

const notifications = "org.freedesktop.Notifications"

// Show shows text, in place of what was shown before. It connects when it is
// first called; the error is that of a desktop without notifications.
func (n *Notifier) Show(ctx context.Context, text string) error {
	if n.bus == nil || !n.bus.Connected() {
		// Not for ctx alone: the next one takes this one's place by the connection.
		bus, err := connect(dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(context.WithoutCancel(ctx))))
		if err != nil {
			return fmt.Errorf("notify: %w", err)
		}
		n.bus = bus
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	hints := map[string]dbus.Variant{"desktop-entry": dbus.MakeVariant("parley")}
	err := n.bus.Object(notifications, "/org/freedesktop/Notifications").
		CallWithContext(ctx, notifications+".Notify", 0, "Parley", n.shown, "parley", "Parley", text, []string{}, hints, int32(-1)).Store(&n.shown)
	if err != nil {
		return fmt.Errorf("notify: %w", err)
	}
	return nil
}

// Close ends the connection; what is shown stays.
func (n *Notifier) Close() {
	if n.bus != nil {
		n.bus.Close()
	}
}
