package doctor

import (
	"context"
	"crypto/tls"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"
)

// stunServer answers on the loopback address; lie, if there is one, is the port
// that it says it saw.
func stunServer(t *testing.T, lie int) string {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { conn.Close(); <-done })
	go func() {
		defer close(done)
		buffer := make([]byte, 1500)
		for asked := 0; ; asked++ {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			m := &stun.Message{Raw: append([]byte(nil), buffer[:n]...)}
			if m.Decode() != nil || asked == 0 {
				continue // the first question is lost
			}
			mapped := stun.XORMappedAddress{IP: net.IPv4(127, 0, 0, 1), Port: from.(*net.UDPAddr).Port}
			if lie > 0 {
				mapped = stun.XORMappedAddress{IP: net.IPv4(192, 0, 2, 1), Port: lie}
			}
			answer := stun.MustBuild(m, stun.BindingSuccess, mapped)
			_, _ = conn.WriteTo([]byte("noise"), from)
			_, _ = conn.WriteTo(answer.Raw, from)
		}
	}()
	return "stun:" + conn.LocalAddr().String()
}

// silence is a UDP port at which nobody answers.
func silence(t *testing.T) string {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn.LocalAddr().String()
}

// relays are a TURN server over TCP and TLS, without UDP.
func relays(t *testing.T) (tcp string, udp string) {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	packets, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	where := &turn.RelayAddressGeneratorStatic{RelayAddress: net.IPv4(127, 0, 0, 1), Address: "127.0.0.1"}
	server, err := turn.NewServer(turn.ServerConfig{
		Realm: "test",
		AuthHandler: func(a *turn.RequestAttributes) (string, []byte, bool) {
			return a.Username, turn.GenerateAuthKey(a.Username, a.Realm, "secret"), a.Username == "me"
		},
		ListenerConfigs:   []turn.ListenerConfig{{Listener: listener, RelayAddressGenerator: where}},
		PacketConnConfigs: []turn.PacketConnConfig{{PacketConn: packets, RelayAddressGenerator: where}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return "turn:" + listener.Addr().String() + "?transport=tcp", "turn:" + packets.LocalAddr().String()
}

// examine runs the network's checks and gives the causes found, in order.
func examine(t *testing.T, servers ...Server) []string {
	t.Helper()
	told := 0
	var causes []string
	for _, f := range Run(t.Context(), Network(servers), func(Finding) { told++ }) {
		if f.What == "" || (f.Level == Problem || f.Level == Warning) && f.Next == "" {
			t.Errorf("%s says nothing to people: %+v", f.Check, f)
		}
		if f.Check != "firewall" { // this machine's is as it is
			causes = append(causes, string(f.Level)+" "+f.Cause)
		}
	}
	if told != len(causes)+1 {
		t.Errorf("%d of %d findings were told", told, len(causes)+1)
	}
	return causes
}

func TestNetworks(t *testing.T) {
	tcp, udp := relays(t)
	me := func(url string) Server { return Server{URL: url, Username: "me", Credential: "secret"} }
	closed := func() string {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return "turn:" + l.Addr().String() + "?transport=tcp"
	}()
	for name, test := range map[string]struct {
		servers []Server
		want    []string
	}{
		"nothing is set":              {nil, []string{"skipped no_servers"}},
		"no NAT":                      {[]Server{{URL: stunServer(t, 0)}, {URL: stunServer(t, 0)}}, []string{"ok open"}},
		"one STUN server":             {[]Server{{URL: stunServer(t, 4000)}}, []string{"ok mapped"}},
		"one address for all":         {[]Server{{URL: stunServer(t, 4000)}, {URL: stunServer(t, 4000)}}, []string{"ok cone"}},
		"symmetric, no relay":         {[]Server{{URL: stunServer(t, 4000)}, {URL: stunServer(t, 4001)}}, []string{"warning symmetric_no_relay"}},
		"symmetric, with a relay":     {[]Server{{URL: stunServer(t, 4000)}, {URL: stunServer(t, 4001)}, me(tcp)}, []string{"ok symmetric", "ok reachable"}},
		"UDP blocked, relay over TCP": {[]Server{{URL: "stun:" + silence(t)}, me(tcp)}, []string{"warning udp_blocked", "ok reachable"}},
		"all blocked":                 {[]Server{{URL: "stun:" + silence(t)}}, []string{"problem blocked"}},
		"relay over UDP":              {[]Server{me(udp)}, []string{"ok open", "ok reachable"}},
		"wrong password":              {[]Server{{URL: tcp, Username: "me", Credential: "wrong"}}, []string{"skipped no_udp_servers", "problem credentials"}},
		"nobody there":                {[]Server{me(closed)}, []string{"skipped no_udp_servers", "problem not_running"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := examine(t, test.servers...); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// Where servers are to be set, it is said where: "ice.servers" alone tells nobody.
func TestWhereServersAreSet(t *testing.T) {
	for _, servers := range [][]Server{nil, {{URL: stunServer(t, 4000)}, {URL: stunServer(t, 4001)}}} {
		all := Run(t.Context(), Network(servers), func(Finding) {})
		if f := all[len(all)-1]; !strings.Contains(f.Next, "config file, as ice.servers") || !strings.Contains(f.Next, "Settings") {
			t.Errorf("%+v", f)
		}
	}
}

func TestCertificateThatIsNotTrusted(t *testing.T) {
	server := newTLSListener(t)
	got := examine(t, Server{URL: "turns:" + server, Username: "me", Credential: "secret"})
	if !slices.Contains(got, "problem certificate") {
		t.Errorf("got %q", got)
	}
}

func newTLSListener(t *testing.T) string {
	t.Helper()
	l, err := tls.Listen("tcp4", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate(t)}})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { l.Close(); <-done })
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.(*tls.Conn).Handshake()
			conn.Close()
		}
	}()
	return "127.0.0.1:" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

func TestEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	findings := Run(ctx, Network([]Server{{URL: "turn:" + silence(t), Username: "me", Credential: "x"}}), func(Finding) {})
	if v, ok := Verdict(findings); !ok || v.Level != Problem || !strings.HasPrefix(v.Check, "nat") {
		t.Errorf("got %+v", findings)
	}
}

func TestVerdictIsTheWorst(t *testing.T) {
	findings := []Finding{{Level: OK}, {Level: Warning, Cause: "a"}, {Level: Problem, Cause: "b"}, {Level: Problem, Cause: "c"}}
	if v, ok := Verdict(findings); !ok || v.Cause != "b" {
		t.Errorf("got %+v", v)
	}
	if v, ok := Verdict(findings[:2]); !ok || v.Cause != "a" {
		t.Errorf("got %+v", v)
	}
	if v, ok := Verdict(findings[:1]); ok {
		t.Errorf("got %+v", v)
	}
}
