package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// Build is what the linker was told about this program.
type Build struct {
	Version string // such as "0.1.0"; "dev" outside a release
	Commit  string // of git; empty: what go build recorded, if it did
	// Updates is the list of releases that it looks at; UpdatesOff is why it
	// looks at none.
	Updates    string
	UpdatesOff error
}

// version is the answer of `parley version --json`.
type version struct {
	Version string `json:"version"`
	Commit  string `json:"commit"` // empty where it was built outside git
	Go      string `json:"go"`
	System  string `json:"system"` // GOOS/GOARCH
	// Flags are go build's, by name, such as "-tags"; with the commit they are
	// what it takes to build the same program again.
	Flags map[string]string `json:"flags"`
	// Updates is the list of releases that this build looks at; empty where it
	// cannot, for the reason in UpdatesOff.
	Updates    string `json:"updates"`
	UpdatesOff string `json:"updates_off,omitempty"`
}

func (b Build) describe() version {
	v := version{Version: b.Version, Commit: b.Commit, Updates: b.Updates, Go: runtime.Version(),
		System: runtime.GOOS + "/" + runtime.GOARCH, Flags: map[string]string{}}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision" && v.Commit == "":
				v.Commit = s.Value
			case !strings.HasPrefix(s.Key, "vcs"):
				v.Flags[s.Key] = s.Value
			}
		}
	}
	if b.UpdatesOff != nil {
		v.Updates, v.UpdatesOff = "", b.UpdatesOff.Error()
	}
	return v
}

func (a *app) versionCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  arguments(0, 0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			v := a.Build.describe()
			if asJSON {
				return a.printJSON(v)
			}
			commit := ""
			if v.Commit != "" {
				commit = ", commit " + v.Commit
			}
			_, err := fmt.Fprintf(a.stdout, "parley %s (%s, %s%s)\n", v.Version, v.System, v.Go, commit)
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}
