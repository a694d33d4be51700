package firestore

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// A room that is being made while its own program sweeps is not left behind.
func TestSweepBesideCreate(t *testing.T) {
	s, f := startFake(t, AuthAnonymous)
	dir := t.TempDir()
	c := s.client(t, func(cfg *Config) { cfg.Dir = dir })
	if err := c.Sweep(within(t)); err != nil { // it signs in
		t.Fatal(err)
	}
	f.Delay(200 * time.Millisecond)
	swept := make(chan error, 1)
	go func() {
		for {
			files, _ := filepath.Glob(filepath.Join(dir, "rooms-"+testProject, "*"))
			if len(files) > 0 {
				break
			}
			runtime.Gosched()
		}
		swept <- c.Sweep(within(t))
	}()
	room := open(t, c)
	if err := <-swept; err != nil {
		t.Fatal(err)
	}
	f.Delay(0)
	if n := len(f.Documents()); n != 1 {
		t.Fatalf("%d documents of a new room", n)
	}
	if err := room.Leave(within(t)); err != nil {
		t.Fatal(err)
	}
	if files, err := os.ReadDir(filepath.Join(dir, "rooms-"+testProject)); err != nil || len(files) != 0 {
		t.Errorf("left: %v, %v", files, err)
	}
}
