//go:build linux

package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"parley/backend/cli"
	"parley/backend/config"
	"parley/backend/lab/emulate"
)

// TestMain makes this program Parley's command line, where asParley is set: what is
// tested in the namespaces is what was compiled with the test.
func TestMain(m *testing.M) {
	if os.Getenv(replayIs) != "" {
		os.Exit(replayItself())
	}
	if os.Getenv(asParley) != "" {
		parley := cli.Program{OpenSession: openSession}
		os.Exit(cli.Run(context.Background(), parley, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	if os.Getenv(soakFor) != "" {
		os.Exit(soakItself())
	}
	flag.Parse()
	os.Exit(m.Run())
}

// openSession says on standard output when the first picture has come, by which
// path, and when another one is taken.
func openSession(c config.Config, log *slog.Logger) (cli.Session, error) {
	if os.Getenv(pageIs) == "" {
		if err := os.Setenv(pageIs, builtPage); err != nil {
			return nil, err
		}
	}
	s, err := openWatched(c, log)
	if err != nil {
		return nil, err
	}
	go func() {
		event := "picture"
		var last string
		for range time.Tick(5 * time.Millisecond) {
			now := s.Stats()
			if path := fmt.Sprint(now.Path, now.Protocol); now.Video.In.Frames > 0 && path != last {
				fmt.Printf("{\"event\":%q,\"path\":%q,\"protocol\":%q}\n", event, now.Path, now.Protocol)
				event, last = "path", path
			}
		}
	}()
	return s, nil
}

// builtPage is the front end as `make build` leaves it.
const builtPage = "../../../frontend/dist"

// said is a line of Parley's.
type said struct {
	Event, State, Invite, Path, Protocol, Code, Message string

	at time.Time
}

// process is a Parley in a host.
type process struct {
	name  string
	lines chan said // closed at its end
}

// startParley runs Parley in a host until the test ends, or stop is called.
func startParley(t *testing.T, h *emulate.Host, environ []string, arguments ...string) (p *process, stop func()) {
	t.Helper()
	dir := t.TempDir()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := h.Command(exe, arguments...)
	cmd.Env = append(append(os.Environ(), asParley+"=1", "XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir), environ...)
	cmd.Stderr = t.Output()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p = &process{name: h.Name, lines: make(chan said, 100)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		defer close(p.lines)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var s said
			if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
				s.Event = lines.Text()
			}
			s.at = time.Now()
			select {
			case p.lines <- s:
			default: // stats that nobody waits for
			}
		}
	}()
	ended := false
	stop = func() {
		if ended {
			return
		}
		ended = true
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-read
		_ = cmd.Wait() // it was killed
	}
	t.Cleanup(stop)
	return p, stop
}

// until waits for a line.
func (p *process) until(what string, wanted func(said) bool) (said, error) {
	late := time.After(connectWithin)
	for {
		select {
		case s, ok := <-p.lines:
			switch {
			case !ok:
				return said{}, fmt.Errorf("%s ended before %s", p.name, what)
			case wanted(s):
				return s, nil
			case s.Event == "error":
				return said{}, fmt.Errorf("%s: %s", s.Code, s.Message)
			}
		case <-late:
			return said{}, fmt.Errorf("%s: not %s in %v", p.name, what, connectWithin)
		}
	}
}

func (p *process) event(name string) (said, error) {
	return p.until(name, func(s said) bool { return s.Event == name })
}

// serve runs `parley serve` at relayAddress, with TLS on port 443, and gives the
// environment of those who trust its certificate.
func serve(t *testing.T, internet *emulate.Host) (trust string) {
	t.Helper()
	dir := t.TempDir()
	cert, key, secret := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "secret")
	if err := errors.Join(makeCertificate(cert, key), os.WriteFile(secret, []byte(relaySecret), 0o600)); err != nil {
		t.Fatal(err)
	}
	p, _ := startParley(t, internet, nil, "serve", "--public-ip", relayAddress,
		"--listen-udp", relayAddress+":3478", "--listen-tcp", relayAddress+":3478", "--listen-tls", relayAddress+":443",
		"--tls-cert", cert, "--tls-key", key, "--secret-file", secret, "--json")
	if _, err := p.until("settings", func(said) bool { return true }); err != nil {
		t.Fatal(err)
	}
	return "SSL_CERT_FILE=" + cert // a certificate of the user's own, trusted as the system's are
}

// makeCertificate makes one for relayAddress.
func makeCertificate(cert, key string) error {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "laboratory"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.ParseIP(relayAddress)},
		IsCA:        true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret}), 0o600))
}
