package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// setHelp makes `parley --help` tell everything on one page: each command with
// its own flags, the flags that all take, and the exit codes.
func setHelp(root *cobra.Command) {
	usual := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if cmd != root {
			usual(cmd, args)
			return
		}
		cmd.InitDefaultHelpFlag()
		fmt.Fprint(cmd.OutOrStdout(), helpPage(root))
	})
}

func helpPage(root *cobra.Command) string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s.\n\nCommands:\n", root.Short)
	fmt.Fprintf(&s, "  %-34s %s\n", root.Use, "Open the window, and join the room if one is named")
	commands(&s, root)
	_ = root.LocalNonPersistentFlags().MarkHidden("help")
	fmt.Fprintf(&s, "\nFlags of parley alone:\n%s", root.LocalNonPersistentFlags().FlagUsagesWrapped(100))
	for _, cmd := range root.Commands() {
		if flags := commandFlags(cmd); flags != "" && !cmd.Hidden {
			fmt.Fprintf(&s, "\nFlags of parley %s:\n%s", cmd.Name(), flags)
		}
	}
	every := pflag.NewFlagSet("", pflag.ContinueOnError)
	every.SortFlags = false
	every.AddFlagSet(root.PersistentFlags())
	every.BoolP("help", "h", false, "tell about the command")
	fmt.Fprintf(&s, "\nFlags of every command:\n%s", every.FlagUsagesWrapped(100))
	s.WriteString(`
Settings come from the config file, then the environment, then flags; the last
one wins. ` + "`parley config`" + ` prints them and the file's path; the README lists them.
With --json, standard output has one JSON object a line: the README lists those
as well. Ctrl+C hangs up; a second Ctrl+C ends the program at once.

`)
	s.WriteString(exits)
	return s.String()
}

// commands lists those below parent that do something themselves.
func commands(s *strings.Builder, parent *cobra.Command) {
	for _, cmd := range parent.Commands() {
		if cmd.Hidden || cmd.Name() == "help" {
			continue
		}
		if cmd.Name() != "call" { // alone it only says that it needs one of those below
			use, _, _ := strings.Cut(cmd.UseLine(), " [flags]")
			fmt.Fprintf(s, "  %-34s %s\n", use, cmd.Short)
		}
		commands(s, cmd)
	}
}

// commandFlags are what cmd takes beside the flags of every command.
func commandFlags(cmd *cobra.Command) string {
	cmd.LocalFlags() // sorts out which are inherited
	if cmd.HasSubCommands() {
		return cmd.PersistentFlags().FlagUsagesWrapped(100)
	}
	flags := cmd.LocalNonPersistentFlags()
	_ = flags.MarkHidden("help")
	return flags.FlagUsagesWrapped(100)
}
