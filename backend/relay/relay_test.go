package relay

import (
	"errors"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"
)

var transports = []string{"udp", "tcp", "tls"}

func TestRelaysOverEachTransport(t *testing.T) {
	r := serve(t, nil)
	peer := echo(t)
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			c := client(t, r, transport, "ada", time.Minute)
			mapped, err := c.SendBindingRequest()
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(mapped.String(), "127.0.0.1:") {
				t.Errorf("seen as %v", mapped)
			}
			conn := allocate(t, c)
			for _, payload := range []string{"hello", strings.Repeat("x", 1200)} {
				if got := exchange(t, conn, peer.LocalAddr(), payload); got != payload {
					t.Errorf("%d bytes of %d came back", len(got), len(payload))
				}
			}
			if s := r.Stats(); s.Allocations != 1 || s.Relayed < 2*1205 {
				t.Errorf("%+v", s)
			}
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
			eventually(t, "the allocation is still there", func() bool { return r.Stats().Allocations == 0 })
		})
	}
}

// Both sides of a call use this relay, which is behind a NAT that does not let
// it reach its own public address; no range is allowed by name.
func TestBothSidesAreRelayed(t *testing.T) {
	for _, public := range []string{"127.0.0.1", "198.51.100.7"} {
		r := serve(t, func(o *Options) {
			o.PublicIPs = []netip.Addr{netip.MustParseAddr(public)}
			o.AllowPeers = nil
		})
		a, b := allocate(t, client(t, r, "udp", "ada", time.Minute)), allocate(t, client(t, r, "tls", "ada", time.Minute))
		if !strings.HasPrefix(a.LocalAddr().String(), public+":") {
			t.Errorf("relayed at %v", a.LocalAddr())
		}
		if _, err := a.WriteTo([]byte("let b in"), b.LocalAddr()); err != nil {
			t.Fatal(err)
		}
		hear(t, b, a, "from b")
		hear(t, a, b, "from a")
	}
}

func TestCredentials(t *testing.T) {
	r := serve(t, nil)
	good, password := r.Credentials("ada", time.Minute)
	other := serve(t, func(o *Options) { o.Secret = []byte("another secret altogether") })
	foreign, foreignPassword := other.Credentials("ada", time.Minute)
	expired, expiredPassword := r.Credentials("ada", -time.Second)
	for _, tc := range []struct{ name, username, password string }{
		{"wrong password", good, "guess"},
		{"another time", "9" + good, password},
		{"another user", good + "x", password},
		{"of another relay", foreign, foreignPassword},
		{"expired", expired, expiredPassword},
		{"no time", "ada", "guess"},
	} {
		if conn, err := clientWith(t, r, "udp", tc.username, tc.password).Allocate(); err == nil {
			t.Errorf("%s: allocated %v", tc.name, conn.LocalAddr())
		}
	}
	if s := r.Stats(); s.Refused == 0 || s.Allocations != 0 {
		t.Errorf("%+v", s)
	}
	allocate(t, clientWith(t, r, "udp", good, password))
}

// A call does not end with the credentials that it was begun with.
func TestExpiredCredentialsKeepAnAllocation(t *testing.T) {
	r := serve(t, nil)
	username, password := r.Credentials("ada", -time.Minute)
	if _, _, err := r.password(username, stun.MethodAllocate); !errors.Is(err, ErrExpired) {
		t.Errorf("allocate: %v", err)
	}
	for _, m := range []stun.Method{stun.MethodRefresh, stun.MethodCreatePermission, stun.MethodChannelBind} {
		if user, got, err := r.password(username, m); err != nil || got != password || user != "ada" {
			t.Errorf("%v: %q, %v", m, user, err)
		}
	}
	// The draft's own form, computed with openssl dgst -sha1 -hmac.
	if got := sign([]byte("north"), "1433895918:ada"); got != "KJ5PTMBeGkZIwdEVUss3BPdY8wE=" {
		t.Errorf("signed %s", got)
	}
}

func FuzzUsername(f *testing.F) {
	for _, s := range []string{"1433895918:ada", ":", "1:", "-1:a", "99999999999999999999:a", "ada", "1:a:b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, username string) {
		user, expiry, err := parseUsername(username)
		if err == nil && (user == "" || expiry.Unix() <= 0 || !strings.HasSuffix(username, ":"+user)) {
			t.Errorf("%q is %q until %v", username, user, expiry)
		}
	})
}

func TestAllocationQuota(t *testing.T) {
	r := serve(t, func(o *Options) { o.MaxAllocations = 2 })
	first := allocate(t, client(t, r, "udp", "ada", time.Minute))
	allocate(t, client(t, r, "tcp", "ada", time.Minute))
	if _, err := client(t, r, "udp", "ada", time.Minute).Allocate(); err == nil || !strings.Contains(err.Error(), "486") {
		t.Errorf("a third one: %v", err)
	}
	allocate(t, client(t, r, "udp", "bob", time.Minute)) // another user's are his own
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the allocation is still there", func() bool { return r.Stats().Allocations == 2 })
	allocate(t, client(t, r, "tls", "ada", time.Minute))
}

// What a user relays is bounded over all allocations, and what is above it is
// lost; another user's is not touched.
func TestBitrateQuota(t *testing.T) {
	r := serve(t, func(o *Options) { o.MaxBitrate = 400_000 }) // a burst of 25 kB
	peer := echo(t)
	one, two := allocate(t, client(t, r, "udp", "ada", time.Minute)), allocate(t, client(t, r, "tcp", "ada", time.Minute))
	other := allocate(t, client(t, r, "udp", "bob", time.Minute))
	exchange(t, one, peer.LocalAddr(), "hello")
	exchange(t, two, peer.LocalAddr(), "hello")
	exchange(t, other, peer.LocalAddr(), "hello")
	start, before := time.Now(), r.Stats().Relayed
	payload := make([]byte, 1000)
	for range 500 { // half a megabyte
		for _, conn := range []net.PacketConn{one, two} {
			if _, err := conn.WriteTo(payload, peer.LocalAddr()); err != nil {
				t.Fatal(err)
			}
		}
	}
	eventually(t, "all was relayed", func() bool { return r.Stats().OverQuota > 0 })
	most := 25_000 + uint64(time.Since(start).Seconds()*50_000)
	if s := r.Stats(); s.Relayed-before > most {
		t.Errorf("%d bytes relayed, %d may be", s.Relayed-before, most)
	}
	exchange(t, other, peer.LocalAddr(), "hello")
}

func TestForbiddenPeers(t *testing.T) {
	rules := peerRules{allowed: []netip.Prefix{netip.MustParsePrefix("192.168.7.0/24")}, own: []netip.Addr{netip.MustParseAddr("10.9.9.9")}}
	for addr, want := range map[string]bool{
		"8.8.8.8": true, "172.32.0.1": true, "100.63.255.255": true, "2606:4700::1111": true,
		"192.168.7.20": true, "::ffff:192.168.7.20": true, "10.9.9.9": true, "::ffff:8.8.8.8": true,
		"192.168.8.20": false, "10.0.0.1": false, "172.16.0.1": false, "127.0.0.1": false, "0.0.0.0": false,
		"169.254.169.254": false, "100.64.0.1": false, "224.0.0.251": false, "255.255.255.255": false, "198.18.0.1": false,
		"::ffff:10.0.0.1": false, "::ffff:127.0.0.1": false, "::1": false, "::": false, "fe80::1": false, "fe80::1%eth0": false,
		"fd00::1": false, "ff02::fb": false, "64:ff9b::a00:1": false, "2002:a00:1::1": false, "2001:0:a00:1::": false, "2001:db8::1": false,
	} {
		if got := rules.permit(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %v", addr, got)
		}
	}
	if rules.permit(netip.Addr{}) {
		t.Error("no address at all")
	}
	rules.inside = true
	for addr, want := range map[string]bool{"192.168.7.20": true, "10.9.9.9": true, "8.8.8.8": false, "2606:4700::1111": false, "10.0.0.1": false} {
		if got := rules.permit(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s, inside: %v", addr, got)
		}
	}

	r := serve(t, func(o *Options) { o.AllowPeers = nil })
	var conn net.PacketConn
	for i, transport := range transports {
		c := client(t, r, transport, "ada", time.Minute)
		conn = allocate(t, c)
		for _, ip := range []string{"10.0.0.1", "169.254.169.254", "127.0.0.2"} {
			err := c.CreatePermission(&net.UDPAddr{IP: net.ParseIP(ip), Port: 53})
			if err == nil || !strings.Contains(err.Error(), "403") {
				t.Errorf("%s over %s: %v", ip, transport, err)
			}
		}
		if got := r.Stats().Refused; got != uint64(3*(i+1)) {
			t.Errorf("over %s: %d refused", transport, got)
		}
	}
	// The relay's own address is permitted for what is relayed there, and leads
	// to nothing else on this machine.
	victim, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer victim.Close()
	if _, err := conn.WriteTo([]byte("hello"), victim.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "not refused", func() bool { return r.Stats().Refused == uint64(3*len(transports)+1) })
	if n := r.Stats().Relayed; n != 0 {
		t.Errorf("%d bytes went out", n)
	}
}

// Nobody but permitted peers gets through to a client, or uses up its quota.
func TestStrangersDoNotReachAClient(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("a second loopback address is Linux's")
	}
	r := serve(t, func(o *Options) { o.MaxBitrate = 400_000 })
	conn := allocate(t, client(t, r, "udp", "ada", time.Minute))
	peer := echo(t)
	relayed, _ := conn.LocalAddr().(*net.UDPAddr)
	stranger, err := net.DialUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)}, relayed)
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	for range 200 {
		if _, err := stranger.Write(make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
	}
	if got := exchange(t, conn, peer.LocalAddr(), "hello"); got != "hello" {
		t.Errorf("heard %q", got)
	}
	if s := r.Stats(); s.Relayed > 1000 || s.OverQuota != 0 {
		t.Errorf("%+v", s)
	}
}

func TestBadOptions(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*Options)
		want   error
	}{
		"no listener":    {func(o *Options) { o.UDP, o.TCP, o.TLS = "", "", "" }, ErrNoListener},
		"short secret":   {func(o *Options) { o.Secret = []byte("short") }, ErrSecret},
		"no certificate": {func(o *Options) { o.Certificate = nil }, ErrCertificate},
		"no address":     {func(o *Options) { o.PublicIPs = nil }, ErrPublicIP},
		"any address":    {func(o *Options) { o.PublicIPs = []netip.Addr{netip.IPv4Unspecified()} }, ErrPublicIP},
		"two of a kind":  {func(o *Options) { o.PublicIPs = append(o.PublicIPs, netip.MustParseAddr("8.8.8.8")) }, ErrPublicIP},
		"ports":          {func(o *Options) { o.MinPort, o.MaxPort = 6000, 5000 }, ErrPorts},
		"not an address": {func(o *Options) { o.TCP = "nowhere:at:all" }, ErrListen},
	} {
		o := Options{UDP: "127.0.0.1:0", TLS: "127.0.0.1:0", Certificate: &certificate, Secret: secret, PublicIPs: []netip.Addr{netip.MustParseAddr("127.0.0.1")}}
		tc.change(&o)
		if r, err := Start(o); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
			if err == nil {
				_ = r.Close()
			}
		}
	}
	taken := serve(t, nil)
	_, err := Start(Options{UDP: taken.UDPAddr().String(), Secret: secret, PublicIPs: []netip.Addr{netip.MustParseAddr("127.0.0.1")}})
	if !errors.Is(err, ErrListen) {
		t.Errorf("a port that is taken: %v", err)
	}
}

// Close ends what is under way, over each transport, and leaves nothing behind
// (TestMain looks for goroutines).
func TestCloseEndsAllocations(t *testing.T) {
	r := serve(t, nil)
	var relayed []*net.UDPAddr
	for _, transport := range transports {
		a, _ := allocate(t, client(t, r, transport, "ada", time.Minute)).LocalAddr().(*net.UDPAddr)
		relayed = append(relayed, a)
	}
	for range 2 {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, a := range relayed { // their ports are free
		conn, err := net.ListenUDP("udp4", a)
		if err != nil {
			t.Error(err)
			continue
		}
		_ = conn.Close()
	}
	if s := r.Stats(); s.Allocations != 0 {
		t.Errorf("%+v", s)
	}
}

var _ turn.RelayAddressGenerator = (*sockets)(nil)
