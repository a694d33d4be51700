package session

import (
	"context"
	"log/slog"
	"testing"

	"parley/backend/call"
	"parley/backend/config"
	"parley/backend/frame"
)

func testDevices(t *testing.T) *devices {
	t.Helper()
	c := config.Default()
	c.Video.Width, c.Video.Height = 320, 180
	d := newDevices(c.Video, slog.New(slog.DiscardHandler))
	d.video, d.audio, d.dark, d.changed = func(frame.Video) {}, func(frame.Audio) {}, func() {}, func(call.Report) {}
	t.Cleanup(func() { d.Apply(context.Background(), call.Want{}) })
	return d
}

var everything = call.Want{Camera: true, Sound: true, Choice: call.Choice{Camera: "test", Microphone: "test", Speaker: "none"}}

func TestApplyThatWasCutShortIsDoneByTheNext(t *testing.T) {
	d := testDevices(t)
	cut, cancel := context.WithCancel(context.Background())
	cancel()
	if r := d.Apply(cut, everything); r != (call.Report{}) {
		t.Errorf("a cut Apply reports %+v", r)
	}
	r := d.Apply(context.Background(), everything)
	if r.Camera.Name == "" || r.Microphone.Name == "" || r.Camera.Problem != nil {
		t.Errorf("then %+v", r)
	}
}

func TestDeviceWithAProblemIsOpenedAgainOnlyWhenAsked(t *testing.T) {
	d := testDevices(t)
	missing := everything
	missing.Choice.Camera = "no such camera"
	first := d.Apply(context.Background(), missing)
	if first.Camera.Problem == nil || first.Microphone.Problem != nil {
		t.Fatalf("report %+v", first)
	}
	if same := d.Apply(context.Background(), missing); same.Camera.Problem != first.Camera.Problem {
		t.Error("tried again though nobody asked")
	}
	sounds := d.sound
	missing.Retry++
	if again := d.Apply(context.Background(), missing); again.Camera.Problem == first.Camera.Problem {
		t.Error("not tried again")
	}
	if d.sound != sounds {
		t.Error("what works was opened again")
	}
}
