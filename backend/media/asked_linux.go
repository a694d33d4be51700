package media

import (
	"context"
	"errors"
	"fmt"

	"parley/backend/media/i420"
	"parley/backend/media/pipewire"
	"parley/backend/media/portal"
)

// openAsked has the desktop ask its user what to share. Without the library to show it
// with nobody is asked.
func openAsked(ctx context.Context, rate int) (source, error) {
	if err := pipewire.Check(); err != nil {
		return nil, ofPortal(err)
	}
	cast, err := portal.Open(ctx)
	if err != nil {
		return nil, ofPortal(err)
	}
	stream, err := pipewire.Open(ctx, cast.PipeWire, cast.Node, rate)
	if err != nil {
		cast.Close()
		return nil, ofPortal(err)
	}
	return newScreenSource(portalGrabber{cast, stream}, rate)
}

type portalGrabber struct {
	cast   *portal.Cast
	stream *pipewire.Stream
}

// The portal does not tell what the user chose.
func (g portalGrabber) name() string { return "screen" }

func (g portalGrabber) grab() (*i420.BGRA, error) {
	if g.cast.Ended() {
		return nil, ofPortal(portal.ErrClosed)
	}
	p, err := g.stream.Next()
	if err != nil {
		return nil, ofPortal(err)
	}
	return &i420.BGRA{Pix: p.Pix, Width: p.Width, Height: p.Height}, nil
}

func (g portalGrabber) close() {
	g.stream.Close()
	g.cast.Close()
}

// ofPortal names a reason in this package's words.
func ofPortal(err error) error {
	for _, r := range []struct{ from, to error }{
		{portal.ErrNoPortal, ErrNoPortal},
		{portal.ErrRefused, ErrScreenRefused},
		{portal.ErrCancelled, ErrNotChosen},
		{portal.ErrClosed, ErrScreenGone},
		{pipewire.ErrNoPipeWire, ErrNoPipeWire},
		{pipewire.ErrGone, ErrScreenGone},
	} {
		if errors.Is(err, r.from) {
			return fmt.Errorf("%w: %w", r.to, err)
		}
	}
	return err
}
