// Parley makes one-to-one video calls between a desktop and a phone's browser,
// or two desktops. This file hands the window and the command line what they
// start: one session each.
package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/options/mac"
	"github.com/wailsapp/wails/v2/pkg/options/windows"

	"parley/backend/cli"
	"parley/backend/config"
	"parley/backend/desktop"
	"parley/backend/session"
	"parley/backend/update"
)

//go:embed all:frontend/dist
var dist embed.FS

// The linker sets these: build/release.
var (
	version        = "dev"
	commit         string // of git; where it is empty, what go build recorded
	updateManifest string // URL of the signed list of releases
	updateKey      string // minisign's public key for it; without one no newer release is looked for
)

// origins are those of the window's own page: Linux and macOS, Windows.
var origins = []string{"wails://wails", "wails://wails.localhost", "http://wails.localhost"}

func main() {
	if os.Getenv("GOGC") == "" {
		// A call makes little garbage: 8 MB less for 0.002 of a processor.
		debug.SetGCPercent(50)
	}
	os.Exit(cli.Run(context.Background(), cli.Program{
		Build: cli.Build{Version: version, Commit: commit, Updates: updateManifest, UpdatesOff: updates().Check()},
		OpenSession: func(c config.Config, log *slog.Logger) (cli.Session, error) {
			return session.Open(c, session.Options{Page: page(), Updates: updates(), Logger: log})
		},
		Window:  window,
		Devices: session.ListDevices,
		Examine: session.Examine,
	}, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// window shows the window until it is closed or ctx ends.
func window(ctx context.Context, c config.Config, log *slog.Logger, start cli.Start) (failed error) {
	if runtime.GOOS == "linux" && os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return errors.New("there is no display to open a window on; `parley call create` makes the same call in the terminal")
	}
	first, err := desktop.Claim(ctx, desktop.InstanceFolder(c.DataDir), start.Join)
	switch {
	case errors.Is(err, desktop.ErrSilent):
		return err
	case err != nil:
		log.Warn("a second window would not know of this one", "err", err)
	case first == nil:
		return nil // the window that is open has been told
	default:
		defer first.Close()
	}
	s, err := session.Open(c, session.Options{
		Page: page(), Origins: origins, Updates: updates(), Logger: log,
		Choices: filepath.Join(c.DataDir, "choices.json"),
	})
	if err != nil {
		return err
	}
	defer func() {
		if err := s.Close(); err != nil {
			log.Warn("close", "err", err)
		}
	}()
	start.Background = start.Background && start.Join == ""
	app := newApp(s, c, log, start)
	if first != nil {
		first.Serve(app.open)
	}
	defer context.AfterFunc(ctx, app.Quit)()
	defer func() {
		// Wails panics where a display is named and does not answer.
		if r := recover(); r != nil {
			failed = fmt.Errorf("open the window: %v", r)
		}
	}()
	err = wails.Run(&options.App{
		Title:            "Parley",
		Width:            1120,
		Height:           744, // the other side's tile is 720 high: 720p needs no scaling
		MinWidth:         360,
		MinHeight:        560,
		StartHidden:      start.Background,
		BackgroundColour: options.NewRGB(17, 19, 24),
		AssetServer:      &assetserver.Options{Assets: page()},
		OnStartup:        app.startup,
		OnBeforeClose:    app.beforeClose,
		OnShutdown:       app.shutdown,
		Bind:             []any{app, s.Chats},
		Linux: &linux.Options{
			ProgramName: "parley",
			// Without a graphics card WebKitGTK's accelerated drawing shows 6
			// pictures a second, 0.3 s late, where the plain one shows all of
			// them in time; and with some drivers it shows nothing at all
			// (https://github.com/wailsapp/wails/issues/2977).
			WebviewGpuPolicy: linux.WebviewGpuPolicyNever,
		},
		// macOS brings links to the program that runs, and starts no second one.
		Mac: &mac.Options{OnUrlOpen: app.open},
		// Wails' own place would be a second folder of ours, which the uninstaller
		// would have to know.
		Windows: &windows.Options{WebviewUserDataPath: filepath.Join(c.DataDir, "webview")},
	})
	if err != nil {
		return fmt.Errorf("open the window: %w", err)
	}
	return nil
}

func updates() update.Source {
	return update.Source{Version: version, Manifest: updateManifest, Key: updateKey}
}

// page is the built front end: index.html for the window, phone.html for phones.
func page() fs.FS {
	page, err := fs.Sub(dist, "frontend/dist")
	if err != nil {
		panic(err) // the path is a constant
	}
	return page
}
