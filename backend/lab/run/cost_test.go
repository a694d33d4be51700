//go:build linux

package main

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/lab/emulate"
	"parley/backend/lab/picture"
)

// TestAllOfASideIsWeighed: what the processes that a program started take, and those that
// they started, counts as its own; what the other side takes does not.
func TestAllOfASideIsWeighed(t *testing.T) {
	if err := emulate.Possible(); err != nil {
		t.Skip(err)
	}
	var sides []*emulate.Host
	for _, script := range []string{"sleep 60", "(sh -c 'while :; do :; done' & wait) & wait"} {
		h, err := emulate.NewHost("side")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := h.Close(); err != nil {
				t.Error(err)
			}
		})
		cmd := h.Command("sh", "-c", script)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			_ = cmd.Wait() // it was killed
		})
		sides = append(sides, h)
	}
	weighed := func(h *emulate.Host) weight {
		w, err := weigh(h)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	const much = 0.2 // s
	var busy weight
	for late := time.Now().Add(20 * time.Second); busy.cpu < much; busy = weighed(sides[1]) {
		if time.Now().After(late) {
			t.Fatalf("all that works took %+v", busy)
		}
	}
	if idle := weighed(sides[0]); idle.cpu >= much || idle.pss <= 0 || busy.pss <= 0 {
		t.Errorf("what rests took %+v, and what works %+v", idle, busy)
	}
}

// TestNothingSmallerIsWeighed: what is weighed sends and gets 720p30 for three seconds
// before, or there are no figures.
func TestNothingSmallerIsWeighed(t *testing.T) {
	full, small := filmed{1280, 720, 30}, filmed{640, 360, 30}
	for name, c := range map[string]struct {
		sends, gets []filmed // of each second; the last one goes on
		takes       time.Duration
		says        string
	}{
		"at once":              {[]filmed{full}, []filmed{full}, 3 * time.Second, ""},
		"grows":                {[]filmed{small, small, full}, []filmed{full}, 5 * time.Second, ""},
		"becomes smaller":      {[]filmed{full, full, small, full}, []filmed{full}, 6 * time.Second, ""},
		"gets little":          {[]filmed{full}, []filmed{small}, 0, "gets 0.25"},
		"sends every second":   {[]filmed{{1280, 720, 15}}, []filmed{full}, 0, "sends 0.50"},
		"shows nothing at all": {[]filmed{{}}, []filmed{{}}, 0, "sends 0.00"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &parley{stats: make(chan event, 1), ended: make(chan struct{})}
				begin, over := time.Now(), make(chan struct{})
				defer close(over)
				go func() {
					second := time.NewTicker(time.Second)
					defer second.Stop()
					for n := 0; ; n++ {
						var e event
						e.Video.In, e.Video.Out = c.sends[min(n, len(c.sends)-1)], c.gets[min(n, len(c.gets)-1)]
						select {
						case <-second.C:
							p.stats <- e
						case <-over:
							return
						}
					}
				}()
				err := p.grown(begin.Add(10*time.Second), nil)
				switch {
				case c.says == "" && (err != nil || time.Since(begin) != c.takes):
					t.Errorf("%v after %v", err, time.Since(begin))
				case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
					t.Errorf("%v, not %q", err, c.says)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		if err := (&parley{stats: make(chan event)}).grown(time.Now().Add(time.Minute), nil); err == nil {
			t.Error("no error of what tells nothing")
		}
	})
}

// TestReplay: a Parley sees the film that was encoded before, and is seen.
func TestReplay(t *testing.T) {
	if err := emulate.Possible(); err != nil {
		t.Skip(err)
	}
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("no ffmpeg: build/deps.sh lab installs it")
	}
	dir := t.TempDir()
	m := media{parley: os.Args[0], binary: os.Args[0], encoded: dir + "/film.ivf", sound: dir + "/tone.wav"}
	film, err := os.Create(dir + "/film.y4m")
	if err != nil {
		t.Fatal(err)
	}
	if err := picture.Write(film, 320, 180, 30); err != nil {
		t.Fatal(err)
	}
	if err := film.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(m.sound, toneWav(), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := encodeFilm(film.Name(), m.encoded); err != nil {
		t.Fatal(err)
	}
	n, err := newNetwork(costs(time.Second)[0])
	if err != nil {
		t.Fatal(err)
	}
	cleanly(t, n.Close)
	other, invite, err := startReplay(n, m, dir)
	if err != nil {
		t.Fatal(err)
	}
	cleanly(t, other.Close)
	end, err := joinWithParley(n, m, devices{film.Name(), m.sound}, invite, dir+"/weighed")
	if err != nil {
		t.Fatal(err)
	}
	cleanly(t, end)
	const whole = 320. * 180 * 30 / asked
	for late := time.Now().Add(30 * time.Second); ; {
		sent, got, err := other.pictures(nil)
		if err != nil {
			t.Fatal(err)
		}
		if sent > whole/2 && got > whole/2 {
			return
		}
		if time.Now().After(late) {
			t.Fatalf("it sends %.4f and gets %.4f, of %.4f", sent, got, whole)
		}
	}
}

func cleanly(t *testing.T, end func() error) {
	t.Cleanup(func() {
		if err := end(); err != nil {
			t.Error(err)
		}
	})
}
