package call

import (
	"errors"
	"testing"
	"time"
)

func said(w *world) string {
	w.wait()
	p := w.peer()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.sent) == 0 {
		return ""
	}
	return p.sent[len(p.sent)-1]
}

func TestPausedPictureIsTold(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		connect(t, w)
		w.call.CameraPaused(true)
		if s := w.wait(); !s.Camera.Paused || !s.Camera.On {
			t.Errorf("camera %+v", s.Camera)
		}
		const paused = `{"type":"state","microphone":true,"camera":true,"paused":true,"maxBitrate":0}`
		if got := said(w); got != paused {
			t.Errorf("said %s", got)
		}
		w.peer().Message([]byte(paused))
		if s := w.wait(); !s.Other.Paused || !s.Other.CameraOn {
			t.Errorf("other %+v", s.Other)
		}
		w.peer().Message([]byte(`{"type":"state","microphone":true,"camera":true}`)) // says nothing of it
		if s := w.wait(); !s.Other.Paused {
			t.Error("what was not said changed")
		}
		w.peer().Message([]byte(`{"type":"state","paused":false}`))
		w.call.CameraPaused(false)
		if s := w.wait(); s.Camera.Paused || s.Other.Paused {
			t.Errorf("camera %+v, other %+v", s.Camera, s.Other)
		}
	})
}

func TestCameraThatIsNotThereIsNotPaused(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		connect(t, w)
		w.call.CameraPaused(true)
		unplugged := &Error{NoCamera, "use the camera", errors.New("unplugged")}
		w.set(func() { w.devices.problem = unplugged })
		w.call.DevicesChanged(Report{Camera: Status{Problem: unplugged}})
		if s := w.wait(); s.Camera.Paused || s.Camera.Problem != NoCamera {
			t.Errorf("camera %+v", s.Camera)
		}
	})
}

func TestDataSaverLimitsBothSides(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		connect(t, w)
		limited := func(when string, want int) {
			t.Helper()
			w.wait()
			w.devices.mu.Lock()
			defer w.devices.mu.Unlock()
			if w.devices.limit != want {
				t.Errorf("%s: limit %d bit/s, want %d", when, w.devices.limit, want)
			}
		}
		limited("first", 0)
		for _, tt := range []struct {
			asks string
			want int
		}{
			{"900000", 900_000},
			{"0", 0},
			{"1", leastLimit},
			{"-5", 0},
			{"200000", 200_000},
			{"2.5", 200_000}, // no whole number, and no message
			{`"300000"`, 200_000},
		} {
			w.peer().Message([]byte(`{"type":"state","maxBitrate":` + tt.asks + `}`))
			limited(tt.asks, tt.want)
		}

		if err := w.call.SetDataSaver(ctx, true); err != nil {
			t.Fatal(err)
		}
		limited("both want little", 200_000)
		w.peer().Message([]byte(`{"type":"state","maxBitrate":0}`))
		limited("we want little", savingBitrate)
		if s := w.call.Snapshot(); !s.DataSaver {
			t.Error("the snapshot does not know")
		}
		if got, want := said(w), `{"type":"state","microphone":true,"camera":true,"paused":false,"maxBitrate":300000}`; got != want {
			t.Errorf("said %s", got)
		}

		// What our user wants lasts; what the other side wanted ends with the call.
		w.peer().Message([]byte(`{"type":"state","maxBitrate":200000}`))
		_ = w.call.HangUp(ctx)
		pass(time.Second)
		connect(t, w)
		limited("next call", savingBitrate)
		if s := w.call.Snapshot(); !s.DataSaver || s.Other.Paused {
			t.Errorf("next call: %+v", s)
		}
		_ = w.call.SetDataSaver(ctx, false)
		limited("off", 0)
		if got, want := said(w), `{"type":"state","microphone":true,"camera":true,"paused":false,"maxBitrate":0}`; got != want {
			t.Errorf("said %s", got)
		}
	})
}
