// Command bare is a window of Wails' with one button in it: what a first screen
// costs before Parley adds anything. For coldstart.sh.
package main

import (
	"io/fs"
	"log"
	"testing/fstest"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
)

// page has a button of the colour of Parley's, which coldstart.py looks for.
var page fs.FS = fstest.MapFS{"index.html": {Data: []byte(
	`<!doctype html><title>Bare</title><button style="background: #1b6b57; width: 200px; height: 48px">Create room</button>`)}}

func main() {
	err := wails.Run(&options.App{
		Width: 1120, Height: 760,
		AssetServer: &assetserver.Options{Assets: page},
		Linux:       &linux.Options{WebviewGpuPolicy: linux.WebviewGpuPolicyNever}, // as Parley's
	})
	if err != nil {
		log.Fatal(err)
	}
}
