//go:build linux

package emulate

import (
	"net"
	"testing"
	"time"
)

// TestFlowsAreToldApart sends two flows over a link, of which one is farther away.
func TestFlowsAreToldApart(t *testing.T) {
	lab(t)
	a, b := host(t, "a"), host(t, "b")
	l, err := NewLink(
		End{a, "net0", "10.0.0.1/24", Always(Conditions{Rate: 10_000_000, Delay: 5 * time.Millisecond})},
		End{b, "net0", "10.0.0.2/24", Always(Conditions{})}, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	l.Farther(7, 80*time.Millisecond)
	l.Begin()
	near, far := listen(t, b, "10.0.0.2:9"), listen(t, b, "10.0.0.2:7")
	out := listen(t, a, "10.0.0.1:5000")
	took := func(in *net.UDPConn, packets int) time.Duration {
		t.Helper()
		start := time.Now()
		for range packets {
			if _, err := out.WriteTo(make([]byte, 972), in.LocalAddr()); err != nil {
				t.Fatal(err)
			}
		}
		_ = in.SetReadDeadline(time.Now().Add(10 * time.Second))
		for range packets {
			if _, err := in.Read(make([]byte, 1000)); err != nil {
				t.Fatal(err)
			}
		}
		return time.Since(start)
	}
	if d := took(near, 10); d < 5*time.Millisecond {
		t.Errorf("near: %v", d)
	}
	if d := took(far, 5); d < 85*time.Millisecond {
		t.Errorf("far: %v", d)
	}
	flows := l.Flows(0)
	if len(flows) != 2 || flows[0].Low != 9 || flows[1].Low != 7 || flows[0].Up != 5000 || flows[0].Protocol != 17 {
		t.Fatalf("flows %+v", flows)
	}
	for i, want := range []int{10_000, 5_000} { // with the headers
		sum := 0
		for _, n := range flows[i].Bytes {
			sum += n
		}
		if sum != want {
			t.Errorf("flow %d: %d bytes, want %d", i, sum, want)
		}
	}
	offered := 0
	for _, n := range l.Traffic(0).Offered {
		offered += n
	}
	if offered != 15_000 {
		t.Errorf("%d bytes were sent", offered)
	}
	if waits := l.Traffic(0).Waits; len(waits) != 15 || waits[9] < 1 {
		t.Errorf("waits %v", waits)
	}
	for _, bad := range [][]byte{nil, {0x60}, make([]byte, 40), append([]byte{0x4f, 0, 0, 0, 0, 0, 0, 0, 0, 17}, make([]byte, 12)...)} {
		if key, ok := flowOf(bad); ok {
			t.Errorf("%v is %v", bad, key)
		}
	}
}

func FuzzFlowOf(f *testing.F) {
	f.Add([]byte{0x45, 0, 0, 24, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x13, 0x88, 0, 9})
	f.Add([]byte{0x4f})
	f.Fuzz(func(t *testing.T, packet []byte) {
		if key, ok := flowOf(packet); ok && key.low > key.up {
			t.Errorf("%+v", key)
		}
	})
}
