package session

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/call"
	"parley/backend/media/cameratest"
	"parley/backend/signaling"
	"parley/backend/signaling/memory"
)

// loner is a PeerConnection to nobody.
type loner struct{ call.Peer }

func (loner) Offer(context.Context) (signaling.Description, error) {
	return signaling.Description{Type: "offer", SDP: "v=0\n"}, nil
}
func (loner) Hold(bool)         {}
func (loner) Send([]byte) error { return nil }
func (loner) Close() error      { return nil }

// joinTakes is how long slowRooms look for a room that there is not.
const joinTakes = 2 * time.Second

type slowRooms struct{ *memory.Signaler }

func (slowRooms) Join(context.Context, signaling.Invite) (signaling.Room, error) {
	time.Sleep(joinTakes)
	return nil, signaling.ErrRoomNotFound
}

func TestCameraIsOffASecondAfterItIsNotWanted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		camera := &cameratest.Camera{}
		cameratest.Plug(t, camera, cameratest.Info{Label: "usb"})
		c := call.New(call.Deps{
			Signaling: slowRooms{memory.NewSignaler(memory.New(memory.Config{}), nil)},
			NewPeer:   func(call.PeerOptions, call.PeerHandlers) (call.Peer, error) { return loner{}, nil },
			Devices:   testDevices(t),
			Choice:    call.Choice{Camera: "usb", Microphone: "test", Speaker: "none"},
			Logger:    slog.New(slog.DiscardHandler),
		})
		defer c.Close()
		ctx := t.Context()
		hangUp := func() error { return c.HangUp(ctx) }
		for what, do := range map[string]struct{ begin, end func() error }{
			"hang-up":     {func() error { return c.Create(ctx) }, hangUp},
			"preview off": {func() error { return c.SetPreview(ctx, true) }, func() error { return c.SetPreview(ctx, false) }},
			"failed join": {func() error { return c.Join(ctx, "0123-4567-89ab") }, func() error { time.Sleep(joinTakes); return nil }},
			"camera off":  {func() error { return c.Create(ctx) }, func() error { return c.SetCamera(ctx, false) }},
		} {
			if err := do.begin(); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			synctest.Wait()
			if !camera.On() {
				t.Fatalf("%s: the camera was never on", what)
			}
			if err := do.end(); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			time.Sleep(time.Second)
			if camera.On() {
				t.Errorf("a second after %s the camera is on", what)
			}
			_ = hangUp()
			if err := c.SetCamera(ctx, true); err != nil {
				t.Fatal(err)
			}
		}
	})
}
