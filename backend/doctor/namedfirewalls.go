package doctor

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"
)

var (
	ufwOn   = regexp.MustCompile(`(?m)^ENABLED="?yes`)
	ufwOpen = regexp.MustCompile(`(?m)^DEFAULT_INPUT_POLICY="?ACCEPT`)
)

// ufw tells whether Ubuntu's firewall is on and drops what no rule lets in. Its
// rules can be read by administrators only; that it is on by everybody.
func ufw(root string) bool {
	on, err := os.ReadFile(filepath.Join(root, "etc/ufw/ufw.conf"))
	if err != nil || !ufwOn.Match(on) {
		return false
	}
	policy, err := os.ReadFile(filepath.Join(root, "etc/default/ufw"))
	return err != nil || !ufwOpen.Match(policy)
}

// firewalldPatience is for firewalld's own command, which asks a service.
const firewalldPatience = time.Second

// firewalld tells whether Fedora's firewall runs. Everybody may ask that.
func firewalld(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, firewalldPatience)
	defer cancel()
	return exec.CommandContext(ctx, "firewall-cmd", "--state").Run() == nil
}

// named is f, what a trial found a machine's own firewall to do, with the name of the
// firewall that it most likely is and what to do there: by the system, a GOOS, and the
// port that it keeps shut, "" where it is UDP that is dropped.
func named(ctx context.Context, f Finding, system, port string) Finding {
	switch {
	case system == "windows":
		f.Next += " Windows' firewall may ask whether Parley may be reached: allow it, or let Parley through in Windows' settings."
	case system == "darwin":
		f.Next += " macOS' firewall may ask whether Parley may be reached: allow it, or allow incoming connections to Parley in System Settings, in the firewall's options."
	case !firewalld(ctx):
	case port == "":
		f.Next += " It is firewalld: `sudo firewall-cmd --list-all` shows its rules."
	default:
		f.Next += fmt.Sprintf(" It is firewalld: `sudo firewall-cmd --add-port=%s/tcp` opens the port until the machine starts again, and with `--permanent` beside it after that.", port)
	}
	return f
}
