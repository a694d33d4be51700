//go:build linux

package emulate

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func lab(t *testing.T) {
	t.Helper()
	if err := Possible(); err != nil {
		t.Skip(err)
	}
}

func host(t *testing.T, name string) *Host {
	t.Helper()
	h, err := NewHost(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// sent is what becomes of n packets of 1250 bytes that come in regularly.
func sent(s Schedule, n int, every time.Duration) (arrivals []time.Duration, fates []fate) {
	p := newPath(s, 1)
	p.begin = 0
	for i := range n {
		at, f := p.send(time.Duration(i)*every, 1250)
		arrivals, fates = append(arrivals, at), append(fates, f)
	}
	return arrivals, fates
}

func TestRateChangesUnderWay(t *testing.T) {
	s := Schedule{
		{For: time.Second, Conditions: Conditions{Rate: 10_000, Delay: time.Millisecond}},
		{Conditions: Conditions{Rate: 100_000, Delay: time.Millisecond}},
	}
	// 1250 bytes are 10,000 bits: half go in the first second's second half, the
	// other half at ten times the rate.
	p := newPath(s, 1)
	p.begin = 0
	at, _ := p.send(500*time.Millisecond, 1250)
	if want := 1051 * time.Millisecond; at != want {
		t.Errorf("arrives at %v, want %v", at, want)
	}
}

func TestQueueIsBoundedInTime(t *testing.T) {
	// 1 Mbit/s sends a packet in 10 ms; they come twice as fast.
	arrivals, fates := sent(Always(Conditions{Rate: 1_000_000, Queue: 300 * time.Millisecond}), 400, 5*time.Millisecond)
	worst, full := time.Duration(0), 0
	for i, f := range fates {
		if f == dropped {
			full++
			continue
		}
		worst = max(worst, arrivals[i]-time.Duration(i)*5*time.Millisecond)
	}
	// The longest wait and the packet's own time.
	if worst < 300*time.Millisecond || worst > 310*time.Millisecond {
		t.Errorf("the queue holds %v, want 300 ms and one packet", worst)
	}
	if full < 150 || full > 185 {
		t.Errorf("%d of 400 dropped, want half of those after the queue filled", full)
	}
}

func TestLossIsAsAsked(t *testing.T) {
	const n = 200_000
	for _, rate := range []float64{0.02, 0.05, 0.1} {
		_, fates := sent(Always(Conditions{Loss: Loss{Rate: rate}}), n, time.Millisecond)
		got := share(fates)
		if bound := 4 * math.Sqrt(rate*(1-rate)/n); math.Abs(got-rate) > bound {
			t.Errorf("loss %.4f, want %.2f within %.4f (4 sigma)", got, rate, bound)
		}
	}
}

func TestBurstsAreAsAsked(t *testing.T) {
	const n, rate, burst = 400_000, 0.1, 5.0
	_, fates := sent(Always(Conditions{Loss: Loss{Rate: rate, Burst: burst}}), n, time.Millisecond)
	runs := 0
	for i, f := range fates {
		if f == lost && (i == 0 || fates[i-1] != lost) {
			runs++
		}
	}
	got, length := share(fates), share(fates)*n/float64(runs)
	// Bursts are geometric: sigma of the mean is sqrt(burst*(burst-1)/runs).
	if math.Abs(length-burst) > 4*math.Sqrt(burst*(burst-1)/float64(runs)) {
		t.Errorf("bursts of %.3f packets in %d, want %v", length, runs, burst)
	}
	if math.Abs(got-rate) > 0.006 {
		t.Errorf("loss %.4f, want %v", got, rate)
	}
}

func TestReordering(t *testing.T) {
	c := Conditions{Delay: 50 * time.Millisecond, Jitter: 20 * time.Millisecond}
	for _, c.Reorder = range []bool{false, true} {
		arrivals, _ := sent(Always(c), 1000, time.Millisecond)
		late, least, most := 0, time.Hour, time.Duration(0)
		for i, at := range arrivals {
			if i > 0 && at < arrivals[i-1] {
				late++
			}
			delay := at - time.Duration(i)*time.Millisecond
			least, most = min(least, delay), max(most, delay)
		}
		if (late > 0) != c.Reorder {
			t.Errorf("reorder %v: %d overtaken", c.Reorder, late)
		}
		if least < c.Delay || most > c.Delay+c.Jitter {
			t.Errorf("delays of %v to %v", least, most)
		}
	}
}

func TestDownCutsOff(t *testing.T) {
	s := Schedule{{For: 100 * time.Millisecond}, {For: 100 * time.Millisecond, Conditions: Conditions{Down: true}}, {}}
	_, fates := sent(s, 300, time.Millisecond)
	for i, f := range fates {
		if down := i >= 100 && i < 200; (f == cut) != down {
			t.Fatalf("packet at %d ms: %v", i, f)
		}
	}
}

func TestBadSchedules(t *testing.T) {
	for name, s := range map[string]Schedule{
		"empty":          {},
		"no time":        {{}, {}},
		"negative":       Always(Conditions{Rate: -1}),
		"more than all":  Always(Conditions{Loss: Loss{Rate: 1.1}}),
		"short bursts":   Always(Conditions{Loss: Loss{Rate: 0.1, Burst: 0.5}}),
		"too many burst": Always(Conditions{Loss: Loss{Rate: 0.9, Burst: 2}}),
	} {
		if s.check() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func share(fates []fate) float64 {
	n := 0
	for _, f := range fates {
		if f == lost {
			n++
		}
	}
	return float64(n) / float64(len(fates))
}

func TestReapTakesOnlyTheDead(t *testing.T) {
	lab(t)
	alive := host(t, "alive")
	// No process has the highest pid there can be (proc(5): pid_max is 2^22).
	dead := &Host{Name: prefix + "4194304-1-dead"}
	if err := run("ip", "netns", "add", dead.Name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dead.Close() })
	left := dead.Command("sleep", "60")
	if err := left.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- left.Wait() }()
	inside := func() bool {
		pids, err := dead.Command("ip", "netns", "pids", dead.Name).Output()
		return err == nil && strings.Contains(string(pids), strconv.Itoa(left.Process.Pid))
	}
	for deadline := time.Now().Add(10 * time.Second); !inside(); {
		if time.Now().After(deadline) {
			_ = left.Process.Kill()
			t.Fatal("the process did not get into the namespace")
		}
	}
	if n, err := Reap(); err != nil || n < 1 {
		_ = left.Process.Kill()
		t.Fatalf("reaped %d: %v", n, err)
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		_ = left.Process.Kill()
		t.Error("what ran in the namespace runs on")
	}
	if _, err := os.Stat(filepath.Join(namespaces, dead.Name)); !os.IsNotExist(err) {
		t.Errorf("the namespace of a dead process is there: %v", err)
	}
	if _, err := os.Stat(filepath.Join(namespaces, alive.Name)); err != nil {
		t.Error(err)
	}
}
