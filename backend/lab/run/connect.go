//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"parley/backend/lab/emulate"
	"parley/backend/lab/score"
	"parley/backend/relay"
	"parley/backend/signaling"
)

// cell is one connection through two NATs.
type cell struct {
	Way      way         `json:"way"`
	Sender   emulate.NAT `json:"sender"`
	Receiver emulate.NAT `json:"receiver"`
	Setup    float64     `json:"setup_ms"` // from Join, or the offer's arrival, to the first picture
	// Path is the receiver's and the sender's type of candidate, and the
	// receiver's transport, to the relay where there is one.
	Path    string `json:"path"`
	Problem string `json:"problem,omitempty"`
}

// nats are the rows and the columns of the matrix.
var nats = []emulate.NAT{emulate.Open, emulate.PortRestricted, emulate.Symmetric, emulate.NoUDP, emulate.Only443}

const (
	relayAddress   = "203.0.113.1" // TEST-NET-3, RFC 5737
	relaySecret    = "a secret of the laboratory"
	signalingLocal = "10.78.0.1"
)

// connectAll makes a call through each pair of NATs, with coturn as the relay.
func connectAll(o options, m media, dir string, stop <-chan os.Signal) []cell {
	var cells []cell
	for _, from := range nats {
		for _, to := range nats {
			if !strings.Contains(fmt.Sprintf("%s to %s", from, to), o.only) {
				continue
			}
			for n := range o.repeat {
				for _, w := range strings.Split(o.ways, ",") {
					c := cell{Way: way(w), Sender: from, Receiver: to}
					err := c.connect(m, filepath.Join(dir, fmt.Sprintf("cell-%d-%d", len(cells), n)), stop)
					if err != nil {
						c.Problem = err.Error()
					}
					fmt.Printf("%-9s %-15s to %-15s %5.0f ms %s %s\n", c.Way, from, to, c.Setup, c.Path, c.Problem)
					cells = append(cells, c)
					if errors.Is(err, errStopped) {
						return cells
					}
				}
			}
		}
	}
	return cells
}

func (c *cell) connect(m media, dir string, stop <-chan os.Signal) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	n, err := newNATs(c.Sender, c.Receiver, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	hangUp, err := coturn(n.others[0], dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hangUp()) }()
	t, err := dial(c.Way, n, m, devices{m.film, m.sound}, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	if err := t.firstPicture(&c.Setup, stop); err != nil {
		return err
	}
	return t.receiver.Eval("lab.path()", &c.Path)
}

// newNATs puts each side behind a router of its own, with a delay, each way, from
// there to the internet. Signaling has a wire between the two that lets nothing
// else through: it stands for a server that both reach, and has the delay of both.
func newNATs(from, to emulate.NAT, delay time.Duration) (n *network, err error) {
	n = &network{signaling: signalingLocal, ice: iceServers{
		stun: "stun:" + relayAddress + ":3478", secret: relaySecret,
		turn: []string{
			"turn:" + relayAddress + ":3478?transport=udp",
			"turn:" + relayAddress + ":3478?transport=tcp",
			"turn:" + relayAddress + ":443?transport=tcp",
		},
	}}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
		}
	}()
	internet, err := emulate.NewInternet(relayAddress)
	if err != nil {
		return n, err
	}
	n.others = append(n.others, internet)
	for i, side := range []struct {
		host **emulate.Host
		nat  emulate.NAT
	}{{&n.sender, from}, {&n.receiver, to}} {
		if *side.host, err = emulate.NewHost(fmt.Sprintf("host%d", i+1)); err != nil {
			return n, err
		}
		router, link, err := emulate.FarBehind(side.nat, *side.host, internet, i+1, delay)
		if err != nil {
			return n, err
		}
		n.others, n.links = append(n.others, router), append(n.links, link)
	}
	sender, receiver := signalingLocal+"/24", "10.78.0.2/24"
	if delay == 0 {
		err = emulate.Wire(n.sender, "sig0", sender, n.receiver, "sig0", receiver)
	} else {
		both := emulate.Always(emulate.Conditions{Delay: 2 * delay})
		var link *emulate.Link
		link, err = emulate.NewLink(
			emulate.End{Host: n.sender, Device: "sig0", Address: sender, Out: both},
			emulate.End{Host: n.receiver, Device: "sig0", Address: receiver, Out: both}, 1)
		n.links = append(n.links, link)
	}
	if err != nil {
		return n, err
	}
	for _, h := range []*emulate.Host{n.sender, n.receiver} {
		if err = h.Run("iptables", "-w", "-A", "OUTPUT", "-o", "sig0", "-p", "udp", "-j", "DROP"); err != nil {
			return n, err
		}
	}
	return n, nil
}

// coturn runs a relay on a host, on the usual port and on that of HTTPS.
func coturn(h *emulate.Host, dir string) (func() error, error) {
	path, err := exec.LookPath("turnserver")
	if err != nil {
		return nil, fmt.Errorf("%w (build/deps.sh lab installs it)", err)
	}
	cmd := h.Command(path, "-n", "--listening-ip", relayAddress, "--relay-ip", relayAddress, "--aux-server", relayAddress+":443",
		"--use-auth-secret", "--static-auth-secret="+relaySecret, "--realm", "lab", "--no-tls", "--no-dtls", "--no-cli",
		"--log-file", filepath.Join(dir, "coturn.log"), "--simple-log", "--pidfile", filepath.Join(dir, "coturn.pid"),
		"--userdb", filepath.Join(dir, "coturn.db"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start coturn: %w", err)
	}
	stop := func() error {
		err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait() // it was killed
		return err
	}
	if err := accepts(h, relayAddress+":443"); err != nil {
		return nil, errors.Join(fmt.Errorf("start coturn: %w", err), stop())
	}
	return stop, nil
}

// accepts waits until a server of h takes TCP connections at an address.
func accepts(h *emulate.Host, address string) error {
	const patience = 10 * time.Second
	deadline := time.Now().Add(patience)
	for {
		err := h.Do(func() error {
			c, err := net.DialTimeout("tcp4", address, time.Second)
			if err != nil {
				return err
			}
			return c.Close()
		})
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(20 * time.Millisecond) // nobody tells when it listens
	}
}

// json is the RTCIceServer list of a page.
func (s iceServers) json() string {
	list := []signaling.ICEServer{}
	if s.stun != "" {
		username, password := relay.Credentials([]byte(s.secret), "lab", time.Hour)
		list = append(list, signaling.ICEServer{URLs: []string{s.stun}},
			signaling.ICEServer{URLs: s.turn, Username: username, Credential: password})
	}
	text, _ := json.Marshal(list) // strings always can be
	return string(text)
}

// flags are Parley's; the secret is in its environment.
func (s iceServers) flags() (list []string) {
	if s.stun == "" {
		return nil
	}
	list = []string{"--stun", s.stun}
	for _, url := range s.turn {
		list = append(list, "--turn", url)
	}
	return list
}

// connections is the matrix in plain text: how many of the calls connected, and
// their time to the first picture.
func connections(cells []cell) string {
	var b strings.Builder
	for _, w := range []way{ours, chromium} {
		for _, from := range nats {
			for _, to := range nats {
				var setups []float64
				all, path := 0, ""
				for _, c := range cells {
					if c.Way != w || c.Sender != from || c.Receiver != to {
						continue
					}
					if all++; c.Problem == "" {
						setups, path = append(setups, c.Setup), c.Path
					}
				}
				if all > 0 {
					fmt.Fprintf(&b, "%-9s %-15s to %-15s %d of %d connected, first picture %s ms, %s\n", w, from, to, len(setups), all, text(score.FigureOf(setups)), path)
				}
			}
		}
	}
	return b.String()
}
