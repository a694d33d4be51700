package media

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pion/mediadevices/pkg/driver"
	"github.com/pion/mediadevices/pkg/driver/camera"
)

// Device is a camera.
type Device struct {
	// ID stays the same when the program or the computer starts again, as far
	// as the system has such a thing.
	ID string
	// Name is for the user.
	Name string
	// Default tells that an empty Options.Camera means this one.
	Default bool
}

// Cameras lists the cameras, the default one first. An empty list is not an
// error; ErrCameraBroken is one whose driver does not answer within three
// seconds.
func Cameras() ([]Device, error) {
	var all []Device
	listed := make(chan []cameraDriver, 1)
	err := bounded(claimLimit, func() error {
		listed <- cameraDrivers()
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list cameras: %w", err)
	}
	for _, d := range <-listed {
		all = append(all, d.Device)
	}
	return all, nil
}

type cameraDriver struct {
	Device
	driver driver.Driver
}

var driversMu sync.Mutex

// cameraDrivers lists what mediadevices' driver manager has, after a look for
// cameras that were plugged in or out since.
func cameraDrivers() []cameraDriver {
	driversMu.Lock()
	defer driversMu.Unlock()
	if camerasChanged(registered()) {
		camera.Initialize()
	}
	var all []cameraDriver
	for _, d := range registered() {
		info := d.Info()
		id, node, _ := strings.Cut(info.Label, camera.LabelSeparator)
		name, _, _ := strings.Cut(info.Name, camera.LabelSeparator)
		if hidden(node, name) {
			continue
		}
		all = append(all, cameraDriver{Device{ID: id, Name: cmp.Or(systemName(node), name, id)}, d})
	}
	// The manager keeps a map: its order means nothing.
	slices.SortFunc(all, func(a, b cameraDriver) int {
		return cmp.Or(cmp.Compare(b.driver.Info().Priority, a.driver.Info().Priority), cmp.Compare(a.ID, b.ID))
	})
	if len(all) > 0 {
		all[0].Default = true
	}
	return all
}

func registered() []driver.Driver {
	return driver.GetManager().Query(driver.FilterAnd(
		driver.FilterVideoRecorder(), driver.FilterDeviceType(driver.Camera)))
}

// findCamera takes an ID or a name; empty is the default camera.
func findCamera(wanted string) (cameraDriver, error) {
	all := cameraDrivers()
	if len(all) == 0 {
		return cameraDriver{}, ErrNoCamera
	}
	if wanted == "" {
		return all[0], nil
	}
	for _, d := range all {
		if d.ID == wanted {
			return d, nil
		}
	}
	for _, d := range all {
		if strings.EqualFold(d.Name, wanted) {
			return d, nil
		}
	}
	return cameraDriver{}, fmt.Errorf("%w: %q", ErrBadDevice, wanted)
}
