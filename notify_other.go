//go:build !linux

package main

import (
	"context"

	"github.com/wailsapp/wails/v2/pkg/runtime"
)

// notifier shows notifications as Wails does. On Linux that would start a session
// bus where there is none.
type notifier struct{ ready bool }

// Show shows text, in place of what was shown before.
func (n *notifier) Show(ctx context.Context, text string) error {
	if !n.ready {
		if err := runtime.InitializeNotifications(ctx); err != nil {
			return err
		}
		n.ready = true
	}
	return runtime.SendNotification(ctx, runtime.NotificationOptions{ID: "call", Title: "Parley", Body: text})
}

// Close does nothing: Wails cleans up when it ends.
func (*notifier) Close() {}
