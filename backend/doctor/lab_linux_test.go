package doctor_test

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pion/stun/v4"

	"parley/backend/cli"
	"parley/backend/doctor"
	"parley/backend/lab/emulate"
	"parley/backend/lab/score"
	"parley/backend/signaling/firestore/fake"
)

const (
	relayAddress  = "203.0.113.1" // TEST-NET-3, RFC 5737
	serverAddress = "203.0.113.2" // of signaling, and of a second STUN server
	secret        = "a secret of the laboratory"

	// signaling is at port 443, as Firebase is, and at lateSignaling by a clock
	// that is 10 minutes behind.
	signaling     = serverAddress + ":443"
	lateSignaling = serverAddress + ":444"
)

// broken is a network, what is set on it, and what the doctor must say.
type broken struct {
	nat       emulate.NAT
	ipv6      bool               // instead: a network that has nothing else
	link      emulate.Conditions // of a link without a router, where there is no nat
	firewall  []string           // rules of the router's
	own       []string           // and of the machine's own
	portal    string             // what the router's own page begins with, as HTTP
	signaling string             // of Firestore, or "lan"; "" is by hand
	servers   string             // of ice.servers, in TOML
	want      string             // the verdict's check and cause; "" is that all is well
	also      string             // a finding beside it
}

// TestBrokenNetworks runs `parley doctor --json` in networks that are broken, each
// in one way. PARLEY_RUNS=5 does so 5 times.
func TestBrokenNetworks(t *testing.T) {
	if testing.Short() {
		t.Skip("building the networks takes 10 s")
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
	stuns := fmt.Sprintf("[[ice.servers]]\nurls = ['stun:%s:3478', 'stun:%s:3478']\n", relayAddress, serverAddress)
	turns := func(host string, port int, secret string) string {
		return fmt.Sprintf("[[ice.servers]]\nurls = ['turn:%[1]s:%[2]d?transport=udp', 'turn:%[1]s:%[2]d?transport=tcp', 'turns:%[1]s:443?transport=tcp']\nsecret = '%[3]s'\n", host, port, secret)
	}
	all := stuns + turns(relayAddress, 3478, secret)
	far := emulate.Conditions{Delay: 150 * time.Millisecond}
	lossy := far
	lossy.Loss.Rate = 0.2
	firewall := "-A FORWARD -p tcp -d " + serverAddress + " --dport 443 -j "
	// A portal answers on the web's ports in place of anybody, and drops the rest or refuses it.
	captive := func(rest string) []string {
		return []string{"-t nat -A PREROUTING -i inside -p tcp --dport 80 -j REDIRECT --to-ports 8080", "-A FORWARD -i inside -j " + rest}
	}
	intercepting := append(captive("DROP"), "-t nat -A PREROUTING -i inside -p tcp --dport 443 -j REDIRECT --to-ports 8443")
	nets := map[string]broken{
		"open":                {nat: emulate.Open, signaling: signaling, servers: all, also: "nat open"},
		"cone":                {nat: emulate.PortRestricted, signaling: signaling, servers: all, also: "nat cone"},
		"symmetric":           {nat: emulate.Symmetric, signaling: signaling, servers: all, also: "nat symmetric"},
		"symmetric, no relay": {nat: emulate.Symmetric, signaling: signaling, servers: stuns, want: "nat symmetric_no_relay"},
		"UDP blocked":         {nat: emulate.NoUDP, signaling: signaling, servers: all, want: "nat udp_blocked"},
		"only TCP 443":        {nat: emulate.Only443, signaling: signaling, servers: all, want: "nat only_443"},
		"no network":          {signaling: signaling, servers: all, want: "network offline"},
		"IPv6 only":           {ipv6: true, servers: all, want: "nat ipv6_only"},
		"signaling dropped":   {nat: emulate.PortRestricted, firewall: []string{firewall + "DROP"}, signaling: signaling, servers: all, want: "signaling unreachable", also: "nat cone"},
		"signaling refused":   {nat: emulate.PortRestricted, firewall: []string{firewall + "REJECT --reject-with tcp-reset"}, signaling: signaling, servers: all, want: "signaling unreachable", also: "nat cone"},
		"relay down":          {nat: emulate.PortRestricted, signaling: signaling, servers: stuns + turns(serverAddress, 3999, secret), want: "relay not_running", also: "nat cone"},
		"all servers down":    {nat: emulate.PortRestricted, signaling: signaling, servers: turns(serverAddress, 3999, secret), want: "nat servers_down"},
		"wrong credentials":   {nat: emulate.PortRestricted, signaling: signaling, servers: stuns + turns(relayAddress, 3478, secret+"?"), want: "relay credentials", also: "nat cone"},
		"no names":            {nat: emulate.PortRestricted, signaling: "signaling.example.org:443", servers: turns("relay.example.org", 3478, secret), want: "network dns"},
		"clock":               {nat: emulate.PortRestricted, signaling: lateSignaling, servers: all, want: "signaling clock"},
		"loss":                {link: lossy, servers: all, want: "relay lossy"},
		"far away":            {link: far, servers: all, want: "relay slow"},

		"portal, redirect":               {nat: emulate.PortRestricted, firewall: captive("DROP"), portal: redirect, signaling: signaling, servers: all, want: "network portal"},
		"portal, 511":                    {nat: emulate.PortRestricted, firewall: captive("REJECT"), portal: "HTTP/1.1 511 Network Authentication Required\r\n", signaling: signaling, servers: all, want: "network portal"},
		"portal, its own page":           {nat: emulate.PortRestricted, firewall: captive("REJECT --reject-with icmp-admin-prohibited"), portal: "HTTP/1.1 200 OK\r\n", signaling: signaling, servers: all, want: "network portal"},
		"portal, HTTPS too":              {nat: emulate.PortRestricted, firewall: intercepting, portal: redirect, signaling: signaling, servers: all, want: "network portal"},
		"portal, only HTTPS":             {nat: emulate.PortRestricted, firewall: intercepting[1:], portal: redirect, signaling: signaling, servers: all, want: "network intercepted"},
		"portal, no names":               {nat: emulate.PortRestricted, firewall: captive("DROP"), portal: redirect, servers: turns("relay.example.org", 3478, secret), want: "network portal"},
		"own firewall, UDP out dropped":  {nat: emulate.Open, own: []string{"-A OUTPUT -p udp -j DROP"}, signaling: signaling, servers: all, want: "firewall own_firewall_out"},
		"own firewall, UDP out refused":  {nat: emulate.Open, own: []string{"-A OUTPUT -p udp ! -o lo -j REJECT"}, signaling: signaling, servers: all, want: "firewall own_firewall_out"},
		"own firewall, nothing out":      {nat: emulate.Open, own: []string{"-A OUTPUT ! -o lo -j DROP"}, signaling: signaling, servers: all, want: "firewall own_firewall_out"},
		"own firewall, UDP in":           {nat: emulate.Open, own: []string{"-A INPUT -p udp -j DROP"}, signaling: signaling, servers: all, want: "firewall own_firewall_in"},
		"own firewall, UDP in, no relay": {nat: emulate.Open, own: []string{"-A INPUT -p udp -j DROP"}, signaling: signaling, servers: stuns, want: "firewall own_firewall_in"},
		"own firewall, rooms dropped":    {nat: emulate.Open, own: []string{"-A INPUT -p tcp --dport 7373 -j DROP"}, signaling: "lan", servers: all, want: "signaling own_firewall_port"},
		"own firewall, rooms refused":    {nat: emulate.Open, own: []string{"-A INPUT -p tcp --syn -j REJECT"}, signaling: "lan", servers: all, want: "signaling own_firewall_port"},
		"own firewall, a good one":       {nat: emulate.Open, own: []string{"-A INPUT -i lo -j ACCEPT", "-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT", "-P INPUT DROP"}, signaling: signaling, servers: all, also: "firewall works"},
		"rooms of its own":               {nat: emulate.Open, signaling: "lan", servers: all, also: "signaling works"},
	}
	n := newInternet(t)
	names := slices.Sorted(maps.Keys(nets))
	found := make([][]outcome, len(names))
	problems := make([]error, len(names))
	dir := t.TempDir()
	// Many at once, whatever -parallel says: they wait most of the time. But a machine
	// that is busy adds loss and delay, and more so where those are measured.
	const atOnce = 10
	room := make(chan struct{}, atOnce)
	for _, measured := range []bool{false, true} {
		var work sync.WaitGroup
		for i, name := range names {
			if (nets[name].link.Delay > 0) == measured {
				room <- struct{}{}
				work.Go(func() {
					defer func() { <-room }()
					found[i], problems[i] = n.try(nets[name], i+1, runs, filepath.Join(dir, strconv.Itoa(i)))
				})
			}
		}
		work.Wait()
	}
	for i, name := range names {
		t.Run(name, func(t *testing.T) {
			if problems[i] != nil {
				t.Fatal(problems[i])
			}
			var took []float64
			for _, o := range found[i] {
				nets[name].check(t, o)
				took = append(took, o.took.Seconds())
			}
			t.Logf("%+v s", score.FigureOf(took))
		})
	}
}

// internet is where the servers are.
type internet struct {
	at      *emulate.Host
	trusted string // the certificate of the relay
}

func newInternet(t *testing.T) *internet {
	t.Helper()
	h, err := emulate.NewInternet(relayAddress)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := h.Run("ip", "addr", "add", serverAddress+"/32", "dev", "lo"); err != nil {
		t.Fatal(err)
	}
	n := &internet{at: h, trusted: filepath.Join(t.TempDir(), "certificate.pem")}
	n.relay(t)
	n.stun(t, serverAddress+":3478")
	n.web(t, relayAddress+":80")
	good, late := fake.Start(t, false), fake.Start(t, false)
	late.Skew(-10 * time.Minute)
	n.forward(t, signaling, good.Host)
	n.forward(t, lateSignaling, late.Host)
	return n
}

// listen opens a socket in the internet; what reads it need not be there.
func listen[T any](t *testing.T, h *emulate.Host, open func() (T, error)) (socket T) {
	t.Helper()
	if err := h.Do(func() (err error) {
		socket, err = open()
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return socket
}

// forward hands connections on to a server of this process.
func (n *internet) forward(t *testing.T, address, to string) {
	t.Helper()
	l := listen(t, n.at, func() (net.Listener, error) { return net.Listen("tcp4", address) })
	done := make(chan struct{})
	t.Cleanup(func() { l.Close(); <-done })
	go func() {
		defer close(done)
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp4", to)
			if err != nil {
				in.Close()
				continue
			}
			pass := func(to, from net.Conn) {
				_, _ = io.Copy(to, from)
				to.Close()
			}
			go pass(in, out)
			go pass(out, in)
		}
	}()
}

// stun is a second server to ask for our address.
func (n *internet) stun(t *testing.T, address string) {
	t.Helper()
	conn := listen(t, n.at, func() (net.PacketConn, error) { return net.ListenPacket("udp4", address) })
	done := make(chan struct{})
	t.Cleanup(func() { conn.Close(); <-done })
	go func() {
		defer close(done)
		for buffer := make([]byte, 1500); ; {
			size, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			m := &stun.Message{Raw: append([]byte(nil), buffer[:size]...)}
			if m.Decode() != nil {
				continue
			}
			udp := from.(*net.UDPAddr)
			_, _ = conn.WriteTo(stun.MustBuild(m, stun.BindingSuccess, &stun.XORMappedAddress{IP: udp.IP, Port: udp.Port}).Raw, from)
		}
	}()
}

// relay is `parley serve`.
func (n *internet) relay(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	key, secretFile := filepath.Join(dir, "key.pem"), filepath.Join(dir, "secret")
	if err := errors.Join(makeCertificate(relayAddress, n.trusted, key), os.WriteFile(secretFile, []byte(secret), 0o600)); err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := n.at.Command(exe, "serve", "--public-ip", relayAddress,
		"--listen-udp", relayAddress+":3478", "--listen-tcp", relayAddress+":3478", "--listen-tls", relayAddress+":443",
		"--tls-cert", n.trusted, "--tls-key", key, "--secret-file", secretFile, "--json")
	cmd.Env = append(os.Environ(), asParley+"=1", "XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir)
	cmd.Stderr = t.Output()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait() // it was killed
	})
	if _, err := out.Read(make([]byte, 1)); err != nil { // it tells its settings when it listens
		t.Fatal(err)
	}
}

// outcome is what one run of the doctor said.
type outcome struct {
	text []byte
	code int
	took time.Duration
}

// try runs the doctor on a machine in b's network.
func (n *internet) try(b broken, site, runs int, dir string) (list []outcome, err error) {
	h, err := emulate.NewHost(fmt.Sprintf("host%d", site))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	switch {
	case b.nat != "":
		router, err := emulate.Behind(b.nat, h, n.at, site)
		if err != nil {
			return nil, err
		}
		defer router.Close()
		if b.portal != "" {
			closer, err := portal(router, b.portal, dir)
			if err != nil {
				return nil, err
			}
			defer closer()
		}
		if err := errors.Join(rules(router, b.firewall), rules(h, b.own)); err != nil {
			return nil, err
		}
	case b.ipv6:
		for _, command := range []string{
			"sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0",
			"ip link add net0 type veth peer name router",
			"ip link set router up",
			"ip link set net0 up",
			"ip -6 addr add 2001:db8::2/64 dev net0 nodad",
			"ip -6 route add default via 2001:db8::1",
		} {
			words := strings.Fields(command)
			if err := h.Run(words[0], words[1:]...); err != nil {
				return nil, err
			}
		}
	case b.link.Delay > 0:
		back := b.link
		back.Loss = emulate.Loss{}
		lan := fmt.Sprintf("192.168.%d.", site)
		link, err := emulate.NewLink(
			emulate.End{Host: h, Device: "net0", Address: lan + "2/24", Out: emulate.Always(b.link)},
			emulate.End{Host: n.at, Device: fmt.Sprintf("far%d", site), Address: lan + "1/24", Out: emulate.Always(back)}, 1)
		if err != nil {
			return nil, err
		}
		defer link.Close()
		if err := h.Run("ip", "route", "add", "default", "dev", "net0"); err != nil {
			return nil, err
		}
	}
	settings := "signaling = 'manual'\n"
	switch b.signaling {
	case "":
	case "lan":
		settings = "signaling = 'lan'\n"
	default:
		settings = "signaling = 'firestore'\n[firebase]\nproject = 'demo-parley'\nauth = 'none'\nemulator = '" + b.signaling + "'\n"
	}
	settings += "[devices]\ncamera = 'none'\nmicrophone = 'none'\nspeaker = 'none'\n" + b.servers
	file := filepath.Join(dir, "config.toml")
	if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(file, []byte(settings), 0o600)); err != nil {
		return nil, err
	}
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	for range runs {
		cmd := h.Command(exe, "doctor", "--json")
		cmd.Env = append(os.Environ(), asParley+"=1", "PARLEY_CONFIG="+file, "XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir, "SSL_CERT_FILE="+n.trusted)
		begin := time.Now()
		text, err := cmd.Output()
		if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
			return nil, err
		}
		list = append(list, outcome{text, cmd.ProcessState.ExitCode(), time.Since(begin)})
	}
	return list, nil
}

// check compares with what the doctor must say.
func (b broken) check(t *testing.T, o outcome) {
	t.Helper()
	var findings []doctor.Finding
	for line := range bytes.Lines(o.text) {
		var f doctor.Finding
		if err := json.Unmarshal(line, &f); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if f.What == "" || (f.Level == doctor.Problem || f.Level == doctor.Warning) && f.Next == "" {
			t.Errorf("%s says nothing to people: %+v", f.Check, f)
		}
		findings = append(findings, f)
	}
	// They come as they are found; the verdict is of their order on the screen.
	order := []string{"camera", "microphone", "speaker", "firewall", "network", "signaling", "nat"}
	place := func(f doctor.Finding) int {
		if i := slices.Index(order, f.Check); i >= 0 {
			return i
		}
		return len(order) + strings.Index(b.servers, strings.TrimPrefix(f.Check, "relay "))
	}
	slices.SortFunc(findings, func(a, b doctor.Finding) int { return cmp.Compare(place(a), place(b)) })
	verdict, bad := doctor.Verdict(findings)
	got := ""
	if bad {
		check, _, _ := strings.Cut(verdict.Check, " ")
		got = check + " " + verdict.Cause
	}
	code := 0
	if bad && verdict.Level == doctor.Problem {
		code = cli.ExitConnection
	}
	if got != b.want || o.code != code {
		t.Errorf("%q and exit code %d, want %q and %d: %s", got, o.code, b.want, code, o.text)
	}
	if b.also != "" && !slices.ContainsFunc(findings, func(f doctor.Finding) bool { return f.Check+" "+f.Cause == b.also }) {
		t.Errorf("no %s: %s", b.also, o.text)
	}
	if b.link.Delay > 0 && (verdict.RTT < 300 || b.link.Loss.Rate > 0 && (verdict.Loss < 0.05 || verdict.Loss > 0.4)) {
		t.Errorf("%.0f ms and %.2f lost, of %+v", verdict.RTT, verdict.Loss, b.link)
	}
}

// makeCertificate makes one for an address.
func makeCertificate(address, certificate, key string) error {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.ParseIP(address)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	public, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return err
	}
	hidden, err := x509.MarshalPKCS8PrivateKey(private)
	return errors.Join(err,
		os.WriteFile(certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: public}), 0o600),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: hidden}), 0o600))
}
