package media

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestCameraThatIsPluggedInOrOutIsTold(t *testing.T) {
	dir := t.TempDir()
	old := nodes
	t.Cleanup(func() { nodes = old })
	nodes = filepath.Join(dir, "video*")
	ctx, cancel := context.WithCancel(context.Background())
	changes, err := Changes(ctx)
	if err != nil {
		t.Fatal(err)
	}
	told := func(what string) {
		t.Helper()
		select {
		case _, open := <-changes:
			if !open {
				t.Fatalf("%s: the end", what)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%s is not told", what)
		}
	}
	write := func(name string) {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("video0")
	told("plugged in")
	if err := os.Chmod(filepath.Join(dir, "video0"), 0o660); err != nil {
		t.Fatal(err)
	}
	told("allowed")
	if err := os.Remove(filepath.Join(dir, "video0")); err != nil {
		t.Fatal(err)
	}
	told("plugged out")
	cancel()
	for range changes { // it ends
	}
}

func TestWhatIsNoCameraIsNotTold(t *testing.T) {
	if aboutCameras(nil) {
		t.Error("nothing is about cameras")
	}
	event := func(name string) []byte {
		b := make([]byte, 16+16) // wd, mask, cookie, len
		b[12] = 16
		copy(b[16:], name)
		return b
	}
	if aboutCameras(append(event("sda"), event("vhost")...)) {
		t.Error("a disk is a camera")
	}
	if !aboutCameras(append(event("sda"), event("video3")...)) {
		t.Error("the second event is overlooked")
	}
	if !aboutCameras(event("sda")[:20]) {
		t.Error("an event that was cut is overlooked")
	}
}
