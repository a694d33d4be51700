package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"parley/backend/doctor"
)

func (a *app) doctorCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check devices, signaling and network before a call",
		Args:  arguments(0, 0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, log, err := a.load(cmd)
			if err != nil {
				return err
			}
			tell := func(f doctor.Finding) { a.printFinding(f) }
			if asJSON {
				tell = func(f doctor.Finding) { _ = a.printJSON(f) } // a pipe that broke shows at the end
			}
			findings := a.Examine(cmd.Context(), cfg, log, tell)
			verdict, bad := doctor.Verdict(findings)
			if bad && verdict.Level == doctor.Problem {
				return exitStatus(ExitConnection)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line for each finding")
	return cmd
}

var levelMarks = map[doctor.Level]string{doctor.OK: "ok", doctor.Warning: "warning", doctor.Problem: "PROBLEM", doctor.Skipped: "-"}

func (a *app) printFinding(f doctor.Finding) {
	fmt.Fprintf(a.stdout, "%-8s %s: %s\n", levelMarks[f.Level], f.Check, f.What)
	if f.Next != "" {
		fmt.Fprintf(a.stdout, "%-8s %s\n", "", f.Next)
	}
}
