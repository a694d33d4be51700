package peer

import (
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/transport/v4"
	"github.com/pion/webrtc/v4"

	"parley/backend/signaling"
)

// What the addresses of the machine do, and what is told of it. Without a
// connection no way is there, so each change is the end of one.
func TestWatchNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var asleep atomic.Int64
		addresses := []string{"10.0.0.1"}
		set := func(a ...string) {
			mu.Lock()
			addresses = a
			mu.Unlock()
			time.Sleep(2 * networkInterval)
			synctest.Wait()
		}
		told := make(chan bool, 100)
		p := &Peer{done: make(chan struct{}), events: make(chan func(), 10), log: slog.New(slog.DiscardHandler),
			video:    &videoSender{rtp: &rtpSender{}},
			handlers: Handlers{Network: func(gone bool) { told <- gone }}}
		var wg sync.WaitGroup
		wg.Go(func() {
			p.watchNetwork(func() []string {
				time.Sleep(time.Duration(asleep.Swap(0))) // all stands still, as in a laptop that is shut
				mu.Lock()
				defer mu.Unlock()
				return slices.Clone(addresses)
			})
		})
		wg.Go(func() {
			for {
				select {
				case f := <-p.events:
					f()
				case <-p.done:
					return
				}
			}
		})
		expect := func(what string, n int) {
			t.Helper()
			synctest.Wait()
			if len(told) != n {
				t.Errorf("%s: told %d times, want %d", what, len(told), n)
			}
			for len(told) > 0 {
				if !<-told {
					t.Errorf("%s: the way is there", what)
				}
			}
		}
		time.Sleep(time.Hour)
		expect("nothing happens", 0)
		set("10.0.0.2")
		expect("another address", 1)
		set()
		expect("no network", 0) // there is nothing to gather yet
		set("10.0.0.2")
		expect("the same network again", 1)
		set("10.0.0.2", "fe80::1")
		expect("one more", 1)
		for d, n := range map[time.Duration]int{sleptFor - 2*networkInterval: 0, sleptFor + 2*networkInterval: 1, time.Hour: 1} {
			asleep.Store(int64(d))
			time.Sleep(d + 4*networkInterval)
			expect(fmt.Sprintf("asleep for %v", d), n)
		}
		close(p.done)
		wg.Wait()
	})
}

func TestLocalAddresses(t *testing.T) {
	if got := localAddresses([]string{"no such interface"}); len(got) != 0 {
		t.Errorf("of none: %v", got)
	}
	all := localAddresses(nil)
	if slices.Contains(all, "127.0.0.1") {
		t.Errorf("the loopback address is among %v", all)
	}
	if !slices.IsSorted(all) {
		t.Errorf("not sorted: %v", all)
	}
}

// No socket is opened at a link-local address of IPv6: a pair of it and of a global one
// works for us alone.
func TestNothingFromLinkLocalAddresses(t *testing.T) {
	i := transport.NewInterface(net.Interface{Name: "eth0"})
	for _, a := range []string{"fe80::1/64", "192.0.2.2/24", "fe80::2/64", "fd00::2/64", "169.254.1.1/16"} {
		ip, network, err := net.ParseCIDR(a)
		if err != nil {
			t.Fatal(err)
		}
		i.AddAddress(&net.IPNet{IP: ip, Mask: network.Mask})
	}
	withoutLinkLocal(i)
	if left, _ := i.Addrs(); fmt.Sprint(left) != "[192.0.2.2/24 fd00::2/64 169.254.1.1/16]" {
		t.Errorf("left: %v", left)
	}

	p := makeEnd(t, Config{}, signaling.Caller, nil) // on the interfaces of this machine
	if _, err := p.Offer(ctx(t)); err != nil {
		t.Fatal(err)
	}
	for _, s := range p.pc.GetStats() {
		c, ok := s.(webrtc.ICECandidateStats)
		if !ok || c.Type != webrtc.StatsTypeLocalCandidate {
			continue
		}
		at, _, _ := strings.Cut(c.IP, "%")
		if ip := net.ParseIP(at); ip.To4() == nil && ip.IsLinkLocalUnicast() {
			t.Errorf("a socket at %s", c.IP)
		}
	}
}
