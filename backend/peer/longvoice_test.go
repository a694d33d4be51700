//go:build cgo

package peer

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/frame"
	"parley/backend/signaling"
	"parley/backend/sound/jitter"
	"parley/backend/sound/opus"
)

// Long packets are for those who take them: RFC 7587, 6.1.
func TestLongPacketsForThoseWhoTakeThem(t *testing.T) {
	for attributes, want := range map[string]time.Duration{
		"":                                longPacket,
		"a=maxptime:60\r\n":               longPacket,
		"a=ptime:40\r\n":                  longPacket,
		"a=maxptime:20\r\n":               audioPacket,
		"a=ptime:20\r\n":                  audioPacket,
		"a=ptime:60\r\na=maxptime:30\r\n": audioPacket,
		"a=maxptime:many\r\n":             longPacket,
	} {
		e := newTestEstimator(50_000)
		e.takesPackets("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" + attributes)
		e.news()
		if got := e.voice(); got != (Voice{narrowBitrate, want}) {
			t.Errorf("%q: %v", attributes, got)
		}
	}
}

// What else a call sends counts, too: with the other side's pictures come reports on
// them, and a room's pings beside them. On a link of 50 kbit/s a voice keeps to its
// time once the pictures are gone.
func TestVoiceBesideReportsOnANarrowLink(t *testing.T) {
	const length, settled, beside = 40 * time.Second, 12 * time.Second, 6_000 // bit/s of what is not ours: STUN of a browser, TCP
	synctest.Test(t, func(t *testing.T) {
		narrow := &shaper{rate: constant(50_000 - beside), queue: 300 * time.Millisecond, delay: 50 * time.Millisecond}
		a, b := shapedHosts(t, narrow, &shaper{delay: 50 * time.Millisecond})
		caller, callee := newEnd(t, signaling.Caller, a, frame.VP8), newEnd(t, signaling.Callee, b, frame.VP8)
		connect(t, caller, callee)
		begin := time.Now()
		pictures, block := time.NewTicker(time.Second/30), time.NewTicker(10*time.Millisecond)
		defer pictures.Stop()
		defer block.Stop()
		target, back, bitrate, key := firstBitrate-audioShare, firstBitrate-audioShare, audioBitrate, true
		var blocks, said, heard, ours, theirs int
		var delay []time.Duration
		made := map[uint32]time.Time{}
		for time.Since(begin) < length {
			select {
			case target = <-caller.target:
			case back = <-callee.target:
			case bitrate = <-caller.voice:
			case <-callee.voice:
			case <-caller.keyframe:
			case <-callee.keyframe:
			case <-pictures.C:
				_ = callee.WriteVideo(picture(frame.VP8, theirs, max(back, 30_000)/30/8, theirs == 0))
				theirs++
				if target < 30_000 || caller.Backlog() > 100*time.Millisecond || caller.Waits() {
					continue
				}
				_ = caller.WriteVideo(picture(frame.VP8, ours, target/30/8, key))
				key = false
				ours++
			case <-block.C:
				blocks++
				packet := max(time.Duration(caller.packet.Load()), audioPacket)
				if time.Duration(blocks)*10*time.Millisecond < packet {
					continue
				}
				stamp := uint32((time.Since(begin) - packet) / time.Microsecond * 48 / 1000)
				if time.Since(begin) > settled {
					made[stamp] = time.Now()
					said += blocks
				}
				f := frame.Audio{Data: make([]byte, bitrate/8*blocks/100), Timestamp: stamp}
				f.Data[0] = byte(blocks)
				_ = caller.WriteAudio(f)
				blocks = 0
			case f := <-callee.audio:
				if at, counts := made[f.Timestamp]; counts {
					heard += int(f.Data[0])
					delay = append(delay, time.Since(at))
				}
			case <-callee.video:
			case <-caller.video:
			case <-caller.loss:
			case <-callee.loss:
			}
		}
		slices.Sort(delay)
		median, p95 := delay[len(delay)/2], delay[len(delay)*95/100]
		t.Logf("%d of %d blocks, median %v, p95 %v, %d pictures, estimate %d", heard, said, median, p95, ours, caller.Stats().Available)
		if heard < said*98/100 {
			t.Errorf("%d of %d blocks of sound heard", heard, said)
		}
		if p95 > 300*time.Millisecond { // 205 to 256, and 364 in packets of 20 ms
			t.Errorf("sound is %v late", p95)
		}
	})
}

// Packets of either length, by lot, are all heard, in order; those that are lost come
// again with the next, whatever its length.
func TestVoiceInPacketsOfEitherLength(t *testing.T) {
	const length = 20 * time.Second
	for _, x := range []struct {
		name string
		lose func() bool
		most float64 // of the sound that is made up
	}{
		{"without loss", func() bool { return false }, 0},
		{"5 % lost", randomly(0.05, 1), 0.025},
	} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := network(t, 30*time.Millisecond, func(from string, b []byte) bool {
					return strings.HasPrefix(from, "10.1.0.1") && isRTP(b) && x.lose()
				})
				caller, callee := newEnd(t, signaling.Caller, a), newEnd(t, signaling.Callee, b)
				connect(t, caller, callee)
				e, err := opus.NewEncoder(opus.EncoderOptions{Bitrate: audioBitrate, Complexity: 1})
				if err != nil {
					t.Fatal(err)
				}
				defer e.Close()
				d, err := opus.NewDecoder()
				if err != nil {
					t.Fatal(err)
				}
				defer d.Close()
				buffer := jitter.New(d)
				dice := rand.New(rand.NewPCG(3, 4))
				block := time.NewTicker(10 * time.Millisecond)
				defer block.Stop()
				var pcm []int16
				out, wanted, said := make([]int16, 2*480), opus.FrameSize, 0
				for n := 0; n < int(length/(10*time.Millisecond)); {
					select {
					case <-caller.loss:
					case f := <-callee.audio:
						buffer.Insert(f, time.Now())
					case <-block.C:
						n++
						if n%2 == 0 {
							frame := say(n/2 - 1)
							pcm = append(pcm, frame[:]...)
						}
						if len(pcm) >= wanted {
							packet := make([]byte, opus.MaxPacket)
							size, err := e.Encode(pcm, packet)
							if err != nil {
								t.Fatal(err)
							}
							if err := caller.WriteAudio(frame.Audio{Data: packet[:size:size], Timestamp: uint32(said)}); err != nil {
								t.Fatal(err)
							}
							said += len(pcm)
							pcm, wanted = pcm[:0], opus.FrameSize*(1+dice.IntN(2))
						}
						buffer.Read(out, time.Now(), 0)
					}
				}
				s := buffer.Stats()
				t.Logf("%+v, %+v", s, caller.Stats().Audio.Out)
				if all := uint64(said); s.Samples+9600 < all || s.Samples > all {
					t.Errorf("%d of %d samples were played", s.Samples, all)
				}
				if made := float64(s.Concealed) / float64(s.Samples); made > x.most {
					t.Errorf("%.3f of the sound was made up", made)
				}
			})
		})
	}
}
