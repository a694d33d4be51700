// Package portal asks a Wayland desktop for a screen or a window of the user's choice
// (https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.ScreenCast.html):
//
//	CreateSession, SelectSources
//	Start ──> the desktop's own dialog ──> a node of PipeWire
//	OpenPipeWireRemote ──> a connection that sees this node alone
//	                       ... Closed, when the desktop ends it
//
// Each but the last answers twice: at once with a request, which then has a Response.
package portal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/godbus/dbus/v5"
)

var (
	// ErrNoPortal: there is none in this session, it cannot share screens, or it does
	// not answer.
	ErrNoPortal = errors.New("this desktop has no portal that shares screens")
	// ErrRefused: the portal does not let this program share.
	ErrRefused = errors.New("the desktop refused to share a screen")
	// ErrCancelled: its user closed the dialog, or did not choose within five minutes.
	ErrCancelled = errors.New("no screen was chosen")
	// ErrClosed: the desktop ended it before there was anything to see.
	ErrClosed = errors.New("the desktop ended the sharing")
)

// Shorter in tests.
var (
	// chooseWithin is how long the user may look at the desktop's dialog.
	chooseWithin = 5 * time.Minute
	// answerWithin is for what no user is asked; a portal that is first started by the
	// question looks for its own parts.
	answerWithin = 10 * time.Second
	nudgeEvery   = time.Second
)

// errLate: a request got no response in its time.
var errLate = errors.New("no answer in time")

const (
	service    = "org.freedesktop.portal.Desktop"
	path       = dbus.ObjectPath("/org/freedesktop/portal/desktop")
	screenCast = "org.freedesktop.portal.ScreenCast"
	session    = "org.freedesktop.portal.Session"
	request    = "org.freedesktop.portal.Request"
	wlroots    = "org.freedesktop.impl.portal.desktop.wlr"
)

// What ScreenCast counts with.
const (
	sourceMonitor  = uint32(1)
	sourceWindow   = uint32(2)
	cursorEmbedded = uint32(2)
)

// Cast is a screen or window that the user chose.
type Cast struct {
	// Node is its number in PipeWire, and PipeWire a connection that may see it; who
	// takes it closes it.
	Node     uint32
	PipeWire *os.File

	bus     *dbus.Conn
	signals chan *dbus.Signal
	session dbus.ObjectPath
	ended   chan struct{} // the desktop ended it, or we did
}

// Open lets the user choose, and returns once they have. When the context ends, the
// dialog closes. The error wraps one of the above, or is the context's.
func Open(ctx context.Context) (*Cast, error) {
	c := &Cast{signals: make(chan *dbus.Signal, 16), ended: make(chan struct{})}
	var err error
	if c.bus, err = connect(ctx); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoPortal, err)
	}
	if err := c.begin(ctx); err != nil {
		c.hangUp()
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, fmt.Errorf("share through the portal: %w", err)
	}
	go c.watch()
	return c, nil
}

// connect is a connection of our own: the portal ends what it began for one that closes.
func connect(ctx context.Context) (*dbus.Conn, error) {
	bus, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithSignalHandler(dbus.NewSequentialSignalHandler()))
	if err != nil {
		return nil, err
	}
	// What a bus that is silent does not answer ends with the connection.
	greeted, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	stop := context.AfterFunc(greeted, func() { bus.Close() })
	defer stop()
	if err = bus.Auth(nil); err == nil {
		err = bus.Hello()
	}
	if err != nil {
		bus.Close()
		return nil, err
	}
	return bus, nil
}

func (c *Cast) begin(ctx context.Context) error {
	if err := c.listen(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrNoPortal, err)
	}
	sources, cursor, err := c.offered(ctx)
	if err != nil {
		return err
	}
	created, err := c.ask(ctx, answerWithin, "CreateSession", map[string]dbus.Variant{
		"session_handle_token": dbus.MakeVariant("parley"),
	})
	if err != nil {
		return err
	}
	// A path that the documentation has as a string.
	if c.session = dbus.ObjectPath(fmt.Sprint(created["session_handle"].Value())); !c.session.IsValid() {
		c.session = ""
		return fmt.Errorf("%w: it began no session", ErrNoPortal)
	}
	options := map[string]dbus.Variant{"types": dbus.MakeVariant(sources), "multiple": dbus.MakeVariant(false)}
	if cursor != 0 {
		options["cursor_mode"] = dbus.MakeVariant(cursor)
	}
	if _, err := c.ask(ctx, answerWithin, "SelectSources", options, c.session); err != nil {
		return err
	}
	started, err := c.ask(ctx, chooseWithin, "Start", map[string]dbus.Variant{}, c.session, "")
	if errors.Is(err, errLate) {
		return fmt.Errorf("%w: %w", ErrCancelled, err)
	} else if err != nil {
		return err
	}
	if err := c.readStreams(started); err != nil {
		return err
	}
	return c.openPipeWire(ctx)
}

// listen has the portal's signals come.
func (c *Cast) listen(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	c.bus.Signal(c.signals)
	for _, from := range []string{request, session} {
		err := c.bus.AddMatchSignalContext(ctx, dbus.WithMatchSender(service), dbus.WithMatchInterface(from))
		if err != nil {
			return err
		}
	}
	return nil
}

// nudge wakes the part of the portal for wlroots' compositors, until the context ends.
// Before 0.7.1 it may wait for a second message before it answers the first
// (https://github.com/emersion/xdg-desktop-portal-wlr/issues/281): the portal, which our
// question started, then waits for it for 25 s, and offers nothing to share from then on.
func (c *Cast) nudge(ctx context.Context) {
	tick := time.NewTicker(nudgeEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			c.bus.Object(wlroots, path).Go("org.freedesktop.DBus.Peer.Ping", dbus.FlagNoAutoStart|dbus.FlagNoReplyExpected, nil)
		case <-ctx.Done():
			return
		}
	}
}

// offered is what the portal can share, of what we ask for.
func (c *Cast) offered(ctx context.Context) (sources, cursor uint32, err error) {
	asking, answered := context.WithCancel(ctx)
	var nudging sync.WaitGroup
	nudging.Go(func() { c.nudge(asking) })
	defer nudging.Wait()
	defer answered()
	var all map[string]dbus.Variant
	if err := c.call(ctx, "org.freedesktop.DBus.Properties.GetAll", screenCast).Store(&all); err != nil {
		return 0, 0, explain("GetAll", err)
	}
	sources, known := all["AvailableSourceTypes"].Value().(uint32)
	if sources &= sourceMonitor | sourceWindow; !known || sources == 0 {
		return 0, 0, fmt.Errorf("%w: it offers neither screens nor windows", ErrNoPortal)
	}
	cursor, _ = all["AvailableCursorModes"].Value().(uint32)
	return sources, cursor & cursorEmbedded, nil
}

// ask makes a request and waits so long for its response.
func (c *Cast) ask(ctx context.Context, within time.Duration, method string, options map[string]dbus.Variant, args ...any) (map[string]dbus.Variant, error) {
	// Its own token for each, as what comes late belongs to one before.
	options["handle_token"] = dbus.MakeVariant("parley_" + method)
	var handle dbus.ObjectPath
	if err := c.call(ctx, screenCast+"."+method, append(args, options)...).Store(&handle); err != nil {
		return nil, explain(method, err)
	}
	timeout := time.NewTimer(within)
	defer timeout.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-timeout.C:
			return nil, fmt.Errorf("%w: %w", ErrNoPortal, errLate)
		case s, open := <-c.signals:
			switch {
			case !open:
				return nil, fmt.Errorf("%w: the session bus is gone", ErrNoPortal)
			case c.closes(s):
				return nil, ErrClosed
			case s.Name == request+".Response" && s.Path == handle:
				return readResponse(s)
			}
		}
	}
}

// readResponse is a request's results, or why there are none.
func readResponse(s *dbus.Signal) (map[string]dbus.Variant, error) {
	var code uint32
	var results map[string]dbus.Variant
	if err := dbus.Store(s.Body, &code, &results); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoPortal, err)
	}
	switch code {
	case 0:
		return results, nil
	case 1:
		return nil, ErrCancelled
	default:
		return nil, fmt.Errorf("%w (response %d)", ErrRefused, code)
	}
}

// readStreams takes the first stream: we ask for one.
func (c *Cast) readStreams(started map[string]dbus.Variant) error {
	var streams []struct {
		Node       uint32
		Properties map[string]dbus.Variant
	}
	named := started["streams"].Value()
	if named == nil || dbus.Store([]any{named}, &streams) != nil || len(streams) == 0 {
		return fmt.Errorf("%w: it names no stream", ErrNoPortal)
	}
	c.Node = streams[0].Node
	return nil
}

func (c *Cast) openPipeWire(ctx context.Context) error {
	var fd dbus.UnixFD
	if err := c.call(ctx, screenCast+".OpenPipeWireRemote", c.session, map[string]dbus.Variant{}).Store(&fd); err != nil {
		return explain("OpenPipeWireRemote", err)
	}
	syscall.CloseOnExec(int(fd))
	c.PipeWire = os.NewFile(uintptr(fd), "pipewire")
	return nil
}

// call is answered within answerWithin.
func (c *Cast) call(ctx context.Context, method string, args ...any) *dbus.Call {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	return c.bus.Object(service, path).CallWithContext(ctx, method, 0, args...)
}

// explain names what D-Bus says no with.
func explain(method string, err error) error {
	var refusal dbus.Error
	if errors.As(err, &refusal) {
		switch refusal.Name {
		case "org.freedesktop.portal.Error.NotAllowed", "org.freedesktop.DBus.Error.AccessDenied":
			return fmt.Errorf("%w: %s: %w", ErrRefused, method, err)
		}
	}
	return fmt.Errorf("%w: %s: %w", ErrNoPortal, method, err)
}

func (c *Cast) closes(s *dbus.Signal) bool {
	return s.Name == session+".Closed" && s.Path == c.session
}

// watch waits for the end.
func (c *Cast) watch() {
	defer close(c.ended)
	for s := range c.signals { // closed with the bus
		if c.closes(s) {
			return
		}
	}
}

// Ended tells that the desktop ended it, or its bus went away.
func (c *Cast) Ended() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// hangUp ends the session, and with the connection every dialog that we opened.
func (c *Cast) hangUp() {
	if c.session != "" {
		c.bus.Object(service, c.session).Go(session+".Close", dbus.FlagNoReplyExpected, nil)
	}
	c.bus.Close()
}

// Close ends it for the desktop too.
func (c *Cast) Close() {
	c.hangUp()
	<-c.ended
}
