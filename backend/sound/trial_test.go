package sound

import (
	"context"
	"os/exec"
	"strings"
	"testing"
)

// pactl changes the server's mixer.
func pactl(t *testing.T, arguments string) {
	t.Helper()
	if said, err := exec.Command("pactl", strings.Fields(arguments)...).CombinedOutput(); err != nil {
		t.Fatalf("pactl %s: %v: %s", arguments, err, said)
	}
}

func TestTry(t *testing.T) {
	startPulse(t)
	if exec.Command("pactl", "--format=json", "list", "sinks").Run() != nil {
		t.Skip("this pactl writes no JSON")
	}
	s := open(t, Options{Microphone: "Headset", Speaker: "Loudspeaker"})
	try := func(name string, want Trial) {
		t.Helper()
		if got := s.Try(t.Context()); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	try("all is well", Trial{})
	pactl(t, "set-sink-mute spk 1")
	try("the speaker is muted", Trial{Muted: true, Lost: true})
	pactl(t, "set-sink-mute spk 0")
	pactl(t, "set-sink-volume spk 0")
	try("the speaker is turned down", Trial{Muted: true, Lost: true})
	pactl(t, "set-sink-volume spk 40%")
	list, err := exec.Command("pactl", "list", "short", "sink-inputs").Output()
	if err != nil {
		t.Fatal(err)
	}
	stream, _, _ := strings.Cut(string(list), "\t")
	pactl(t, "set-sink-input-mute "+stream+" 1")
	try("Parley is muted", Trial{Shut: true, Lost: true})
	pactl(t, "set-sink-input-mute "+stream+" 0")
	pactl(t, "load-module module-loopback source=spk.monitor sink=micsink latency_msec=50")
	try("the microphone is near the speaker", Trial{Heard: true})
}

// TestTryWithoutMixer: what cannot be asked is not said.
func TestTryWithoutMixer(t *testing.T) {
	startPulse(t)
	pactl(t, "set-sink-mute spk 1")
	t.Setenv("PATH", t.TempDir())
	s := open(t, Options{Microphone: None, Speaker: "Loudspeaker"})
	if got := s.Try(t.Context()); got != (Trial{Lost: true}) {
		t.Errorf("%+v", got)
	}
}

func TestTryWhereNothingPlays(t *testing.T) {
	s := open(t, Options{Microphone: Test, Speaker: None})
	if got := s.Try(t.Context()); got != (Trial{}) {
		t.Errorf("%+v", got)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if got := s.Try(ended); got != (Trial{}) {
		t.Errorf("without the time to play anything: %+v", got)
	}
}
