//go:build !linux

package desktop

import "context"

// Notifier shows notifications. Its methods belong to one goroutine.
type Notifier struct {
	show func(ctx context.Context, text string) error
}

// NewNotifier takes the window's way to show text, in place of what was shown
// before. What is clicked the window hears itself.
func NewNotifier(show func(ctx context.Context, text string) error, _ func()) *Notifier {
	return &Notifier{show}
}

// Show shows text.
func (n *Notifier) Show(ctx context.Context, text string) error { return n.show(ctx, text) }

// Close does nothing: the window cleans up when it ends.
func (*Notifier) Close() {}
