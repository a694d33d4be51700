package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/pion/turn/v5"

	"parley/backend/config"
)

// serving runs `parley serve` until the test ends. It returns what it printed
// first, up to a line that holds end.
func serving(t *testing.T, end string, args ...string) string {
	t.Helper()
	in, out := io.Pipe()
	signals := make(chan os.Signal, 1)
	home := t.TempDir()
	var complaints bytes.Buffer
	a := app{
		stdout: out, stderr: &complaints, environ: []string{"HOME=" + home, "AppData=" + home, "LocalAppData=" + home},
		notify: func() (<-chan os.Signal, func()) { return signals, func() {} },
	}
	exit := make(chan int, 1)
	go func() {
		exit <- a.run(context.Background(), append([]string{"serve"}, args...))
		_ = out.Close()
	}()
	lines := bufio.NewReader(in)
	var text strings.Builder
	for !strings.Contains(text.String(), end) {
		line, err := lines.ReadString('\n')
		text.WriteString(line)
		if err != nil {
			t.Fatalf("%v: exit code %d, %s%s", err, <-exit, text.String(), complaints.String())
		}
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	t.Cleanup(func() {
		signals <- os.Interrupt
		if code := <-exit; code != ExitEnded {
			t.Errorf("exit code %d: %s", code, complaints.String())
		}
	})
	return text.String()
}

// The printed settings are good for a client.
func TestServeJSON(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	text := serving(t, "\n", "--json", "--listen-udp", "127.0.0.1:0", "--listen-tcp", "127.0.0.1:0", "--public-ip", "127.0.0.1", "--host", "localhost", "--secret-file", secret, "--realm", "test")
	var got served
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.ICEServers) != 2 || len(got.ICEServers[1].URLs) != 2 || !strings.HasPrefix(got.ICEServers[0].URLs[0], "stun:localhost:") {
		t.Fatalf("%+v", got)
	}
	server, _ := strings.CutPrefix(got.ICEServers[1].URLs[0], "turn:localhost")
	server, udp := strings.CutSuffix(server, "?transport=udp")
	if !udp || !strings.HasSuffix(got.ICEServers[1].URLs[1], "?transport=tcp") {
		t.Errorf("%v", got.ICEServers[1].URLs)
	}
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c, err := turn.NewClient(&turn.ClientConfig{
		TURNServerAddr: "127.0.0.1" + server, Conn: conn, Realm: "test",
		Username: got.ICEServers[1].Username, Password: got.ICEServers[1].Credential,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Listen(); err != nil {
		t.Fatal(err)
	}
	relayed, err := c.Allocate()
	if err != nil {
		t.Fatal(err)
	}
	if err := relayed.Close(); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(secret); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the secret: %v, %v", info, err)
	}
}

// What is printed for people is a config file that Parley takes.
func TestServePrintsAConfigFile(t *testing.T) {
	text := serving(t, "credential", "--listen-udp", "127.0.0.1:0", "--listen-tcp", "", "--public-ip", "127.0.0.1")
	start := strings.Index(text, "[[ice.servers]]")
	if start < 0 {
		t.Fatal(text)
	}
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text[start:]), 0o600); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	cfg, err := config.Load(path, nil, []string{"HOME=" + home, "AppData=" + home, "LocalAppData=" + home})
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.ICE.Servers) != 2 || !strings.HasSuffix(cfg.ICE.Servers[1].Username, ":parley") {
		t.Errorf("%+v", cfg.ICE.Servers)
	}
}

func TestServeRefuses(t *testing.T) {
	folder := t.TempDir()
	short, open := filepath.Join(folder, "short"), filepath.Join(folder, "open")
	for path, mode := range map[string]os.FileMode{short: 0o600, open: 0o644} {
		if err := os.WriteFile(path, []byte("short\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	cases := map[string]string{
		"--listen-udp= --listen-tcp=":                     "no address to listen on",
		"--public-ip nowhere":                             "--public-ip nowhere: it should be an IP address",
		"--public-ip 0.0.0.0":                             "public IP address is missing or cannot be used",
		"--listen-tls 127.0.0.1:0":                        "TLS needs a certificate",
		"--listen-tls 127.0.0.1:0 --tls-cert /nowhere":    "--tls-cert and --tls-key: open",
		"--ports all":                                     "--ports all: it should be like 49152-65535",
		"--ports 1-2":                                     "should be within 1024 to 65535",
		"--valid 0s":                                      "--valid 0s: it should be more than nothing",
		"--user a:b":                                      "without colons",
		"--allow-peer 10.0.0.1":                           "--allow-peer 10.0.0.1: it should be a range",
		"--secret-file " + short:                          "secret is too short",
		"--user-bitrate 10":                               "100000 or more",
		"--listen-udp 192.0.2.1:3478":                     "cannot listen",
		"--secret-file " + filepath.Join(short, "secret"): "--secret-file: ",
	}
	if runtime.GOOS != "windows" {
		cases["--secret-file "+open] = "other users can read it"
	}
	for args, want := range cases {
		all := append([]string{"serve", "--public-ip=127.0.0.1", "--listen-udp=127.0.0.1:0", "--listen-tcp="}, strings.Fields(args)...)
		if strings.Contains(args, "--public-ip") {
			all = append(all[:1], all[2:]...)
		}
		exit, stdout, stderr := command(t, Program{}, nil, all...)
		if exit != ExitUsage || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit code %d, output %q, standard error %q", args, exit, stdout, stderr)
		}
	}
}
