//go:build linux

package emulate

import (
	"container/heap"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

const (
	mtu = 1500
	// bin is the resolution of Traffic.
	bin = 100 * time.Millisecond
)

// End is where a link is plugged in.
type End struct {
	Host    *Host
	Device  string // the interface that is made
	Address string // with its prefix, such as "10.0.0.1/24"
	// Out is what happens to packets from here to the other end.
	Out Schedule
}

// Traffic is what one direction did since Begin.
type Traffic struct {
	// Bytes that were sent into the link and that arrived, and packets that were lost
	// on purpose or dropped by the queue, in each 100 ms.
	Offered, Bytes, Lost, Dropped []int
	// Waits are how long packets waited for those before them, ms.
	Waits []float64
}

// Plus is the traffic of two links together.
func (t Traffic) Plus(other Traffic) Traffic {
	add := func(a, b []int) []int {
		sum := make([]int, max(len(a), len(b)))
		for _, list := range [][]int{a, b} {
			for i, v := range list {
				sum[i] += v
			}
		}
		return sum
	}
	return Traffic{add(t.Offered, other.Offered), add(t.Bytes, other.Bytes), add(t.Lost, other.Lost), add(t.Dropped, other.Dropped), slices.Concat(t.Waits, other.Waits)}
}

// Link is an emulated link. Until Begin, both directions stay in their first
// phase.
type Link struct {
	directions [2]*direction
	stop       *os.File // closed, it ends the directions
	threads    sync.WaitGroup
	close      func() error
}

// NewLink plugs a link in; both ends get a TUN device. The same seed makes the
// same losses, for the same packets.
func NewLink(a, b End, seed uint64) (*Link, error) {
	for _, e := range []End{a, b} {
		if err := e.Out.check(); err != nil {
			return nil, fmt.Errorf("link from %s: %w", e.Host.Name, err)
		}
	}
	atA, err := openTUN(a)
	if err != nil {
		return nil, err
	}
	atB, err := openTUN(b)
	if err != nil {
		return nil, errors.Join(err, unix.Close(atA))
	}
	stopped, stop, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, unix.Close(atA), unix.Close(atB))
	}
	l := &Link{stop: stop}
	l.directions[0] = newDirection(atA, atB, a.Out, seed)
	l.directions[1] = newDirection(atB, atA, b.Out, seed+1)
	for _, d := range l.directions {
		l.threads.Go(func() { d.run(int32(stopped.Fd())) })
	}
	l.close = sync.OnceValue(func() error {
		err := l.stop.Close()
		l.threads.Wait()
		return errors.Join(err, stopped.Close(), unix.Close(atA), unix.Close(atB))
	})
	return l, nil
}

// Begin starts the schedules, and counting.
func (l *Link) Begin() {
	now := monotonic()
	for _, d := range l.directions {
		d.begin.Store(int64(now))
	}
}

// Traffic is what went from a (0) or b (1) to the other end.
func (l *Link) Traffic(from int) Traffic {
	d := l.directions[from]
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.traffic
	return Traffic{slices.Clone(t.Offered), slices.Clone(t.Bytes), slices.Clone(t.Lost), slices.Clone(t.Dropped), slices.Clone(t.Waits)}
}

// Close unplugs the link. It may be called twice.
func (l *Link) Close() error { return l.close() }

// openTUN makes a TUN device that is up, and gives its packets without blocking.
func openTUN(e End) (int, error) {
	fd := -1
	err := e.Host.Do(func() error {
		var err error
		if fd, err = unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0); err != nil {
			return err
		}
		request, err := unix.NewIfreq(e.Device)
		if err != nil {
			return err
		}
		request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		return unix.IoctlIfreq(fd, unix.TUNSETIFF, request)
	})
	if err == nil {
		// Longer than any queue of ours: no packet is lost before it is seen.
		err = e.Host.Run("ip", "link", "set", e.Device, "mtu", fmt.Sprint(mtu), "txqueuelen", "10000")
	}
	if err == nil {
		err = e.Host.up(e.Device, e.Address)
	}
	if err != nil {
		if fd >= 0 {
			_ = unix.Close(fd)
		}
		return -1, fmt.Errorf("make %s in %s: %w", e.Device, e.Host.Name, err)
	}
	return fd, nil
}

// direction moves packets one way. One thread owns it.
type direction struct {
	in, out int // file descriptors
	path    *path
	begin   atomic.Int64 // on the monotonic clock
	flying  flight
	sent    uint64

	mu      sync.Mutex
	traffic Traffic
	flows   map[flowKey][]int        // bytes that arrived, in each 100 ms
	farther map[uint16]time.Duration // by port
}

func newDirection(in, out int, s Schedule, seed uint64) *direction {
	d := &direction{in: in, out: out, path: newPath(s, seed), flows: map[flowKey][]int{}, farther: map[uint16]time.Duration{}}
	d.begin.Store(int64(notYet))
	return d
}

// run ends when stop, the reading end of a pipe, hangs up.
func (d *direction) run(stop int32) {
	RealTime()
	packet := make([]byte, mtu)
	for {
		fds := []unix.PollFd{{Fd: int32(d.in), Events: unix.POLLIN}, {Fd: stop}}
		// ppoll, because Go's timers round up to whole milliseconds.
		_, err := unix.Ppoll(fds, d.patience(), nil)
		if err != nil && !errors.Is(err, unix.EINTR) || fds[1].Revents != 0 {
			return
		}
		for {
			n, err := unix.Read(d.in, packet)
			if err != nil || n <= 0 {
				break
			}
			d.take(packet[:n])
			d.deliver() // a flood must not delay what is due
		}
		d.deliver()
	}
}

// RealTime gives the goroutine a thread that runs before all others, until it
// ends: the laboratory's clocks must not be slowed by peers that burn both cores.
// Where the system refuses that, they are as good as its scheduler.
func RealTime() {
	runtime.LockOSThread() // for ever: the priority must not outlive the goroutine
	_ = unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: 10}, 0)
}

// patience is how long until the next packet is due; nil is for ever.
func (d *direction) patience() *unix.Timespec {
	if len(d.flying) == 0 {
		return nil
	}
	t := unix.NsecToTimespec(int64(max(d.flying[0].at-monotonic(), 0)))
	return &t
}

func (d *direction) take(packet []byte) {
	now := monotonic()
	d.path.begin = time.Duration(d.begin.Load())
	at, fate := d.path.send(now, len(packet))
	d.offered(now-d.path.begin, len(packet))
	if fate != delivered {
		d.count(now-d.path.begin, nil, fate)
		return
	}
	d.waited(now-d.path.begin, d.path.free-now)
	d.sent++
	heap.Push(&d.flying, flyer{at: at + d.extra(packet), order: d.sent, data: append([]byte{}, packet...)})
}

func (d *direction) deliver() {
	for len(d.flying) > 0 {
		now := monotonic()
		if d.flying[0].at > now {
			return
		}
		packet := heap.Pop(&d.flying).(flyer)
		if _, err := unix.Write(d.out, packet.data); err != nil {
			continue // the far interface is down: so is the cable
		}
		d.count(now-time.Duration(d.begin.Load()), packet.data, delivered)
	}
}

// offered counts what was sent, whatever becomes of it.
func (d *direction) offered(since time.Duration, bytes int) {
	if since < 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.traffic.Offered[d.traffic.until(since)] += bytes
}

// until makes room for what happens at a time since the beginning, and tells where.
func (t *Traffic) until(since time.Duration) int {
	i := int(since / bin)
	for len(t.Bytes) <= i {
		t.Offered, t.Bytes, t.Lost, t.Dropped = append(t.Offered, 0), append(t.Bytes, 0), append(t.Lost, 0), append(t.Dropped, 0)
	}
	return i
}

// waited counts the time from a packet's coming to its last bit's sending.
func (d *direction) waited(since, wait time.Duration) {
	if since < 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.traffic.Waits = append(d.traffic.Waits, float64(max(wait, 0))/float64(time.Millisecond))
}

func (d *direction) count(since time.Duration, packet []byte, fate fate) {
	if since < 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	t, i := &d.traffic, d.traffic.until(since)
	switch fate {
	case delivered:
		t.Bytes[i] += len(packet)
		d.countFlow(packet, i)
	case lost:
		t.Lost[i]++
	case dropped, cut:
		t.Dropped[i]++
	}
}

func monotonic() time.Duration {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t) // cannot fail for this clock
	return time.Duration(t.Nano())
}

// flyer is a packet under way; flight has the next to arrive first.
type flyer struct {
	at    time.Duration
	order uint64 // among those of the same time
	data  []byte
}

type flight []flyer

func (f flight) Len() int { return len(f) }
func (f flight) Less(i, j int) bool {
	return f[i].at < f[j].at || f[i].at == f[j].at && f[i].order < f[j].order
}
func (f flight) Swap(i, j int) { f[i], f[j] = f[j], f[i] }
func (f *flight) Push(x any)   { *f = append(*f, x.(flyer)) }
func (f *flight) Pop() any {
	last := (*f)[len(*f)-1]
	*f = (*f)[:len(*f)-1]
	return last
}
