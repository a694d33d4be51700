package media

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pion/mediadevices/pkg/driver"

	"parley/backend/media/cameratest"
)

// The cameras of the machine that tests are none of theirs.
func init() { nodes = "/nowhere/video*" }

// As a UVC camera shows itself: two nodes, of which one gives pictures.
func TestLinuxNamesComeFromTheKernel(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, node := range []string{"video0", "video1", "video2"} {
		write("dev/"+node, "")
	}
	write("sys/video0/name", "Integrated Camera: Integrated C\n")
	write("sys/video0/index", "0\n")
	write("sys/video1/name", "Integrated Camera: Integrated C\n")
	write("sys/video1/index", "1\n")
	write("sys/video2/name", "HD Webcam C920\n")
	write("sys/video2/index", "0\n")
	oldSys, oldNodes := sysfs, nodes
	t.Cleanup(func() { sysfs, nodes = oldSys, oldNodes })
	sysfs, nodes = filepath.Join(dir, "sys"), filepath.Join(dir, "dev", "video*")

	cameratest.Plug(t, &cameratest.Camera{}, driver.Info{Label: "usb-046d-index0;video2", Name: ";"}) // refused: no name
	cameratest.Plug(t, &cameratest.Camera{}, driver.Info{Label: "pci-0000-index0;video0", Name: "Integrated Camera: Integrated C;usb", Priority: driver.PriorityHigh})
	cameratest.Plug(t, &cameratest.Camera{}, driver.Info{Label: "pci-0000-index1;video1", Name: ";"})
	all, err := Cameras()
	if err != nil {
		t.Fatal(err)
	}
	want := []Device{{"pci-0000-index0", "Integrated Camera", true}, {"usb-046d-index0", "HD Webcam C920", false}}
	if len(all) != 2 || all[0] != want[0] || all[1] != want[1] {
		t.Errorf("got %v, want %v", all, want)
	}
	if camerasChanged(registered()) {
		t.Error("changed without a change")
	}
	write("dev/video3", "")
	if !camerasChanged(registered()) {
		t.Error("a camera plugged in is not noticed")
	}
}
