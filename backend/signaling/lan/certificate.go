package lan

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// ErrCertificate is a certificate or key that cannot be used.
var ErrCertificate = errors.New("the certificate cannot be used")

// validity is below the 398 days that browsers take at most.
// https://support.apple.com/en-us/102028
const validity = 397 * 24 * time.Hour

// certificateFile holds the certificate and its key, in this order, in
// Config.Dir: one file, so that the two always belong together.
const certificateFile = "lan-certificate.pem"

// keptCertificate reads the certificate in dir, or makes one and keeps it
// there. It stays the same until shortly before it ends, whatever addresses
// this machine has: joining desktops pin it. An empty dir keeps none.
func keptCertificate(dir string, names []string, ips []net.IP, now time.Time) (tls.Certificate, error) {
	if dir == "" {
		data, err := newCertificate(names, ips, now)
		if err != nil {
			return tls.Certificate{}, err
		}
		return keyPair(data)
	}
	file := filepath.Join(dir, certificateFile)
	data, err := os.ReadFile(file)
	if err == nil {
		c, err := keyPair(data)
		if err != nil {
			return tls.Certificate{}, fmt.Errorf("read %s: %w (delete the file, and a new one is made)", file, err)
		}
		if now.Before(c.Leaf.NotAfter.Add(-24 * time.Hour)) {
			return c, nil
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return tls.Certificate{}, fmt.Errorf("read certificate: %w", err)
	}
	if data, err = newCertificate(names, ips, now); err != nil {
		return tls.Certificate{}, err
	}
	if err := writePrivate(file, data); err != nil {
		return tls.Certificate{}, fmt.Errorf("keep certificate: %w", err)
	}
	return keyPair(data)
}

func keyPair(data []byte) (tls.Certificate, error) {
	c, err := tls.X509KeyPair(data, data)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	return c, nil
}

func newCertificate(names []string, ips []net.IP, now time.Time) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("make serial number: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "Parley on the local network"},
		NotBefore:             now.Add(-time.Hour), // for clocks that are behind
		NotAfter:              now.Add(validity - time.Hour),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		DNSNames:              names,
		IPAddresses:           ips,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode key: %w", err)
	}
	var b bytes.Buffer
	_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: der}) // a Buffer never fails
	_ = pem.Encode(&b, &pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	return b.Bytes(), nil
}

// writePrivate puts a file for the user alone in its place in one step.
func writePrivate(file string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already when all went well
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}
