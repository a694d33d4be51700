package emulator

import (
	"io"
	"os/exec"
	"runtime"
)

// process is a child in a process group of its own.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // why, once done is closed
}

// run starts cmd. On Linux the kernel ends it with the thread that started it,
// so one goroutine keeps that thread for as long as the child lives.
func run(cmd *exec.Cmd, log io.Writer) (*process, error) {
	cmd.Stdout, cmd.Stderr = log, log
	own(cmd)
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.done)
		}
	}()
	return p, <-started
}

// kill ends the process and its group, and waits.
func (p *process) kill() {
	killGroup(p.cmd)
	<-p.done
}
