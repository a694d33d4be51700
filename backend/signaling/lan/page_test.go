package lan

import (
	"bytes"
	"compress/gzip"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"parley/backend/signaling"
)

// A page of some twenty files comes over one connection, and says its headers once.
func TestPageOverHTTP2(t *testing.T) {
	s := listen(t, Config{})
	c := insecureClient(t)
	c.Transport.(*http.Transport).ForceAttemptHTTP2 = true
	resp, err := c.Get(s.Origin() + "/")
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.ProtoMajor != 2 || resp.StatusCode != http.StatusOK {
		t.Errorf("%s, %s: %v", resp.Proto, resp.Status, err)
	}
}

// A browser gets the page's texts compressed, and who does not ask for that as they are.
func TestPageIsCompressed(t *testing.T) {
	s := listen(t, Config{})
	c := insecureClient(t)
	get := func(path, accept string) (*http.Response, []byte) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Origin()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", accept)
		resp, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, body
	}
	for _, path := range []string{"/", "/assets/phone-1a2.js"} {
		plain, want := get(path, "identity")
		if e := plain.Header.Get("Content-Encoding"); e != "" || plain.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: unasked for: %q", path, e)
		}
		for _, accept := range []string{"gzip, deflate, br, zstd", "br, GZIP;q=0.5", "gzip"} {
			for range 2 { // compressed, and kept
				resp, body := get(path, accept)
				if resp.Header.Get("Content-Encoding") != "gzip" {
					t.Fatalf("%s with %q: %v", path, accept, resp.Header)
				}
				z, err := gzip.NewReader(bytes.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s with %q: %d bytes of %d, %v", path, accept, len(got), len(want), err)
				}
			}
		}
		for _, accept := range []string{"gzip;q=0", "gzip; q=x", "br", ""} {
			if resp, body := get(path, accept); resp.Header.Get("Content-Encoding") != "" || !bytes.Equal(body, want) {
				t.Errorf("%s with %q: %v", path, accept, resp.Header)
			}
		}
	}
}

func TestPage(t *testing.T) {
	s := listen(t, Config{})
	c := insecureClient(t)
	for _, test := range []struct {
		path, kind, cache string
		status            int
	}{
		{"/", "text/html; charset=utf-8", "no-cache", 200},
		{"/assets/phone-1a2.js", "text/javascript; charset=utf-8", "immutable", 200},
		{"/assets/style-1a2.css", "text/css; charset=utf-8", "immutable", 200},
		{"/index.html", "", "", 404},
		{"/phone.html", "", "", 404},
		{"/assets", "", "", 404},
		{"/assets/", "", "", 404},
		{"/assets/notes.map", "", "", 404},
		{"/assets/../index.html", "", "", 404},
		{"/assets/..%2findex.html", "", "", 404},
		{"/%2e%2e/etc/passwd", "", "", 404},
		{"//assets/phone-1a2.js/", "", "", 404},
		{"/signaling", "", "", 404},
	} {
		resp, err := c.Get(s.Origin() + test.path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		h := resp.Header
		if resp.StatusCode != test.status {
			t.Errorf("%s: %d", test.path, resp.StatusCode)
		}
		if test.status == 200 && (h.Get("Content-Type") != test.kind || !strings.Contains(h.Get("Cache-Control"), test.cache) || len(body) == 0) {
			t.Errorf("%s: %v", test.path, h)
		}
		csp := h.Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "default-src 'none'; script-src 'self';") || strings.Contains(csp, "unsafe") ||
			!strings.Contains(csp, "connect-src 'self' wss://127.0.0.1:"+s.Port()+";") ||
			h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" ||
			!strings.Contains(h.Get("Permissions-Policy"), "camera=(self), microphone=(self)") {
			t.Errorf("%s: %v", test.path, h)
		}
	}
	resp, err := c.Post(s.Origin()+"/", "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", resp.StatusCode)
	}
	// Not the WebSocket that it should be.
	resp, err = c.Get(s.Origin() + socketPath)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("GET of the WebSocket: %d", resp.StatusCode)
	}
}

// The Host of a request gets into the page's policy.
func TestHosts(t *testing.T) {
	s := listen(t, Config{Host: "call.example"})
	for host, ours := range map[string]bool{
		"call.example": true, "CALL.example:1": true, "127.0.0.1:1": true, "[::1]:1": true, "::1": true,
		"": false, "evil.example": false, "call.example:x": false, "[fe80::1%;script-src*]:1": false,
	} {
		if s.ourHost(host) != ours {
			t.Errorf("%q is ours: %v", host, !ours)
		}
	}
}

func TestKeptCertificate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "parley")
	now := time.Now()
	names, ips := []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1)}
	first, err := keptCertificate(dir, names, ips, now)
	if err != nil {
		t.Fatal(err)
	}
	leaf := first.Leaf
	if d := leaf.NotAfter.Sub(leaf.NotBefore); d > 398*24*time.Hour || leaf.PublicKeyAlgorithm != x509.ECDSA {
		t.Errorf("valid for %v, %v", d, leaf.PublicKeyAlgorithm)
	}
	if err := errors.Join(leaf.VerifyHostname("localhost"), leaf.VerifyHostname("127.0.0.1")); err != nil {
		t.Error(err)
	}
	file := filepath.Join(dir, certificateFile)
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v", info.Mode())
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	// New addresses do not make a new one: it is pinned. Its end does.
	again, err := keptCertificate(dir, []string{"other"}, nil, now.Add(300*24*time.Hour))
	if err != nil || !bytes.Equal(again.Certificate[0], first.Certificate[0]) {
		t.Errorf("the certificate changed: %v", err)
	}
	renewed, err := keptCertificate(dir, names, ips, leaf.NotAfter)
	if err != nil || bytes.Equal(renewed.Certificate[0], first.Certificate[0]) {
		t.Errorf("an expired certificate stayed: %v", err)
	}
	if err := os.WriteFile(file, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keptCertificate(dir, names, ips, now); !errors.Is(err, ErrCertificate) {
		t.Errorf("a broken file: %v", err)
	}
}

// A user's own certificate is one that others trust: nothing is pinned.
func TestOwnCertificate(t *testing.T) {
	data, err := newCertificate([]string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1)}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "own.pem")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	s := listen(t, Config{CertFile: file, KeyFile: file})
	room, err := s.Signaler().Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer room.Leave(t.Context())
	if i := room.Invite(); i.Fingerprint != nil {
		t.Errorf("invite %v", i)
	}
	if _, err := NewClient(ClientConfig{}).Join(t.Context(), room.Invite()); !errors.Is(err, signaling.ErrUntrusted) {
		t.Errorf("by one who does not trust it: %v", err)
	}
	block, _ := pem.Decode(data)
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	joined, err := NewClient(ClientConfig{RootCAs: pool}).Join(t.Context(), room.Invite())
	if err != nil {
		t.Fatal(err)
	}
	_ = joined.Leave(t.Context())

	if _, err := Listen(t.Context(), Config{CertFile: file + "x", KeyFile: file}); !errors.Is(err, ErrCertificate) {
		t.Errorf("a certificate that is not there: %v", err)
	}
}

func TestOriginInInvites(t *testing.T) {
	for _, test := range []struct{ host, want string }{
		{"", "https://127.0.0.1:"},
		{"call.example", "https://call.example:"},
		{"call.example:443", "https://call.example:443"},
		{"2001:db8::1", "https://[2001:db8::1]:"},
		{"[2001:db8::1]", "https://[2001:db8::1]:"},
	} {
		s := listen(t, Config{Host: test.host})
		if strings.HasSuffix(test.want, ":") {
			test.want += s.Port()
		}
		if got := s.Origin(); got != test.want {
			t.Errorf("host %q: %s, want %s", test.host, got, test.want)
		}
	}
	if ip := bestAddress().Addr(); !ip.Is4() {
		t.Errorf("best address %v", ip)
	}
}
