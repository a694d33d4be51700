package relay

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// logs has pion/turn log at debug, whatever it thinks of it: its errors are the
// clients', and hold their addresses.
type logs struct{ *slog.Logger }

// NewLogger implements logging.LoggerFactory.
func (l logs) NewLogger(string) logging.LeveledLogger { return leveled{l.Logger} }

type leveled struct{ log *slog.Logger }

func (l leveled) say(format string, args ...any) {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		l.log.Debug("relay: " + fmt.Sprintf(format, args...))
	}
}

func (l leveled) Trace(string)                      {}
func (l leveled) Tracef(string, ...any)             {}
func (l leveled) Debug(m string)                    { l.say("%s", m) }
func (l leveled) Debugf(format string, args ...any) { l.say(format, args...) }
func (l leveled) Info(m string)                     { l.say("%s", m) }
func (l leveled) Infof(format string, args ...any)  { l.say(format, args...) }
func (l leveled) Warn(m string)                     { l.say("%s", m) }
func (l leveled) Warnf(format string, args ...any)  { l.say(format, args...) }
func (l leveled) Error(m string)                    { l.say("%s", m) }
func (l leveled) Errorf(format string, args ...any) { l.say(format, args...) }
