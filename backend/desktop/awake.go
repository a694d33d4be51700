package desktop

import (
	"context"
	"log/slog"

	"parley/backend/call"
)

// KeepAwake keeps the machine from sleeping and its screen from going dark while
// a call runs, until ctx ends or the snapshots do. Where that cannot be, the log
// tells why.
func KeepAwake(ctx context.Context, snapshots <-chan call.Snapshot, log *slog.Logger) {
	release := func() {}
	defer func() { release() }()
	awake := false
	for {
		select {
		case s, ok := <-snapshots:
			if !ok {
				return
			}
			if wanted := inCall(s.State); wanted != awake {
				awake = wanted
				release()
				release = func() {}
				if awake {
					release = inhibitSleep(ctx, log)
				}
			}
		case <-ctx.Done():
			return
		}
	}
}

// inCall tells whether two people are about to talk, or do. Whoever waits for the
// other side may wait for hours; a laptop may sleep then.
func inCall(s call.State) bool {
	return s == call.Connecting || s == call.Knocking || s == call.Connected || s == call.Reconnecting
}
