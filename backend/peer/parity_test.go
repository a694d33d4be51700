package peer

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"parley/backend/bwe"
	"parley/backend/fec"
	"parley/backend/frame"
	"parley/backend/signaling"
)

func without(caller *end) {
	caller.Peer.bwe.mu.Lock()
	defer caller.Peer.bwe.mu.Unlock()
	caller.Peer.bwe.shield.taken = false
}

// Where the answer to a NACK comes late, a call with parity is ahead of the same
// call without: pictures come sooner, and it freezes less. What parity brings back
// of which loss is fec's own test (TestPicturesComeBack), where all is by the seed;
// two calls differ, because each packet more or less moves the losses after it.
func TestParityOnALossyLink(t *testing.T) {
	for _, x := range []struct {
		name          string
		loss, burst   float64
		late, freezes float64 // at most, of what it is without
	}{
		// Of 12 calls they were 0.33 to 0.45 and 0 to 0.33, and in bursts 0.54 to 0.85 and 0.36 to 0.60.
		{"10 %", 0.10, 1, 0.55, 0.4}, {"10 % in bursts", 0.10, 5, 0.94, 0.75},
	} {
		t.Run(x.name, func(t *testing.T) {
			const way, length = 100 * time.Millisecond, 12 * time.Second
			call := func(change func(*end)) course {
				r := callWith(t, length, &shaper{rate: constant(3e6), queue: 300 * time.Millisecond, delay: way, lose: randomly(x.loss, x.burst)}, &shaper{delay: way}, change)
				t.Log(r, "recovered", r.in.Video.In.Recovered, "parity", r.out.Video.Out.Parity, "again", r.out.Video.Out.Resent)
				return r
			}
			bare, r := call(without), call(func(*end) {})
			const settled = 30 // pictures: before, nobody knows how long the way is
			bare.delay, r.delay = bare.delay[settled:], r.delay[settled:]
			late := float64(r.percentile(0.95)) / float64(bare.percentile(0.95))
			// All together stays below the estimate; 28 bytes of each packet are the link's.
			share := func(r course) float64 {
				allowed := 0.0
				for _, target := range r.targets {
					allowed += float64(target) / 10
				}
				return r.use * 3e6 * length.Seconds() / allowed
			}
			if late > x.late {
				t.Errorf("of the time without, 19 of 20 pictures take %.2f", late)
			}
			// Held pictures hide most of them.
			if float64(r.stood.count) > x.freezes*float64(bare.stood.count) {
				t.Errorf("shown at once %d freezes, and %d without", r.stood.count, bare.stood.count)
			}
			// What comes last is still on its way, and where the first packet of all is lost,
			// of which nobody knows, a second goes by until the next key frame.
			if r.keys > 2 || r.seen < r.written-8-30*(r.keys-1) || r.out.Video.Out.Parity == 0 || r.in.Video.In.Recovered == 0 || bare.out.Video.Out.Parity != 0 {
				t.Error(r)
			}
			if s := share(r); s > 1.1 {
				t.Errorf("%.2f of the estimate was sent, %.2f without", s, share(bare))
			}
		})
	}
}

// Without a loss, or where a NACK is soon enough, parity costs nothing.
func TestParityCostsNothingUnneeded(t *testing.T) {
	for _, x := range []struct {
		loss float64
		rtt  time.Duration
	}{{0, 200}, {0.05, 20}} {
		way := x.rtt * time.Millisecond / 2
		r := callOver(t, 15*time.Second, &shaper{rate: constant(3e6), queue: 300 * time.Millisecond, delay: way, lose: randomly(x.loss, 1)}, &shaper{delay: way})
		if r.out.Video.Out.Parity != 0 || x.loss == 0 && r.out.Video.Out.Target != mostBitrate-audioShare {
			t.Error(x, r, r.out.Video.Out)
		}
	}
}

// H.264 is not protected: it has no picture IDs to skip lost parity by.
func TestH264HasNoParity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := func() *shaper {
			return &shaper{rate: constant(3e6), queue: 300 * time.Millisecond, delay: 50 * time.Millisecond, lose: randomly(0.05, 1)}
		}
		a, b := shapedHosts(t, s(), s())
		caller, callee := newEnd(t, signaling.Caller, a, frame.H264), newEnd(t, signaling.Callee, b, frame.VP8, frame.H264)
		connect(t, caller, callee)
		pump(t, caller, callee, frame.H264, 5000, func(n int, _ frame.Video) bool { return n == 200 })
		if out := caller.Stats().Video.Out; out.Parity != 0 || out.Loss == 0 {
			t.Errorf("%+v", out)
		}
	})
}

// What parity costs is the picture's.
func TestParityCostsThePicture(t *testing.T) {
	e := newTestEstimator(firstBitrate)
	told := 0
	e.changed = func(int) { told++ }
	before := e.videoBitrate()
	e.news()()
	told = 0
	e.protect()
	e.shield.follow(bwe.Stats{Target: firstBitrate, RTT: 100 * time.Millisecond, Noise: 0.1, Loss: 0.1, Burst: 1})
	e.news()()
	e.news()()
	ratio := e.parity()
	if got := e.videoBitrate(); ratio < 0.2 || got != int(float64(before)/(1+parityCost*ratio)) || told != 1 {
		t.Errorf("%d bit/s of %d with %.2f of parity, told %d times", got, before, ratio, told)
	}
	// What began is not ended by a little less noise, nor begun by it.
	for _, x := range []struct {
		noise float64
		want  bool
	}{{0, false}, {0.009, false}, {0.011, true}, {0.006, true}, {0.004, false}, {0.009, false}} {
		e.shield.follow(bwe.Stats{Target: mostBitrate, RTT: 200 * time.Millisecond, Noise: x.noise, Loss: 2 * x.noise, Burst: 1})
		if got := e.parity() > 0; got != x.want {
			t.Errorf("parity at a noise of %v: %v", x.noise, got)
		}
	}
}

const testVP8, testVideoRED, testParity = 96, 122, 123

// protected are packets as a sender with parity sends them, in RED.
func protected(t *testing.T, pictures, packets, parities int) (all []received) {
	t.Helper()
	var s fec.Sender
	seq := uint16(65530)
	send := func(pt uint8, payload []byte, timestamp uint32, marker bool) []byte {
		h := rtp.Header{Version: 2, PayloadType: testVideoRED, SequenceNumber: seq, Timestamp: timestamp, Marker: marker, SSRC: 7}
		seq++
		if err := h.SetExtension(3, []byte{byte(seq), 9}); err != nil {
			t.Fatal(err)
		}
		in, err := (&rtp.Packet{Header: h, Payload: append([]byte{pt}, payload...)}).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, received{codec: red, seq: h.SequenceNumber, timestamp: timestamp, marker: marker,
			packet: in, payload: in[len(in)-len(payload)-1:], arrived: began.Add(time.Duration(len(all)) * time.Millisecond)})
		h.PayloadType = pt
		_ = h.SetExtension(3, []byte{0, 0})
		bare, err := (&rtp.Packet{Header: h, Payload: payload}).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		return bare
	}
	payloader := &vp8Payloader{}
	for n := range pictures {
		f := picture(frame.VP8, n, packets*1000, n == 0)
		parts := payloader.Payload(uint16(len(f.Data)/packets+10), f.Data)
		if len(parts) != packets {
			t.Fatalf("%d packets", len(parts))
		}
		for i, part := range parts {
			s.Sent(send(testVP8, part, f.Timestamp, i == packets-1))
		}
		for _, payload := range s.Parity(parities) {
			send(testParity, payload, f.Timestamp, false)
		}
	}
	return all
}

var testFormats = map[uint8]frame.Codec{testVP8: frame.VP8, testVideoRED: red, testParity: parity}

// A lost packet comes back before it is asked for; lost parity holds nothing up.
func TestParityRepairsBeforeNACK(t *testing.T) {
	const pictures, packets, parities = 6, 5, 2
	all := protected(t, pictures, packets, parities)
	for lost := 1; lost < (pictures-1)*(packets+parities); lost++ {
		a, r := newAssembler(), newRepairer(testFormats)
		frames := 0
		for i, f := range all {
			if i == lost {
				continue
			}
			f.packet = bytes.Clone(f.packet) // it is changed in place
			f.payload = f.packet[len(f.packet)-len(f.payload):]
			for _, f := range r.take(f) {
				a.push(f)
			}
			isParity := lost%(packets+parities) >= packets
			if asked := a.missing(f.arrived, 100*time.Millisecond, r.patience(f.arrived)); len(asked) > 0 && !isParity && lost > packets+parities {
				t.Errorf("packet %d lost: asked for %v", lost, asked)
			}
			for f, ok := a.pop(); ok; f, ok = a.pop() {
				if want := picture(frame.VP8, frames, packets*1000, frames == 0); !same(f, want) {
					t.Fatalf("packet %d lost: picture %d is another", lost, frames)
				}
				frames++
			}
		}
		if frames != pictures || a.dropped != 0 {
			t.Errorf("packet %d lost: %d pictures, %d dropped", lost, frames, a.dropped)
		}
		if want := 1 - lost%(packets+parities)/packets; r.fec.Recovered != want {
			t.Errorf("packet %d lost: %d recovered", lost, r.fec.Recovered)
		}
	}
}

// Whatever comes in RED, nothing of it is taken for a picture that is none.
func FuzzRepairer(f *testing.F) {
	for _, payload := range [][]byte{{}, {testVP8}, {testVP8, 0x90, 0x80, 0x80, 1, 0x11}, {testVideoRED, testVP8, 1}, {0x80 | testVP8, 0, 0, 1, testVP8, 1, 2},
		append([]byte{testParity}, make([]byte, 30)...), append([]byte{testParity, 0, 0, 0xff, 0xfb, 0, 0, 0, 0, 0, 9, 0, 20, 0xe0, 0}, make([]byte, 20)...)} {
		f.Add(payload)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		a, r := newAssembler(), newRepairer(testFormats)
		header := []byte{0x80, testVideoRED, 0, 5, 0, 0, 0, 0, 0, 0, 0, 7}
		for seq := range uint16(10) {
			part := payload
			if seq%2 == 0 {
				part = []byte{testVP8, 0x90, 0x80, 0x80, byte(seq), 0x11}
			}
			packet := append(bytes.Clone(header), part...)
			packet[3] = byte(seq)
			for _, f := range r.take(received{codec: red, seq: seq, timestamp: uint32(seq), packet: packet, payload: packet[len(header):], arrived: began}) {
				if len(f.payload) > 0 && f.codec != frame.VP8 {
					t.Fatalf("%q goes on", f.codec)
				}
				a.push(f)
			}
			for _, ok := a.pop(); ok; _, ok = a.pop() {
			}
		}
	})
}

// RED and parity are agreed on beside VP8 alone, with both or without, under the
// browser's payload types, and stand last.
func TestParityIsNegotiated(t *testing.T) {
	for _, x := range []struct {
		name   string
		codecs []frame.Codec
		theirs []string
		line   string // of our answer; 120 is VP8, 125 H.264, 116 RED and 117 parity
		want   bool
	}{
		{"both", nil, []string{mimeVideoRED, webrtc.MimeTypeUlpFEC}, "SAVPF 120 125 116 117\r\n", true},
		{"H.264 before VP8", []frame.Codec{frame.H264, frame.VP8}, []string{mimeVideoRED, webrtc.MimeTypeUlpFEC}, "SAVPF 125 120 116 117\r\n", false},
		{"H.264 alone", []frame.Codec{frame.H264}, []string{mimeVideoRED, webrtc.MimeTypeUlpFEC}, "SAVPF 125\r\n", false},
		{"RED without parity", nil, []string{mimeVideoRED}, "SAVPF 120 125\r\n", false},
		{"none", nil, nil, "SAVPF 120 125\r\n", false},
	} {
		t.Run(x.name, func(t *testing.T) {
			m := &webrtc.MediaEngine{}
			add := func(pt webrtc.PayloadType, mime, fmtp string) {
				c := webrtc.RTPCodecCapability{MimeType: mime, ClockRate: 90000, SDPFmtpLine: fmtp}
				if err := m.RegisterCodec(webrtc.RTPCodecParameters{PayloadType: pt, RTPCodecCapability: c}, webrtc.RTPCodecTypeVideo); err != nil {
					t.Fatal(err)
				}
			}
			for i, mime := range x.theirs { // before the pictures' own, as nobody has it
				add(webrtc.PayloadType(116+i), mime, "")
			}
			add(120, webrtc.MimeTypeVP8, "")
			add(125, webrtc.MimeTypeH264, videoCodecs[frame.H264].SDPFmtpLine)
			browser := newBrowser(t, m)
			if _, err := browser.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
				t.Fatal(err)
			}
			offer, err := browser.CreateOffer(nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := browser.SetLocalDescription(offer); err != nil {
				t.Fatal(err)
			}
			e := newEnd(t, signaling.Callee, nil, x.codecs...)
			answer, err := e.Answer(ctx(t), signaling.Description{Type: "offer", SDP: offer.SDP})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(answer.SDP, x.line) {
				t.Errorf("no %q in the answer\n%s", x.line, answer.SDP)
			}
			if err := browser.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer.SDP}); err != nil {
				t.Fatal(err)
			}
			get(t, e.codec, "codec")
			e.Peer.bwe.mu.Lock()
			defer e.Peer.bwe.mu.Unlock()
			if got := e.Peer.bwe.shield.taken; got != x.want {
				t.Errorf("parity is sent: %v", got)
			}
		})
	}
	offer, err := newEnd(t, signaling.Caller, nil).Offer(ctx(t))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(offer.SDP, "SAVPF 96 102 122 123\r\n"); got != 2 { // camera and screen
		t.Errorf("%d offers of parity after the codecs\n%s", got, offer.SDP)
	}
}

// Packets of a picture are about as long as each other.
func TestPacketsAreEven(t *testing.T) {
	p := &vp8Payloader{}
	for _, size := range []int{1, 1196, 1197, 2500, 12345} {
		parts := p.Payload(mtu, make([]byte, size))
		lengths := make([]int, 0, len(parts))
		sum := 0
		for _, part := range parts {
			lengths = append(lengths, len(part))
			sum += len(part) - vp8DescriptorSize
		}
		if want := (size + mtu - vp8DescriptorSize - 1) / (mtu - vp8DescriptorSize); len(parts) != want || sum != size ||
			slices.Max(lengths) > mtu || slices.Max(lengths)-slices.Min(lengths) > len(parts) {
			t.Errorf("%d bytes in packets of %v", size, lengths)
		}
	}
}
