package peer

import (
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/stun/v4"
	"github.com/pion/transport/v4"
	"github.com/pion/webrtc/v4"
)

// checks has pion act at once on what ICE's checks find. By itself it looks at
// that each 200 ms, and begins DTLS no sooner than its nomination is answered,
// when a browser on the other side has long begun it. It is for the caller, who
// nominates. https://github.com/pion/ice (Agent.connectivityChecks, controllingSelector)
type checks struct {
	open    atomic.Bool   // the other side is known, and no pair is selected
	relayed atomic.Bool   // a relay is in use, and a direct way is looked for
	found   chan struct{} // a check was answered
	relay   chan struct{} // a relay was taken into use
	direct  chan heardOf  // what is heard of direct ways meanwhile

	mu       sync.Mutex
	began    time.Time
	again    [stun.TransactionIDSize]byte // of the request that was handed over once more
	password string                       // of the other side's answers
	sockets  map[*checkedConn]bool
}

func newChecks() *checks {
	return &checks{found: make(chan struct{}, 1), relay: make(chan struct{}, 1), direct: make(chan heardOf, maxEnds), sockets: map[*checkedConn]bool{}}
}

// begin notes that the other side is known: pion checks, or checks anew.
func (k *checks) begin(password string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.began, k.password = time.Now(), password
	k.relayed.Store(false)
	k.open.Store(true)
}

// selected notes that pion has selected a pair.
func (k *checks) selected(relayed bool) {
	k.relayed.Store(relayed)
	k.open.Store(false)
	if relayed {
		wake(k.relay)
	}
}

// early is how long a pair may still be found that is too early to be nominated.
func (k *checks) early() time.Duration {
	const later = 5 * time.Millisecond // than us, at most, pion begins
	k.mu.Lock()
	defer k.mu.Unlock()
	return max(betterDirect-time.Since(k.began), 0) + later
}

// chosen is pion's BindingRequestHandler: true selects the pair. It is one that was
// found good, of which pion took an answer, and that the other side has begun to use:
// the answer to a nomination would tell nothing new. Or it is a direct one that we
// nominated while a relay was in use.
func (k *checks) chosen(request *stun.Message, local, remote ice.Candidate, pair *ice.CandidatePair) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if request.TransactionID != k.again {
		return false
	}
	k.again = [stun.TransactionIDSize]byte{}
	hosts := local.Type() == ice.CandidateTypeHost && remote.Type() == ice.CandidateTypeHost
	return k.relayed.Load() || pair.ResponsesReceived() > 0 && (hosts || time.Since(k.began) >= betterDirect)
}

// repeat notes that a request is handed to pion once more.
func (k *checks) repeat(request []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	copy(k.again[:], request[8:])
}

// lookPause is between two looks: each has pion ask all that is not answered once more.
const lookPause = 20 * time.Millisecond

// hasten has pion look when a check was answered, and once more when what was
// found may be nominated, until Close.
func (p *Peer) hasten() {
	t := p.pc.SCTP().Transport().ICETransport()
	for port := uint16(1); ; port++ {
		select {
		case <-p.checks.found:
		case <-p.done:
			return
		}
		look(t, port)
		port++
		select {
		case <-time.After(p.checks.early()):
		case <-p.done:
			return
		}
		if p.checks.open.Load() {
			look(t, port)
		}
		select {
		case <-time.After(lookPause):
		case <-p.done:
			return
		}
	}
}

// look uses that pion looks whenever the other side has a new candidate. This one is
// over TCP, which we have none for: nothing is ever sent to it.
func look(t *webrtc.ICETransport, port uint16) {
	const nobody = "192.0.2.1"                     // TEST-NET-1, RFC 5737
	_ = t.AddRemoteCandidate(&webrtc.ICECandidate{ // or ICE goes on at its own pace
		Typ: webrtc.ICECandidateTypeHost, Protocol: webrtc.ICEProtocolTCP, TCPType: "so",
		Component: 1, Foundation: "look", Priority: 1, Address: nobody, Port: port,
	})
}

// checkedNet is a network whose UDP sockets tell checks what they hear.
type checkedNet struct {
	transport.Net
	checks *checks
}

// ListenUDP implements transport.Net.
func (n checkedNet) ListenUDP(network string, at *net.UDPAddr) (transport.UDPConn, error) {
	conn, err := n.Net.ListenUDP(network, at)
	if err != nil || at == nil || at.IP.IsMulticast() { // mDNS wants the socket itself
		return conn, err
	}
	c := &checkedConn{UDPConn: conn, checks: n.checks}
	n.checks.add(c)
	if udp, ok := conn.(*net.UDPConn); ok {
		return &fastConn{c, udp}, nil
	}
	return c, nil
}

// checkedConn is a socket of ICE's. One goroutine, pion's, reads from it, and has
// dealt with a packet when it reads the next.
type checkedConn struct {
	transport.UDPConn
	checks *checks
	asked  questions

	ends     map[netip.AddrPort]*farEnd
	answered bool    // the packet read last answered a check of ours
	ready    *farEnd // what it made ready
}

// farEnd is what was heard from an address while no pair, or a relay, is in use.
type farEnd struct {
	at       netip.AddrPort
	request  []byte // its last check
	answered bool   // it answered a check of ours
	begun    bool   // it sends DTLS or media
}

const (
	maxEnds  = 16  // more than the addresses that the other side really has
	maxAsked = 128 // checks of one socket that may still be answered
)

// questions are the newest checks that left a socket and were not answered. Only who
// saw one can answer it: what merely has the form of an answer tells nothing.
type questions struct {
	mu   sync.Mutex
	list [maxAsked]question
	next int
}

type question struct {
	id        [stun.TransactionIDSize]byte
	to        netip.AddrPort
	nominates bool // it is one of ours, not of pion's
}

func unmapped(at netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}

// left notes what leaves the socket, if it is a check.
func (q *questions) left(b []byte, to netip.AddrPort, nominates bool) {
	if !isSTUN(b, bindingRequest) {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.list[q.next%maxAsked] = question{[stun.TransactionIDSize]byte(b[8:]), unmapped(to), nominates}
	q.next++
}

// answered tells whether b, from there, is the first answer to a check (RFC 8445, 7.2.5.2.1).
func (q *questions) answered(b []byte, from netip.AddrPort) (nominated, ok bool) {
	if !isSTUN(b, bindingSuccess) {
		return false, false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.IndexFunc(q.list[:], func(asked question) bool {
		return asked.id == [stun.TransactionIDSize]byte(b[8:]) && asked.to == unmapped(from)
	})
	if i < 0 {
		return false, false
	}
	nominated, q.list[i] = q.list[i].nominates, question{}
	return nominated, true
}

// ReadFrom implements net.PacketConn.
func (c *checkedConn) ReadFrom(b []byte) (int, net.Addr, error) {
	if n, from := c.next(b); n > 0 {
		return n, net.UDPAddrFromAddrPort(from), nil
	}
	n, from, err := c.UDPConn.ReadFrom(b)
	if at, ok := from.(*net.UDPAddr); err == nil && ok {
		c.heard(b[:n], at.AddrPort())
	}
	return n, from, err
}

// WriteTo implements net.PacketConn.
func (c *checkedConn) WriteTo(b []byte, to net.Addr) (int, error) {
	if at, ok := to.(*net.UDPAddr); ok {
		c.asked.left(b, at.AddrPort(), false)
	}
	return c.UDPConn.WriteTo(b, to)
}

// next acts on the packet before, now that pion knows it. It may hand over the other
// side's last check once more: that is where pion asks whether to select the pair.
// The answer, which the other side has already, is ignored there.
func (c *checkedConn) next(b []byte) (n int, from netip.AddrPort) {
	if c.ready != nil {
		end := c.ready
		c.ready = nil
		c.checks.repeat(end.request)
		return copy(b, end.request), end.at
	}
	if c.answered {
		c.answered = false
		wake(c.checks.found)
	}
	return 0, netip.AddrPort{}
}

func (c *checkedConn) heard(b []byte, from netip.AddrPort) {
	open, relayed := c.checks.open.Load(), c.checks.relayed.Load()
	if !open && !relayed {
		c.ends = nil
		return
	}
	end := c.ends[from]
	if end == nil {
		if len(c.ends) >= maxEnds {
			return
		}
		if c.ends == nil {
			c.ends = map[netip.AddrPort]*farEnd{}
		}
		end = &farEnd{at: from}
		c.ends[from] = end
	}
	nominated, answered := c.asked.answered(b, from)
	switch {
	case isSTUN(b, bindingRequest):
		end.request = slices.Clone(b)
	case answered:
		end.answered, c.answered = true, open
	case len(b) > 0 && b[0] >= firstDTLS:
		end.begun = true
	}
	switch {
	case relayed && nominated && end.request != nil && c.checks.authentic(b), open && end.answered && end.begun && end.request != nil:
		c.ready = end
		delete(c.ends, from)
	case relayed && (answered && c.checks.authentic(b) || isSTUN(b, bindingRequest)):
		c.checks.tell(heardOf{directWay{c, from}, answered})
	}
}

// Close implements net.PacketConn.
func (c *checkedConn) Close() error {
	c.checks.remove(c)
	return c.UDPConn.Close()
}

// fastConn is a checkedConn for pion's way without allocations.
type fastConn struct {
	*checkedConn
	udp *net.UDPConn
}

// ReadFromAddrPort implements ice.AddrPortReaderWriter.
func (c *fastConn) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	if n, from := c.next(b); n > 0 {
		return n, from, nil
	}
	n, from, err := c.udp.ReadFromUDPAddrPort(b)
	if err == nil {
		c.heard(b[:n], from)
	}
	return n, from, err
}

// WriteToAddrPort implements ice.AddrPortReaderWriter.
func (c *fastConn) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	c.asked.left(b, to, false)
	return c.udp.WriteToUDPAddrPort(b, to)
}
