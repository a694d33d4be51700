package doctor_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/backend/lab/emulate"
)

// redirect is how most portals answer.
const redirect = "HTTP/1.1 302 Found\r\nLocation: http://login.hotel.example/?from=parley\r\n"

// rules sets those of a host's firewall.
func rules(h *emulate.Host, list []string) error {
	for _, rule := range list {
		if err := h.Run("iptables", append([]string{"-w"}, strings.Fields(rule)...)...); err != nil {
			return err
		}
	}
	return nil
}

// portal answers on router, to whatever is asked, over HTTP at port 8080 and over HTTPS,
// with a certificate that is for nobody who is asked, at port 8443. dir is for its files.
func portal(router *emulate.Host, answer, dir string) (closed func(), err error) {
	file, key := filepath.Join(dir, "portal.pem"), filepath.Join(dir, "portal.key")
	if err := errors.Join(os.MkdirAll(dir, 0o700), makeCertificate("192.168.0.1", file, key)); err != nil {
		return nil, err
	}
	certificate, err := tls.LoadX509KeyPair(file, key)
	if err != nil {
		return nil, err
	}
	var plain, secret net.Listener
	if err := router.Do(func() (err error) {
		if plain, err = net.Listen("tcp4", ":8080"); err != nil {
			return err
		}
		secret, err = tls.Listen("tcp4", ":8443", &tls.Config{Certificates: []tls.Certificate{certificate}})
		return err
	}); err != nil {
		return nil, err
	}
	closePlain, closeSecret := answers(plain, answer), answers(secret, answer)
	return func() {
		closePlain()
		closeSecret()
	}, nil
}

// web is a relay's web server, which is on another host: no portal.
func (n *internet) web(t *testing.T, address string) {
	t.Helper()
	l := listen(t, n.at, func() (net.Listener, error) { return net.Listen("tcp4", address) })
	t.Cleanup(answers(l, "HTTP/1.1 301 Moved Permanently\r\nLocation: https://www.example.org/\r\n"))
}

// answers gives the same answer to all, until what it returns is called.
func answers(l net.Listener, answer string) (closed func()) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if _, err := conn.Read(make([]byte, 4096)); err == nil {
					_, _ = io.WriteString(conn, answer+"Content-Length: 0\r\nConnection: close\r\n\r\n")
				}
			}()
		}
	}()
	return func() {
		l.Close()
		<-ended
	}
}
