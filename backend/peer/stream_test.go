package peer

import (
	"net"
	"sync"
	"testing"
	"time"

	"github.com/pion/transport/v4"
	"github.com/pion/transport/v4/stdnet"
	"github.com/pion/turn/v5"

	"parley/backend/frame"
	"parley/backend/signaling"
)

// A relay over TCP whose network goes dark takes nothing in, as soon as the
// system's buffers are full. The break is noticed all the same, and nothing waits
// for the relay: neither a restart, nor what the window asks, nor the end.
func TestRelayThatTakesNothingIn(t *testing.T) {
	t.Parallel()
	relay, freeze := freezingRelay(t)
	cfg := Config{Interfaces: []string{"lo"}, RelayOnly: true, ICEServers: []ICEServer{{URLs: []string{relay}, Username: "me", Credential: "secret"}}}
	here, err := stdnet.NewNet()
	if err != nil {
		t.Fatal(err)
	}
	small := smallNet{currentNet{here, newRelays()}}
	caller, callee := makeEnd(t, cfg, signaling.Caller, small), makeEnd(t, cfg, signaling.Callee, small)
	connect(t, caller, callee)
	pump(t, caller, callee, frame.VP8, 3000, func(n int, _ frame.Video) bool { return n >= 3 })
	if got := caller.Stats(); got.Path != PathRelay || got.Protocol != "tcp" {
		t.Fatalf("path %q over %q", got.Path, got.Protocol)
	}

	freeze()
	frozen := time.Now()
	took := func(what string, most time.Duration, do func()) {
		t.Helper()
		began := time.Now()
		done := make(chan struct{})
		go func() { defer close(done); do() }()
		get(t, done, what)
		if d := time.Since(began); d > most {
			t.Errorf("%s took %v, at most %v is meant", what, d, most)
		}
	}
	full := frozen.Add(2 * time.Second) // what is written before says nothing yet
	broken := false
	talk(t, caller, func() bool {
		for len(caller.transport) > 0 {
			if <-caller.transport == TransportDisconnected {
				broken = true
				t.Logf("disconnected %v after the network was gone", time.Since(frozen).Round(time.Millisecond))
			}
		}
		return broken && time.Now().After(full)
	})
	took("the figures", time.Second, func() { caller.Stats() })
	took("a restart", 2*time.Second, func() {
		if _, err := caller.Restart(ctx(t)); err != nil {
			t.Error(err)
		}
	})
	took("the end", closeTime+time.Second, func() {
		if err := caller.Close(); err != nil {
			t.Error(err)
		}
	})
	get(t, caller.gone, "end of pion")
}

// talk writes sound and pictures, 20 a second, until stop says so.
func talk(t *testing.T, from *end, stop func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for n := 0; ; n++ {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("it never came")
		}
		_ = from.WriteVideo(picture(frame.VP8, n, 3000, true)) // in a break it may be refused
		_ = from.WriteAudio(frame.Audio{Data: make([]byte, 1000), Captured: time.Now(), Timestamp: uint32(n) * 2400})
		if stop() {
			return
		}
	}
}

// smallNet is the network with a small buffer under each TCP connection, so that
// it is soon full.
type smallNet struct{ currentNet }

func (n smallNet) DialTCP(network string, local, remote *net.TCPAddr) (transport.TCPConn, error) {
	conn, err := n.currentNet.DialTCP(network, local, remote)
	if err == nil {
		err = conn.SetWriteBuffer(8 << 10)
	}
	return conn, err
}

// freezingRelay is a TURN server on TCP, behind what can freeze all connections
// to it: it then takes nothing in, lets nothing out, and nobody in.
func freezingRelay(t *testing.T) (url string, freeze func()) {
	t.Helper()
	listen := func() *net.TCPListener {
		l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	behind, front := listen(), listen()
	server, err := turn.NewServer(turn.ServerConfig{
		Realm:         "parley",
		LoggerFactory: newLoggerFactory(),
		AuthHandler: func(a *turn.RequestAttributes) (string, []byte, bool) {
			return a.Username, turn.GenerateAuthKey(a.Username, a.Realm, "secret"), a.Username == "me"
		},
		ListenerConfigs: []turn.ListenerConfig{{
			Listener:              behind,
			RelayAddressGenerator: &turn.RelayAddressGeneratorStatic{RelayAddress: net.IPv4(127, 0, 0, 1), Address: "127.0.0.1"},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	frozen := make(chan struct{})
	done := make(chan struct{}) // of all that is carried
	carriers := 0
	carry := func(to, from net.Conn) {
		carriers++
		go func() {
			defer func() { done <- struct{}{} }()
			buffer := make([]byte, 2048)
			for {
				n, err := from.Read(buffer)
				select {
				case <-frozen:
					return
				default:
				}
				if err != nil {
					_ = to.Close()
					return
				}
				if _, err := to.Write(buffer[:n]); err != nil {
					return
				}
			}
		}()
	}
	accepted := make(chan struct{})
	var open []net.Conn
	go func() {
		defer close(accepted)
		for {
			conn, err := front.AcceptTCP()
			if err != nil {
				return
			}
			_ = conn.SetReadBuffer(8 << 10) // or a frozen one takes much in
			on, err := net.Dial("tcp4", behind.Addr().String())
			if err != nil {
				t.Error(err)
				return
			}
			open = append(open, conn, on)
			carry(on, conn)
			carry(conn, on)
		}
	}()
	freeze = sync.OnceFunc(func() {
		close(frozen)
		_ = front.Close()
		<-accepted
	})
	t.Cleanup(func() {
		freeze()
		for _, c := range open {
			_ = c.Close()
		}
		for range carriers {
			<-done
		}
		_ = server.Close()
	})
	return "turn:" + front.Addr().String() + "?transport=tcp", freeze
}
