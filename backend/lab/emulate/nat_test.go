//go:build linux

package emulate

import (
	"errors"
	"fmt"
	"net"
	"os"
	"testing"
	"time"
)

var sprintf = fmt.Sprintf

// server answers each UDP packet with the address that it came from, as STUN does.
func server(t *testing.T, h *Host, address string) *net.UDPConn {
	c := listen(t, h, address)
	go func() {
		packet := make([]byte, mtu)
		for {
			_, from, err := c.ReadFromUDP(packet)
			if err != nil {
				return
			}
			_, _ = c.WriteTo([]byte(from.String()), from)
		}
	}()
	return c
}

// within is how long something is waited for: what is to come has long to do so on a
// machine that is busy, for what is not a moment is enough.
func within(expected bool) time.Duration {
	if expected {
		return 10 * time.Second
	}
	return 400 * time.Millisecond
}

// heard is the next packet, or "".
func heard(t *testing.T, c *net.UDPConn, expected bool) string {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(within(expected)))
	packet := make([]byte, mtu)
	n, _, err := c.ReadFromUDP(packet)
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal(err)
	}
	return string(packet[:n])
}

// TestNATs probes mapping and filtering as RFC 4787, 4.1 and 5, define them and
// RFC 5780 discovers them: three servers, of which the third stays unasked.
func TestNATs(t *testing.T) {
	lab(t)
	for _, test := range []struct {
		nat NAT
		// mapped tells that a packet gets out and an answer in; same, that both
		// servers see one port; stranger, that the unasked one gets in.
		mapped, same, stranger bool
		web, mail              bool // TCP to 443 and to 25
	}{
		{Open, true, true, true, true, true},
		{FullCone, true, true, true, true, true},
		{PortRestricted, true, true, false, true, true},
		{Symmetric, true, false, false, true, true},
		{NoUDP, false, false, false, true, true},
		{Only443, false, false, false, true, false},
	} {
		t.Run(string(test.nat), func(t *testing.T) {
			internet, err := NewInternet("203.0.113.1")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = internet.Close() })
			h := host(t, "host")
			router, err := Behind(test.nat, h, internet, 1)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = router.Close() })
			first, second := server(t, internet, "203.0.113.1:3478"), server(t, internet, "203.0.113.1:3479")
			stranger := server(t, internet, "198.51.101.1:5000")
			c := listen(t, h, "192.168.1.2:0")
			ask := func(server *net.UDPConn) string {
				if _, err := c.WriteTo([]byte("?"), server.LocalAddr()); err != nil {
					t.Fatal(err)
				}
				return heard(t, c, test.mapped)
			}
			at := ask(first)
			if (at != "") != test.mapped {
				t.Fatalf("seen as %q", at)
			}
			if test.mapped {
				if again := ask(second); (again == at) != test.same {
					t.Errorf("seen as %s and as %s", at, again)
				}
				mapped, err := net.ResolveUDPAddr("udp4", at)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := stranger.WriteTo([]byte("boo"), mapped); err != nil {
					t.Fatal(err)
				}
				if got := heard(t, c, test.stranger) != ""; got != test.stranger {
					t.Errorf("a stranger gets in: %v", got)
				}
			}
			if _, err := first.WriteTo([]byte("?"), &net.UDPAddr{IP: net.IPv4(10, 9, 8, 7), Port: 6}); err != nil {
				t.Errorf("the internet refuses what is for nowhere: %v", err)
			}
			for port, want := range map[int]bool{443: test.web, 25: test.mail} {
				if got := connects(t, h, internet, port, want); got != want {
					t.Errorf("TCP to port %d: %v", port, got)
				}
			}
		})
	}
}

func connects(t *testing.T, h, internet *Host, port int, expected bool) bool {
	t.Helper()
	address := fmt.Sprintf("203.0.113.1:%d", port)
	var l net.Listener
	if err := internet.Do(func() (err error) {
		l, err = net.Listen("tcp4", address)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	err := h.Do(func() error {
		a, err := net.ResolveTCPAddr("tcp4", address)
		if err != nil {
			return err
		}
		// A dial with a deadline, and on this thread: net.Dialer with one
		// address does not start another.
		c, err := (&net.Dialer{Timeout: within(expected)}).Dial("tcp4", a.String())
		if err == nil {
			err = c.Close()
		}
		return err
	})
	return err == nil
}
