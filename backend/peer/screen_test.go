package peer

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/frame"
	"parley/backend/signaling"
)

// A screen is shown twice in a running call, from either side. Nobody negotiates;
// all of its frames come, and so do the camera's and each packet of sound, none
// later than another.
func TestScreenBeginsAndEndsTwice(t *testing.T) {
	for _, role := range []signaling.Role{signaling.Caller, signaling.Callee} {
		t.Run(string(role), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				from, to := networkPair(t, 20*time.Millisecond, func(string, []byte) bool { return false })
				if role == signaling.Callee {
					from, to = to, from
				}
				until(t, from.screenCodec, frame.VP8)
				get(t, from.keyframe, "key frame request on connecting")
				const seconds = 12
				shared := func(second int) bool { return second/3%2 == 1 } // 3 to 6, 9 to 12
				tick := time.NewTicker(20 * time.Millisecond)
				defer tick.Stop()
				camera, screen := 0, 0
				for n := range seconds * 50 {
					<-tick.C
					if err := from.WriteAudio(frame.Audio{Data: []byte{0xf8, byte(n)}, Timestamp: uint32(n) * 960}); err != nil {
						t.Fatal(err)
					}
					if n%2 == 0 {
						if err := from.WriteVideo(picture(frame.VP8, camera, 300, camera == 0)); err != nil {
							t.Fatal(err)
						}
						camera++
					}
					if n%10 == 0 && shared(n/50) {
						begins := !shared((n - 10) / 50)
						size := 4_000
						if begins {
							size = 40_000
						}
						if err := from.WriteScreen(picture(frame.VP8, screen, size, begins)); err != nil {
							t.Fatal(err)
						}
						screen++
					}
				}
				time.Sleep(2 * time.Second) // of the bubble's: the last ones are on their way

				count := func(c <-chan frame.Video, want int) {
					t.Helper()
					for n := range want {
						if f := get(t, c, "frame"); f.Timestamp != picture(frame.VP8, n, 1, false).Timestamp {
							t.Fatalf("frame %d has the time of another", n)
						}
					}
					if len(c) > 0 {
						t.Errorf("%d frames too many", len(c))
					}
				}
				count(to.video, camera)
				count(to.screen, screen)
				var last frame.Audio
				for n := range seconds * 50 {
					f := get(t, to.audio, "audio")
					if f.Data[1] != byte(n) {
						t.Fatalf("packet %d came as the %dth", f.Data[1], n)
					}
					if gap := f.Arrived.Sub(last.Arrived); n > 0 && gap > 25*time.Millisecond {
						t.Errorf("packet %d came %v after the one before", n, gap)
					}
					last = f
				}
				if s := to.Stats(); s.Audio.In.Lost != 0 || s.Video.In.Frames != camera {
					t.Errorf("sound %+v, camera %+v", s.Audio.In, s.Video.In)
				}
			})
		})
	}
}

// The other side asks for a key frame of the screen, and gets that, not one of the camera.
func TestScreenHasKeyFramesOfItsOwn(t *testing.T) {
	caller, callee := newPair(t)
	until(t, caller.screenCodec, frame.VP8)
	get(t, caller.keyframe, "key frame request on connecting")
	get(t, caller.screenKeyframe, "key frame request on connecting")
	if err := caller.WriteScreen(picture(frame.VP8, 0, 100, true)); err != nil {
		t.Fatal(err)
	}
	get(t, callee.screen, "frame")
	callee.RequestKeyframe() // there is no camera
	callee.RequestScreenKeyframe()
	get(t, caller.screenKeyframe, "key frame request")
	if len(caller.keyframe) > 0 {
		t.Error("the camera was asked")
	}
}

// An offer without a place for a screen is answered as ever, and an answer that
// leaves the place empty is as good.
func TestOtherSideWithoutAScreen(t *testing.T) {
	caller, callee := newEnd(t, signaling.Caller, nil), newEnd(t, signaling.Callee, nil)
	offer, err := caller.Offer(ctx(t))
	if err != nil {
		t.Fatal(err)
	}
	sections := strings.SplitAfter(offer.SDP, "\r\nm=")
	if len(sections) != 5 || !strings.HasPrefix(sections[3], "video") {
		t.Fatalf("not sound, camera, screen and the control channel:\n%s", offer.SDP)
	}
	offer.SDP = strings.Replace(sections[0]+sections[1]+sections[2]+sections[4], "BUNDLE 0 1 2 3", "BUNDLE 0 1 3", 1)
	answer, err := callee.Answer(ctx(t), offer)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(answer.SDP, "\nm="); n != 3 {
		t.Errorf("%d sections in the answer:\n%s", n, answer.SDP)
	}
	later, err := callee.Restart(ctx(t))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(later.SDP, "\nm="); n != 3 {
		t.Errorf("%d sections in a later offer", n)
	}
	if err := callee.WriteScreen(picture(frame.VP8, 0, 10, true)); err == nil {
		t.Error("a screen was sent")
	}
}
