package media

import (
	"context"
	"errors"
	"fmt"
	"os"

	"parley/backend/media/i420"
	"parley/backend/media/x11"
)

// asks tells of a Wayland session. An X display that is there too shows black where
// windows of others are.
func asks() bool {
	return os.Getenv("WAYLAND_DISPLAY") != "" || os.Getenv("XDG_SESSION_TYPE") == "wayland"
}

func screens() ([]Screen, error) {
	d, err := x11.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoScreens, err)
	}
	defer d.Close()
	things, err := d.List()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoScreens, err)
	}
	var all []Screen
	for _, t := range things {
		all = append(all, Screen(t))
	}
	return all, nil
}

// openScreen begins to take pictures, in the context's time. A server that does
// not answer is left behind, and its connection closed when it does.
func openScreen(ctx context.Context, id string, rate int) (source, error) {
	if id == Asked {
		return openAsked(ctx, rate)
	}
	type result struct {
		src *screenSource
		err error
	}
	results := make(chan result)
	go func() {
		s, err := startScreen(id, rate)
		select {
		case results <- result{s, err}:
		case <-ctx.Done():
			if err == nil {
				_ = s.close()
			}
		}
	}()
	select {
	case r := <-results:
		if r.err != nil {
			return nil, r.err
		}
		return r.src, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func startScreen(id string, rate int) (*screenSource, error) {
	d, err := x11.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoScreens, err)
	}
	c, err := d.Capture(id)
	if err != nil {
		d.Close()
		return nil, gone(err)
	}
	return newScreenSource(x11Grabber{c}, rate)
}

type x11Grabber struct{ capture *x11.Capture }

func (g x11Grabber) name() string { return g.capture.Name() }

func (g x11Grabber) grab() (*i420.BGRA, error) {
	p, err := g.capture.Next()
	if err != nil {
		return nil, gone(err)
	}
	return &i420.BGRA{Pix: p.Pix, Width: p.Width, Height: p.Height}, nil
}

func (g x11Grabber) close() { g.capture.Close() }

func gone(err error) error {
	if errors.Is(err, x11.ErrGone) {
		return fmt.Errorf("%w: %w", ErrScreenGone, err)
	}
	return fmt.Errorf("%w: %w", ErrNoScreens, err)
}
