package relay

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/backend/peer"
	"parley/backend/signaling"
)

// Coturn's own load client, as an independent one, relays through us over each
// transport, with data in channels and in indications, and loses nothing.
func TestCoturnsClient(t *testing.T) {
	tool := coturn(t, "turnutils_uclient")
	r := serve(t, nil)
	t.Run("all", func(t *testing.T) { useCoturnsClient(t, r, tool) })
	// Over UDP it goes without a word, and its allocations end by themselves.
	eventually(t, "allocations are left", func() bool { return r.Stats().Allocations <= 4 })
}

func useCoturnsClient(t *testing.T, r *Relay, tool string) {
	for _, transport := range []struct {
		name  string
		at    net.Addr
		flags []string
	}{{"udp", r.UDPAddr(), nil}, {"tcp", r.TCPAddr(), []string{"-t"}}, {"tls", r.TLSAddr(), []string{"-t", "-S"}}} {
		for _, way := range []struct {
			name  string
			flags []string
		}{{"channels", nil}, {"indications", []string{"-s"}}} {
			t.Run(transport.name+"/"+way.name, func(t *testing.T) {
				t.Parallel()
				// -y: the two clients send each other; -W: it makes its credentials
				// from the secret itself.
				args := append([]string{"-y", "-c", "-m", "2", "-n", "50", "-l", "900", "-z", "5", "-u", "ada", "-W", string(secret), "-p", port(transport.at)}, transport.flags...)
				args = append(append(args, way.flags...), "127.0.0.1")
				ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
				defer cancel()
				out, err := exec.CommandContext(ctx, tool, args...).CombinedOutput()
				text := string(out)
				if err != nil || !strings.Contains(text, "Total lost packets 0 ") || !strings.Contains(text, "tot_recv_msgs=100") {
					t.Errorf("%v\n%s", err, text)
				}
			})
		}
	}
}

func coturn(t *testing.T, tool string) string {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil {
		t.Skip("the package coturn is not installed")
	}
	return path
}

func port(a net.Addr) string {
	at, _ := addrPort(a)
	return strconv.Itoa(int(at.Port()))
}

// Our own ICE, allowed nothing but relays, connects through this relay over each
// transport, and so do two sides that use different ones.
func TestCallsThroughTheRelay(t *testing.T) {
	r := serve(t, func(o *Options) { o.AllowPeers = nil })
	servers := r.ICEServers("127.0.0.1", "ada", time.Minute)
	urls := servers[len(servers)-1].URLs
	for i, a := range urls {
		for _, b := range urls[i:] {
			t.Run(a[:5]+a[len(a)-3:]+" to "+b[:5]+b[len(b)-3:], func(t *testing.T) {
				call(t, servers[len(servers)-1], a, b)
			})
		}
	}
	eventually(t, "allocations are left", func() bool { return r.Stats().Allocations == 0 })
}

// The same through coturn: our credentials are what another server takes.
func TestCallsThroughCoturn(t *testing.T) {
	address := startCoturn(t)
	username, password := Credentials(secret, "ada", time.Minute)
	server := signaling.ICEServer{Username: username, Credential: password}
	udp, tcp, tls := "turn:"+address+"?transport=udp", "turn:"+address+"?transport=tcp", "turns:"+address+"?transport=tcp"
	for name, urls := range map[string][2]string{"udp": {udp, udp}, "tcp": {tcp, tcp}, "tls": {tls, tls}, "udp to tls": {udp, tls}} {
		t.Run(name, func(t *testing.T) { call(t, server, urls[0], urls[1]) })
	}
	// One side through coturn and the other through ours.
	r := serve(t, nil)
	own := r.ICEServers("127.0.0.1", "ada", time.Minute)
	t.Run("coturn to ours", func(t *testing.T) {
		connect(t, peer.ICEServer{URLs: []string{udp}, Username: server.Username, Credential: server.Credential},
			peer.ICEServer{URLs: own[1].URLs[:1], Username: own[1].Username, Credential: own[1].Credential})
	})
}

// startCoturn runs a coturn on 127.0.0.1 until the test ends.
func startCoturn(t *testing.T) string {
	t.Helper()
	tool := coturn(t, "turnserver")
	free, err := net.Listen("tcp", "127.0.0.1:0") // and the UDP port of the same number, most likely
	if err != nil {
		t.Fatal(err)
	}
	at := port(free.Addr())
	_ = free.Close()
	folder := t.TempDir()
	cmd := exec.Command(tool, "-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--listening-port="+at, "--tls-listening-port="+at,
		"--cert="+certificateFile, "--pkey="+keyFile, "--realm=parley", "--use-auth-secret", "--static-auth-secret="+string(secret),
		"--allow-loopback-peers", "--no-cli", "--no-dtls", "--log-file=stdout", "--pidfile="+filepath.Join(folder, "pid"), "--userdb="+filepath.Join(folder, "db"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	var said strings.Builder
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			fmt.Fprintln(&said, lines.Text())
		}
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
		if t.Failed() {
			t.Log(said.String())
		}
	})
	eventually(t, "coturn does not start", func() bool {
		conn, err := net.Dial("tcp", "127.0.0.1:"+at)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	return "127.0.0.1:" + at
}

func call(t *testing.T, s signaling.ICEServer, a, b string) {
	t.Helper()
	connect(t, peer.ICEServer{URLs: []string{a}, Username: s.Username, Credential: s.Credential},
		peer.ICEServer{URLs: []string{b}, Username: s.Username, Credential: s.Credential})
}

// connect makes a connection between two peers that use one server each, and
// sends a message each way.
func connect(t *testing.T, a, b peer.ICEServer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	type end struct {
		*peer.Peer
		candidates chan signaling.Candidate
		open       chan struct{}
		messages   chan string
	}
	start := func(role signaling.Role, s peer.ICEServer) *end {
		e := &end{candidates: make(chan signaling.Candidate, 100), open: make(chan struct{}, 1), messages: make(chan string, 1)}
		var err error
		e.Peer, err = peer.New(peer.Config{ICEServers: []peer.ICEServer{s}, Interfaces: []string{"lo"}, RelayOnly: true, Logger: slog.New(slog.DiscardHandler)}, role, peer.Handlers{
			Candidate: func(c signaling.Candidate) { e.candidates <- c },
			Open:      func() { e.open <- struct{}{} },
			Message:   func(m []byte) { e.messages <- string(m) },
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		})
		return e
	}
	caller, callee := start(signaling.Caller, a), start(signaling.Callee, b)
	offer, err := caller.Offer(ctx)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := callee.Answer(ctx, offer)
	if err != nil {
		t.Fatal(err)
	}
	if err := caller.SetAnswer(ctx, answer); err != nil {
		t.Fatal(err)
	}
	for opened := 0; opened < 2; {
		select {
		case c := <-caller.candidates:
			_ = callee.AddCandidate(c)
		case c := <-callee.candidates:
			_ = caller.AddCandidate(c)
		case <-caller.open:
			opened++
		case <-callee.open:
			opened++
		case <-ctx.Done():
			t.Fatal("not connected")
		}
	}
	for _, way := range [][2]*end{{caller, callee}, {callee, caller}} {
		if err := way[0].Send([]byte("hello")); err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-way[1].messages:
			if got != "hello" {
				t.Errorf("heard %q", got)
			}
		case <-ctx.Done():
			t.Fatal("heard nothing")
		}
	}
	if got := caller.Stats().Path; got != peer.PathRelay {
		t.Errorf("the path is %q", got)
	}
}

// The ports in the settings are those that are listened on.
func TestICEServers(t *testing.T) {
	r := serve(t, func(o *Options) {
		o.PublicIPs = []netip.Addr{netip.MustParseAddr("2001:db8::7"), netip.MustParseAddr("198.51.100.7")}
	})
	got := fmt.Sprint(r.ICEServers("", "ada", time.Minute), r.ICEServers("turn.example.org", "ada", time.Minute)[1].URLs)
	got = regexp.MustCompile(`\d{10}:ada \S+}`).ReplaceAllString(got, "USER}")
	want := fmt.Sprintf("[{[stun:[2001:db8::7]:%[1]s]  } {[turn:[2001:db8::7]:%[1]s?transport=udp turn:[2001:db8::7]:%[2]s?transport=tcp turns:[2001:db8::7]:%[3]s?transport=tcp] USER}] "+
		"[turn:turn.example.org:%[1]s?transport=udp turn:turn.example.org:%[2]s?transport=tcp turns:turn.example.org:%[3]s?transport=tcp]",
		port(r.UDPAddr()), port(r.TCPAddr()), port(r.TLSAddr()))
	if got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
}
