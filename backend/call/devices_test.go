package call

import (
	"errors"
	"testing"
	"time"
)

func TestDeviceWithAProblemIsTriedAgain(t *testing.T) {
	for name, again := range map[string]func(w *world){
		"turned on again": func(w *world) { _ = w.call.SetCamera(ctx, true) },
		"chosen again":    func(w *world) { _ = w.call.Choose(ctx, Choice{}) },
		"in the next call": func(w *world) {
			_ = w.call.HangUp(ctx)
			_ = w.call.Create(ctx)
		},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.set(func() { w.devices.problem = &Error{Code: CameraBusy, Err: errors.New("busy")} })
				connect(t, w)
				w.set(func() { w.devices.problem = nil })
				again(w)
				if s := w.wait(); s.Camera.Name == "" || s.Camera.Problem != "" {
					t.Errorf("camera %+v", s.Camera)
				}
			})
		})
	}
}

func TestCameraIsReleasedThoughItIsSlowToOpen(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.set(func() { w.devices.slow = time.Hour })
		_ = w.call.SetPreview(ctx, true)
		w.wait()
		_ = w.call.SetPreview(ctx, false)
		w.wait()
		if runs := w.devices.running(); runs != (Want{}) {
			t.Errorf("the devices run: %+v", runs)
		}
		w.set(func() { w.devices.slow = 0 })
		_ = w.call.SetPreview(ctx, true)
		if s := w.wait(); s.Camera.Name != "camera" || !w.devices.running().Camera || w.devices.running().Sound {
			t.Errorf("preview %+v", s)
		}
		_ = w.call.SetCamera(ctx, false)
		w.wait()
		if w.devices.running().Camera {
			t.Error("the camera runs though it is off")
		}
	})
}

func TestCallGoesOnWithoutACamera(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.set(func() { w.devices.problem = &Error{Code: CameraBusy, Op: "open the camera", Err: errors.New("busy")} })
		connect(t, w)
		s := w.call.Snapshot()
		if s.Camera.Problem != CameraBusy || !s.Camera.On {
			t.Errorf("camera %+v", s.Camera)
		}
		w.peer().Open()
		w.wait()
		if got := w.peer().sent; got[len(got)-1] != `{"type":"state","microphone":true,"camera":false,"paused":false,"maxBitrate":0}` {
			t.Errorf("said %v", got)
		}
	})
}

func TestMuteIsImmediateAndTold(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		connect(t, w)
		w.set(func() { w.devices.slow = time.Hour }) // a camera is being changed
		_ = w.call.Choose(ctx, Choice{Camera: "other"})
		_ = w.call.SetMicrophone(ctx, false)
		s := w.wait()
		if s.Microphone.On || !w.devices.muted {
			t.Error("not muted")
		}
		if got := w.peer().sent; got[len(got)-1] != `{"type":"state","microphone":false,"camera":true,"paused":false,"maxBitrate":0}` {
			t.Errorf("said %v", got)
		}
		w.peer().Message([]byte(`{"type":"state","microphone":false,"camera":false}`))
		w.peer().Message([]byte(`{"type":"later version"}`))
		w.peer().Message([]byte(`{`))
		if s := w.wait(); s.Other.MicrophoneOn || s.Other.CameraOn {
			t.Errorf("other %+v", s.Other)
		}
	})
}
