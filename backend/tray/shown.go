//go:build linux || windows

package tray

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"sync/atomic"
	"time"

	"fyne.io/systray"

	"parley/backend/call"
)

// Tray shows the icon while the desktop has a place for it.
type Tray struct {
	options Options
	words   chan Words
	place   atomic.Bool // the desktop has a tray
	icon    atomic.Bool // ours is made
	stop    context.CancelFunc
	done    chan struct{}
}

// Start shows the tray as soon as the desktop has a place for it, and follows the
// call's snapshots until they end or Close. A program opens one tray in its life:
// the library has no second one.
func Start(snapshots <-chan call.Snapshot, o Options) *Tray {
	ctx, stop := context.WithCancel(context.Background())
	t := &Tray{options: o, words: make(chan Words), stop: stop, done: make(chan struct{})}
	go t.run(ctx, snapshots)
	return t
}

// Present tells whether there is an icon for the user to click on.
func (t *Tray) Present() bool { return t.place.Load() && t.icon.Load() }

// SetWords changes what the menu says.
func (t *Tray) SetWords(w Words) {
	select {
	case t.words <- w:
	case <-t.done:
	}
}

// Close takes the icon away. It may be called twice.
func (t *Tray) Close() {
	t.stop()
	<-t.done
}

func (t *Tray) run(ctx context.Context, snapshots <-chan call.Snapshot) {
	defer close(t.done)
	icon, err := png.Decode(bytes.NewReader(t.options.Icon))
	if err != nil {
		t.options.Logger.Warn("no tray", "err", err)
		return
	}
	places := watchPlace(ctx, t.options.Logger)
	snapshot, words := <-snapshots, t.options.Words
	var m *menu
	var made <-chan struct{} // by the library, which takes a moment
	var away <-chan time.Time
	for {
		select {
		case s, ok := <-snapshots:
			if !ok {
				snapshots = nil
				continue
			}
			snapshot = s
		case words = <-t.words:
		case there := <-places:
			t.place.Store(there)
			away = nil
			if !there {
				away = time.After(comesBack)
			} else if m == nil {
				m = showMenu(ctx, icon, Menu(snapshot, words), t.options)
				defer m.end()
				made = m.ready
			}
		case <-made:
			made = nil
			t.icon.Store(true)
		case <-away:
			t.options.Gone()
		case <-ctx.Done():
			return
		}
		if t.icon.Load() {
			m.show(Menu(snapshot, words))
		}
	}
}

// menu is the icon and what is under it, as the library has them.
type menu struct {
	icon    image.Image
	options Options
	shown   View
	lines   [len(Actions)]*systray.MenuItem
	ready   chan struct{} // closed when it is made
	end     func()
}

// showMenu begins to show v.
func showMenu(ctx context.Context, icon image.Image, v View, o Options) *menu {
	m := &menu{icon: icon, options: o, shown: v, ready: make(chan struct{})}
	// The desktop asks for these once, as soon as the icon starts.
	systray.SetTitle(productTitle)
	systray.SetOnTapped(func() { go o.Act(Open) })
	m.end = startIcon(func() {
		systray.SetTooltip(v.Tooltip)
		m.badge(v.Badge)
		for i, action := range Actions {
			if action == Open {
				systray.AddSeparator()
			}
			line := systray.AddMenuItem(v.Lines[i].Label, "")
			if !v.Lines[i].Enabled {
				line.Disable()
			}
			m.lines[i] = line
			go follow(ctx, line, action, o.Act)
		}
		close(m.ready)
	})
	return m
}

func follow(ctx context.Context, line *systray.MenuItem, action Action, act func(Action)) {
	for {
		select {
		case <-line.ClickedCh:
			act(action)
		case <-ctx.Done():
			return
		}
	}
}

// show changes what differs from what is shown.
func (m *menu) show(v View) {
	for i, line := range m.lines {
		now, was := v.Lines[i], m.shown.Lines[i]
		if now.Label != was.Label {
			line.SetTitle(now.Label)
		}
		if now.Enabled != was.Enabled {
			if now.Enabled {
				line.Enable()
			} else {
				line.Disable()
			}
		}
	}
	if v.Tooltip != m.shown.Tooltip {
		systray.SetTooltip(v.Tooltip)
	}
	if v.Badge != m.shown.Badge {
		m.badge(v.Badge)
	}
	m.shown = v
}

func (m *menu) badge(b Badge) {
	file, err := encode(badged(m.icon, b))
	if err != nil {
		m.options.Logger.Warn("tray", "err", err)
		return
	}
	systray.SetIcon(file)
}
