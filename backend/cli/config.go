package cli

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"parley/backend/config"
)

func (a *app) configCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Print every setting and what set it, without secrets (--json)",
		Args:  arguments(0, 0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, _, err := a.load(cmd)
			if err != nil {
				return err
			}
			if asJSON {
				out := json.NewEncoder(a.stdout)
				for _, item := range cfg.List() {
					if err := out.Encode(item); err != nil {
						return err
					}
				}
				return nil
			}
			note := ""
			if !cfg.Read {
				note = " (not there: nothing is set in a file)"
			}
			_, err = fmt.Fprintf(a.stdout, "# %s%s\n%s", cfg.Path, note, cfg.Explained())
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line for each setting")
	cmd.AddCommand(a.setCommand(), a.unsetCommand(), a.importCommand())
	return cmd
}

func (a *app) setCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "set KEY VALUE ...",
		Short: "Write settings into the config file; all else in it stays",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 || len(args)%2 != 0 {
				return usageError{fmt.Errorf("`%s` takes a key and its value, or more such pairs (`parley config` names the keys)", cmd.CommandPath())}
			}
			var changes []config.Change
			for i := 0; i < len(args); i += 2 {
				changes = append(changes, config.Change{Key: args[i], Value: args[i+1]})
			}
			return a.edit(changes)
		},
	}
}

func (a *app) unsetCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "unset KEY ...",
		Short: "Take settings out of the config file",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{fmt.Errorf("`%s` takes one or more keys (`parley config` names them)", cmd.CommandPath())}
			}
			var changes []config.Change
			for _, key := range args {
				changes = append(changes, config.Change{Key: key, Unset: true})
			}
			return a.edit(changes)
		},
	}
}

// edit changes the config file, and tells where something else stands over it.
func (a *app) edit(changes []config.Change) error {
	path, err := config.Edit(a.configPath, a.environ, changes...)
	if err != nil {
		return usageError{err}
	}
	fmt.Fprintln(a.stdout, path)
	cfg, err := config.Load(a.configPath, nil, a.environ)
	if err != nil {
		return nil //nolint:nilerr // something else in it is still wrong, and said when it is read
	}
	for _, item := range cfg.List() {
		for _, c := range changes {
			if item.Key == c.Key && item.Source == config.FromVariable {
				fmt.Fprintf(a.stderr, "parley: %s: the %s stands over the file\n", item.Key, item.Place)
			}
		}
	}
	return nil
}

func (a *app) importCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE",
		Short: "Take the Firebase project from what its console gives for a web app",
		Args:  arguments(1, 1, "one file"),
		RunE: func(_ *cobra.Command, args []string) error {
			data, err := os.ReadFile(args[0])
			if err != nil {
				return usageError{err}
			}
			firebase, err := config.ParseFirebase(data)
			if err != nil {
				return usageError{fmt.Errorf("%s: %w", args[0], err)}
			}
			path, err := config.Import(a.configPath, a.environ, firebase)
			if err != nil {
				return usageError{err}
			}
			_, err = fmt.Fprintf(a.stdout, "%s: the project is %s. Now: parley --signaling firestore\n", path, firebase.Project)
			return err
		},
	}
}
