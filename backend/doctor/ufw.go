package doctor

import (
	"os"
	"path/filepath"
	"regexp"
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
