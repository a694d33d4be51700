package peer

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/stun/v4"
	"github.com/pion/transport/v4"
	"github.com/pion/webrtc/v4"

	"parley/backend/signaling"
)

// From the answer on a connection takes the round trips that it must, and waits
// for no clock: a check, its nomination, and two of DTLS.
func TestConnectsInRoundTrips(t *testing.T) {
	for _, trip := range []time.Duration{2 * time.Millisecond, 50 * time.Millisecond, 300 * time.Millisecond} {
		t.Run(fmt.Sprint(trip), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := shapedHosts(t, &shaper{delay: trip / 2}, &shaper{delay: trip / 2})
				caller, callee := newEnd(t, signaling.Caller, a), newEnd(t, signaling.Callee, b)
				offer, err := caller.Offer(ctx(t))
				if err != nil {
					t.Fatal(err)
				}
				answer, err := callee.Answer(ctx(t), offer)
				if err != nil {
					t.Fatal(err)
				}
				answered := time.Now()
				if err := caller.SetAnswer(ctx(t), answer); err != nil {
					t.Fatal(err)
				}
				for _, side := range []struct {
					of   *end
					most time.Duration
				}{{caller, 3 * trip}, {callee, 3*trip + trip/2}} {
					until(t, side.of.transport, TransportConnected)
					if took := time.Since(answered); took > side.most+time.Millisecond {
						t.Errorf("the %s is connected after %v, want %v", side.of.role, took, side.most)
					}
				}
			})
		})
	}
}

// A browser begins DTLS when its own check was answered. Then the nomination costs
// no round trip.
func TestConnectsToABrowserInRoundTrips(t *testing.T) {
	for name, test := range map[string]struct {
		hidden bool // the browser's address
		trip   time.Duration
		most   time.Duration
	}{
		"near": {trip: 2 * time.Millisecond, most: 2 * 2 * time.Millisecond},
		"far":  {trip: 300 * time.Millisecond, most: 2 * 300 * time.Millisecond},
		// Ours hears of it by its check, and waits for a better one, see betterDirect.
		"hidden":       {hidden: true, trip: 2 * time.Millisecond, most: betterDirect + 5*time.Millisecond + 2*2*time.Millisecond},
		"hidden, half": {hidden: true, trip: 30 * time.Millisecond, most: betterDirect + 5*time.Millisecond + 2*30*time.Millisecond},
		"hidden, far":  {hidden: true, trip: 300 * time.Millisecond, most: 300*time.Millisecond/2 + 2*300*time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := shapedHosts(t, &shaper{delay: test.trip / 2}, &shaper{delay: test.trip / 2})
				parley, browser := newEnd(t, signaling.Caller, a), eagerBrowser(t, b)
				offer, err := parley.Offer(ctx(t))
				if err != nil {
					t.Fatal(err)
				}
				if err := browser.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer.SDP}); err != nil {
					t.Fatal(err)
				}
				answer, err := browser.CreateAnswer(nil)
				if err != nil {
					t.Fatal(err)
				}
				gathered := webrtc.GatheringCompletePromise(browser)
				if err := browser.SetLocalDescription(answer); err != nil {
					t.Fatal(err)
				}
				get(t, gathered, "candidates")
				text := browser.LocalDescription().SDP
				if test.hidden {
					text, _ = splitCandidates(text)
				}
				answered := time.Now()
				if err := parley.SetAnswer(ctx(t), signaling.Description{Type: "answer", SDP: text}); err != nil {
					t.Fatal(err)
				}
				until(t, parley.transport, TransportConnected)
				if took := time.Since(answered); took > test.most+2*time.Millisecond {
					t.Errorf("connected after %v, want %v", took, test.most)
				}
			})
		})
	}
}

// eagerBrowser takes a pair into use as a browser that answers does, without a
// nomination.
func eagerBrowser(t *testing.T, on transport.Net) *webrtc.PeerConnection {
	t.Helper()
	m, r, s := &webrtc.MediaEngine{}, &interceptor.Registry{}, webrtc.SettingEngine{LoggerFactory: newLoggerFactory()}
	if err := m.RegisterDefaultCodecs(); err != nil {
		t.Fatal(err)
	}
	if err := webrtc.RegisterDefaultInterceptors(m, r); err != nil {
		t.Fatal(err)
	}
	s.SetNet(on)
	s.SetDTLSInsecureSkipHelloVerify(true)
	s.SetICEBindingRequestHandler(func(*stun.Message, ice.Candidate, ice.Candidate, *ice.CandidatePair) bool { return true })
	pc, err := webrtc.NewAPI(webrtc.WithMediaEngine(m), webrtc.WithInterceptorRegistry(r), webrtc.WithSettingEngine(s)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.GracefulClose() })
	return pc
}

// What is heard on a socket is bounded, and a request is handed over once more only
// where its sender has answered a check and begun to send.
func TestHeardOnASocket(t *testing.T) {
	request := func(of byte) []byte {
		return stun.MustBuild(stun.NewTransactionIDSetter([stun.TransactionIDSize]byte{of}), stun.BindingRequest).Raw
	}
	success := func(of byte) []byte {
		return stun.MustBuild(stun.NewTransactionIDSetter([stun.TransactionIDSize]byte{of}), stun.BindingSuccess).Raw
	}
	const ours, elsewhere, nobody = 10, 11, 12 // checks of ours, the second to another address
	hello := []byte{22, 254, 253}
	at := netip.MustParseAddrPort("192.0.2.7:9")
	for name, test := range map[string]struct {
		heard [][]byte
		again bool
	}{
		"all three":        {[][]byte{request(1), success(ours), hello}, true},
		"DTLS first":       {[][]byte{hello, request(1), success(ours)}, true},
		"no check of its":  {[][]byte{success(ours), hello}, false},
		"no answer":        {[][]byte{request(1), hello, hello}, false},
		"nothing in use":   {[][]byte{request(1), success(ours)}, false},
		"a forged answer":  {[][]byte{request(1), success(nobody), hello}, false},
		"another's answer": {[][]byte{request(1), success(elsewhere), hello}, false},
		"nothing at all":   {[][]byte{{}}, false},
		"a short one":      {[][]byte{{0, 1}, success(ours), hello}, false},
		"the last of many": {[][]byte{request(2), request(1), success(ours), hello}, true},
	} {
		t.Run(name, func(t *testing.T) {
			k := newChecks()
			c := &checkedConn{checks: k}
			c.asked.left(request(ours), at, false)
			c.asked.left(request(elsewhere), netip.MustParseAddrPort("192.0.2.8:9"), false)
			for _, b := range test.heard {
				c.heard(b, at)
			}
			if len(c.ends) > 0 {
				t.Error("something is kept before the other side is known")
			}
			k.begin("")
			for _, b := range test.heard {
				c.heard(b, at)
			}
			b := make([]byte, 1500)
			n, from := c.next(b)
			if (n > 0) != test.again {
				t.Fatalf("%d bytes once more", n)
			}
			if test.again && (string(b[:n]) != string(request(1)) || from != at) {
				t.Errorf("% x from %v", b[:n], from)
			}
			if n, _ := c.next(b); n > 0 {
				t.Error("and once more")
			}
		})
	}
	k := newChecks()
	k.begin("")
	c := &checkedConn{checks: k}
	for port := range 1000 {
		c.heard(request(1), netip.AddrPortFrom(at.Addr(), uint16(port)))
	}
	if len(c.ends) > maxEnds {
		t.Errorf("%d addresses are kept", len(c.ends))
	}
	k.open.Store(false)
	c.heard(hello, at)
	if c.ends != nil {
		t.Error("they are kept for ever")
	}
}

// A check is answered once, by where it went; the oldest of many are forgotten.
func TestQuestions(t *testing.T) {
	build := func(kind stun.MessageType, n int) []byte {
		return stun.MustBuild(stun.NewTransactionIDSetter([stun.TransactionIDSize]byte{1, byte(n), byte(n >> 8)}), kind).Raw
	}
	at := netip.MustParseAddrPort("192.0.2.7:9")
	mapped := netip.AddrPortFrom(netip.AddrFrom16(at.Addr().As16()), at.Port())
	var q questions
	for n := range 2 * maxAsked {
		q.left(build(stun.BindingRequest, n), mapped, n%2 == 0)
		q.left(build(stun.BindingSuccess, n), at, false) // an answer of ours is no question
	}
	for n, want := range map[int]bool{0: false, maxAsked - 1: false, maxAsked: true, 2*maxAsked - 1: true, 2 * maxAsked: false} {
		if nominated, ok := q.answered(build(stun.BindingSuccess, n), at); ok != want || nominated != (want && n%2 == 0) {
			t.Errorf("%d: want %v", n, want)
		}
		if _, ok := q.answered(build(stun.BindingSuccess, n), at); ok {
			t.Errorf("%d is answered twice", n)
		}
	}
	if _, ok := q.answered(make([]byte, 20), netip.AddrPort{}); ok {
		t.Error("nothing is an answer")
	}
}

// mDNS joins groups on its socket, and gets the socket itself.
func TestMulticastIsLeftAlone(t *testing.T) {
	n := checkedNet{udpNet{}, newChecks()}
	for _, test := range []struct {
		ip      net.IP
		wrapped bool
	}{{net.IPv4(127, 0, 0, 1), true}, {net.IPv4(224, 0, 0, 0), false}} {
		conn, err := n.ListenUDP("udp4", &net.UDPAddr{IP: test.ip})
		if err != nil {
			t.Fatal(err)
		}
		if _, itself := conn.(*net.UDPConn); itself == test.wrapped {
			t.Errorf("%v: %T", test.ip, conn)
		}
		_ = conn.Close()
	}
}

// udpNet has UDP sockets, all on the loopback interface.
type udpNet struct{ transport.Net }

func (udpNet) ListenUDP(string, *net.UDPAddr) (transport.UDPConn, error) {
	return net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
}
