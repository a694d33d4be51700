package doctor

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUFW(t *testing.T) {
	for name, test := range map[string]struct {
		on, policy string // of its two files; "" is none
		want       bool
	}{
		"none is installed": {"", "", false},
		"off":               {"# comment\nENABLED=no\nLOGLEVEL=low\n", "DEFAULT_INPUT_POLICY=\"DROP\"\n", false},
		"on":                {"ENABLED=yes\n", "IPV6=yes\nDEFAULT_INPUT_POLICY=\"DROP\"\n", true},
		"lets all in":       {"ENABLED=yes\n", "DEFAULT_INPUT_POLICY=\"ACCEPT\"\n", false},
		"secret policy":     {"ENABLED=\"yes\"\n", "", true},
	} {
		root := t.TempDir()
		for file, text := range map[string]string{"etc/ufw/ufw.conf": test.on, "etc/default/ufw": test.policy} {
			file = filepath.Join(root, file)
			if text == "" {
				continue
			}
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got := ufw(root); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A firewall is named only where it is there.
func TestFirewallsAreNamed(t *testing.T) {
	for _, x := range []struct {
		system, port string
		state        int // that firewall-cmd ends with; -1 without one
		says         string
	}{
		{"linux", "7373", -1, ""},
		{"linux", "7373", 252, ""}, // not running
		{"linux", "7373", 0, "`sudo firewall-cmd --add-port=7373/tcp`"},
		{"linux", "", 0, "`sudo firewall-cmd --list-all`"},
		{"windows", "7373", -1, "Windows' firewall may ask whether Parley may be reached: allow it"},
		{"windows", "", -1, "Windows' firewall may ask"},
		{"darwin", "7373", -1, "macOS' firewall may ask whether Parley may be reached: allow it"},
	} {
		bin := t.TempDir()
		t.Setenv("PATH", bin)
		if x.state >= 0 {
			script := fmt.Sprintf("#!/bin/sh\n[ \"$*\" = --state ] && exit %d\nexit 2\n", x.state)
			if err := os.WriteFile(filepath.Join(bin, "firewall-cmd"), []byte(script), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		next := named(t.Context(), Finding{Next: "Allow it."}, x.system, x.port).Next
		if !strings.HasPrefix(next, "Allow it.") || !strings.Contains(next, x.says) || x.says == "" && next != "Allow it." {
			t.Errorf("%s, port %q, firewall-cmd ends with %d: %s", x.system, x.port, x.state, next)
		}
	}
}

func TestReachable(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := netip.MustParseAddrPort(l.Addr().String())
	if f, bad := Reachable(t.Context(), at); bad && f.Cause != "ufw" { // this machine may have one
		t.Errorf("%+v", f)
	}
	l.Close()
	if f, bad := Reachable(t.Context(), at); !bad || f.Level != Problem || f.Cause != "own_firewall_port" {
		t.Errorf("a port that is shut: %+v", f)
	}
	if f, bad := Reachable(t.Context(), netip.MustParseAddrPort("192.0.2.1:80")); bad {
		t.Errorf("another machine's: %+v", f)
	}
}

func TestBesideUs(t *testing.T) {
	if !besideUs("127.0.0.1") || besideUs("198.51.100.1") {
		t.Error("it is not told which addresses are near")
	}
}
