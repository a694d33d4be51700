//go:build linux

package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"parley/backend/lab/browser"
	"parley/backend/lab/emulate"
	"parley/backend/lab/score"
)

// flow is one call among several through one link. Only one side films.
type flow struct {
	Start time.Duration // since the beginning
	Extra time.Duration // of delay, each way
	Back  bool          // the receiver films
}

// runFlows makes several calls through one link, and scores how they share it.
// Ours are between two Parleys, whose pictures nobody decodes: so many browsers
// would be more than the machine is made for.
func (r *result) runFlows(s scenario, m media, dir string, e *ends, stop <-chan os.Signal) error {
	n, err := newNetwork(s)
	if err != nil {
		return err
	}
	e.add(n.Close)
	c := &crowd{network: n, media: m, dir: dir, way: r.Way, known: map[uint16]bool{}, ends: e}
	if r.Way == chromium {
		if err := c.openBrowsers(); err != nil {
			return err
		}
	}
	m.alone()
	start := time.Now()
	n.link.Begin()
	var tcp uint16
	if s.TCP {
		port, end, err := tcpFlow(n)
		if err != nil {
			return err
		}
		defer end()
		tcp = port
	}
	var ports []uint16
	for i, f := range s.Flows {
		if err := wait(time.Until(start.Add(f.Start)), stop); err != nil {
			return err
		}
		port, err := c.dial(i, f)
		if err != nil {
			return fmt.Errorf("call %d: %w", i+1, err)
		}
		n.link.Farther(port, f.Extra)
		ports = append(ports, port)
	}
	// What is scored begins at the middle of the time with all calls.
	if last := s.Flows[len(s.Flows)-1].Start; time.Since(start) > (last+s.Length)/2 {
		return fmt.Errorf("the last call connected only after %v: the machine is too busy", time.Since(start).Round(time.Second))
	}
	busy, all := machine()
	if err := wait(time.Until(start.Add(s.Length)), stop); err != nil {
		return err
	}
	busyNow, allNow := machine()
	r.Busy = (busyNow - busy) / max(allNow-all, 1)
	r.Seconds = s.Length.Seconds()
	r.Series = newSeries(int(s.Length / step))
	r.traffic(s, n.link.Traffic(0), &r.Series)
	r.sharing(s, n, ports, tcp)
	return nil
}

func wait(d time.Duration, stop <-chan os.Signal) error {
	select {
	case <-stop:
		return errStopped
	case <-time.After(d):
		return nil
	}
}

// sharing scores the second half of the time in which all calls were there.
func (r *result) sharing(s scenario, n *network, ports []uint16, tcp uint16) {
	last := s.Flows[len(s.Flows)-1].Start
	from := int((last + s.Length) / 2 / (100 * time.Millisecond))
	var shares []float64
	sum, rest := 0.0, 0.0
	curve := func(port uint16, back bool) (total float64) {
		side := 0
		if back {
			side = 1
		}
		points := make([]float64, len(r.Series.Bitrate))
		for _, f := range n.link.Flows(side) {
			if f.Low != port && f.Up != port {
				continue
			}
			for i, bytes := range f.Bytes {
				if x := i / 5; x < len(points) {
					points[x] += float64(bytes) * 8 / step.Seconds()
				}
				if i >= from {
					total += float64(bytes)
				}
			}
		}
		r.Series.Flows = append(r.Series.Flows, points)
		return total
	}
	both := false
	for i, port := range ports {
		got := curve(port, s.Flows[i].Back)
		shares, sum, both = append(shares, got), sum+got, both || s.Flows[i].Back
	}
	if len(shares) > 1 && !both { // those of two directions share nothing
		r.Jain = score.Jain(shares)
	}
	if tcp != 0 {
		rest = curve(tcp, false)
		r.Share = sum / max(sum+rest, 1)
	}
}

// crowd is the calls of one link.
type crowd struct {
	*network
	media media
	dir   string
	way   way

	sender, receiver *browser.Browser // Chromium's, for all calls
	known            map[uint16]bool  // ports of calls that are up
	ends             *ends
}

func (c *crowd) openBrowsers() error {
	link, stop, err := referenceServer(c.network.sender, senderAddress)
	if err != nil {
		return err
	}
	c.ends.add(stop)
	for _, side := range []struct {
		to   **browser.Browser
		host *emulate.Host
		name string
	}{{&c.sender, c.network.sender, "sender"}, {&c.receiver, c.network.receiver, "receiver"}} {
		if *side.to, err = startBrowser(side.host.Command, filepath.Join(c.dir, side.name), devices{c.media.film, c.media.sound}, ""); err != nil {
			return err
		}
		c.ends.add((*side.to).Close)
		if err := (*side.to).Open(link); err != nil {
			return err
		}
	}
	return nil
}

// dial makes a call, and tells by which port the link knows it.
func (c *crowd) dial(i int, f flow) (uint16, error) {
	if c.way == chromium {
		var room string
		if err := c.sender.Eval(fmt.Sprintf("create({video: %v})", !f.Back), &room); err != nil {
			return 0, err
		}
		if err := c.receiver.Eval(fmt.Sprintf("join(%q, {video: %v})", room, f.Back), nil); err != nil {
			return 0, err
		}
		return c.port(f.Back)
	}
	camera := map[bool]string{true: c.media.film, false: "none"}
	common := []string{"--microphone", c.media.sound, "--speaker", "none"}
	caller, err := launch(c.network.sender, c.media, filepath.Join(c.dir, fmt.Sprint("caller", i)), nil, append([]string{"call", "create", "--json",
		"--lan-host", senderAddress, "--lan-address", fmt.Sprintf(":%d", 7373+i), "--camera", camera[!f.Back]}, common...)...)
	if err != nil {
		return 0, err
	}
	c.ends.add(caller.Close)
	link, err := caller.room()
	if err != nil {
		return 0, err
	}
	callee, err := launch(c.network.receiver, c.media, filepath.Join(c.dir, fmt.Sprint("callee", i)), nil,
		append([]string{"call", "join", link, "--json", "--camera", camera[f.Back]}, common...)...)
	if err != nil {
		return 0, err
	}
	c.ends.add(callee.Close)
	return c.port(f.Back)
}

// port waits for a flow that is new and carries pictures.
func (c *crowd) port(back bool) (uint16, error) {
	const pictures = 20_000 // bytes: more than connecting takes
	side := 0
	if back {
		side = 1
	}
	late, tick := time.After(connectWithin), time.NewTicker(100*time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-late:
			return 0, fmt.Errorf("no picture in %v", connectWithin)
		case <-tick.C:
		}
		for _, f := range c.link.Flows(side) {
			sum := 0
			for _, n := range f.Bytes {
				sum += n
			}
			if f.Protocol != unix.IPPROTO_UDP || sum < pictures || c.known[f.Low] || c.known[f.Up] {
				continue
			}
			c.known[f.Low], c.known[f.Up] = true, true
			return f.Up, nil
		}
	}
}

// tcpFlow sends as much as TCP lets it, by Reno, until end. It tells its port.
func tcpFlow(n *network) (port uint16, end func(), err error) {
	var l net.Listener
	err = n.receiver.Do(func() error {
		l, err = net.Listen("tcp4", receiverAddress+":5001")
		return err
	})
	if err != nil {
		return 0, nil, err
	}
	go func() {
		taken, err := l.Accept()
		if err != nil {
			return
		}
		defer taken.Close()
		buffer := make([]byte, 64<<10)
		for {
			if _, err := taken.Read(buffer); err != nil {
				return
			}
		}
	}()
	var c net.Conn
	err = n.sender.Do(func() error {
		dialer := net.Dialer{Timeout: connectWithin, Control: func(_, _ string, raw syscall.RawConn) (err error) {
			// Whatever the system's default is, RFC 8867 means one that loss slows.
			return errors.Join(raw.Control(func(fd uintptr) { err = unix.SetsockoptString(int(fd), unix.IPPROTO_TCP, unix.TCP_CONGESTION, "reno") }), err)
		}}
		c, err = dialer.Dial("tcp4", receiverAddress+":5001")
		return err
	})
	if err != nil {
		return 0, nil, errors.Join(err, l.Close())
	}
	go func() {
		zeros := make([]byte, 64<<10)
		for {
			if _, err := c.Write(zeros); err != nil {
				return
			}
		}
	}()
	return 5001, func() { _, _ = c.Close(), l.Close() }, nil
}
