//go:build cgo

package peer

import (
	"math"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/frame"
	"parley/backend/signaling"
	"parley/backend/sound/jitter"
	"parley/backend/sound/opus"
)

var redLines = regexp.MustCompile(`a=(rtpmap|fmtp|rtcp-fb):63 .*\r\n`)

// withoutRED is a description as a side gives it that knows no redundancy.
func withoutRED(d signaling.Description) signaling.Description {
	d.SDP = redLines.ReplaceAllString(strings.Replace(d.SDP, " 111 63\r\n", " 111\r\n", 1), "")
	return d
}

// speaker is an encoder with something voice-like to say.
type speaker struct {
	*opus.Encoder
	packets int
}

// say is the n-th 20 ms of it.
func say(n int) (pcm [opus.FrameSize]int16) {
	for i := range pcm {
		at := float64(n*len(pcm)+i) / 48000
		phase := 2 * math.Pi * (140*at - 10*math.Cos(2*math.Pi*0.7*at))
		pcm[i] = int16(5000 * (0.6 + 0.4*math.Sin(2*math.Pi*3*at)) * (math.Sin(phase) + 0.5*math.Sin(3*phase)))
	}
	return pcm
}

// next is an Opus packet of the next 20 ms.
func (s *speaker) next(t *testing.T) frame.Audio {
	t.Helper()
	pcm := say(s.packets)
	packet := make([]byte, opus.MaxPacket)
	size, err := s.Encode(pcm[:], packet)
	if err != nil {
		t.Fatal(err)
	}
	f := frame.Audio{Data: packet[:size:size], Timestamp: uint32(s.packets * len(pcm))}
	s.packets++
	return f
}

// heard is how a voice came through.
type heard struct {
	jitter.Stats
	in  AudioIn
	out AudioOut
}

// speak has a caller speak to a callee for so long, over a link that loses some
// of what carries sound, and plays what comes. As in a session, in-band FEC
// follows the reported loss.
func speak(t *testing.T, length, delay time.Duration, lose func() bool, between func(signaling.Description) signaling.Description) (h heard) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		a, b := network(t, delay, func(from string, b []byte) bool {
			mu.Lock()
			defer mu.Unlock()
			return strings.HasPrefix(from, "10.1.0.1") && isRTP(b) && lose()
		})
		caller, callee := newEnd(t, signaling.Caller, a), newEnd(t, signaling.Callee, b)
		offer, err := caller.Offer(ctx(t))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := callee.Answer(ctx(t), between(offer))
		if err != nil {
			t.Fatal(err)
		}
		if err := caller.SetAnswer(ctx(t), answer); err != nil {
			t.Fatal(err)
		}
		trickle(t, caller, callee)
		until(t, caller.transport, TransportConnected)
		until(t, callee.transport, TransportConnected)

		e, err := opus.NewEncoder(opus.EncoderOptions{Bitrate: 32000, Complexity: 5})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		s := &speaker{Encoder: e}
		d, err := opus.NewDecoder()
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		buffer := jitter.New(d)
		block := time.NewTicker(10 * time.Millisecond)
		defer block.Stop()
		out := make([]int16, 2*480)
		for n := 0; n < int(length/(10*time.Millisecond)); {
			select {
			case loss := <-caller.loss:
				if err := e.SetLoss(int(math.Ceil(100 * loss))); err != nil {
					t.Fatal(err)
				}
			case f := <-callee.audio:
				buffer.Insert(f, time.Now())
			case <-block.C:
				if n%2 == 0 {
					if err := caller.WriteAudio(s.next(t)); err != nil {
						t.Fatal(err)
					}
				}
				buffer.Read(out, time.Now(), 0)
				n++
			}
		}
		h = heard{buffer.Stats(), callee.Stats().Audio.In, caller.Stats().Audio.Out}
	})
	return h
}

// Two Parleys over a link that loses sound: with redundancy far less of it has
// to be invented than without, and what came as a copy does not count as lost.
func TestRedundancyConcealsLess(t *testing.T) {
	const length = 20 * time.Second
	for _, x := range []struct {
		name     string
		p, burst float64
		most     float64 // of the samples that are concealed without
		share    float64 // of the packets that carried a copy, at least
	}{
		{"5 %", 0.05, 1, 0.5, 0.7}, {"10 %", 0.10, 1, 0.35, 0.8}, {"10 % in bursts of two", 0.10, 2, 0.7, 0.8},
	} {
		t.Run(x.name, func(t *testing.T) {
			with := speak(t, length, 50*time.Millisecond, randomly(x.p, x.burst), func(d signaling.Description) signaling.Description { return d })
			without := speak(t, length, 50*time.Millisecond, randomly(x.p, x.burst), withoutRED)
			t.Logf("with %+v", with)
			t.Logf("without %+v", without)
			if without.out.Copies != 0 || without.in.Recovered != 0 {
				t.Errorf("copies to a side that takes none: %+v %+v", without.out, without.in)
			}
			if ratio := float64(with.Concealed) / float64(without.Concealed); ratio > x.most {
				t.Errorf("%.2f of the samples are concealed that are without", ratio)
			}
			if share := float64(with.out.Copies) / float64(with.out.Packets); share < x.share {
				t.Errorf("%.2f copies a packet", share)
			}
			if came := with.in.Packets + with.in.Recovered; came < int(with.Packets) || came+with.in.Lost > with.out.Packets {
				t.Errorf("%d packets came themselves, %d as copies, %d not, and %d were played, of %d", with.in.Packets, with.in.Recovered, with.in.Lost, with.Packets, with.out.Packets)
			}
		})
	}
}

// Without loss there are no copies.
func TestNoCopiesWithoutLoss(t *testing.T) {
	h := speak(t, 6*time.Second, 20*time.Millisecond, func() bool { return false }, func(d signaling.Description) signaling.Description { return d })
	if h.out.Copies != 0 || h.in.Packets < 295 {
		t.Errorf("%+v", h)
	}
}
