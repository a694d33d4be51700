package emulator

import (
	"io"
	"net"
	"sync"
)

// door is a TCP port that leads to another one while it is open. What stands
// before an emulator that restarts keeps clients out until it has its
// documents again, however long that takes.
type door struct {
	host string // host:port, the same each time

	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]bool // nil: shut
	work     sync.WaitGroup
}

func (d *door) open(to string) error {
	at := d.host
	if at == "" {
		at = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", at)
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.host, d.listener, d.conns = l.Addr().String(), l, map[net.Conn]bool{}
	d.mu.Unlock()
	d.work.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // shut
			}
			d.work.Go(func() { d.lead(c, to) })
		}
	})
	return nil
}

// lead carries one connection, both ways, until either end closes it.
func (d *door) lead(from net.Conn, address string) {
	defer from.Close()
	to, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer to.Close()
	if !d.keep(from, to) {
		return
	}
	ended := make(chan struct{}, 2)
	carry := func(to, from net.Conn) {
		_, _ = io.Copy(to, from) // its end, whatever it is, is both connections'
		ended <- struct{}{}
	}
	d.work.Go(func() { carry(to, from) })
	d.work.Go(func() { carry(from, to) })
	<-ended
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.conns, from)
	delete(d.conns, to)
}

// keep notes connections for shut; false where it has been.
func (d *door) keep(conns ...net.Conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range conns {
		if d.conns == nil {
			return false
		}
		d.conns[c] = true
	}
	return true
}

// shut breaks all connections and refuses new ones. It may be called twice.
func (d *door) shut() {
	d.mu.Lock()
	if d.listener != nil {
		d.listener.Close()
	}
	for c := range d.conns {
		c.Close()
	}
	d.listener, d.conns = nil, nil
	d.mu.Unlock()
	d.work.Wait()
}
