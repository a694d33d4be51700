package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wailsapp/wails/v2/pkg/runtime"

	"parley/backend/call"
	"parley/backend/cli"
	"parley/backend/config"
	"parley/backend/desktop"
	"parley/backend/doctor"
	"parley/backend/session"
	"parley/backend/settings"
	"parley/backend/tray"
	"parley/backend/update"
)

// App is what the page may ask of the program: its exported methods are bound
// to the webview. Snapshots go the other way, as events.
//
// A method that fails rejects its promise with a JSON text of a call.Failure.
type App struct {
	*settings.Page
	*desktop.Crash

	session *session.Session
	join    chan string // the room ID or invite link that the program was started with

	log     *slog.Logger
	scans   scans
	newer   atomic.Pointer[update.Release] // nil: none is known
	wails   context.Context                // Wails' own, from startup on
	stop    context.CancelFunc             // ends the forwarding of snapshots and stats
	started chan struct{}

	mu      sync.Mutex
	tray    *tray.Tray // nil until the page is there
	unwatch func()
	closed  bool // the window's end has begun

	news map[desktop.News]string // in the page's words

	focused  atomic.Bool // the user looks at the page
	hidden   atomic.Bool // the window, by its close button
	asking   atomic.Bool // the page asks whether to quit in a call
	quitting atomic.Bool
}

func newApp(s *session.Session, c config.Config, log *slog.Logger, start cli.Start) *App {
	a := &App{session: s, log: log, join: make(chan string, 1), started: make(chan struct{})}
	a.Page, a.Crash = settings.New(c), &desktop.Crash{Dir: c.DataDir, Session: s, Explain: failure}
	if start.Join != "" {
		a.join <- start.Join
	}
	a.hidden.Store(start.Background)
	return a
}

// The events that the page listens to.
const (
	snapshotEvent = "snapshot" // a call.Snapshot, at each change
	statsEvent    = "stats"    // a call.Stats, each second of a call
	findingEvent  = "finding"  // a doctor.Finding, while Examine runs
	// and session.DevicesEvent and session.LevelEvent
	updateEvent = "update" // an update.Release newer than this program
	linkEvent   = "link"   // StartLink has something
	quitEvent   = "quit"   // the user closes the window: is the call to end? Quit or Stay
)

const (
	statsEvery = time.Second
	// trayWithin is how long a window that starts in the background waits for a
	// tray: at login, panels start too.
	trayWithin = 20 * time.Second
)

// startup is called before the page loads.
func (a *App) startup(ctx context.Context) {
	a.wails = ctx
	ctx, a.stop = context.WithCancel(ctx)
	pick := func(title string) (string, error) {
		return runtime.OpenFileDialog(a.wails, runtime.OpenDialogOptions{Title: title})
	}
	session.Watched(a.session.Chats, func(u session.ChatUpdate) { runtime.EventsEmit(a.wails, "chat", u) }, pick)
	go a.forward(ctx)
	go a.follow(func(snapshots <-chan call.Snapshot) { desktop.KeepAwake(ctx, snapshots, a.log) })
	go a.follow(func(snapshots <-chan call.Snapshot) { desktop.RememberCalls(ctx, snapshots, a.Dir, a.log) })
	go a.notify(ctx)
	time.AfterFunc(trayWithin, func() {
		if !a.trayShows() {
			a.unhide()
		}
	})
	go a.session.WatchDevices(ctx, func(event string, told any) { runtime.EventsEmit(a.wails, event, told) })
	go a.session.Updates(ctx, func(r update.Release) {
		a.newer.Store(&r)
		runtime.EventsEmit(a.wails, updateEvent, r)
	})
	close(a.started)
}

func (a *App) shutdown(context.Context) {
	a.closeTray()
	a.stop()
	a.ForgetLastCall() // it ends in order
}

// forward brings snapshots and stats to the page.
func (a *App) forward(ctx context.Context) {
	snapshots, unwatch := a.session.Watch()
	defer unwatch()
	tick := time.NewTicker(statsEvery)
	defer tick.Stop()
	live := false
	for {
		select {
		case s, ok := <-snapshots:
			if !ok {
				return
			}
			live = s.State.Live()
			runtime.EventsEmit(a.wails, snapshotEvent, s)
		case <-tick.C:
			if live {
				runtime.EventsEmit(a.wails, statsEvent, a.session.Stats())
			}
		case <-ctx.Done():
			return
		}
	}
}

// Snapshot is the call as it stands now.
func (a *App) Snapshot() call.Snapshot { return a.session.Snapshot() }

// Bridge is the address of the WebSocket with the video tracks.
func (a *App) Bridge() string { return a.session.BridgeURL() }

// StartLink is the room ID or invite link that the program was started with, now
// or once more, for the page to join; after the first time it is empty.
func (a *App) StartLink() string {
	select {
	case link := <-a.join:
		return link
	default:
		return ""
	}
}

// Update is the newer release that is known of; null where none is.
func (a *App) Update() *update.Release { return a.newer.Load() }

// OpenDownload shows the newer release's page in the user's browser.
func (a *App) OpenDownload() {
	if r := a.newer.Load(); r != nil {
		runtime.BrowserOpenURL(a.wails, r.Page)
	}
}

// CreateRoom makes a room and waits in it.
func (a *App) CreateRoom() error { return failure(a.session.Create(a.wails)) }

// CreateByHand makes a call without any server: the users carry codes.
func (a *App) CreateByHand() error { return failure(a.session.CreateByHand(a.wails)) }

// EnterCode takes the code with which the other side answered ours.
func (a *App) EnterCode(text string) error { return failure(a.session.EnterCode(a.wails, text)) }

// Join enters the room of a room ID or an invite link.
func (a *App) Join(text string) error { return failure(a.session.Join(a.wails, text)) }

// HangUp ends the call.
func (a *App) HangUp() error { return failure(a.session.HangUp(a.wails)) }

// KeepTrying waits on for the other side, where the snapshot is asking.
func (a *App) KeepTrying() error { return failure(a.session.KeepTrying(a.wails)) }

// SetWaitingRoom has whoever comes into a room of ours wait to be let in, or not.
func (a *App) SetWaitingRoom(on bool) error { return failure(a.session.SetWaitingRoom(a.wails, on)) }

// Knock says who we are to whom we wait for to let us in; the picture may be empty.
func (a *App) Knock(name, picture string) error {
	return failure(a.session.Knock(a.wails, name, picture))
}

// LetIn lets in who knocks.
func (a *App) LetIn() error { return failure(a.session.LetIn(a.wails)) }

// SetVerified notes that our user has compared the words, or takes that back.
func (a *App) SetVerified(verified bool) error {
	return failure(a.session.SetVerified(a.wails, verified))
}

// SetMicrophone turns the microphone on, or mutes it.
func (a *App) SetMicrophone(on bool) error { return failure(a.session.SetMicrophone(a.wails, on)) }

// SetCamera turns the camera on or off.
func (a *App) SetCamera(on bool) error { return failure(a.session.SetCamera(a.wails, on)) }

// SetDataSaver makes both pictures cost few bits, or lets them be as good as
// the connection allows.
func (a *App) SetDataSaver(on bool) error { return failure(a.session.SetDataSaver(a.wails, on)) }

// Preview shows the camera without a call.
func (a *App) Preview(on bool) error { return failure(a.session.SetPreview(a.wails, on)) }

// Devices are the cameras, microphones and speakers to choose from.
func (a *App) Devices() call.DeviceList { return a.session.Devices(a.wails) }

// CheckDevices runs the devices for the user to try them out.
func (a *App) CheckDevices(on bool) error { return failure(a.session.CheckDevices(a.wails, on)) }

// SetMirrored shows the user as in a mirror, or as others see them.
func (a *App) SetMirrored(on bool) error { return failure(a.session.SetMirrored(a.wails, on)) }

// Chime plays a short sound.
func (a *App) Chime() error { return failure(a.session.Chime()) }

// Screens are the screens and windows to choose from.
func (a *App) Screens() call.ScreenList { return session.ListScreens() }

// Share shows the other side a screen or window, by its ID; empty ends it.
func (a *App) Share(screen string) error { return failure(a.session.Share(a.wails, screen)) }

// Scan looks through the camera for an invite's or a call code's QR code, until
// StopScan of the same number. The page counts its scans: what it asks for may
// arrive in another order.
func (a *App) Scan(n int) (string, error) {
	ctx, cancel := context.WithCancel(a.wails)
	defer cancel()
	a.scans.begin(n, cancel)
	text, err := a.session.Scan(ctx)
	return text, failure(err)
}

// StopScan ends a Scan.
func (a *App) StopScan(n int) { a.scans.end(n) }

// scans are the page's looks through the camera, by number.
type scans struct {
	mu     sync.Mutex
	ended  int // all up to this one
	cancel context.CancelFunc
}

func (s *scans) begin(n int, cancel context.CancelFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n <= s.ended {
		cancel()
	}
	s.cancel = cancel
}

func (s *scans) end(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = max(s.ended, n)
	if s.cancel != nil {
		s.cancel()
	}
}

// Examine checks what a call needs; each finding is also an event as it comes.
func (a *App) Examine() ([]doctor.Finding, error) {
	findings, err := a.session.Examine(a.wails, func(f doctor.Finding) {
		runtime.EventsEmit(a.wails, findingEvent, f)
	})
	return findings, failure(err)
}

// Choose changes the devices.
func (a *App) Choose(choice call.Choice) error { return failure(a.session.Choose(a.wails, choice)) }

// Copy puts text on the clipboard.
func (a *App) Copy(text string) error { return failure(runtime.ClipboardSetText(a.wails, text)) }

// failure is err as the page reads it.
func failure(err error) error {
	if err == nil {
		return nil
	}
	f := call.Failure{Code: call.Internal, Message: err.Error()}
	if e, ok := errors.AsType[*call.Error](err); ok {
		f.Code = e.Code
	}
	text, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("explain a failure: %w", err)
	}
	return errors.New(string(text))
}

// open shows the window to whoever started the program once more, and has the
// page join what it was started with.
func (a *App) open(link string) {
	if link != "" {
		select {
		case <-a.join: // the page has not taken it yet: the newer one counts
		default:
		}
		a.join <- link
	}
	select {
	case <-a.started:
		a.show()
		runtime.EventsEmit(a.wails, linkEvent)
	default: // the page will ask
	}
}

// SetFocused tells whether the user looks at the page: then nothing that happens
// on it is news.
func (a *App) SetFocused(focused bool) { a.focused.Store(focused) }

// notify tells the user of what they do not see.
func (a *App) notify(ctx context.Context) {
	snapshots, unwatch := a.session.Watch()
	defer unwatch()
	ready := false
	n := desktop.NewNotifier(func(ctx context.Context, text string) error {
		if !ready {
			if err := runtime.InitializeNotifications(ctx); err != nil {
				return err
			}
			runtime.OnNotificationResponse(ctx, func(runtime.NotificationResult) { a.show() })
			ready = true
		}
		return runtime.SendNotification(ctx, runtime.NotificationOptions{ID: "call", Title: "Parley", Body: text})
	}, a.show)
	defer n.Close()
	before := <-snapshots
	for {
		select {
		case now, ok := <-snapshots:
			if !ok {
				return
			}
			news := desktop.Between(before, now)
			before = now
			a.mu.Lock()
			text := a.news[news]
			a.mu.Unlock()
			if text == "" || a.focused.Load() {
				continue
			}
			if err := n.Show(ctx, text); err != nil {
				a.log.Info("nothing was shown", "news", news, "err", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

func (a *App) follow(watch func(<-chan call.Snapshot)) {
	snapshots, unwatch := a.session.Watch()
	defer unwatch()
	watch(snapshots)
}
