// Package cli is the command line. It reads flags into a config.Config, starts
// what was asked for, and says how it went: in words for people, in JSON lines
// for scripts, and in the exit code for both.
//
//	args ─▶ cobra ─▶ config.Load ─▶ Window                          (parley)
//	                             ─▶ Session ─▶ snapshots ─▶ reporter (parley call)
//
// It knows no WebRTC, device or window: main.go hands them in as a Program.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"parley/backend/call"
	"parley/backend/config"
	"parley/backend/doctor"
)

// Program is what the commands start. Its functions may return *call.Error,
// whose code decides the exit code.
type Program struct {
	// Build is shown by `parley version`.
	Build Build
	// OpenSession makes ready for one call; nothing is opened or sent yet.
	OpenSession func(cfg config.Config, log *slog.Logger) (Session, error)
	// Window shows the window until it is closed or ctx ends.
	Window func(ctx context.Context, cfg config.Config, log *slog.Logger, start Start) error
	// Devices lists what there is to see, hear and be heard with.
	Devices func() (call.DeviceList, error)
	// Examine checks what a call needs, and tells each finding as it comes.
	Examine func(ctx context.Context, cfg config.Config, log *slog.Logger, found func(doctor.Finding)) []doctor.Finding
}

// Start is how the window begins.
type Start struct {
	Join       string // the room ID or link to join at once; empty for none
	Background bool   // hidden, where a tray can show it
}

// Session is one running Parley, as `parley call` drives it.
type Session interface {
	// Create makes a room and begins to wait in it; Join enters another's.
	// They may return before or after the call is up: the snapshots tell.
	Create(ctx context.Context) error
	Join(ctx context.Context, roomOrLink string) error
	// EnterCode takes the code that answers ours, in a call by hand.
	EnterCode(ctx context.Context, code string) error
	// Knock says who we are to a caller with a waiting room.
	Knock(ctx context.Context, name, picture string) error
	// LetIn lets in who knocks; HangUp does not.
	LetIn(ctx context.Context) error
	// HangUp ends the call and leaves nothing of it at the signaling service.
	HangUp(ctx context.Context) error
	// Watch gives the current snapshot, then each later one; a slow watcher
	// may miss some, but never the last. stop ends it.
	Watch() (snapshots <-chan call.Snapshot, stop func())
	// Stats is how the call goes, for the "stats" event.
	Stats() call.Stats
	// Record writes what the other side sends into a WebM file, from the
	// moment it comes until Close. It is called before Create or Join.
	Record(path string) error
	// Close hangs up if need be, finishes the recording and frees devices.
	Close() error
}

// Run does what args say, without the program's name, and returns the exit code.
func Run(ctx context.Context, p Program, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := app{Program: p, stdin: stdin, stdout: stdout, stderr: stderr, environ: os.Environ(), notify: notify}
	return a.run(ctx, args)
}

// notify passes on Ctrl+C and the end of a login session. While it does, a
// reader of our standard output that goes away is an error of Write: without
// this, SIGPIPE would end us in the middle of a call.
func notify() (<-chan os.Signal, func()) {
	c := make(chan os.Signal, 2)
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	signal.Ignore(syscall.SIGPIPE)
	return c, func() {
		signal.Stop(c)
		signal.Reset(syscall.SIGPIPE)
	}
}

// app is one run of the program.
type app struct {
	Program
	stdin          io.Reader
	stdout, stderr io.Writer
	environ        []string
	notify         func() (signals <-chan os.Signal, stop func())
	configPath     string
}

func (a *app) run(ctx context.Context, args []string) int {
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	exit, isExit := errors.AsType[exitStatus](err)
	if isExit {
		return int(exit) // and all is said
	}
	if err != nil {
		fmt.Fprintf(a.stderr, "parley: %s\n", strings.ReplaceAll(err.Error(), "\n", "\nparley: "))
	}
	return exitOf(err)
}

func (a *app) root() *cobra.Command {
	cobra.MousetrapHelpText = "" // on Windows, Parley is started from the Explorer
	background := false
	root := &cobra.Command{
		Use:   "parley [ROOM-OR-LINK]",
		Short: "One-to-one video calls, without an account",
		Args:  arguments(0, 1, "at most one room ID or link"),
		RunE: func(cmd *cobra.Command, args []string) error {
			join := strings.Join(args, "")
			if near := cmd.SuggestionsFor(join); join != "" && len(near) > 0 {
				return usageError{fmt.Errorf("%q is no room ID; did you mean `parley %s`?", join, near[0])}
			}
			cfg, log, err := a.load(cmd)
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			defer context.AfterFunc(ctx, stop)() // a second Ctrl+C ends us the hard way
			return a.Window(ctx, cfg, log, Start{Join: join, Background: background})
		},
		SilenceErrors:              true,
		SilenceUsage:               true,
		SuggestionsMinimumDistance: 2,
		CompletionOptions:          cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.PersistentFlags().SortFlags = false
	root.PersistentFlags().StringVar(&a.configPath, "config", "", "read this config `FILE` instead of the usual one")
	config.AddFlags(root.PersistentFlags())
	root.Flags().BoolVar(&background, "background", false, "start with the window hidden, where there is a tray to show it")
	root.AddCommand(a.callCommand(), a.devicesCommand(), a.doctorCommand(), a.serveCommand(), a.configCommand(), a.versionCommand())
	setHelp(root)
	return root
}

// load reads the configuration and opens the log that it asks for.
func (a *app) load(cmd *cobra.Command) (config.Config, *slog.Logger, error) {
	cfg, err := config.Load(a.configPath, cmd.Flags(), a.environ)
	log := slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: cfg.Log.Level}))
	return cfg, log, err
}

// usageError is a command line that cannot be understood.
type usageError struct{ error }

// arguments refuses fewer or more arguments than a command takes.
func arguments(low, high int, want string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < low || len(args) > high {
			return usageError{fmt.Errorf("`%s` takes %s (see parley --help)", cmd.CommandPath(), want)}
		}
		return nil
	}
}
