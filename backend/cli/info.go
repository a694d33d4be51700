package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"parley/backend/call"
)

func (a *app) devicesCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "devices",
		Short: "List cameras, microphones and speakers",
		Args:  arguments(0, 0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			devices, err := a.Devices() // what was found comes also beside an error
			if asJSON {
				return errors.Join(a.printJSON(devices), err)
			}
			return errors.Join(a.printDevices(devices), err)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func (a *app) printDevices(devices call.DeviceList) error {
	for _, kind := range []struct {
		name string
		list []call.ListedDevice
	}{{"Cameras", devices.Cameras}, {"Microphones", devices.Microphones}, {"Speakers", devices.Speakers}} {
		if _, err := fmt.Fprintf(a.stdout, "%s:\n", kind.name); err != nil {
			return err
		}
		for _, d := range kind.list {
			note := ""
			if d.Default {
				note = " (default)"
			}
			fmt.Fprintf(a.stdout, "  %s%s\n", d.Name, note)
			if d.ID != d.Name {
				fmt.Fprintf(a.stdout, "    %s\n", d.ID)
			}
		}
		if len(kind.list) == 0 {
			fmt.Fprintln(a.stdout, "  none")
		}
	}
	return nil
}

func (a *app) printJSON(v any) error {
	line, err := marshal(v)
	if err != nil {
		return err
	}
	_, err = a.stdout.Write(line)
	return err
}
