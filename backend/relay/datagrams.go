package relay

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
)

// datagrams is the UDP socket that clients send to.
type datagrams struct {
	net.PacketConn
	strangers *strangers

	mu      sync.RWMutex // guards what follows
	trusted map[netip.AddrPort]bool
}

func newDatagrams(c net.PacketConn, limited *atomic.Uint64) *datagrams {
	return &datagrams{PacketConn: c, strangers: newStrangers(limited), trusted: map[netip.AddrPort]bool{}}
}

// trust lifts the limit from a client, or restores it. TCP clients are not ours.
func (d *datagrams) trust(client net.Addr, has bool) {
	if _, ok := client.(*net.UDPAddr); !ok {
		return
	}
	at, _ := addrPort(client)
	d.mu.Lock()
	defer d.mu.Unlock()
	if has {
		d.trusted[at] = true
	} else {
		delete(d.trusted, at)
	}
}

// ReadFrom waits for a client's packet.
func (d *datagrams) ReadFrom(p []byte) (int, net.Addr, error) {
	for {
		n, addr, err := receive(d.PacketConn, p)
		if err != nil {
			return 0, nil, err
		}
		from, ok := addrPort(addr)
		if !ok {
			continue
		}
		d.mu.RLock()
		trusted := d.trusted[from]
		d.mu.RUnlock()
		if trusted || d.strangers.allow(from.Addr()) {
			return n, addr, nil
		}
	}
}

// receive reads a packet. Errors that tell of one packet only, as Windows has
// them when a peer is gone (WSAECONNRESET), are no reason to stop: pion/turn
// would end the server, or the allocation.
func receive(c net.PacketConn, p []byte) (int, net.Addr, error) {
	const most = 1000
	for bad := 0; ; bad++ {
		n, addr, err := c.ReadFrom(p)
		if err == nil || bad == most || errors.Is(err, net.ErrClosed) {
			return n, addr, err
		}
	}
}

// isInUse tells whether a port is taken. Windows has a code of its own
// (WSAEADDRINUSE).
func isInUse(err error) bool {
	const windows = syscall.Errno(10048)
	return errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, windows)
}
