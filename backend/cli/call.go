package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"parley/backend/call"
	"parley/backend/config"
	"parley/backend/signaling"
)

const (
	statsEvery = time.Second
	// endWithin bounds the end of a call, from the hang-up to the last line,
	// whatever does not answer: a server, a device, who reads our output.
	endWithin = 5 * time.Second
	// Parts of it: the hang-up gets the first at most, the last snapshot after
	// it the second, and closing leaves the third to what is still to be written.
	hangUpWithin = 2 * time.Second
	endedWithin  = time.Second
	writeWithin  = 500 * time.Millisecond
)

// start is Session.Create, or Session.Join with its argument.
type start func(Session, context.Context) error

func (a *app) callCommand() *cobra.Command {
	var f callFlags
	cmd := &cobra.Command{
		Use:   "call",
		Short: "A call without a window",
		RunE: func(*cobra.Command, []string) error {
			return usageError{errors.New("`parley call create` or `parley call join ROOM-OR-LINK`?")}
		},
	}
	flags := cmd.PersistentFlags()
	flags.SortFlags = false
	flags.StringVar(&f.record, "record", "", "record what the other side sends into `FILE.webm`")
	flags.DurationVar(&f.length, "for", 0, "hang up `TIME` after the call connected, such as 30s")
	flags.BoolVar(&f.json, "json", false, "print one JSON object a line, and nothing else, on standard output")
	join := &cobra.Command{
		Use:   "join ROOM-OR-LINK",
		Short: "Join a room, and be in the call",
		Args:  arguments(1, 1, "one room ID or link"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.call(cmd, f, func(s Session, ctx context.Context) error { return s.Join(ctx, args[0]) })
		},
	}
	join.Flags().StringVar(&f.name, "name", "", "who to say you are, `NAME`, where the other side has a waiting room")
	cmd.AddCommand(&cobra.Command{
		Use:   "create",
		Short: "Create a room, wait for the other side, and be in the call",
		Args:  arguments(0, 0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.call(cmd, f, Session.Create)
		},
	}, join)
	return cmd
}

// callFlags are the flags of `parley call` that are no settings.
type callFlags struct {
	record string
	length time.Duration // from connected on; 0 is no limit
	json   bool
	name   string // that we knock with; empty where it was not given
}

func (f callFlags) check() error {
	if f.record != "" && !strings.EqualFold(filepath.Ext(f.record), ".webm") {
		return usageError{fmt.Errorf("--record %s: the name should end in .webm", f.record)}
	}
	if f.length < 0 {
		return usageError{fmt.Errorf("--for %s: it should not be negative", f.length)}
	}
	if f.name != "" && call.CleanName(f.name) == "" {
		return usageError{fmt.Errorf("--name %q: there is nothing to be seen in it", f.name)}
	}
	return nil
}

func (a *app) call(cmd *cobra.Command, f callFlags, start start) error {
	if err := f.check(); err != nil {
		return err
	}
	cfg, log, err := a.load(cmd)
	if err != nil {
		return err
	}
	signals, stop := a.notify()
	defer stop()
	out := newLines(a.stdout)
	var r reporter = people{out: out, errors: a.stderr}
	if f.json {
		r = scripts{out}
	}
	c := callRun{callFlags: f, r: r, out: out, stdin: a.stdin, signals: signals, named: namedDevices(cmd)}
	exit := c.run(cmd.Context(), cfg, log, a.OpenSession, start)
	end := c.ending()
	if exit == ExitInterrupted {
		end = time.Now().Add(writeWithin)
	}
	if !out.close(end) && exit == ExitEnded {
		exit = ExitInternal
	}
	return exitStatus(exit)
}

// namedDevices tells which devices the command line asks for. A call should
// not go on without those, as it does without the others.
func namedDevices(cmd *cobra.Command) map[string]bool {
	named := map[string]bool{}
	for _, flag := range []string{"camera", "microphone", "speaker"} {
		value, _ := cmd.Flags().GetString(flag)
		named[flag] = value != "" && value != "none"
	}
	return named
}

// callRun is one call, from its start to its exit code. One goroutine runs it.
type callRun struct {
	callFlags
	r       reporter
	out     *lines
	stdin   io.Reader
	typed   <-chan typed // by our user; nil until something is waited for
	signals <-chan os.Signal
	named   map[string]bool

	last      call.Snapshot
	connected bool             // at least once
	over      <-chan time.Time // fires when --for is; nil until connected
	hangingUp chan error       // nil until we hang up
	end       time.Time        // when all must be over; zero until it begins to end
	exit      int
	reason    string
}

// reasonFailed is the reason of the "end" after an error that ended the call;
// the other reasons are those of call.Reason.
const reasonFailed = "failed"

func (c *callRun) run(ctx context.Context, cfg config.Config, log *slog.Logger, open func(config.Config, *slog.Logger) (Session, error), start start) int {
	s, err := open(cfg, log)
	if err != nil {
		c.fail(codeOf(err), err.Error())
		c.r.end(c.reason)
		return c.exit
	}
	if c.talk(ctx, s, start) {
		c.close(s)
	}
	if c.exit != ExitInterrupted {
		c.r.end(c.reason)
	}
	return c.exit
}

// talk runs the call to its end. It is false if the user will not wait for Close.
func (c *callRun) talk(ctx context.Context, s Session, start start) bool {
	if c.record != "" {
		if err := s.Record(c.record); err != nil {
			code := codeOf(err)
			if code == call.Internal {
				code = call.BadDevice
			}
			c.fail(code, err.Error())
			return true
		}
	}
	snapshots, unwatch := s.Watch()
	defer unwatch()
	startCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	started := make(chan error, 1)
	go func() { started <- start(s, startCtx) }()
	tick := time.NewTicker(statsEvery)
	defer tick.Stop()
	done, gone := ctx.Done(), c.out.failed
	var late <-chan time.Time
	for {
		select {
		case snapshot, open := <-snapshots:
			if !open {
				c.fail(call.Internal, "the session closed by itself")
				return true
			}
			if c.take(ctx, snapshot, s) {
				return true
			}
		case err := <-started:
			if err != nil && c.hangingUp == nil {
				c.fail(codeOf(err), err.Error())
				return true
			}
		case line, open := <-c.typed:
			switch {
			case !open:
				c.typed = nil
				c.stdin = nil // nothing more comes
			case line.err != nil:
				c.r.problem(codeOf(line.err), line.err.Error())
			default:
				if err := c.obey(ctx, line.text, s); err != nil {
					c.r.problem(codeOf(err), err.Error()) // it can be typed again
				}
			}
		case <-tick.C:
			if c.last.State == call.Connected || c.last.State == call.Reconnecting {
				c.r.stats(s.Stats())
			}
		case <-c.over:
			c.hangUp(s)
		case <-c.signals:
			if c.hangingUp != nil {
				c.exit = ExitInterrupted
				return false
			}
			c.hangUp(s)
		case <-done:
			done = nil
			c.hangUp(s)
		case <-gone:
			gone, c.exit = nil, ExitInternal
			c.hangUp(s)
		case err := <-c.hangingUp:
			if err != nil && codeOf(err) != call.NotInCall {
				c.r.problem(codeOf(err), err.Error())
				c.exit = exitOf(err)
			}
			late = time.After(endedWithin)
		case <-late:
			if c.reason == "" {
				c.reason = string(call.HungUp)
			}
			return true
		}
	}
}

// take reports what is new in a snapshot, and tells whether the call is over.
func (c *callRun) take(ctx context.Context, now call.Snapshot, s Session) bool {
	before := c.last
	c.last = now
	if now.Room != "" && (now.Room != before.Room || now.Invite != before.Invite) {
		c.r.room(now)
	}
	if now.Code != "" && now.Code != before.Code {
		c.r.code(now)
		if now.Role == signaling.Caller {
			c.listen()
		}
	}
	if now.State != before.State && now.State != call.Idle && now.State != call.Failed {
		c.r.state(now)
	}
	if now.State == call.Knocking && (before.State != call.Knocking || now.Knock != before.Knock) {
		c.door(ctx, now, s)
	}
	if now.Trust.Words != before.Trust.Words || now.Trust.Swapped && !before.Trust.Swapped {
		c.r.words(now)
	}
	if now.Asking {
		c.giveUp(s)
	}
	c.device("camera", now.Choice.Camera, before.Camera, now.Camera, s)
	c.device("microphone", now.Choice.Microphone, before.Microphone, now.Microphone, s)
	c.device("speaker", now.Choice.Speaker, before.Speaker, now.Speaker, s)
	switch now.State {
	case call.Connected:
		if !c.connected && c.length > 0 {
			c.over = time.After(c.length)
		}
		c.connected = true
	case call.Ended:
		if c.reason == "" {
			c.reason = string(now.Reason)
		}
		if c.exit == ExitEnded {
			c.exit = exitOfReason(now.Reason)
		}
		return true
	case call.Failed:
		c.fail(now.Failure.Code, now.Failure.Message)
		return true
	}
	return false
}

// door tells who knocks, and listens for whether to let them in; or knocks.
func (c *callRun) door(ctx context.Context, now call.Snapshot, s Session) {
	switch {
	case now.Role == signaling.Caller:
		c.r.knock(now)
		c.listen()
	case c.name != "" && now.Knock.Name == "":
		if err := s.Knock(ctx, c.name, ""); err != nil && codeOf(err) != call.NotInCall {
			c.r.problem(codeOf(err), err.Error())
		}
	}
}

// giveUp hangs up on an other side that is away for long: nobody is here to be
// asked whether it is to be waited for.
func (c *callRun) giveUp(s Session) {
	if c.hangingUp == nil {
		c.exit, c.reason = ExitConnection, string(call.OtherLost)
		c.hangUp(s)
	}
}

// device tells of a device's problem. The call goes on without it, unless the
// command line named it.
func (c *callRun) device(name, chosen string, before, now call.Device, s Session) {
	if now.Problem == "" || now.Problem == before.Problem {
		return
	}
	what := name
	if chosen != "" {
		what = fmt.Sprintf("%s %q", name, chosen)
	}
	c.r.problem(now.Problem, what+": "+failures[now.Problem].words)
	if c.named[name] && !c.connected {
		c.exit, c.reason = ExitDevice, reasonFailed
		c.hangUp(s)
	}
}

// fail ends the call with an error.
func (c *callRun) fail(code call.Code, message string) {
	c.last.State = call.Failed
	c.r.state(c.last)
	c.r.problem(code, message)
	c.exit, c.reason = exitOfCode(code), reasonFailed
}

// hangUp begins to hang up, once.
func (c *callRun) hangUp(s Session) {
	if c.hangingUp != nil {
		return
	}
	c.hangingUp = make(chan error, 1)
	c.ending()
	go func() {
		// Not the command's context: it may be over, and that is why we hang up.
		ctx, cancel := context.WithTimeout(context.Background(), hangUpWithin)
		defer cancel()
		c.hangingUp <- s.HangUp(ctx)
	}()
}

// ending is when all must be over. The first to ask sets it.
func (c *callRun) ending() time.Time {
	if c.end.IsZero() {
		c.end = time.Now().Add(endWithin)
	}
	return c.end
}

// close finishes the recording and frees the devices.
func (c *callRun) close(s Session) {
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			c.r.problem(codeOf(err), err.Error())
			if c.exit == ExitEnded {
				c.exit = exitOf(err)
			}
		}
	case <-time.After(time.Until(c.ending()) - writeWithin):
		c.r.problem(call.Internal, "closing took too long")
		if c.exit == ExitEnded {
			c.exit = ExitInternal
		}
	case <-c.signals:
		c.exit = ExitInterrupted
	}
}

// reporter says how a call goes.
type reporter interface {
	room(call.Snapshot)
	code(call.Snapshot) // what our user must hand to the other side
	state(call.Snapshot)
	knock(call.Snapshot)                 // somebody waits to be let in, or says who they are
	answer(line string) (letIn, ok bool) // what our user typed then
	words(call.Snapshot)                 // to compare with the other side's, or why to do so again
	stats(call.Stats)
	problem(code call.Code, message string) // the call may go on
	end(reason string)                      // the last one
}
