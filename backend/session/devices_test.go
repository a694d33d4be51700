package session

import (
	"context"
	"log/slog"
	"testing"
	"time"

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
	if r := d.Apply(cut, everything); r != (call.Report{Seq: r.Seq}) {
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

func TestPictureIsPausedWhereTheConnectionIsTooWeakAndSaidSo(t *testing.T) {
	d := testDevices(t)
	paused := make(chan bool, 10)
	d.paused = func(p bool) { paused <- p }
	told := func(want bool) {
		t.Helper()
		select {
		case got := <-paused:
			if got != want {
				t.Fatalf("paused %v, want %v", got, want)
			}
		case <-time.After(patience):
			t.Fatalf("paused %v is not told", want)
		}
	}
	d.Apply(context.Background(), everything)
	d.setBitrate(0)
	told(true)
	d.setBitrate(previewBitrate)
	told(false)
	d.setBitrate(0)
	told(true)
	without := everything
	without.Camera = false
	d.Apply(context.Background(), without)
	told(false) // or the next camera would pass for paused
}

// What the encoder says of that is the call's to tell.
func TestCallHearsThatThePictureIsPaused(t *testing.T) {
	s := open(t, nil)
	if err := s.SetPreview(context.Background(), true); err != nil {
		t.Fatal(err)
	}
	until(t, s, "running", func(s call.Snapshot) bool { return s.Camera.Name != "" })
	for _, paused := range []bool{true, false} {
		s.devices.paused(paused)
		until(t, s, "told", func(s call.Snapshot) bool { return s.Camera.Paused == paused })
	}
}

func TestLimitHoldsWhateverTheConnectionCarries(t *testing.T) {
	d := testDevices(t)
	d.Apply(context.Background(), everything)
	for _, tt := range []struct{ carries, limit, want int }{
		{1_000_000, 0, 1_000_000},
		{1_000_000, 300_000, 300_000},
		{200_000, 300_000, 200_000},
		{0, 300_000, 0},
		{0, 0, 0},
	} {
		d.Limit(tt.limit)
		d.setBitrate(tt.carries)
		if got := d.camera.Stats().Target; got != tt.want {
			t.Errorf("%d bit/s, limit %d: the encoder makes %d", tt.carries, tt.limit, got)
		}
		d.Limit(0)
		d.setBitrate(tt.carries)
		d.Limit(tt.limit)
		if got := d.camera.Stats().Target; got != tt.want {
			t.Errorf("%d bit/s, then limit %d: the encoder makes %d", tt.carries, tt.limit, got)
		}
	}
	d.Limit(300_000)
	other := everything
	other.Choice.Camera = "none"
	d.Apply(context.Background(), other)
	d.setBitrate(previewBitrate)
	d.Apply(context.Background(), everything)
	if got := d.camera.Stats().Target; got != 300_000 {
		t.Errorf("a new camera makes %d bit/s", got)
	}
}
