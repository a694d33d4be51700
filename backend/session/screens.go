package session

import (
	"context"
	"errors"
	"time"

	"parley/backend/call"
	"parley/backend/frame"
	"parley/backend/media"
)

// While a screen is shared, most of what the connection carries is its: letters
// want it, and a face beside them is small. The camera gets a fifth, and no more
// than is good for 640x360.
const (
	cameraPart = 5
	cameraMost = 300_000 // bit/s
)

// ListScreens asks the system what there is to share.
func ListScreens() call.ScreenList {
	list := call.ScreenList{Screens: []call.ListedScreen{}}
	if media.ScreensAsked() {
		list.Asks = media.Asked
		return list
	}
	screens, err := media.Screens()
	list.Problem = screenProblem(err)
	for _, s := range screens {
		list.Screens = append(list.Screens, call.ListedScreen(s))
	}
	return list
}

// screenProblem is "" where there is none.
func screenProblem(err error) call.ScreenProblem {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, media.ErrNoPortal):
		return call.NoPortal
	case errors.Is(err, media.ErrNoPipeWire):
		return call.NoPipeWire
	case errors.Is(err, media.ErrScreenRefused):
		return call.ScreenRefused
	case errors.Is(err, media.ErrScreenGone):
		return call.ScreenGone
	}
	return call.NoScreens
}

func (d *devices) openScreen(ctx context.Context, id string) {
	if id == media.Asked {
		d.askScreen()
		return
	}
	d.startScreen(ctx, id)
}

// asking is the desktop's question what to share. Nothing else waits for the answer.
type asking struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// askScreen begins to share what our user chooses, once they have.
func (d *devices) askScreen() {
	ctx, cancel := context.WithCancel(context.Background())
	a := &asking{cancel, make(chan struct{})}
	d.mu.Lock()
	d.asking, d.report.Screen = a, call.Sharing{Asking: true}
	d.mu.Unlock()
	go func() {
		defer close(a.done)
		d.startScreen(ctx, media.Asked)
		if ctx.Err() != nil {
			return // closeScreen knows
		}
		d.mu.Lock()
		r := d.told()
		d.mu.Unlock()
		d.changed(r)
	}()
}

func (d *devices) startScreen(ctx context.Context, id string) {
	d.mu.Lock()
	codec := d.screenCodec
	d.mu.Unlock()
	var v *media.Video
	settled := make(chan struct{}) // it may fail before it is ours
	defer close(settled)
	v, err := media.Start(ctx, media.Options{
		Screen: id,
		Codec:  codec,
		Out:    d.screenOut,
		Failed: func(err error) {
			<-settled
			d.screenFailed(v, err)
		},
		Logger: d.log,
	})
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case errors.Is(err, media.ErrNotChosen):
		d.log.Info("share a screen", "err", err)
		d.report.Screen, d.report.Declined = call.Sharing{}, true
		return
	case err != nil:
		d.log.Warn("share a screen", "err", err)
		d.report.Screen = call.Sharing{Problem: screenProblem(err)}
		return
	}
	d.screen = v
	d.report.Screen = call.Sharing{Name: v.Name()}
	d.setTarget()
	d.setScreenCodecLocked(d.screenCodec) // may have changed meanwhile
}

func (d *devices) closeScreen() {
	d.mu.Lock()
	a := d.asking
	d.asking = nil
	d.mu.Unlock()
	if a != nil {
		a.cancel()
		<-a.done
	}
	d.mu.Lock()
	v := d.screen
	d.screen, d.report.Screen, d.report.Declined = nil, call.Sharing{}, false
	d.setTarget()
	d.mu.Unlock()
	if v != nil {
		if err := v.Close(); err != nil {
			d.log.Warn("close the screen", "err", err)
		}
	}
}

func (d *devices) screenFailed(v *media.Video, err error) {
	d.mu.Lock()
	if d.screen != v {
		d.mu.Unlock()
		return
	}
	d.log.Warn("the screen is shared no more", "err", err)
	d.report.Screen = call.Sharing{Problem: screenProblem(err)}
	d.screen = nil // it has closed itself
	d.setTarget()
	r := d.told()
	d.mu.Unlock()
	d.changed(r)
}

// setScreenCodec makes the screen's encoder speak what the other side takes.
func (d *devices) setScreenCodec(c frame.Codec) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.setScreenCodecLocked(c)
}

func (d *devices) setScreenCodecLocked(c frame.Codec) {
	d.screenCodec = c
	if d.screen != nil {
		if err := d.screen.SetCodec(c); err != nil {
			d.log.Error("set the screen's codec", "codec", c, "err", err)
		}
	}
}

// screenKeyframe asks the screen's encoder for one.
func (d *devices) screenKeyframe() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.screen != nil {
		d.screen.Keyframe()
	}
}

// split divides a bitrate within the limit between camera and screen; d.mu is held.
func (d *devices) split(bitrate int) (camera, screen int) {
	all := within(bitrate, d.limit)
	switch {
	case d.screen == nil:
		return all, 0
	case d.camera == nil:
		return 0, all
	}
	camera = min(all/cameraPart, cameraMost)
	return camera, all - camera
}

// sendScreen takes a picture of our screen to the other side.
func (s *Session) sendScreen(f frame.Video) {
	s.mu.Lock()
	p := s.peer
	s.mu.Unlock()
	if p != nil {
		_ = p.WriteScreen(f) // what cannot go out is counted
	}
}

// receiveScreen takes a picture of the other side's screen: shown at once, there is
// no sound that belongs to it.
func (s *Session) receiveScreen(f frame.Video) {
	if s.screen != nil {
		s.screen.Write(f, time.Time{})
	}
}

func (s *Session) requestScreenKeyframe() {
	s.mu.Lock()
	p := s.peer
	s.mu.Unlock()
	if p != nil {
		p.RequestScreenKeyframe()
	}
}
