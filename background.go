package main

import (
	"context"
	_ "embed"

	"github.com/wailsapp/wails/v2/pkg/runtime"

	"parley/backend/desktop"
	"parley/backend/tray"
)

//go:embed build/linux/icons/48.png
var icon []byte

// Words are those that are said outside of the page, in its language.
type Words struct {
	Tray tray.Words              `json:"tray"`
	News map[desktop.News]string `json:"news"`
}

// Ready tells that the page is there, and gives the words of its language.
// Before, there is no tray: a window that shows nothing is to be closed, not hidden.
func (a *App) Ready(w Words) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return
	}
	a.news = w.News
	if a.tray != nil {
		a.tray.SetWords(w.Tray)
		return
	}
	snapshots, unwatch := a.session.Watch()
	a.unwatch = unwatch
	a.tray = tray.Start(snapshots, tray.Options{
		Icon:   icon,
		Words:  w.Tray,
		Act:    a.act,
		Gone:   a.unhide,
		Logger: a.log,
	})
}

// closeTray takes the icon away, for good.
func (a *App) closeTray() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	if a.tray != nil {
		a.unwatch()
		a.tray.Close()
	}
}

// act does what was clicked in the tray.
func (a *App) act(action tray.Action) {
	s := a.session.Snapshot()
	var err error
	switch action {
	case tray.CreateRoom:
		err = a.session.Create(a.wails)
	case tray.CopyRoomID:
		err = runtime.ClipboardSetText(a.wails, s.Room)
	case tray.CopyInvite:
		err = runtime.ClipboardSetText(a.wails, s.Invite)
	case tray.Microphone:
		err = a.session.SetMicrophone(a.wails, !s.Microphone.Runs())
	case tray.Camera:
		err = a.session.SetCamera(a.wails, !s.Camera.Runs())
	case tray.HangUp:
		err = a.session.HangUp(a.wails)
	case tray.Open:
		a.show()
	case tray.Quit:
		a.askToQuit()
	}
	if err != nil {
		a.log.Warn("tray", "action", action, "err", err)
	}
}

// beforeClose decides what becomes of the window that the user closes: with a
// tray it is hidden, and the call goes on; without one the program ends.
func (a *App) beforeClose(context.Context) (prevent bool) {
	if a.quitting.Load() {
		return false
	}
	if a.trayShows() {
		a.hidden.Store(true)
		runtime.WindowHide(a.wails)
		return true
	}
	return a.asks()
}

// trayShows tells whether there is an icon that brings a hidden window back.
func (a *App) trayShows() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.tray != nil && a.tray.Present()
}

// asks has the page ask whether to quit, where a call runs. Whoever closes the
// window again, while the question stands, has answered it: the page may be dead.
func (a *App) asks() bool {
	if !a.session.Snapshot().State.Live() || a.asking.Swap(true) {
		return false
	}
	runtime.EventsEmit(a.wails, quitEvent)
	return true
}

func (a *App) askToQuit() {
	if a.asks() {
		a.show()
		return
	}
	a.Quit()
}

// Quit ends the program, and the call with it.
func (a *App) Quit() {
	<-a.started
	a.quitting.Store(true)
	runtime.Quit(a.wails)
}

// Stay answers the question of quitEvent with no.
func (a *App) Stay() { a.asking.Store(false) }

func (a *App) show() {
	a.hidden.Store(false)
	runtime.WindowShow(a.wails)
	runtime.WindowUnminimise(a.wails)
}

// unhide brings the window back when the tray that could is gone.
func (a *App) unhide() {
	if a.hidden.Load() {
		a.show()
	}
}
