// parley.com is what a shell starts for `parley`: Windows looks for .com before
// .exe. parley.exe has no console of its own, so that none flashes up beside
// its window; a shell does not wait for such a program, nor read its exit code.
// This one has a console: it hands it on and waits.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
)

func main() {
	exit, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "parley:", err)
		exit = 1
	}
	os.Exit(exit)
}

func run(args []string) (exit int, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, fmt.Errorf("find parley.exe: %w", err)
	}
	program := exec.Command(filepath.Join(filepath.Dir(self), "parley.exe"), args...)
	if len(args) == 0 {
		return 0, program.Start() // the window needs no terminal
	}
	if err := endTogether(); err != nil {
		return 0, err
	}
	program.Stdin, program.Stdout, program.Stderr = os.Stdin, os.Stdout, os.Stderr
	// Ctrl+C reaches both; the program decides what it does, such as to hang up.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	err = program.Run()
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		return ended.ExitCode(), nil
	}
	return 0, err
}

// endTogether lets nothing that we start outlive us, even when we are killed: a
// script that ends parley.com means the call.
func endTogether() error {
	job, err := windows.CreateJobObject(nil, nil) // closed by our end
	if err != nil {
		return fmt.Errorf("make a job: %w", err)
	}
	info := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
		BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{LimitFlags: windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE},
	}
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation, uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	if err != nil {
		return fmt.Errorf("limit the job: %w", err)
	}
	if err := windows.AssignProcessToJobObject(job, windows.CurrentProcess()); err != nil {
		return fmt.Errorf("enter the job: %w", err)
	}
	return nil
}
