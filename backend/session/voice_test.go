package session

import (
	"context"
	"testing"

	"parley/backend/call"
	"parley/backend/frame"
	"parley/backend/sound"
)

// What a voice may take holds for a device that is opened later, too.
func TestBitrateOfAVoiceOutlivesItsDevice(t *testing.T) {
	d := testDevices(t)
	packets := make(chan int, 1000)
	d.audio = func(f frame.Audio) {
		select {
		case packets <- len(f.Data):
		default:
		}
	}
	second := func() (bitrate int) {
		for range 10 { // as encoded when it began, or before
			<-packets
		}
		for len(packets) > 0 {
			<-packets
		}
		for range 50 {
			bitrate += 8 * <-packets
		}
		return bitrate
	}
	silent := call.Want{Choice: everything.Choice}
	heard := call.Want{Sound: true, Choice: everything.Choice}
	d.Apply(context.Background(), heard)
	full := second()
	d.setVoice(sound.Bitrate / 2)
	if half := second(); half > full*7/10 {
		t.Errorf("%d bit/s at once, of %d", half, full)
	}
	d.Apply(context.Background(), silent)
	d.Apply(context.Background(), heard)
	if half := second(); half > full*7/10 {
		t.Errorf("%d bit/s on a new device, of %d", half, full)
	}
}
