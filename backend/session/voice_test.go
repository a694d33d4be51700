package session

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"testing"

	"parley/backend/call"
	"parley/backend/frame"
	"parley/backend/peer"
	"parley/backend/sound"
	"parley/backend/sound/wav"
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
	d.setVoice(peer.Voice{Bitrate: sound.Bitrate / 2})
	if half := second(); half > full*7/10 {
		t.Errorf("%d bit/s at once, of %d", half, full)
	}
	d.Apply(context.Background(), silent)
	d.Apply(context.Background(), heard)
	if half := second(); half > full*7/10 {
		t.Errorf("%d bit/s on a new device, of %d", half, full)
	}
}

// Where the other side of the call reports loss, a packet of our voice holds the one before
// once more (in-band FEC), and where it does not, none does.
func TestVoiceIsRepeatedWhereItIsLost(t *testing.T) {
	// The tone beats like syllables, for the encoder repeats voice alone.
	pcm := make([]int16, 48_000)
	for i := range pcm {
		at := 2 * math.Pi * float64(i) / 48_000
		pcm[i] = int16(4634 * math.Sin(440*at) * (0.55 + 0.45*math.Sin(4*at)))
	}
	voice := filepath.Join(t.TempDir(), "voice.wav")
	w, err := wav.Create(voice, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(pcm), w.Close()); err != nil {
		t.Fatal(err)
	}
	s := open(t, nil)
	live := &livePeer{session: s}
	s.setPeer(live)
	t.Cleanup(func() { s.devices.Apply(context.Background(), call.Want{}) }) // before the call, which knows nothing of it, ends
	d, reported := s.devices, s.peerHandlers(live, call.PeerHandlers{}).AudioLoss
	over := s.peerHandlers(&livePeer{session: s}, call.PeerHandlers{}).AudioLoss
	packets := make(chan frame.Audio, 1000)
	d.audio = func(f frame.Audio) {
		select {
		case packets <- f:
		default:
		}
	}
	// repeats counts those of a second that hold the one before: the flag follows
	// that of the voice in the first byte (RFC 6716, 4.2.3), where SILK is in it (3.1).
	repeats := func() (n int) {
		for range 10 { // encoded when it began, or before
			<-packets
		}
		for range 50 {
			if p := (<-packets).Data; len(p) > 1 && p[0]>>3 < 16 && p[1]&0x40 != 0 {
				n++
			}
		}
		return n
	}
	d.Apply(context.Background(), call.Want{Sound: true, Choice: call.Choice{Microphone: voice, Speaker: "none"}})
	if n := repeats(); n > 0 {
		t.Errorf("%d of 50 packets without a loss", n)
	}
	over(0.2)
	if n := repeats(); n > 0 {
		t.Errorf("%d of 50 packets for the loss of a call that is over", n)
	}
	reported(0.2)
	if n := repeats(); n < 25 {
		t.Errorf("%d of 50 packets at a loss of 20 %%", n)
	}
	reported(0)
	if n := repeats(); n > 0 {
		t.Errorf("%d of 50 packets once nothing is lost", n)
	}
}
