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

// named is f, what a trial found a machine's own firewall to do, by the name of the
// firewall that it most likely is, and with what to do there: by the system, a GOOS,
// and the port that it keeps shut, "" where it is UDP that is dropped.
func named(ctx context.Context, f Finding, system, port string) Finding {
	switch {
	case system == "windows":
		f.Cause, f.What = "windows_firewall", "Windows' own firewall keeps others from reaching Parley."
		f.Next = "Windows' firewall may ask whether Parley may be reached: allow it. If it does not ask, allow Parley in Windows' settings, under the apps that its firewall lets through."
	case system == "darwin":
		f.Cause, f.What = "macos_firewall", "macOS' own firewall keeps others from reaching Parley."
		f.Next = "macOS' firewall may ask whether Parley may be reached: allow it. If it does not ask, allow incoming connections to Parley in System Settings, in the firewall's options."
	case firewalld(ctx) && port == "":
		f.Cause, f.What = "firewalld_udp", "This machine's own firewall (firewalld) drops UDP that comes in: calls do not connect directly."
		f.Next = "`sudo firewall-cmd --list-all` shows its rules: allow incoming UDP, or at least answers to what was sent."
	case firewalld(ctx):
		f.Cause, f.What = "firewalld", fmt.Sprintf("This machine's own firewall (firewalld) keeps its port %s shut: nobody else can reach its rooms.", port)
		f.Next = fmt.Sprintf("`sudo firewall-cmd --add-port=%s/tcp` opens it until the machine starts again, and with `--permanent` beside it after that.", port)
	}
	return f
}
