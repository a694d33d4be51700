package desktop

import (
	"context"
	"log/slog"
	"runtime"

	"golang.org/x/sys/windows"
)

var setThreadExecutionState = windows.NewLazySystemDLL("kernel32.dll").NewProc("SetThreadExecutionState")

// inhibitSleep holds a thread that needs the system and its display: the state
// belongs to the thread, and ends with it
// (https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-setthreadexecutionstate).
func inhibitSleep(_ context.Context, log *slog.Logger) (release func()) {
	const continuous, system, display = 0x80000000, 1, 2
	end := make(chan struct{})
	go func() {
		runtime.LockOSThread() // and never unlock: the thread ends with us
		if before, _, err := setThreadExecutionState.Call(continuous | system | display); before == 0 {
			log.Info("the machine may sleep in the call", "err", err)
		}
		<-end
	}()
	return func() { close(end) }
}
