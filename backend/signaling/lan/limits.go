package lan

import (
	"fmt"
	"net"
	"net/netip"
	"sync"

	"golang.org/x/time/rate"

	"parley/backend/signaling"
)

// Limits keep one bad client from harming the others; a zero field is its default.
type Limits struct {
	Message          int     // bytes of one message; 128 KiB
	Rate             float64 // messages a second on one connection; 50
	Burst            int     // messages at once; 512
	Rooms            int     // open rooms; 256
	RoomsPerIP       int     // open rooms made from one address; 32
	Connections      int     // connections; 512
	ConnectionsPerIP int     // connections from one address; 64
	ArrivalsPerIP    float64 // new WebSockets a second from one address; 5, above a burst of 60
	SendsPerIP       float64 // messages without a WebSocket, likewise; 100, above a burst of 512
}

func (l Limits) withDefaults() Limits {
	for _, f := range []struct {
		field *int
		value int
	}{
		{&l.Message, 128 << 10}, {&l.Burst, 512}, {&l.Rooms, 256}, {&l.RoomsPerIP, 32},
		{&l.Connections, 512}, {&l.ConnectionsPerIP, 64},
	} {
		if *f.field <= 0 {
			*f.field = f.value
		}
	}
	if l.Rate <= 0 {
		l.Rate = 50
	}
	if l.ArrivalsPerIP <= 0 {
		l.ArrivalsPerIP = 5
	}
	if l.SendsPerIP <= 0 {
		l.SendsPerIP = 100
	}
	return l
}

// arrivalsBurst is how many WebSockets one address may open at once: several
// phones may share it, and each comes back at its own pace after a break.
const arrivalsBurst = 60

// sendsBurst is how many messages without a WebSocket one address may send at
// once. Each is looked at before it is known whose it is.
const sendsBurst = 512

// visitors counts what each address has open.
type visitors struct {
	limits Limits

	mu   sync.Mutex
	open map[net.Conn]struct{}
	byIP map[netip.Prefix]*visitor
}

type visitor struct {
	connections int
	arrivals    *rate.Limiter
	sends       *rate.Limiter
}

func newVisitors(l Limits) *visitors {
	return &visitors{limits: l, open: make(map[net.Conn]struct{}), byIP: make(map[netip.Prefix]*visitor)}
}

// prefixOf is the address that limits count by: an IPv4 address, or the /64
// that one IPv6 user has for itself.
func prefixOf(addr string) netip.Prefix {
	ap, err := netip.ParseAddrPort(addr)
	if err != nil {
		return netip.Prefix{}
	}
	ip, bits := ap.Addr().Unmap().WithZone(""), 64
	if ip.Is4() {
		bits = 32
	}
	p, _ := ip.Prefix(bits) // bits fit the address
	return p
}

// visit gives f the visitor at addr, and forgets it when it has nothing left.
func (v *visitors) visit(addr string, f func(*visitor) error) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	p := prefixOf(addr)
	w := v.byIP[p]
	if w == nil {
		w = &visitor{
			arrivals: rate.NewLimiter(rate.Limit(v.limits.ArrivalsPerIP), arrivalsBurst),
			sends:    rate.NewLimiter(rate.Limit(v.limits.SendsPerIP), sendsBurst),
		}
		v.byIP[p] = w
	}
	err := f(w)
	// A limiter that is not full again is kept, as long as there is room, so
	// that leaving does not forgive.
	full := w.arrivals.Tokens() >= arrivalsBurst && w.sends.Tokens() >= sendsBurst
	if w.connections == 0 && (full || len(v.byIP) > 4096) {
		delete(v.byIP, p)
	}
	return err
}

// arrive lets a new WebSocket in, or ErrTooMany.
func (v *visitors) arrive(addr string) error {
	return v.visit(addr, func(w *visitor) error {
		if !w.arrivals.Allow() {
			return fmt.Errorf("%w: connections too fast", signaling.ErrTooMany)
		}
		return nil
	})
}

// send lets a message in that comes without a WebSocket, or ErrTooMany.
func (v *visitors) send(addr string) error {
	return v.visit(addr, func(w *visitor) error {
		if !w.sends.Allow() {
			return fmt.Errorf("%w: messages too fast", signaling.ErrTooMany)
		}
		return nil
	})
}

// connect counts a TCP connection in, before anything was read from it, or is
// ErrTooMany.
func (v *visitors) connect(c net.Conn) error {
	return v.visit(c.RemoteAddr().String(), func(w *visitor) error {
		if len(v.open) >= v.limits.Connections || w.connections >= v.limits.ConnectionsPerIP {
			return signaling.ErrTooMany
		}
		v.open[c] = struct{}{}
		w.connections++
		return nil
	})
}

func (v *visitors) disconnect(c net.Conn) {
	_ = v.visit(c.RemoteAddr().String(), func(w *visitor) error {
		if _, ok := v.open[c]; ok {
			delete(v.open, c)
			w.connections--
		}
		return nil
	})
}

// closeAll closes all connections, so that nobody waits for a peer that does
// not say goodbye.
func (v *visitors) closeAll() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for c := range v.open {
		_ = c.Close()
	}
}

// limitListener closes connections above the limits as they come in: one
// address that holds many slow ones keeps nobody else out.
type limitListener struct {
	net.Listener
	visitors *visitors
}

func (l limitListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.visitors.connect(c) != nil {
			_ = c.Close()
			continue
		}
		return countedConn{c, l.visitors}, nil
	}
}

type countedConn struct {
	net.Conn
	visitors *visitors
}

func (c countedConn) Close() error {
	defer c.visitors.disconnect(c.Conn)
	return c.Conn.Close()
}
