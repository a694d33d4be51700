//go:build !linux && !windows

package desktop

import (
	"context"
	"log/slog"
	"os/exec"
)

// inhibitSleep runs macOS' caffeinate, which is told to end when it is not needed.
func inhibitSleep(ctx context.Context, log *slog.Logger) (release func()) {
	ctx, cancel := context.WithCancel(ctx)
	keep := exec.CommandContext(ctx, "/usr/bin/caffeinate", "-d", "-i")
	if err := keep.Start(); err != nil {
		cancel()
		log.Info("the machine may sleep in the call", "err", err)
		return func() {}
	}
	return func() {
		cancel()
		_ = keep.Wait()
	}
}
