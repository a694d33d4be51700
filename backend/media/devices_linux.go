package media

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pion/mediadevices/pkg/driver"
	"github.com/pion/mediadevices/pkg/driver/camera"
)

// Variables for the tests.
var (
	sysfs = "/sys/class/video4linux"
	nodes = "/dev/video*"
)

// systemName is what the kernel calls the device of a node such as video0.
func systemName(node string) string {
	name, err := os.ReadFile(filepath.Join(sysfs, filepath.Base(node), "name"))
	if err != nil {
		return ""
	}
	// uvcvideo says "Name: Name", cut off at 31 bytes.
	text := strings.TrimSpace(string(name))
	if first, rest, ok := strings.Cut(text, ": "); ok && strings.HasPrefix(first, rest) {
		return first
	}
	return text
}

// hidden tells that a node is no camera: a UVC camera has a second node for
// metadata, which mediadevices could not open and so has no name for.
func hidden(node, driverName string) bool {
	if node == "" || driverName != "" {
		return false
	}
	index, err := os.ReadFile(filepath.Join(sysfs, filepath.Base(node), "index"))
	return err == nil && strings.TrimSpace(string(index)) != "0"
}

// camerasChanged tells that the nodes are others than those registered:
// mediadevices looks for them when the program starts and never again.
func camerasChanged(drivers []driver.Driver) bool {
	present, err := filepath.Glob(nodes)
	if err != nil {
		return false
	}
	for i, p := range present {
		present[i] = filepath.Base(p)
	}
	var known []string
	for _, d := range drivers {
		if _, node, ok := strings.Cut(d.Info().Label, camera.LabelSeparator); ok {
			known = append(known, node)
		}
	}
	slices.Sort(present)
	slices.Sort(known)
	return !slices.Equal(present, known)
}
