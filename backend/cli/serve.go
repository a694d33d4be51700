package cli

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"parley/backend/relay"
	"parley/backend/signaling"
)

// serveFlags are the flags of `parley serve`.
type serveFlags struct {
	udp, tcp, tls     string
	public            []string
	host              string
	secretFile        string
	realm             string
	certFile, keyFile string
	ports             string
	allowPeers        []string
	allocations       int
	bitrate           int
	user              string
	valid             time.Duration
	json              bool
}

func (a *app) serveCommand() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run a relay (STUN and TURN server) and print the settings for it",
		Args:  arguments(0, 0, "no argument"),
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.serve(cmd, f) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.udp, "listen-udp", ":3478", "listen on `HOST:PORT` for UDP; empty is not at all")
	flags.StringVar(&f.tcp, "listen-tcp", ":3478", "listen on `HOST:PORT` for TCP; empty is not at all")
	flags.StringVar(&f.tls, "listen-tls", "", "listen on `HOST:PORT` for TLS, such as :443, which gets through most firewalls")
	flags.StringVar(&f.certFile, "tls-cert", "", "certificate for TLS that browsers trust, a PEM `FILE`")
	flags.StringVar(&f.keyFile, "tls-key", "", "its private key, a PEM `FILE`")
	flags.StringSliceVar(&f.public, "public-ip", nil, "`ADDRESS` that both sides reach the relay by (default: this machine's); may be repeated for IPv6")
	flags.StringVar(&f.host, "host", "", "`NAME` of the relay in the settings, for TLS that of the certificate (default: the address)")
	flags.StringVar(&f.ports, "ports", "49152-65535", "`RANGE` of UDP ports that peers send to: a firewall must let them in")
	flags.StringVar(&f.secretFile, "secret-file", "", "`FILE` that credentials are made from; it is made if it is not there (default: a new secret in each run)")
	flags.StringVar(&f.realm, "realm", "parley", "`NAME` that is shown to clients")
	flags.StringVar(&f.user, "user", "parley", "make the credentials for this user, `NAME`: quotas are for each user")
	flags.DurationVar(&f.valid, "valid", 7*24*time.Hour, "how long the credentials are good for, `TIME` such as 12h")
	flags.IntVar(&f.allocations, "user-allocations", 40, "`NUMBER` of allocations that a user may have at a time; a call takes some 12")
	flags.IntVar(&f.bitrate, "user-bitrate", 20_000_000, "`BITRATE` that a user may relay, bit/s; a relayed call takes 10,000,000 at most")
	flags.StringSliceVar(&f.allowPeers, "allow-peer", nil, "relay also to this private `RANGE`, such as 192.168.1.0/24; may be repeated")
	flags.BoolVar(&f.json, "json", false, "print the settings as one JSON object")
	return cmd
}

// options reads the flags.
func (f serveFlags) options() (o relay.Options, err error) {
	o = relay.Options{
		UDP: f.udp, TCP: f.tcp, TLS: f.tls, Realm: f.realm,
		MaxAllocations: f.allocations, MaxBitrate: f.bitrate,
	}
	bad := func(flag, value, want string) error {
		return fmt.Errorf("--%s %s: it should be %s", flag, value, want)
	}
	if f.valid <= 0 {
		return o, bad("valid", f.valid.String(), "more than nothing")
	}
	if f.user == "" || len(f.user) > 128 || strings.ContainsAny(f.user, ": \t\n") {
		return o, bad("user", strconv.Quote(f.user), "a short name without colons and spaces")
	}
	if f.allocations < 1 {
		return o, bad("user-allocations", strconv.Itoa(f.allocations), "1 or more")
	}
	if f.bitrate < 100_000 {
		return o, bad("user-bitrate", strconv.Itoa(f.bitrate), "100000 or more")
	}
	if _, err := fmt.Sscanf(f.ports, "%d-%d", &o.MinPort, &o.MaxPort); err != nil {
		return o, bad("ports", f.ports, "like 49152-65535")
	}
	for _, text := range f.public {
		ip, err := netip.ParseAddr(text)
		if err != nil {
			return o, bad("public-ip", text, "an IP address")
		}
		o.PublicIPs = append(o.PublicIPs, ip)
	}
	if len(o.PublicIPs) == 0 {
		ip, err := relay.RouteAddress()
		if err != nil {
			return o, err
		}
		o.PublicIPs = []netip.Addr{ip}
	}
	for _, text := range f.allowPeers {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return o, bad("allow-peer", text, "a range like 192.168.1.0/24")
		}
		o.AllowPeers = append(o.AllowPeers, p.Masked())
	}
	if f.tls != "" && (f.certFile != "" || f.keyFile != "") {
		pair, err := tls.LoadX509KeyPair(f.certFile, f.keyFile)
		if err != nil {
			return o, fmt.Errorf("--tls-cert and --tls-key: %w", err)
		}
		o.Certificate = &pair
	}
	o.Secret, err = f.secret()
	return o, err
}

// secretSize is in bytes, before base64.
const secretSize = 32

// secret reads the secret, or makes one.
func (f serveFlags) secret() ([]byte, error) {
	b := make([]byte, secretSize)
	_, _ = rand.Read(b) // never fails
	fresh := []byte(base64.RawStdEncoding.EncodeToString(b))
	if f.secretFile == "" {
		return fresh, nil
	}
	file, err := os.OpenFile(f.secretFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		_, err = fmt.Fprintf(file, "%s\n", fresh)
		return fresh, errors.Join(err, file.Close())
	}
	if !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("--secret-file: %w", err)
	}
	info, err := os.Stat(f.secretFile)
	if err != nil {
		return nil, fmt.Errorf("--secret-file: %w", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("--secret-file %s: other users can read it: `chmod 600` it, after writing a new secret into it", f.secretFile)
	}
	text, err := os.ReadFile(f.secretFile)
	if err != nil {
		return nil, fmt.Errorf("--secret-file: %w", err)
	}
	return []byte(strings.TrimSpace(string(text))), nil
}

// served is what `parley serve --json` prints.
type served struct {
	ICEServers []signaling.ICEServer `json:"ice_servers"`
	Expires    time.Time             `json:"expires"` // of the credentials
}

// serve runs the relay until it is interrupted.
func (a *app) serve(cmd *cobra.Command, f serveFlags) error {
	_, log, err := a.load(cmd)
	if err != nil {
		return err
	}
	o, err := f.options()
	if err != nil {
		return usageError{err}
	}
	o.Logger = log
	signals, stop := a.notify()
	defer stop()
	r, err := relay.Start(o)
	if err != nil {
		return usageError{err}
	}
	s := served{r.ICEServers(f.host, f.user, f.valid), time.Now().Add(f.valid).UTC().Truncate(time.Second)}
	if f.json {
		err = a.printJSON(s)
	} else {
		err = a.printServed(s, o)
	}
	if err == nil {
		select {
		case <-signals:
		case <-cmd.Context().Done():
			err = context.Cause(cmd.Context())
			if errors.Is(err, context.Canceled) {
				err = nil
			}
		}
	}
	return errors.Join(err, r.Close())
}

func (a *app) printServed(s served, o relay.Options) error {
	for _, ip := range o.PublicIPs {
		if !relay.Public(ip) {
			fmt.Fprintf(a.stderr, "parley: %s is a private address: only its own network reaches the relay there. If this machine is behind a router, give the router's with --public-ip. To relay between machines of that network, allow it with --allow-peer.\n", ip)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "The relay is running; Ctrl+C stops it. Both sides put this into their config file\n(`parley config` tells where it is). It is good until %s.\n", s.Expires.Format("2006-01-02 15:04 MST"))
	for _, server := range s.ICEServers {
		b.WriteString("\n[[ice.servers]]\nurls = [")
		for i, url := range server.URLs {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(strconv.Quote(url))
		}
		b.WriteString("]\n")
		if server.Username != "" {
			fmt.Fprintf(&b, "username = %q\ncredential = %q\n", server.Username, server.Credential)
		}
	}
	_, err := fmt.Fprint(a.stdout, b.String())
	return err
}
