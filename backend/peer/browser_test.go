package peer

import (
	"bytes"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"

	"parley/backend/frame"
	"parley/backend/signaling"
)

// browserLike is a PeerConnection that offers what Chromium does, under payload
// types that are not ours, with RTX.
func browserLike(t *testing.T) *webrtc.PeerConnection {
	t.Helper()
	m := &webrtc.MediaEngine{}
	add := func(kind webrtc.RTPCodecType, pt webrtc.PayloadType, mime string, clock uint32, channels uint16, fmtp string) {
		c := webrtc.RTPCodecCapability{MimeType: mime, ClockRate: clock, Channels: channels, SDPFmtpLine: fmtp}
		if kind == webrtc.RTPCodecTypeVideo && mime != webrtc.MimeTypeRTX {
			c.RTCPFeedback = append([]webrtc.RTCPFeedback{{Type: "goog-remb"}}, videoFeedback...)
		}
		if err := m.RegisterCodec(webrtc.RTPCodecParameters{PayloadType: pt, RTPCodecCapability: c}, kind); err != nil {
			t.Fatal(err)
		}
	}
	v := webrtc.RTPCodecTypeVideo
	add(webrtc.RTPCodecTypeAudio, 63, "audio/red", 48000, 2, "109/109")
	add(webrtc.RTPCodecTypeAudio, 109, webrtc.MimeTypeOpus, 48000, 2, "minptime=10;useinbandfec=1")
	add(v, 120, webrtc.MimeTypeVP8, 90000, 0, "")
	add(v, 121, webrtc.MimeTypeRTX, 90000, 0, "apt=120")
	add(v, 98, webrtc.MimeTypeVP9, 90000, 0, "profile-id=0")
	add(v, 126, webrtc.MimeTypeH264, 90000, 0, "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f")
	add(v, 125, webrtc.MimeTypeH264, 90000, 0, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f")
	add(v, 127, webrtc.MimeTypeRTX, 90000, 0, "apt=125")
	add(v, 103, webrtc.MimeTypeH264, 90000, 0, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=640c1f")
	return newBrowser(t, m)
}

func newBrowser(t *testing.T, m *webrtc.MediaEngine) *webrtc.PeerConnection {
	t.Helper()
	r := &interceptor.Registry{}
	if err := webrtc.RegisterDefaultInterceptors(m, r); err != nil {
		t.Fatal(err)
	}
	s := webrtc.SettingEngine{LoggerFactory: newLoggerFactory()}
	s.SetIncludeLoopbackCandidate(true)
	s.SetInterfaceFilter(isLoopback)
	pc, err := webrtc.NewAPI(webrtc.WithMediaEngine(m), webrtc.WithInterceptorRegistry(r), webrtc.WithSettingEngine(s)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.GracefulClose() })
	return pc
}

// A browser's offer, or answer, with other payload types than ours: frames
// travel both ways under the browser's.
func TestForeignPayloadTypes(t *testing.T) {
	for _, codec := range []frame.Codec{frame.VP8, frame.H264} {
		for _, role := range []signaling.Role{signaling.Callee, signaling.Caller} {
			t.Run(string(codec)+" as "+string(role), func(t *testing.T) {
				browser := browserLike(t)
				e := newEnd(t, role, nil, codec)
				mime, pt := webrtc.MimeTypeVP8, webrtc.PayloadType(120)
				if codec == frame.H264 {
					mime, pt = webrtc.MimeTypeH264, 125
				}
				if role == signaling.Caller {
					pt = videoCodecs[codec].PayloadType // the offer's stand
				}
				track, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: mime, ClockRate: 90000,
					SDPFmtpLine: videoCodecs[codec].SDPFmtpLine}, "v", "s")
				if err != nil {
					t.Fatal(err)
				}
				if _, err := browser.AddTrack(track); err != nil {
					t.Fatal(err)
				}
				audio, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, "a", "s")
				if err != nil {
					t.Fatal(err)
				}
				if _, err := browser.AddTrack(audio); err != nil {
					t.Fatal(err)
				}
				packets := make(chan *rtp.Packet, 1000)
				tracks := make(chan webrtc.PayloadType, 2)
				browser.OnTrack(func(r *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
					if r.Kind() != webrtc.RTPCodecTypeVideo {
						return
					}
					tracks <- r.PayloadType()
					for {
						p, _, err := r.ReadRTP()
						if err != nil {
							return
						}
						packets <- p
					}
				})
				introduce(t, e, browser)
				until(t, e.transport, TransportConnected)
				if got := get(t, e.codec, "codec"); got != codec {
					t.Fatalf("sends %s", got)
				}
				key, small := picture(codec, 0, 3000, true), picture(codec, 1, 800, false)
				for _, f := range []frame.Video{key, small} {
					if err := e.WriteVideo(f); err != nil {
						t.Fatal(err)
					}
				}
				if got := get(t, tracks, "track"); got != pt {
					t.Errorf("payload type %d, want %d", got, pt)
				}
				if got := readFrame(t, codec, packets); !bytes.Equal(got, key.Data) {
					t.Errorf("the browser got %d bytes of %d", len(got), len(key.Data))
				}
				for _, f := range []frame.Video{key, small} {
					if err := track.WriteSample(media.Sample{Data: f.Data, Duration: time.Second / 30}); err != nil {
						t.Fatal(err)
					}
					if got := get(t, e.video, "frame"); got.Codec != codec || got.Key != f.Key || !bytes.Equal(got.Data, f.Data) {
						t.Errorf("got %s, %d bytes, key %v", got.Codec, len(got.Data), got.Key)
					}
				}
				if err := audio.WriteSample(media.Sample{Data: []byte{0xf8, 1}, Duration: 20 * time.Millisecond}); err != nil {
					t.Fatal(err)
				}
				get(t, e.audio, "audio")
			})
		}
	}
}

// introduce makes the descriptions, with all candidates of the browser in its own.
func introduce(t *testing.T, e *end, browser *webrtc.PeerConnection) {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	local := func(d webrtc.SessionDescription) signaling.Description {
		gathered := webrtc.GatheringCompletePromise(browser)
		check(browser.SetLocalDescription(d))
		get(t, gathered, "candidates")
		return signaling.Description{Type: d.Type.String(), SDP: browser.LocalDescription().SDP}
	}
	if e.role == signaling.Callee {
		offer, err := browser.CreateOffer(nil)
		check(err)
		answer, err := e.Answer(ctx(t), local(offer))
		check(err)
		check(browser.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer.SDP}))
	} else {
		offer, err := e.Offer(ctx(t))
		check(err)
		check(browser.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer.SDP}))
		answer, err := browser.CreateAnswer(nil)
		check(err)
		check(e.SetAnswer(ctx(t), local(answer)))
	}
}

// readFrame puts the packets of the first frame together, with pion's own parts.
func readFrame(t *testing.T, codec frame.Codec, packets <-chan *rtp.Packet) []byte {
	t.Helper()
	var data []byte
	var h264 codecs.H264Packet
	for {
		p := get(t, packets, "packet")
		var b []byte
		var err error
		if codec == frame.H264 {
			b, err = h264.Unmarshal(p.Payload)
		} else {
			b, err = (&codecs.VP8Packet{}).Unmarshal(p.Payload)
		}
		if err != nil {
			t.Fatal(err)
		}
		data = append(data, b...)
		if p.Marker {
			return data
		}
	}
}

// A browser that takes no video at all: the call goes on with sound.
func TestSoundOnlyOffer(t *testing.T) {
	browser := browserLike(t)
	e := newEnd(t, signaling.Callee, nil)
	audio, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, "a", "s")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := browser.AddTrack(audio); err != nil {
		t.Fatal(err)
	}
	introduce(t, e, browser)
	until(t, e.transport, TransportConnected)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for heard, tries := false, 0; !heard; tries++ {
		if err := audio.WriteSample(media.Sample{Data: []byte{0xf8, 1}, Duration: 20 * time.Millisecond}); err != nil {
			t.Fatal(err)
		}
		select {
		case <-e.audio:
			heard = true
		case <-tick.C: // the browser may not be connected yet
			if tries > 500 {
				t.Fatal("no audio")
			}
		}
	}
	if err := e.WriteVideo(picture(frame.VP8, 0, 100, true)); err == nil {
		t.Error("video was taken")
	}
	if err := e.WriteAudio(frame.Audio{Data: []byte{1, 2}}); err != nil {
		t.Error(err)
	}
}

// Only the channel named parley is taken, and only messages that are not too large.
func TestControlChannelOfABrowser(t *testing.T) {
	browser := browserLike(t)
	e := newEnd(t, signaling.Callee, nil)
	closed, open := make(chan struct{}), make(chan struct{})
	chat, err := browser.CreateDataChannel("chat", nil)
	if err != nil {
		t.Fatal(err)
	}
	chat.OnClose(func() { close(closed) })
	ours, err := browser.CreateDataChannel(controlLabel, nil)
	if err != nil {
		t.Fatal(err)
	}
	ours.OnOpen(func() { close(open) })
	introduce(t, e, browser)
	get(t, open, "open channel")
	get(t, e.open, "open channel")
	for _, m := range []string{strings.Repeat("x", 3*MaxMessage), "hello"} {
		if err := ours.SendText(m); err != nil {
			t.Fatal(err)
		}
	}
	if got := get(t, e.message, "message"); got != "hello" {
		t.Errorf("a message of %d bytes came", len(got))
	}
	get(t, closed, "end of the other channel")
}

// A message that a browser sends at once comes after Open, and can be answered.
func TestMessageComesAfterOpen(t *testing.T) {
	for range 5 {
		browser := browserLike(t)
		e := newEnd(t, signaling.Callee, nil)
		d, err := browser.CreateDataChannel(controlLabel, nil)
		if err != nil {
			t.Fatal(err)
		}
		d.OnDial(func() { // as Chromium, before we acknowledge
			for d.ReadyState() == webrtc.DataChannelStateConnecting {
				runtime.Gosched()
			}
			_ = d.SendText("hello")
		})
		introduce(t, e, browser)
		get(t, e.message, "message")
		select {
		case <-e.open:
		default:
			t.Fatal("the channel is not open")
		}
		if err := e.Send([]byte("hello")); err != nil {
			t.Fatal(err)
		}
	}
}
