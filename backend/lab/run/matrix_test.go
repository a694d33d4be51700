//go:build linux

package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/backend/lab/emulate"
	"parley/backend/lab/score"
)

// TestMatrix makes calls between two Parleys through each pair of NATs, with
// `parley serve` as the relay. Who joins has the link and nothing else: it hears
// of the relay in the room. One run a cell; PARLEY_RUNS=20 makes more, and
// PARLEY_DELAY=25ms puts that between each side and the relay, each way.
func TestMatrix(t *testing.T) {
	if testing.Short() {
		t.Skip("25 calls take a minute")
	}
	if err := emulate.Possible(); err != nil {
		t.Skip(err)
	}
	runs := 1
	if text := os.Getenv("PARLEY_RUNS"); text != "" {
		var err error
		if runs, err = strconv.Atoi(text); err != nil {
			t.Fatalf("PARLEY_RUNS: %v", err)
		}
	}
	delay, err := time.ParseDuration(cmp.Or(os.Getenv("PARLEY_DELAY"), "0s"))
	if err != nil {
		t.Fatalf("PARLEY_DELAY: %v", err)
	}
	m := newMatrix(t, delay)
	var all []float64
	var table strings.Builder
	failures := 0
	for i, from := range nats {
		for j, to := range nats {
			var times []float64
			paths := map[string]int{}
			for range runs {
				want := pathThrough(from, to)
				ms, path, err := m.call(t, i, j, want)
				if err != nil {
					failures++
					t.Errorf("%s to %s: %v", from, to, err)
					continue
				}
				times, all = append(times, ms), append(all, ms)
				paths[path]++
				if !strings.HasPrefix(path, want) {
					t.Errorf("%s to %s: %s, want %s", from, to, path, want)
				}
			}
			fmt.Fprintf(&table, "%-15s to %-15s %s ms, %v\n", from, to, text(score.FigureOf(times)), paths)
		}
	}
	t.Logf("join to first picture: median, p95, n\n%severy pair %s ms, %d failures", table.String(), text(score.FigureOf(all)), failures)
}

// pathThrough is what the joiner's way must be, as far as the NATs decide it.
func pathThrough(from, to emulate.NAT) string {
	udp := func(n emulate.NAT) bool { return n != emulate.NoUDP && n != emulate.Only443 }
	switch {
	case to == emulate.Only443:
		return "relay tls"
	case to == emulate.NoUDP:
		return "relay t" // TCP or TLS
	case udp(from) && (from == emulate.Open || to == emulate.Open || from == emulate.PortRestricted && to == emulate.PortRestricted):
		return "direct udp"
	}
	return "relay"
}

// matrix is a sender and a receiver behind each kind of NAT, and the relay.
type matrix struct {
	film               string
	trust              string
	senders, receivers []*emulate.Host
}

func newMatrix(t *testing.T, delay time.Duration) *matrix {
	t.Helper()
	made := func(h *emulate.Host, err error) *emulate.Host {
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := h.Close(); err != nil {
				t.Error(err)
			}
		})
		return h
	}
	m := &matrix{film: filepath.Join(t.TempDir(), "film.y4m")}
	if err := writeFilm(m.film, 160, 90, 30); err != nil {
		t.Fatal(err)
	}
	internet := made(emulate.NewInternet(relayAddress))
	for i, side := range []*[]*emulate.Host{&m.senders, &m.receivers} {
		for j, n := range nats {
			h := made(emulate.NewHost(fmt.Sprintf("host%d-%d", i, j)))
			router, link, err := emulate.FarBehind(n, h, internet, 1+i*len(nats)+j, delay)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if link != nil {
					_ = link.Close()
				}
				_ = router.Close()
			})
			*side = append(*side, h)
		}
	}
	m.trust = serve(t, internet)
	return m
}

// call makes one, and tells the time in ms from Join to the first picture of the
// later of the two, and the joiner's path: the first, or, where another is wanted,
// what it takes in place of that.
func (m *matrix) call(t *testing.T, from, to int, want string) (ms float64, path string, err error) {
	sender, receiver := m.senders[from], m.receivers[to]
	const wire = "sig0" // to the room server; it stands for one that both reach
	if err := emulate.Wire(sender, wire, signalingLocal+"/24", receiver, wire, "10.78.0.2/24"); err != nil {
		return 0, "", err
	}
	defer func() {
		if err := sender.Run("ip", "link", "del", wire); err != nil {
			t.Error(err)
		}
	}()
	flags := []string{"--json", "--interface", "net0", "--camera", m.film, "--microphone", "none", "--speaker", "none"}
	caller, stop := startParley(t, sender, []string{m.trust, "TURN_SECRET=" + relaySecret}, append([]string{
		"call", "create", "--lan-address", signalingLocal + ":7373",
		"--stun", "stun:" + relayAddress + ":3478",
		"--turn", "turn:" + relayAddress + ":3478?transport=udp",
		"--turn", "turn:" + relayAddress + ":3478?transport=tcp",
		"--turn", "turns:" + relayAddress + ":443?transport=tcp",
	}, flags...)...)
	defer stop()
	room, err := caller.event("room")
	if err != nil {
		return 0, "", err
	}
	callee, stop := startParley(t, receiver, []string{m.trust}, append([]string{"call", "join", room.Invite}, flags...)...)
	defer stop()
	begin, err := callee.event("state")
	if err != nil {
		return 0, "", err
	}
	there, err := callee.event("picture")
	if err != nil {
		return 0, "", err
	}
	back, err := caller.event("picture")
	if err != nil {
		return 0, "", err
	}
	last := there.at
	if back.at.After(last) {
		last = back.at
	}
	ms = float64(last.Sub(begin.at).Microseconds()) / 1000
	if path = there.way(); !strings.HasPrefix(path, want) {
		if there, err = callee.event("path"); err != nil {
			return 0, "", fmt.Errorf("by %s, want %s: %w", path, want, err)
		}
	}
	return ms, there.way(), nil
}

// way is how packets travel, as a line says.
func (s said) way() string {
	return s.Path + " " + s.Protocol
}
