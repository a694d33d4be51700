package session

import (
	"context"
	"testing"

	"parley/backend/call"
	"parley/backend/config"
	"parley/backend/media/cameratest"
)

// The camera that was chosen is unplugged in a call: another one's picture goes on,
// which is said, until it is back.
func TestCameraIsUnpluggedAndPluggedInAgainInACall(t *testing.T) {
	webcam, laptop := &cameratest.Camera{}, &cameratest.Camera{}
	unplug := cameratest.Plug(t, webcam, cameratest.Info{Label: "usb-1", Name: "Webcam"})
	cameratest.Plug(t, laptop, cameratest.Info{Label: "pci-0", Name: "Laptop"})
	caller := open(t, func(c *config.Config) {
		c.Devices = config.Devices{Camera: "usb-1", Microphone: "test", Speaker: "none"}
	})
	callee := open(t, nil)
	connect(t, caller, callee)
	runs := func(name string, change call.Change) func(call.Snapshot) bool {
		return func(s call.Snapshot) bool {
			return s.Camera.Name == name && s.Camera.Change == change && (change == "" || s.Camera.Was == "Webcam")
		}
	}
	pictures := func(what string) {
		before := callee.Stats().Video.In.Frames
		eventually(t, callee, what, func(s call.Stats) bool { return s.Video.In.Frames > before+15 })
	}
	until(t, caller, "seen", runs("Webcam", ""))
	pictures("pictures")
	caller.devices.lookout.now(context.Background()) // its name is known before it goes
	unplug()
	until(t, caller, "replaced", runs("Laptop", call.Gone))
	pictures("pictures of another camera")
	if webcam.On() {
		t.Error("the one that went is still in use")
	}
	cameratest.Plug(t, webcam, cameratest.Info{Label: "usb-1", Name: "Webcam"})
	now := until(t, caller, "taken again", runs("Webcam", call.Back))
	pictures("pictures of the one that is back")
	if laptop.On() || now.State != call.Connected {
		t.Errorf("%s, the other camera on: %v", now.State, laptop.On())
	}
}
