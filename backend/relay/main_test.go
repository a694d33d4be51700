package relay

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pion/logging"
	"github.com/pion/turn/v5"
	"go.uber.org/goleak"
)

// certificate is for 127.0.0.1; this process trusts it, and so do the clients in
// it that ask the system.
var certificate tls.Certificate

// certificateFile and keyFile hold it.
var certificateFile, keyFile string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "relay")
	if err == nil {
		err = makeCertificate(folder)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(folder)
		os.Exit(code)
	}))
}

func makeCertificate(folder string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "relay"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:        true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	private := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret})
	certificateFile, keyFile = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	if err := os.WriteFile(certificateFile, public, 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(keyFile, private, 0o600); err != nil {
		return err
	}
	if err := os.Setenv("SSL_CERT_FILE", certificateFile); err != nil {
		return err
	}
	certificate, err = tls.X509KeyPair(public, private)
	return err
}

var secret = []byte("a secret of the tests")

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// serve starts a relay on free ports of 127.0.0.1 until the test ends.
func serve(t testing.TB, change func(*Options)) *Relay {
	t.Helper()
	o := Options{
		UDP: "127.0.0.1:0", TCP: "127.0.0.1:0", TLS: "127.0.0.1:0",
		Certificate: &certificate, Secret: secret,
		PublicIPs:  []netip.Addr{netip.MustParseAddr("127.0.0.1")},
		AllowPeers: loopback,
	}
	if change != nil {
		change(&o)
	}
	r, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// dial opens what a client talks to the relay through.
func dial(t testing.TB, r *Relay, transport string) (conn net.PacketConn, server string) {
	t.Helper()
	var stream net.Conn
	var err error
	switch transport {
	case "udp":
		conn, err = net.ListenPacket("udp4", "127.0.0.1:0")
		server = r.UDPAddr().String()
	case "tcp":
		server = r.TCPAddr().String()
		stream, err = net.Dial("tcp", server)
	case "tls":
		server = r.TLSAddr().String()
		stream, err = tls.Dial("tcp", server, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	if stream != nil {
		conn = turn.NewSTUNConn(stream)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn, server
}

// client is a TURN client with a name of its own for the relay's quotas.
func client(t testing.TB, r *Relay, transport, user string, valid time.Duration) *turn.Client {
	t.Helper()
	username, password := r.Credentials(user, valid)
	return clientWith(t, r, transport, username, password)
}

func clientWith(t testing.TB, r *Relay, transport, username, password string) *turn.Client {
	t.Helper()
	conn, server := dial(t, r, transport)
	c, err := turn.NewClient(&turn.ClientConfig{
		STUNServerAddr: server, TURNServerAddr: server, Conn: conn,
		Username: username, Password: password, Realm: "parley",
		LoggerFactory: &logging.DefaultLoggerFactory{Writer: os.Stderr, DefaultLogLevel: logging.LogLevelDisabled},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Listen(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// allocate is a relayed address.
func allocate(t testing.TB, c *turn.Client) net.PacketConn {
	t.Helper()
	conn, err := c.Allocate()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// eventually waits until the relay has done what it does on its own time.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	limit := time.After(20 * time.Second)
	for !is() {
		select {
		case <-limit:
			t.Fatal(what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// echo sends back what it gets.
func echo(t testing.TB) net.PacketConn {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 2000)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo(buf[:n], from)
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return conn
}

// exchange sends a packet until it is answered: UDP may lose one.
func exchange(t testing.TB, conn net.PacketConn, to net.Addr, payload string) string {
	t.Helper()
	return await(t, conn, to, conn, payload, func(string) bool { return true })
}

// hear sends from one relayed address to another until it is there.
func hear(t testing.TB, from, to net.PacketConn, payload string) {
	t.Helper()
	await(t, from, to.LocalAddr(), to, payload, func(got string) bool { return got == payload })
}

func await(t testing.TB, from net.PacketConn, at net.Addr, to net.PacketConn, payload string, is func(string) bool) string {
	t.Helper()
	buf := make([]byte, 2000)
	for range 20 {
		if _, err := from.WriteTo([]byte(payload), at); err != nil {
			t.Fatal(err)
		}
		if err := to.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		for {
			n, _, err := to.ReadFrom(buf)
			if err != nil {
				break
			}
			if got := string(buf[:n]); is(got) {
				return got
			}
		}
	}
	t.Fatal("nothing came")
	return ""
}
