package cli

import (
	"os"
	"syscall"

	"golang.org/x/sys/windows"
)

// parley.exe is linked as a program without a console (build/windows/console
// says why), so that what a shell says of its console does not hold for it:
// what is written there goes nowhere. A command line takes part in the console
// of whoever started it, also for Ctrl+C. The window alone, without arguments,
// does not: it would end with a terminal that it has nothing to do with.
func init() {
	if len(os.Args) == 1 || !attachConsole() {
		return
	}
	os.Stdin = onConsole(os.Stdin, syscall.Stdin, "CONIN$")
	os.Stdout = onConsole(os.Stdout, syscall.Stdout, "CONOUT$")
	os.Stderr = onConsole(os.Stderr, syscall.Stderr, "CONOUT$")
}

// attachConsole is false where whoever started us has no console, as the
// Explorer and the browsers.
func attachConsole() bool {
	const ofParent = ^uintptr(0) // ATTACH_PARENT_PROCESS
	ok, _, _ := windows.NewLazySystemDLL("kernel32.dll").NewProc("AttachConsole").Call(ofParent)
	return ok != 0
}

// onConsole is the console's own file, unless the stream, whose handle is
// given, was led elsewhere.
func onConsole(stream *os.File, handle syscall.Handle, name string) *os.File {
	kind, err := syscall.GetFileType(handle)
	var mode uint32
	isConsole := syscall.GetConsoleMode(handle, &mode) == nil
	if err == nil && kind != syscall.FILE_TYPE_UNKNOWN && !isConsole {
		return stream // a file, a pipe, NUL
	}
	console, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return stream
	}
	return console
}
