package session

import (
	"context"
	"errors"

	"parley/backend/call"
	"parley/backend/signaling"
	"parley/backend/signaling/manual/qr"
)

// Scan looks through the camera for the QR code of an invite or a call code,
// and returns its text. Without a call the preview runs meanwhile. The error is
// the context's or a *call.Error: of the camera, or InCall where a scan runs.
func (s *Session) Scan(ctx context.Context) (string, error) {
	found := make(chan string, 1)
	scanner := qr.NewScanner(func(text string) {
		if _, err := signaling.ParseInvite(text); err != nil {
			return // another program's
		}
		select {
		case found <- text:
		default: // it was told already
		}
	})
	defer scanner.Close()
	if !s.devices.scanner.CompareAndSwap(nil, scanner) {
		return "", &call.Error{Code: call.InCall, Op: "scan", Err: errors.New("a scan is under way")}
	}
	defer s.devices.scanner.Store(nil)
	if now := s.Snapshot(); !now.State.Live() && !now.Preview {
		if err := s.SetPreview(ctx, true); err != nil {
			return "", err
		}
		defer func() { _ = s.SetPreview(context.WithoutCancel(ctx), false) }() // the session may be closing
	}
	snapshots, unwatch := s.Watch()
	defer unwatch()
	for {
		select {
		case text := <-found:
			return text, nil
		case now, open := <-snapshots:
			if err := cannotScan(now, open); err != nil {
				return "", err
			}
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// cannotScan tells why nothing is seen.
func cannotScan(now call.Snapshot, open bool) error {
	code, why := now.Camera.Problem, "the camera does not run"
	switch {
	case !open:
		code, why = call.NotInCall, "the program is closing"
	case !now.Camera.On:
		code, why = call.NoCamera, "the camera is turned off"
	case code == "":
		return nil
	}
	return &call.Error{Code: code, Op: "scan", Err: errors.New(why)}
}
