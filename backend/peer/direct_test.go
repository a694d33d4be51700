package peer

import (
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/stun/v4"
	"github.com/pion/transport/v4"
	"github.com/pion/transport/v4/vnet"
	"github.com/pion/turn/v5"

	"parley/backend/frame"
	"parley/backend/signaling"
)

// relayedNetwork is two hosts and a relay, each 25 ms from the others; through tells
// whether a packet passes from one host to the other.
func relayedNetwork(t *testing.T, through func(payload []byte) bool) (a, b transport.Net, server ICEServer) {
	t.Helper()
	making.Lock()
	defer making.Unlock()
	router, err := vnet.NewRouter(&vnet.RouterConfig{CIDR: "10.1.0.0/24", MinDelay: 25 * time.Millisecond, LoggerFactory: newLoggerFactory()})
	if err != nil {
		t.Fatal(err)
	}
	const relay = "10.1.0.3"
	router.AddChunkFilter(func(c vnet.Chunk) bool {
		return strings.HasPrefix(c.SourceAddr().String(), relay) || strings.HasPrefix(c.DestinationAddr().String(), relay) || through(c.UserData())
	})
	host := func(ip string) transport.Net {
		n, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{ip}})
		if err != nil {
			t.Fatal(err)
		}
		if err := router.AddNet(n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	a, b = host("10.1.0.1"), host("10.1.0.2")
	there := host(relay)
	if err := router.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = router.Stop() })
	conn, err := there.ListenPacket("udp4", relay+":3478")
	if err != nil {
		t.Fatal(err)
	}
	s, err := turn.NewServer(turn.ServerConfig{
		Realm:         "parley",
		LoggerFactory: newLoggerFactory(),
		AuthHandler: func(a *turn.RequestAttributes) (string, []byte, bool) {
			return a.Username, turn.GenerateAuthKey(a.Username, a.Realm, "secret"), true
		},
		PacketConnConfigs: []turn.PacketConnConfig{{
			PacketConn:            conn,
			RelayAddressGenerator: &turn.RelayAddressGeneratorStatic{RelayAddress: net.ParseIP(relay), Address: relay, Net: there},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return a, b, ICEServer{URLs: []string{"turn:" + relay + ":3478?transport=udp"}, Username: "me", Credential: "secret"}
}

// A call begins on the relay as soon as that is found, and moves to a direct way when
// there is one: no picture is lost by it. The relay may be the other side's, and heard
// from before it is told of.
func TestLeavesTheRelay(t *testing.T) {
	for name, late := range map[string]time.Duration{"both have one": 0, "theirs, told of late": 500 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var open atomic.Bool
				a, b, server := relayedNetwork(t, func([]byte) bool { return open.Load() })
				ours := Config{Codecs: []frame.Codec{frame.VP8}}
				theirs := ours
				theirs.ICEServers = []ICEServer{server}
				if late == 0 {
					ours = theirs
				}
				caller, callee := makeEnd(t, ours, signaling.Caller, a), makeEnd(t, theirs, signaling.Callee, b)
				began := time.Now()
				connectLate(t, caller, callee, late)
				const trips = 12 * 50 * time.Millisecond // allocation, permission, check, nomination, DTLS
				if took := time.Since(began); took > trips {
					t.Errorf("connected after %v, want %v", took, trips)
				}
				time.Sleep(late)
				paths := func() [2]Path { return [2]Path{caller.Stats().Path, callee.Stats().Path} }
				if got := paths(); got != [2]Path{PathRelay, PathRelay} {
					t.Fatalf("it begins by %v", got)
				}
				var last time.Time
				var gap time.Duration
				keys := 0
				watch := func(f frame.Video) {
					if !last.IsZero() {
						gap = max(gap, time.Since(last))
					}
					if last = time.Now(); f.Key {
						keys++
					}
				}
				pump(t, caller, callee, frame.VP8, 2000, func(n int, f frame.Video) bool { watch(f); return n >= 60 })
				open.Store(true)
				opened := time.Now()
				keys, gap = 0, 0
				pumpOn(t, caller, callee, 60, func(f frame.Video) bool { watch(f); return paths() == [2]Path{PathDirect, PathDirect} })
				t.Logf("direct %v after the way was open", time.Since(opened))
				if took := time.Since(opened); took > time.Second {
					t.Errorf("direct after %v", took)
				}
				pumpOn(t, caller, callee, 1000, func(f frame.Video) bool { watch(f); return time.Since(opened) > 5*time.Second })
				if gap > 150*time.Millisecond || keys > 0 {
					t.Errorf("the picture stood still for %v, %d key frames", gap, keys)
				}
				if got := paths(); got != [2]Path{PathDirect, PathDirect} {
					t.Errorf("it ends by %v", got)
				}
				restart(t, caller, callee)
				together(t, caller, callee)
				pumpOn(t, caller, callee, 2000, func(frame.Video) bool { return paths() == [2]Path{PathDirect, PathDirect} })
			})
		})
	}
}

// connectLate is connect where the caller hears of the callee's relay later.
func connectLate(t *testing.T, caller, callee *end, late time.Duration) {
	t.Helper()
	told := make(chan signaling.Candidate, cap(callee.candidates))
	found := callee.candidates
	stop, stopped := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(stop); <-stopped })
	go func() {
		defer close(stopped)
		for {
			select {
			case c := <-found:
				if strings.Contains(c.Candidate, " typ relay ") {
					select {
					case <-time.After(late):
					case <-stop:
						return
					}
				}
				told <- c
			case <-stop:
				return
			}
		}
	}()
	connect(t, caller, &end{Peer: callee.Peer, candidates: told, transport: callee.transport})
}

// pumpOn writes on from a picture on, none of them a key frame unless it is asked for.
func pumpOn(t *testing.T, from, to *end, n int, stop func(frame.Video) bool) {
	t.Helper()
	tick := time.NewTicker(time.Second / 30)
	defer tick.Stop()
	deadline := time.After(patience)
	for key := false; ; {
		select {
		case <-tick.C:
			_ = from.WriteVideo(picture(frame.VP8, n, 2000, key))
			key = false
			n++
		case <-from.keyframe:
			key = true
		case f := <-to.video:
			if stop(f) {
				return
			}
		case <-deadline:
			t.Fatalf("not in %v", patience)
		}
	}
}

// Where there is no direct way none is looked for after a while.
func TestStaysOnTheRelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tried, late atomic.Int64
		began := time.Now()
		a, b, server := relayedNetwork(t, func([]byte) bool {
			tried.Add(1)
			if time.Since(began) > directWithin+time.Second {
				late.Add(1)
			}
			return false
		})
		cfg := Config{ICEServers: []ICEServer{server}, Codecs: []frame.Codec{frame.VP8}}
		caller, callee := makeEnd(t, cfg, signaling.Caller, a), makeEnd(t, cfg, signaling.Callee, b)
		connect(t, caller, callee)
		time.Sleep(2 * directWithin)
		if late.Load() > 0 || tried.Load() > 100+int64(directWithin/directPace) {
			t.Errorf("%d packets tried the direct way, %d of them late", tried.Load(), late.Load())
		}
		if got := caller.Stats().Path; got != PathRelay {
			t.Errorf("the path is %q", got)
		}
	})
}

// While a relay is in use pion is handed a check by a direct way only where a
// nomination of ours was answered by the other side, and by nobody else.
func TestNominationIsAnswered(t *testing.T) {
	const password = "their password"
	at := netip.MustParseAddrPort("192.0.2.7:9")
	asked := stun.NewTransactionIDSetter([stun.TransactionIDSize]byte{1})
	request := stun.MustBuild(stun.TransactionID, stun.BindingRequest).Raw
	signed := stun.MustBuild(asked, stun.BindingSuccess, stun.NewShortTermIntegrity(password)).Raw
	for name, test := range map[string]struct {
		heard     [][]byte
		nominates bool
		handed    bool
		told      int
	}{
		"answered":       {[][]byte{request, signed}, true, true, 1},
		"no check of it": {[][]byte{signed, request}, true, false, 2},
		"only a check":   {[][]byte{request, signed}, false, false, 2},
		"unsigned":       {[][]byte{request, stun.MustBuild(asked, stun.BindingSuccess).Raw}, true, false, 1},
		"another's":      {[][]byte{request, stun.MustBuild(asked, stun.BindingSuccess, stun.NewShortTermIntegrity("ours")).Raw}, true, false, 1},
		"not asked":      {[][]byte{request, stun.MustBuild(stun.TransactionID, stun.BindingSuccess, stun.NewShortTermIntegrity(password)).Raw}, true, false, 1},
		"media":          {[][]byte{request, {0x80, 96}}, true, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			k := newChecks()
			c := &checkedConn{checks: k}
			k.begin(password)
			k.selected(true)
			c.asked.left(stun.MustBuild(asked, stun.BindingRequest).Raw, at, test.nominates)
			for _, b := range test.heard {
				c.heard(b, at)
			}
			if n, _ := c.next(make([]byte, 1500)); (n > 0) != test.handed {
				t.Errorf("%d bytes are handed over", n)
			}
			if got := len(k.direct); got != test.told {
				t.Errorf("it was told of %d times, want %d", got, test.told)
			}
		})
	}
}

// Whatever comes to a socket, what is kept of it is bounded.
func FuzzHeard(f *testing.F) {
	id := stun.NewTransactionIDSetter([stun.TransactionIDSize]byte{1})
	request := stun.MustBuild(id, stun.BindingRequest).Raw
	for _, b := range [][]byte{request, stun.MustBuild(id, stun.BindingSuccess, stun.NewShortTermIntegrity("x")).Raw, {}, {22, 254, 253}, request[:19]} {
		f.Add(b, uint16(1), true)
		f.Add(b, uint16(2), false)
	}
	k := newChecks()
	c := &checkedConn{checks: k}
	f.Fuzz(func(t *testing.T, b []byte, port uint16, relayed bool) {
		k.begin("x")
		if relayed {
			k.selected(true)
		}
		at := netip.AddrPortFrom(netip.MustParseAddr("192.0.2.7"), port)
		c.asked.left(request, at, true)
		c.heard(b, at)
		n, _ := c.next(make([]byte, len(b)+len(request)))
		if len(c.ends) > maxEnds || n > len(b)+len(request) || len(k.direct) > maxEnds {
			t.Errorf("%d ends, %d bytes, %d ways", len(c.ends), n, len(k.direct))
		}
	})
}

// A NAT that lets nothing in until the other side has sent may open after seconds:
// the one pair that there is is not given up.
func TestAWayThatOpensLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var open atomic.Bool
		a, b := network(t, 25*time.Millisecond, func(string, []byte) bool { return !open.Load() })
		caller, callee := newEnd(t, signaling.Caller, a, frame.VP8), newEnd(t, signaling.Callee, b, frame.VP8)
		time.AfterFunc(5*time.Second, func() { open.Store(true) })
		connect(t, caller, callee)
	})
}
