package peer_test

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"parley/backend/call"
)

// testNet is three network namespaces: two hosts and a router between them, which
// also holds the room server, so that signaling dies with a host's network.
//
//	caller 10.77.1.x ── 10.77.1.1 router 10.77.2.1 ── 10.77.2.x callee
//	       10.78.1.x ── 10.78.1.1        10.78.2.1 ── 10.78.2.x
type testNet struct {
	t     *testing.T
	names map[string]string // of the namespaces
	setup
}

const roomServer = "10.77.0.1"

var nets atomic.Int64 // so far: tests that run side by side have one each

func newNet(t *testing.T) *testNet {
	if os.Geteuid() != 0 {
		t.Skip("network namespaces need root")
	}
	for _, tool := range []string{"ip", "iptables"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("there is no %s", tool)
		}
	}
	sweep()
	n := &testNet{t, map[string]string{}, setup{Server: roomServer}}
	for _, host := range []string{"caller", "callee", "router"} {
		n.names[host] = fmt.Sprintf("parley-%s-%d-%d", host, nets.Add(1), os.Getpid())
	}
	t.Cleanup(func() {
		for _, name := range n.names {
			_ = exec.Command("ip", "netns", "del", name).Run() // what was not made cannot be deleted
		}
	})
	if out, err := exec.Command("ip", "netns", "add", n.names["router"]).CombinedOutput(); err != nil {
		t.Skipf("no network namespaces here: %s", out)
	}
	n.must("router", "sysctl -qw net.ipv4.ip_forward=1")
	n.must("router", "ip link set lo up")
	n.must("router", "ip addr add "+roomServer+"/32 dev lo")
	for i, host := range []string{"caller", "callee"} {
		if out, err := exec.Command("ip", "netns", "add", n.names[host]).CombinedOutput(); err != nil {
			t.Fatalf("%s", out)
		}
		n.must(host, "ip link set lo up")
		for _, net := range []int{77, 78} {
			here, there := fmt.Sprintf("net%d", net), fmt.Sprintf("to%d-%d", i+1, net)
			n.must("router", fmt.Sprintf("ip link add %s type veth peer name %s netns %s", there, here, n.names[host]))
			n.must("router", fmt.Sprintf("ip addr add 10.%d.%d.1/24 dev %s", net, i+1, there))
			n.must("router", "ip link set "+there+" up")
		}
		n.up(host, 77, 2)
	}
	return n
}

// sweep deletes what a run that was killed left behind.
func sweep() {
	left, _ := filepath.Glob("/run/netns/parley-*-*")
	for _, path := range left {
		parts := strings.Split(filepath.Base(path), "-")
		if pid, err := strconv.Atoi(parts[len(parts)-1]); err == nil && syscall.Kill(pid, 0) != nil {
			_ = exec.Command("ip", "netns", "del", filepath.Base(path)).Run() // somebody else may have
		}
	}
}

// must runs a command, of words and then more arguments, in a host's namespace.
func (n *testNet) must(host, command string, more ...string) {
	n.t.Helper()
	args := slices.Concat([]string{"netns", "exec", n.names[host]}, strings.Fields(command), more)
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		n.t.Fatalf("%s: %s: %v: %s", host, command, err, out)
	}
}

func side(host string) int { return map[string]int{"caller": 1, "callee": 2}[host] }

// up gives a host its address on one of its networks, and its way out there.
func (n *testNet) up(host string, net, last int) {
	n.t.Helper()
	n.must(host, fmt.Sprintf("ip link set net%d up", net))
	n.must(host, fmt.Sprintf("ip addr replace 10.%d.%d.%d/24 dev net%d", net, side(host), last, net))
	n.must(host, fmt.Sprintf("ip route replace default via 10.%d.%d.1 dev net%d", net, side(host), net))
}

func (n *testNet) down(host string, net int) {
	n.t.Helper()
	n.must(host, fmt.Sprintf("ip addr flush dev net%d", net))
	n.must(host, fmt.Sprintf("ip link set net%d down", net))
}

// black lets nothing through the router any more, or everything again.
func (n *testNet) black(on bool) {
	n.t.Helper()
	action := map[bool]string{true: "-I", false: "-D"}[on]
	n.must("router", "iptables "+action+" FORWARD -j DROP")
	n.must("router", "iptables "+action+" INPUT -j DROP")
}

// host is a side of a call in a process of its own.
type host struct {
	t      *testing.T
	name   string
	cmd    *exec.Cmd
	in     io.WriteCloser
	events chan report
}

// start runs a role of end_linux_test.go in a host's namespace, until the test ends.
func (n *testNet) start(name, role string, env ...string) *host {
	n.t.Helper()
	c := exec.Command("ip", "netns", "exec", n.names[name], os.Args[0], "-test.run=^TestEnd$", "-test.count=1")
	told, _ := json.Marshal(n.setup) // strings always can be
	c.Env = append(append(os.Environ(), roleVariable+"="+role, setupVariable+"="+string(told)), env...)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		n.t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		n.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		n.t.Fatal(err)
	}
	h := &host{n.t, name, c, in, make(chan report, 100_000)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		defer close(h.events)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var r report
			if json.Unmarshal(lines.Bytes(), &r) == nil {
				h.events <- r
			}
		}
	}()
	n.t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGCONT)
		_ = in.Close() // its end
		kill := time.AfterFunc(10*time.Second, func() { _ = c.Process.Kill() })
		defer kill.Stop()
		<-read
		_ = c.Wait()
	})
	return h
}

// await is the first report that is wanted.
func (h *host) await(what string, within time.Duration, wanted func(report) bool) report {
	h.t.Helper()
	late := time.After(within)
	for {
		select {
		case r, ok := <-h.events:
			if !ok {
				h.t.Fatalf("the %s ended while it waited for %s", h.name, what)
			}
			if wanted(r) {
				return r
			}
			if r.State == call.Ended || r.State == call.Failed {
				h.t.Fatalf("the %s's call is over (%s) while it waited for %s", h.name, r.Why, what)
			}
		case <-late:
			h.t.Fatalf("the %s waited %v for %s", h.name, within, what)
		}
	}
}

// tell writes a line to a side.
func (h *host) tell(line string) {
	h.t.Helper()
	if _, err := io.WriteString(h.in, line+"\n"); err != nil {
		h.t.Fatal(err)
	}
}

// says waits for a state, and tells how long after a moment it came.
func (h *host) says(s call.State, within time.Duration, since time.Time) time.Duration {
	h.t.Helper()
	r := h.await(fmt.Sprintf("%q", s), within, func(r report) bool { return r.State == s && r.Got >= since.UnixMilli() })
	return time.UnixMilli(r.Got).Sub(since)
}

// end has a side close its call, and its process end.
func (h *host) end(within time.Duration) {
	h.t.Helper()
	_ = h.in.Close()
	late := time.After(within)
	for {
		select {
		case _, more := <-h.events:
			if !more {
				return
			}
		case <-late:
			h.t.Fatalf("the %s was not closed after %v", h.name, within)
		}
	}
}

// inCall is two hosts in a call through the room server.
func (n *testNet) inCall() (caller, callee *host) {
	n.t.Helper()
	server := n.start("router", "server")
	at := server.await("the server", 10*time.Second, func(r report) bool { return r.Invite != "" })
	caller = n.start("caller", "caller", inviteVariable+"="+at.Invite)
	room := caller.await("a room", 20*time.Second, func(r report) bool { return r.Invite != "" })
	callee = n.start("callee", "callee", inviteVariable+"="+room.Invite)
	for _, h := range []*host{caller, callee} {
		h.await("pictures", 20*time.Second, func(r report) bool { return r.Sent > 0 })
	}
	return caller, callee
}

// back is when each side first got a picture that was made after a moment.
func back(t *testing.T, since time.Time, within time.Duration, hosts ...*host) time.Duration {
	t.Helper()
	var last time.Duration
	for _, h := range hosts {
		r := h.await("pictures after the break", within, func(r report) bool { return r.Sent > since.UnixMilli() })
		last = max(last, time.UnixMilli(r.Got).Sub(since))
	}
	return last
}

// figures prints what was measured, and holds the median against a bound.
func figures(t *testing.T, what string, times []time.Duration, bound time.Duration) {
	t.Helper()
	slices.Sort(times)
	at := func(q float64) time.Duration {
		return times[min(len(times)-1, int(q*float64(len(times))))].Round(time.Millisecond)
	}
	t.Logf("%s: n %d, median %v, p95 %v, most %v", what, len(times), at(0.5), at(0.95), times[len(times)-1].Round(time.Millisecond))
	if at(0.5) > bound {
		t.Errorf("%s: %v is more than %v", what, at(0.5), bound)
	}
}

// runs is how often a thing is measured: PARLEY_RUNS, or a few times.
func runs(few int) int {
	n, _ := strconv.Atoi(os.Getenv("PARLEY_RUNS"))
	return cmp.Or(n, few)
}

const (
	// within is how long anything is waited for.
	within = 30 * time.Second
	// sayWithin, foundWithin and backWithin are what a call keeps, the latter two in
	// the median: a break is said, and the pictures are back once there is a network,
	// a change of which is noticed and acted on at once.
	sayWithin   = 1500 * time.Millisecond
	foundWithin = 2 * time.Second
	backWithin  = 3 * time.Second
)

// A call outlives what happens to its networks.
func TestWalkingOutOfTheDoor(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	t.Parallel()
	n := newNet(t)
	caller, callee := n.inCall()
	both := []*host{caller, callee}
	last := map[string]int{"caller": 2, "callee": 2} // of the address
	address := func(host string) {
		old := last[host]
		last[host] = 2 + (old-1)%200
		n.must(host, "ip addr flush dev net77")
		n.up(host, 77, last[host])
	}
	for _, scenario := range []struct {
		name   string
		within time.Duration
		do     func()
	}{
		{"address changed, caller", foundWithin, func() { address("caller") }},
		{"address changed, callee", foundWithin, func() { address("callee") }},
		{"address changed, both at once", foundWithin, func() { address("caller"); address("callee") }},
		{"interface down and another up, callee", foundWithin, func() { n.down("callee", 77); n.up("callee", 78, 2) }},
		{"and back", foundWithin, func() { n.down("callee", 78); n.up("callee", 77, last["callee"]) }},
		{"sleep of 5 s, callee", backWithin, func() {
			_ = callee.cmd.Process.Signal(syscall.SIGSTOP)
			<-time.After(5 * time.Second)
			_ = callee.cmd.Process.Signal(syscall.SIGCONT)
		}},
	} {
		n.measure(scenario.name, scenario.within, scenario.do, both...)
	}
}

// And it outlives a network that is dark, for a short time or a long one.
func TestBlackouts(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	t.Parallel()
	n := newNet(t)
	caller, callee := n.inCall()
	var said []time.Duration
	for _, d := range []time.Duration{3 * time.Second, 20 * time.Second} {
		n.measure(fmt.Sprintf("blackout of %v", d), backWithin, func() { said = append(said, n.blackout(d, caller, callee)...) }, caller, callee)
	}
	figures(t, `"reconnecting" in a blackout`, said, sayWithin)
}

// measure has something happen, prints how long after its end the pictures were
// back, and holds the median against a bound.
func (n *testNet) measure(what string, bound time.Duration, do func(), hosts ...*host) {
	n.t.Helper()
	var times []time.Duration
	for range runs(1) {
		do()
		times = append(times, back(n.t, time.Now(), within, hosts...))
		<-time.After(time.Second) // the next thing does not happen within the same breath
		for _, h := range hosts {
			h.await("peace", within, func(r report) bool { return r.Sent > time.Now().Add(-time.Second).UnixMilli() })
		}
	}
	figures(n.t, what, times, bound)
}

// blackout is one, and how long it took each host to say so.
func (n *testNet) blackout(d time.Duration, hosts ...*host) (said []time.Duration) {
	n.t.Helper()
	n.black(true)
	began := time.Now()
	over := time.After(d)
	for _, h := range hosts {
		said = append(said, h.says(call.Reconnecting, d, began))
	}
	<-over
	n.black(false)
	return said
}
