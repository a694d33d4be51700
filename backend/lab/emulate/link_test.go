//go:build linux

package emulate

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// arrival is a packet as it was seen at the far end of a real link.
type arrival struct {
	number int
	at     time.Duration // since its sending
	when   time.Time
}

// overLink sends n UDP packets of size bytes (with IP and UDP headers) over a
// link and tells which arrived when.
func overLink(t *testing.T, c Conditions, n, size int, every time.Duration) []arrival {
	t.Helper()
	a, b := host(t, "a"), host(t, "b")
	l, err := NewLink(
		End{a, "net0", "10.0.0.1/24", Always(c)},
		End{b, "net0", "10.0.0.2/24", Always(Conditions{})}, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	l.Begin()
	in := listen(t, b, "10.0.0.2:9")
	if err := in.SetReadBuffer(8 << 20); err != nil {
		t.Fatal(err)
	}
	stamp(t, in)
	out := listen(t, a, "10.0.0.1:0")
	got := make(chan []arrival)
	var allSent atomic.Bool
	go func() {
		var list []arrival
		packet, control := make([]byte, mtu), make([]byte, 64)
		for {
			// Long enough for the longest queue here; once all is sent, its expiry
			// is the end.
			_ = in.SetReadDeadline(time.Now().Add(700 * time.Millisecond))
			_, n, _, _, err := in.ReadMsgUDP(packet, control)
			if errors.Is(err, os.ErrDeadlineExceeded) && !allSent.Load() {
				continue
			}
			if err != nil {
				if !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Error(err)
				}
				break
			}
			now, err := stamped(control[:n])
			if err != nil {
				t.Error(err)
				break
			}
			sent := time.Unix(0, int64(binary.BigEndian.Uint64(packet[8:])))
			list = append(list, arrival{int(binary.BigEndian.Uint64(packet)), now.Sub(sent), now})
		}
		got <- list
	}()
	packet := make([]byte, size-28)
	next := time.Now()
	for i := range n {
		time.Sleep(time.Until(next)) // a steady stream
		next = next.Add(every)
		binary.BigEndian.PutUint64(packet, uint64(i))
		binary.BigEndian.PutUint64(packet[8:], uint64(time.Now().UnixNano()))
		if _, err := out.WriteTo(packet, &net.UDPAddr{IP: net.IPv4(10, 0, 0, 2), Port: 9}); err != nil {
			t.Fatal(err)
		}
	}
	allSent.Store(true)
	return <-got
}

// stamp has the kernel say when a packet came (socket(7), SO_TIMESTAMPNS): on a
// busy machine a test hears of it later.
func stamp(t *testing.T, c *net.UDPConn) {
	t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var refused error
	err = raw.Control(func(fd uintptr) { refused = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1) })
	if err = errors.Join(err, refused); err != nil {
		t.Fatal(err)
	}
}

// stamped is the time that stamp asked for.
func stamped(control []byte) (time.Time, error) {
	all, err := unix.ParseSocketControlMessage(control)
	if err != nil || len(all) != 1 || len(all[0].Data) < 16 {
		return time.Time{}, fmt.Errorf("no time of arrival: %w, %d messages", err, len(all))
	}
	seconds, rest := binary.NativeEndian.Uint64(all[0].Data), binary.NativeEndian.Uint64(all[0].Data[8:])
	return time.Unix(int64(seconds), int64(rest)), nil
}

func listen(t *testing.T, h *Host, address string) (c *net.UDPConn) {
	t.Helper()
	err := h.Do(func() error {
		a, err := net.ResolveUDPAddr("udp4", address)
		if err != nil {
			return err
		}
		c, err = net.ListenUDP("udp4", a)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// again is for what a busy machine may spoil: once right in ten is enough,
// because a wrong emulation is wrong each time.
func again(t *testing.T, try func() (ok bool, what string)) {
	t.Helper()
	for range 10 {
		ok, what := try()
		t.Log(what)
		if ok {
			return
		}
	}
	t.Error("wrong ten times")
}

func TestRateOfALink(t *testing.T) {
	lab(t)
	for _, rate := range []int{300_000, 1_000_000, 5_000_000} {
		again(t, func() (bool, string) {
			const size = 1000
			// Twice as much as fits, for 2 s; the queue stays full.
			every := time.Duration(size * 8 * int(time.Second) / rate / 2)
			list := overLink(t, Conditions{Rate: rate, Queue: 200 * time.Millisecond}, int(2*time.Second/every), size, every)
			if len(list) < 3 {
				return false, "nothing arrived"
			}
			took := list[len(list)-1].when.Sub(list[0].when)
			got := float64((len(list)-1)*size*8) / took.Seconds()
			off := got/float64(rate) - 1
			return math.Abs(off) < 0.02, sprintf("%d bit/s: %.0f (%+.2f %%), %d packets", rate, got, 100*off, len(list))
		})
	}
}

func TestDelayOfALink(t *testing.T) {
	lab(t)
	for _, delay := range []time.Duration{0, 25 * time.Millisecond, 150 * time.Millisecond} {
		again(t, func() (bool, string) {
			list := overLink(t, Conditions{Delay: delay}, 400, 200, 2*time.Millisecond)
			if len(list) != 400 {
				return false, sprintf("%d of 400 arrived", len(list))
			}
			slices.SortFunc(list, func(x, y arrival) int { return int(x.at - y.at) })
			p50, p95 := list[200].at-delay, list[380].at-delay
			return p50.Abs() < time.Millisecond, sprintf("%v: %v later at p50, %v at p95, n=400", delay, p50, p95)
		})
	}
}

func TestQueueOfALink(t *testing.T) {
	lab(t)
	again(t, func() (bool, string) {
		const queue = 300 * time.Millisecond
		list := overLink(t, Conditions{Rate: 1_000_000, Queue: queue}, 400, 1000, 4*time.Millisecond)
		worst := time.Duration(0)
		for _, a := range list {
			worst = max(worst, a.at)
		}
		return worst > queue-10*time.Millisecond && worst < queue+20*time.Millisecond, sprintf("a queue of 300 ms delays by %v at most", worst)
	})
}

func TestLossOfALink(t *testing.T) {
	lab(t)
	again(t, func() (bool, string) {
		const n, rate = 4000, 0.1
		list := overLink(t, Conditions{Loss: Loss{Rate: rate}}, n, 200, 500*time.Microsecond)
		got := 1 - float64(len(list))/n
		return math.Abs(got-rate) < 4*math.Sqrt(rate*(1-rate)/n), sprintf("loss %.4f of %d", got, n)
	})
}

func TestOrderOnALink(t *testing.T) {
	lab(t)
	for _, reorder := range []bool{false, true} {
		again(t, func() (bool, string) {
			list := overLink(t, Conditions{Delay: 20 * time.Millisecond, Jitter: 10 * time.Millisecond, Reorder: reorder}, 300, 200, time.Millisecond)
			late := 0
			for i := range list {
				if i > 0 && list[i].number < list[i-1].number {
					late++
				}
			}
			return (late > 0) == reorder && len(list) == 300, sprintf("reorder %v: %d of %d out of order", reorder, late, len(list))
		})
	}
}

// TestJitterOfALink: each packet is as much longer under way as the jitter says, evenly
// distributed where packets may overtake.
func TestJitterOfALink(t *testing.T) {
	lab(t)
	const delay, jitter, off = 20, 60, 4 // ms
	for _, reorder := range []bool{false, true} {
		again(t, func() (bool, string) {
			c := Conditions{Delay: delay * time.Millisecond, Jitter: jitter * time.Millisecond, Reorder: reorder}
			list := overLink(t, c, 600, 200, 5*time.Millisecond)
			var late []float64
			for _, a := range list {
				late = append(late, float64(a.at.Microseconds())/1000-delay)
			}
			slices.Sort(late)
			if len(late) < 600 {
				return false, sprintf("%d packets", len(late))
			}
			// Those behind a late one wait for it, where they keep their order.
			good := late[599*95/100] > jitter*0.95-off && late[599*95/100] < jitter+off && late[0] > -1
			if reorder {
				good = good && math.Abs(late[150]-jitter/4) < off && math.Abs(late[300]-jitter/2) < off && math.Abs(late[450]-jitter*3/4) < off
			}
			return good, sprintf("reorder %v: late by %.1f, %.1f, %.1f, %.1f, %.1f ms", reorder, late[0], late[150], late[300], late[450], late[570])
		})
	}
}
