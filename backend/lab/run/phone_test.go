//go:build linux

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/backend/lab/emulate"
)

// phoneMedia is small: with the race detector it takes long to draw.
func phoneMedia(t *testing.T) media {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	m, err := makeMedia(t.TempDir(), options{height: 90, parley: exe})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// phoneCall calls the phone page in Chromium from a Parley, and tells how the
// page's media comes. The page knows no server but those that the room names.
func phoneCall(t *testing.T, n *network, m media) (path string) {
	t.Helper()
	phoneCallUntil(t, n, m, "lab.path()", func(now string) bool { path = now; return true })
	return path
}

// phoneCallUntil calls until the page tells the right thing of itself, such as the way
// that media takes.
func phoneCallUntil(t *testing.T, n *network, m media, look string, right func(told string) bool) {
	t.Helper()
	t.Setenv(asParley, "1")
	talk, err := dial(ours, n, m, devices{m.film, m.sound}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := talk.Close(); err != nil {
			t.Error(err)
		}
	}()
	var setup float64
	if err := talk.firstPicture(&setup, make(chan os.Signal)); err != nil {
		t.Fatal(err)
	}
	if n.link != nil {
		n.link.Begin()
	}
	began, last := time.Now(), ""
	for tick := time.NewTicker(50 * time.Millisecond); ; <-tick.C {
		var told string
		if err := talk.receiver.Eval(look, &told); err != nil {
			t.Fatal(err)
		}
		if told != last {
			t.Logf("first picture %.0f ms after Join, %s %v later", setup, told, time.Since(began).Round(time.Millisecond))
			last = told
		}
		if right(told) {
			return
		}
		if time.Since(began) > connectWithin {
			t.Fatalf("still %s", told)
		}
	}
}

// trust has the Parleys and the browsers of a test trust a relay's certificate, as
// a user's own authority is trusted. Chromium's switch for pages that lack one does
// not hold for relays; it reads NSS's database of the user.
func trust(t *testing.T, environ string) {
	t.Helper()
	name, file, _ := strings.Cut(environ, "=")
	t.Setenv(name, file)
	home := t.TempDir()
	t.Setenv("HOME", home)
	db := filepath.Join(home, ".pki", "nssdb")
	if err := os.MkdirAll(db, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("certutil"); err != nil {
		t.Skip("no certutil (libnss3-tools), so that Chromium cannot be told to trust the relay")
	}
	out, err := exec.Command("certutil", "-d", "sql:"+db, "-A", "-n", "laboratory", "-t", "C,,", "-i", file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func needPhone(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("a call with a browser takes 5 s")
	}
	if err := emulate.Possible(); err != nil {
		t.Skip(err)
	}
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("no Chromium: build/deps.sh lab installs it")
	}
	if _, err := os.Stat(filepath.Join(builtPage, "phone.html")); err != nil {
		t.Skip("the phone page is not built (make build)")
	}
}

// TestPhoneThroughARelay: where no direct way leads to the phone, its page is
// relayed, by our relay as well as by coturn.
func TestPhoneThroughARelay(t *testing.T) {
	needPhone(t)
	m := phoneMedia(t)
	for _, test := range []struct {
		relay    string
		from, to emulate.NAT
		own      string   // the page's own candidate; "" where either side's may be the relay's
		over     []string // where several are possible, the first to be found wins
	}{
		{"parley serve", emulate.Symmetric, emulate.Symmetric, "", []string{"udp", "tcp", "tls"}},
		{"parley serve", emulate.PortRestricted, emulate.NoUDP, "relay", []string{"tcp", "tls"}},
		{"parley serve", emulate.Open, emulate.Only443, "relay", []string{"tls"}},
		{"coturn", emulate.Symmetric, emulate.Symmetric, "", []string{"udp", "tcp", "tls"}},
		{"coturn", emulate.PortRestricted, emulate.NoUDP, "relay", []string{"tcp"}},
		{"coturn", emulate.Open, emulate.Only443, "relay", []string{"tcp"}},
	} {
		t.Run(test.relay+" "+string(test.from)+" to "+string(test.to), func(t *testing.T) {
			n, err := newNATs(test.from, test.to, 0)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := n.Close(); err != nil {
					t.Error(err)
				}
			})
			if test.relay == "coturn" {
				if _, err := exec.LookPath("turnserver"); err != nil {
					t.Skip("no coturn: build/deps.sh lab installs it")
				}
				stop, err := coturn(n.others[0], t.TempDir())
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = stop() })
			} else {
				n.ice.turn[2] = "turns:" + relayAddress + ":443?transport=tcp"
				trust(t, serve(t, n.others[0]))
			}
			path := phoneCall(t, n, m)
			if !strings.Contains(path, "relay") || !strings.HasPrefix(path, test.own) || !slices.Contains(test.over, path[strings.LastIndex(path, " ")+1:]) {
				t.Errorf("%s, want a relay over one of %v", path, test.over)
			}
		})
	}
}

// TestPhoneLeavesTheRelay: a call that begins on a relay, as that is found first,
// goes on directly where the NATs let it.
func TestPhoneLeavesTheRelay(t *testing.T) {
	needPhone(t)
	if _, err := exec.LookPath("turnserver"); err != nil {
		t.Skip("no coturn: build/deps.sh lab installs it")
	}
	n, err := newNATs(emulate.PortRestricted, emulate.PortRestricted, 25*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	stop, err := coturn(n.others[0], t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	phoneCallUntil(t, n, phoneMedia(t), "lab.path()", func(path string) bool { return path != "" && !strings.Contains(path, "relay") })
}

// TestPhoneThroughTheLANsRelay: a network that lets the phone's TCP through and
// none of its UDP. The desktop that made the room relays.
func TestPhoneThroughTheLANsRelay(t *testing.T) {
	needPhone(t)
	n := &network{signaling: "192.168.7.1"}
	for _, h := range []struct {
		host **emulate.Host
		name string
	}{{&n.sender, "desktop"}, {&n.receiver, "phone"}} {
		var err error
		if *h.host, err = emulate.NewHost(h.name); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := errors.Join(
		emulate.Wire(n.sender, "net0", n.signaling+"/24", n.receiver, "net0", "192.168.7.2/24"),
		n.receiver.Run("iptables", "-w", "-A", "OUTPUT", "-o", "net0", "-p", "udp", "-j", "DROP"),
		n.receiver.Run("iptables", "-w", "-A", "INPUT", "-i", "net0", "-p", "udp", "-j", "DROP"),
	); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PARLEY_LAN_RELAY", "true")
	if path := phoneCall(t, n, phoneMedia(t)); !strings.HasPrefix(path, "relay/") || !strings.HasSuffix(path, " tcp") {
		t.Errorf("%s, want a relay over tcp", path)
	}
}

// weakens is a network on which the phone's way becomes too weak for any picture.
func weakens(t *testing.T) *network {
	t.Helper()
	c := emulate.Conditions{Rate: wide, Delay: 50 * time.Millisecond, Queue: 300 * time.Millisecond}
	weak := c
	weak.Rate = 50 * kbit
	n, err := newNetwork(scenario{Forth: emulate.Always(c), Back: emulate.Schedule{{For: second, Conditions: c}, {Conditions: weak}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// notices are what a page tells its user.
const notices = "[...document.querySelectorAll('.notice')].map((e) => e.innerText).join(' ')"

// TestPhonePausesItsPicture: where the phone's way becomes too weak for any picture, its
// page ends it, which Chromium would not, and says so.
func TestPhonePausesItsPicture(t *testing.T) {
	needPhone(t)
	phoneCallUntil(t, weakens(t), phoneMedia(t), notices, func(told string) bool { return strings.Contains(told, "Your picture is paused") })
}
