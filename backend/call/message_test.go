package call

import "testing"

// Whatever the other side says, the call is in a state that there is, obeys no
// limit that leaves nothing of a picture, and can be ended.
func FuzzControlMessage(f *testing.F) {
	for _, seed := range []string{
		`{"type":"state","microphone":false,"camera":false,"paused":true,"maxBitrate":300000,"sharing":true,"can":["screen"]}`,
		`{"type":"state","maxBitrate":-1}`, `{"type":"state","maxBitrate":1e99}`, `{"type":"state","can":[]}`,
		`{"type":"bye"}`, `{"type":"door","open":false}`, `{"type":"knock","name":"Ann"}`,
		`{"type":"words","step":"commit","value":"00"}`, `{"type":"later version"}`, `{`, `null`, `[]`, ``,
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, opened bool) {
		inWorld(t, func(t *testing.T, w *world) {
			connect(t, w)
			if opened {
				w.peer().Open()
			}
			w.peer().Message(data)
			s := w.wait()
			if s.State != Connected && s.State != Ended {
				t.Errorf("state %s", s.State)
			}
			if l := w.devices.limit; l != 0 && l < leastLimit {
				t.Errorf("limit %d bit/s", l)
			}
			if err := w.call.HangUp(ctx); (err == nil) != (s.State == Connected) {
				t.Errorf("hang up in state %s: %v", s.State, err)
			}
			if s := w.wait(); s.State != Ended {
				t.Errorf("state %s after the hang-up", s.State)
			}
		})
	})
}
