package peer

import (
	"strings"
	"testing"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"parley/backend/frame"
	"parley/backend/signaling"
)

// What copies cost is the picture's, and where there is no room there are none.
func TestCopiesCostThePicture(t *testing.T) {
	told := 0
	e := newTestEstimator(firstBitrate)
	e.changed = func(int) { told++ }
	before := e.videoBitrate()
	e.wantCopies(1)
	if got := before - e.videoBitrate(); got != copyShare || told != 1 || e.copies() != 1 {
		t.Errorf("one copy costs %d bit/s, is told %d times, and %d are sent", got, told, e.copies())
	}
	e.wantCopies(1)
	e.wantCopies(2)
	if got := before - e.videoBitrate(); got != 2*copyShare || told != 2 {
		t.Errorf("two copies cost %d bit/s, told %d times", got, told)
	}
	for _, x := range []struct{ rate, copies int }{{50_000, 0}, {120_000, 0}, {150_000, 1}, {250_000, 1}, {300_000, 2}} {
		e := newTestEstimator(x.rate)
		e.changed = func(int) {}
		e.wantCopies(2)
		if got := e.copies(); got != x.copies {
			t.Errorf("%d copies at %d bit/s, not %d", got, x.rate, x.copies)
		}
	}
}

// voiceBrowser takes and offers Opus, G.711 and the redundancy that is named.
func voiceBrowser(t *testing.T, opusLine, redLine string) *webrtc.PeerConnection {
	t.Helper()
	m := &webrtc.MediaEngine{}
	for _, c := range []webrtc.RTPCodecParameters{
		{PayloadType: 109, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, SDPFmtpLine: opusLine}},
		{PayloadType: 8, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMA, ClockRate: 8000}},
		{PayloadType: 65, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: mimeRED, ClockRate: 48000, Channels: 2, SDPFmtpLine: redLine}},
	} {
		if c.MimeType == mimeRED && redLine == "" {
			continue
		}
		if err := m.RegisterCodec(c, webrtc.RTPCodecTypeAudio); err != nil {
			t.Fatal(err)
		}
	}
	return newBrowser(t, m)
}

// An offer of redundancy beside an Opus whose parameters are not ours: both are taken.
func TestOtherParametersOfOpus(t *testing.T) {
	browser := voiceBrowser(t, "minptime=20;useinbandfec=0;usedtx=0", "109/109")
	if _, err := browser.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio); err != nil {
		t.Fatal(err)
	}
	offer, err := browser.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := browser.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	answer, err := newEnd(t, signaling.Callee, nil).Answer(ctx(t), signaling.Description{Type: "offer", SDP: offer.SDP})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"SAVPF 109 65\r\n", "rtpmap:109 opus/48000/2", "fmtp:109 " + opusCodec.SDPFmtpLine, "fmtp:65 109/109"} {
		if !strings.Contains(answer.SDP, line) {
			t.Errorf("no %q in the answer", line)
		}
	}
}

// Redundancy is agreed on in both roles, with a browser's payload types; a side
// without it gets none.
func TestRedundancyIsNegotiated(t *testing.T) {
	for _, x := range []struct {
		name, opus, red string
		want            bool
	}{
		{"Chromium", "minptime=10;useinbandfec=1", "109/109", true},
		{"of another codec", "minptime=10;useinbandfec=1", "8/8", false},
		{"none", "minptime=10;useinbandfec=1", "", false},
	} {
		for _, role := range []signaling.Role{signaling.Callee, signaling.Caller} {
			if role == signaling.Caller && x.red == "8/8" {
				continue // it would answer our offer, and that names Opus
			}
			t.Run(x.name+" as "+string(role), func(t *testing.T) {
				fmtp := x.red
				if role == signaling.Caller && fmtp != "" {
					fmtp = redCodec.SDPFmtpLine // the offer's stand
				}
				browser := voiceBrowser(t, x.opus, fmtp)
				track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, "a", "s")
				if err != nil {
					t.Fatal(err)
				}
				if _, err := browser.AddTrack(track); err != nil {
					t.Fatal(err)
				}
				packets := make(chan *rtp.Packet, 1000)
				browser.OnTrack(func(r *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
					for {
						p, _, err := r.ReadRTP()
						if err != nil {
							return
						}
						packets <- p
					}
				})
				e := newEnd(t, role, nil)
				introduce(t, e, browser)
				until(t, e.transport, TransportConnected)
				opusPT, redPT := uint8(109), uint8(65)
				if role == signaling.Caller {
					opusPT, redPT = uint8(opusCodec.PayloadType), uint8(redCodec.PayloadType)
				}
				if role == signaling.Callee && !strings.Contains(e.pc.LocalDescription().SDP, opusCodec.SDPFmtpLine) {
					t.Error("the answer does not say what Opus we take")
				}
				e.Peer.audio.wantCopies(1)
				for n := range 2 {
					if err := e.WriteAudio(frame.Audio{Data: []byte{0xf8, byte(n)}, Timestamp: uint32(n) * 960}); err != nil {
						t.Fatal(err)
					}
				}
				if p := get(t, packets, "packet"); p.PayloadType != opusPT || len(p.Payload) != 2 {
					t.Errorf("first %v", p)
				}
				p := get(t, packets, "packet")
				if p.PayloadType == redPT != x.want {
					t.Fatalf("then payload type %d", p.PayloadType)
				}
				if !x.want {
					return
				}
				blocks, ok := splitRED(p.Payload, p.Timestamp)
				if !ok || len(blocks) != 2 || blocks[0].pt != opusPT || blocks[0].data[1] != 0 || blocks[1].data[1] != 1 {
					t.Errorf("the blocks %+v", blocks)
				}
			})
		}
	}
}
