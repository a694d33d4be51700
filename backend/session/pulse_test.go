package session

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	"parley/backend/call"
	"parley/backend/config"
	"parley/backend/sound/pulsetest"
)

// startPulse is a PulseAudio server of the test's own, with a speaker "spk" and a
// microphone "mic".
func startPulse(t *testing.T) {
	t.Helper()
	pulsetest.Start(t, "Desk")
	pactl(t, "set-default-sink", "spk")
	pactl(t, "set-default-source", "mic")
}

func pactl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("pactl", args...).Output()
	if err != nil {
		t.Fatalf("pactl %v: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}

// plugIn makes a headset, and gives what unplugs it.
func plugIn(t *testing.T) (unplug func()) {
	t.Helper()
	speaker := pactl(t, "load-module", "module-null-sink", "sink_name=headset", "sink_properties=device.description=Headset")
	feed := pactl(t, "load-module", "module-null-sink", "sink_name=headfeed")
	microphone := pactl(t, "load-module", "module-remap-source", "master=headfeed.monitor", "source_name=headmic", "source_properties=device.description=Headset")
	return func() {
		for _, module := range []string{microphone, feed, speaker} {
			pactl(t, "unload-module", module)
		}
	}
}

func withHeadset(change call.Change) func(call.Snapshot) bool {
	return func(s call.Snapshot) bool {
		return s.Microphone.Name == "Headset" && s.Speaker.Name == "Headset" && s.Microphone.Change == change && s.Speaker.Change == change
	}
}

// without the headset: which speaker is the default then is the server's choice.
func without(s call.Snapshot) bool {
	for _, d := range []call.Device{s.Microphone, s.Speaker} {
		if d.Name == "" || d.Name == "Headset" || d.Change != call.Gone || d.Was != "Headset" {
			return false
		}
	}
	return s.Microphone.Name == "Desk"
}

func TestHeadsetIsUnpluggedAndPluggedInAgainInACall(t *testing.T) {
	for name, choice := range map[string]call.Choice{
		"chosen":      {Camera: "none", Microphone: "headmic", Speaker: "headset"},
		"the default": {Camera: "none"},
	} {
		t.Run(name, func(t *testing.T) {
			startPulse(t)
			unplug := plugIn(t)
			asDefault := func() {
				if choice.Microphone == "" { // as a sound server does with a headset
					pactl(t, "set-default-sink", "headset")
					pactl(t, "set-default-source", "headmic")
				}
			}
			asDefault()
			s := open(t, func(c *config.Config) { c.Devices = config.Devices(choice) })
			if err := s.Create(context.Background()); err != nil {
				t.Fatal(err)
			}
			until(t, s, "in use", withHeadset(""))
			// As in a call, the name must have been listed once before it goes.
			s.devices.lookout.now(context.Background())
			unplug()
			if now := until(t, s, "replaced", without); now.Choice != choice {
				t.Errorf("the choice is %+v", now.Choice)
			}
			for _, kind := range []string{"sink-inputs", "source-outputs"} {
				if got := pactl(t, "list", kind); !strings.Contains(got, "Parley") {
					t.Errorf("no %s after it went: %s", kind, got)
				}
			}
			unplug = plugIn(t)
			asDefault()
			until(t, s, "taken again", withHeadset(call.Back))
			unplug()
			until(t, s, "replaced again", without)
		})
	}
}
