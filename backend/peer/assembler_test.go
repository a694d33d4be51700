package peer

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"pgregory.net/rapid"

	"parley/backend/frame"
)

var began = time.Unix(1_700_000_000, 0)

// packetise cuts frames into packets from first on.
func packetise(first uint16, frames ...frame.Video) []received {
	var packets []received
	payloaders := map[frame.Codec]rtp.Payloader{frame.VP8: &vp8Payloader{pictureID: 0x7ffe}, frame.H264: &codecs.H264Payloader{}}
	for _, f := range frames {
		payloads := payloaders[f.Codec].Payload(mtu, f.Data)
		for i, p := range payloads {
			packets = append(packets, received{codec: f.Codec, seq: first, timestamp: f.Timestamp, marker: i == len(payloads)-1, payload: p, arrived: began})
			first++
		}
	}
	return packets
}

func pictures(codec frame.Codec, n, size int, keyEvery int) []frame.Video {
	var frames []frame.Video
	for i := range n {
		frames = append(frames, picture(codec, i, size, i%keyEvery == 0))
	}
	return frames
}

func (a *assembler) all() []frame.Video {
	var frames []frame.Video
	for {
		f, ok := a.pop()
		if !ok {
			return frames
		}
		frames = append(frames, f)
	}
}

func TestAssemblerInOrder(t *testing.T) {
	for _, codec := range []frame.Codec{frame.VP8, frame.H264} {
		a := newAssembler()
		frames := pictures(codec, 50, 3000, 1000)
		got := 0
		for _, p := range packetise(65500, frames...) { // the numbers wrap
			a.push(p)
			for _, f := range a.all() {
				if !same(f, frames[got]) {
					t.Fatalf("%s frame %d differs", codec, got)
				}
				if !p.marker {
					t.Errorf("frame %d did not come with its last packet", got)
				}
				got++
			}
		}
		if got != len(frames) || a.dropped != 0 || a.needsKey() {
			t.Errorf("%s: %d of %d frames, %d dropped", codec, got, len(frames), a.dropped)
		}
	}
}

// Packets shuffled, doubled, with padding between: the same frames in order.
func TestAssemblerAnyOrder(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		codec := rapid.SampledFrom([]frame.Codec{frame.VP8, frame.H264}).Draw(r, "codec")
		frames := pictures(codec, rapid.IntRange(1, 15).Draw(r, "frames"), rapid.IntRange(1, 4000).Draw(r, "size"), 1000)
		packets := packetise(uint16(rapid.Uint16().Draw(r, "first")), frames...)
		last := packets[len(packets)-1]
		packets = append(packets, received{codec: codec, seq: last.seq + 1, timestamp: last.timestamp, arrived: began})
		first, rest := packets[0], packets[1:] // the very first fixes the beginning
		dice := rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 0))
		rest = append(slices.Clone(rest), rest[:rapid.IntRange(0, len(rest)).Draw(r, "doubled")]...)
		dice.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
		a := newAssembler()
		a.push(first)
		got := a.all()
		for _, p := range rest {
			a.push(p)
			got = append(got, a.all()...)
		}
		if len(got) != len(frames) {
			r.Fatalf("%d of %d frames", len(got), len(frames))
		}
		for i := range got {
			if !same(got[i], frames[i]) {
				r.Fatalf("frame %d differs", i)
			}
		}
		if n := a.missing(began, 0, 0); len(n) != 0 {
			r.Fatalf("still missing %v", n)
		}
	})
}

// Whatever is lost, what comes out decodes: it begins with a key frame, and
// each delta frame follows the frame before it.
func TestAssemblerEmitsOnlyWhatDecodes(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		codec := rapid.SampledFrom([]frame.Codec{frame.VP8, frame.H264}).Draw(r, "codec")
		frames := pictures(codec, 40, 2500, rapid.IntRange(5, 20).Draw(r, "key interval"))
		loss := rapid.IntRange(0, 30).Draw(r, "loss in percent")
		dice := rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 0))
		a := newAssembler()
		now := began
		last := -1
		take := func() {
			for _, f := range a.all() {
				n := slices.IndexFunc(frames, func(g frame.Video) bool { return g.Timestamp == f.Timestamp })
				if !same(f, frames[n]) || n <= last || !f.Key && n != last+1 {
					r.Fatalf("frame %d after %d, key %v", n, last, f.Key)
				}
				last = n
			}
		}
		for _, p := range packetise(1, frames...) {
			now = now.Add(10 * time.Millisecond)
			p.arrived = now
			if dice.IntN(100) >= loss {
				a.push(p)
			}
			take()
			a.giveUp(now, 200*time.Millisecond)
			take()
		}
		if loss == 0 && last != len(frames)-1 {
			r.Fatalf("ends at frame %d without loss", last)
		}
	})
}

// Padding that is lost between frames holds nothing up: Chromium, which probes
// with it, does not send it again.
func TestAssemblerLosesPadding(t *testing.T) {
	for name, newPayloader := range map[string]func() rtp.Payloader{
		"IDs of 15 bits": func() rtp.Payloader { return &vp8Payloader{pictureID: 0x7ffe} },
		"IDs of 7 bits":  func() rtp.Payloader { return &codecs.VP8Payloader{EnablePictureID: true} },
	} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				a, payloader := newAssembler(), newPayloader()
				seq := rapid.Uint16().Draw(r, "first")
				for i, f := range pictures(frame.VP8, 150, 1500, 1000) {
					payloads := payloader.Payload(mtu, f.Data)
					for j, p := range payloads {
						a.push(received{codec: f.Codec, seq: seq, timestamp: f.Timestamp, marker: j == len(payloads)-1, payload: p, arrived: began})
						seq++
					}
					if got := a.all(); len(got) != 1 || !same(got[0], f) {
						r.Fatalf("%d frames when frame %d was whole", len(got), i)
					}
					for range rapid.IntRange(0, 3).Draw(r, "padding") {
						if i > 0 && rapid.Bool().Draw(r, "arrives") {
							a.push(received{codec: f.Codec, seq: seq, timestamp: f.Timestamp, arrived: began})
						} else if i == 0 {
							break
						}
						seq++
					}
				}
				if n := len(a.missing(began, 0, 0)); n > 3 {
					r.Fatalf("%d packets are missed", n)
				}
			})
		})
	}
}

func TestAssemblerSkipsToWholeKeyFrame(t *testing.T) {
	a := newAssembler()
	frames := []frame.Video{picture(frame.VP8, 0, 2000, true), picture(frame.VP8, 1, 2000, false), picture(frame.VP8, 2, 2000, true)}
	for i, p := range packetise(1, frames...) {
		if i != 3 { // of the second frame
			a.push(p)
		}
	}
	got := a.all()
	if len(got) != 2 || !got[0].Key || !got[1].Key || got[1].Timestamp != frames[2].Timestamp {
		t.Errorf("%d frames", len(got))
	}
	if a.needsKey() {
		t.Error("a key frame is wanted with one there")
	}
}

func TestAssemblerGivesUp(t *testing.T) {
	a := newAssembler()
	frames := pictures(frame.VP8, 5, 500, 1000)
	for i, p := range packetise(1, frames...) {
		if i != 1 {
			a.push(p)
		}
	}
	if got := a.all(); len(got) != 1 {
		t.Fatalf("%d frames", len(got))
	}
	a.giveUp(began.Add(repairTime(0)-1), repairTime(0))
	if a.needsKey() {
		t.Error("gave up too early")
	}
	a.giveUp(began.Add(repairTime(0)), repairTime(0))
	if !a.needsKey() || len(a.all()) != 0 {
		t.Error("did not give up")
	}
	key := picture(frame.VP8, 9, 500, true)
	for _, p := range packetise(6, key) {
		a.push(p)
	}
	if got := a.all(); len(got) != 1 || !same(got[0], key) || a.needsKey() {
		t.Errorf("no key frame after giving up: %d frames", len(got))
	}
}

// After an outage nothing is asked for again but a key frame.
func TestAssemblerOutage(t *testing.T) {
	a := newAssembler()
	for _, p := range packetise(1, pictures(frame.VP8, 3, 3000, 1000)...) {
		a.push(p)
	}
	a.all()
	for _, p := range packetise(400, picture(frame.VP8, 50, 3000, false)) {
		a.push(p)
	}
	if n := a.missing(began, 0, 0); len(n) != 0 || len(a.all()) != 0 || !a.needsKey() {
		t.Errorf("asks for %d packets", len(n))
	}
	key := picture(frame.VP8, 51, 3000, true)
	for _, p := range packetise(403, key) {
		a.push(p)
	}
	if got := a.all(); len(got) != 1 || !same(got[0], key) {
		t.Errorf("%d frames after the outage", len(got))
	}
}

// A jump in the numbers is a new stream, which begins with a key frame.
func TestAssemblerRestarts(t *testing.T) {
	a := newAssembler()
	for _, first := range []uint16{1, 20000, 50000, 100} {
		frames := pictures(frame.H264, 3, 3000, 1000)
		var got []frame.Video
		for _, p := range packetise(first, frames...) {
			a.push(p)
			got = append(got, a.all()...)
		}
		if len(got) != 3 || !same(got[0], frames[0]) {
			t.Errorf("from %d: %d frames", first, len(got))
		}
	}
}

// A stream that begins out of order with packets lost: those are asked for, and
// given up for a key frame.
func TestAssemblerLossAtTheBeginning(t *testing.T) {
	a := newAssembler()
	packets := packetise(65534, picture(frame.VP8, 0, 6000, true))
	a.push(packets[5])
	a.push(packets[3])
	a.push(packets[0])
	if got := a.missing(began, 0, 0); !slices.Equal(got, []uint16{65535, 0, 2}) {
		t.Errorf("asks for %v", got)
	}
	a.giveUp(began.Add(repairTime(0)), repairTime(0))
	if !a.needsKey() {
		t.Error("did not give up")
	}
}

func TestAssemblerWithoutMarkers(t *testing.T) {
	a := newAssembler()
	frames := pictures(frame.VP8, 3, 3000, 1000)
	packets := packetise(1, frames...)
	for i := range packets {
		packets[i].marker = false
		a.push(packets[i])
	}
	if got := a.all(); len(got) != 2 || !same(got[0], frames[0]) || !same(got[1], frames[1]) {
		t.Errorf("%d frames", len(got))
	}
}

// Chromium drops what waits in its pacer where a key frame is asked for, and numbers its packets
// after that: the rest of a picture is not missing, it was never sent.
func TestAssemblerDropsWhatWasGivenUp(t *testing.T) {
	for _, key := range []bool{true, false} {
		a := newAssembler()
		whole := packetise(1, pictures(frame.VP8, 2, 3000, 1000)...)
		given := packetise(uint16(1+len(whole)), picture(frame.VP8, 2, 3000, false))[:1]
		next := packetise(uint16(2+len(whole)), picture(frame.VP8, 7, 3000, key))
		for _, p := range slices.Concat(whole, given, next) {
			a.push(p)
		}
		want := 2
		if key {
			want = 3
		}
		if got := a.all(); len(got) != want || a.needsKey() == key || a.dropped == 0 {
			t.Errorf("key frame %v: %d pictures, want %d; %d dropped, a key frame is needed: %v", key, len(got), want, a.dropped, a.needsKey())
		}
	}
}

// The round trip is that of the newest report, of whichever stream; a report is
// told once.
func TestRoundTripIsTheNewest(t *testing.T) {
	const video, audio = 1, 2
	c := counts{video: {}, audio: {}}
	p := &Peer{counters: c, events: make(chan func(), 10), done: make(chan struct{}), handlers: Handlers{AudioLoss: func(float64) {}}}
	p.video, p.screen, p.audio = newVideoSender(p, "video", nil), newVideoSender(p, "screen", nil), newAudioSender(p)
	p.video.rtp.ssrc, p.audio.rtp.ssrc = video, audio
	report := func(ssrc uint32, rtt time.Duration) {
		r := &c[ssrc].RemoteInboundRTPStreamStats
		r.RoundTripTime = rtt
		r.RoundTripTimeMeasurements++
	}
	for i, step := range []struct {
		video, audio time.Duration // of a new report; 0 without
		want         time.Duration
		told         int
	}{{10, 20, 20, 1}, {30, 0, 30, 1}, {0, 0, 30, 1}, {0, 40, 40, 2}, {50, 0, 50, 2}} {
		if step.video > 0 {
			report(video, step.video)
		}
		if step.audio > 0 {
			report(audio, step.audio)
		}
		p.measure()
		if got := p.roundTrip(); got != step.want || len(p.events) != step.told {
			t.Errorf("step %d: round trip %v, want %v; loss told %d times, want %d", i, got, step.want, len(p.events), step.told)
		}
	}
}

func TestNTP(t *testing.T) {
	for _, at := range []time.Time{began, time.Unix(0, 1), time.Unix(1_800_000_000, 999_999_999)} {
		if d := fromNTP(toNTP(at)).Sub(at).Abs(); d > 2 {
			t.Errorf("%v is off by %v", at, d)
		}
	}
}

func TestFrameHeaders(t *testing.T) {
	// From libvpx and x264, made by ffmpeg.
	if w, h, key := vp8Key([]byte{0x30, 0x59, 0x00, 0x9d, 0x01, 0x2a, 0x42, 0x01, 0xb6, 0x00, 0x07}); w != 322 || h != 182 || !key {
		t.Errorf("VP8: %dx%d, key %v", w, h, key)
	}
	for _, c := range []struct {
		sps  []byte
		w, h int
	}{
		{sps, 1280, 720},
		{[]byte{0, 0, 1, 0x67, 0xf4, 0x00, 0x1e, 0x91, 0x9b, 0x28, 0x14, 0x05, 0xff, 0x13, 0x80, 0x88, 0, 0, 3, 0, 0x80, 0, 0, 0x1e, 0x07, 0x8b, 0x16, 0xcb}, 640, 360}, // 4:4:4
		{[]byte{0, 0, 1, 0x67, 0x64, 0x00, 0x28, 0xac, 0xd9, 0x40, 0x78, 0x02, 0x27, 0xe5, 0xc0, 0x44, 0, 0, 3, 0, 4, 0, 0, 3, 0, 0xf0, 0x3c, 0x60, 0xc6, 0x58}, 1920, 1080},
	} {
		w, h, key := h264Key(append(slices.Clone(c.sps), 0, 0, 1, 0x65, 1))
		if w != c.w || h != c.h || !key {
			t.Errorf("H.264: %dx%d, key %v, want %dx%d", w, h, key, c.w, c.h)
		}
	}
	if _, _, key := h264Key([]byte{0, 0, 1, 0x41, 1}); key {
		t.Error("a delta picture is key")
	}
}

func FuzzFrameHeaders(f *testing.F) {
	f.Add([]byte{0x30, 0x59, 0x00, 0x9d, 0x01, 0x2a, 0x42, 0x01, 0xb6, 0x00, 0x07})
	f.Add(sps)
	f.Add([]byte{0, 0, 1, 0x67, 0x64, 0x00, 0x28, 0xac, 0xd9, 0x40, 0x78})
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, read := range []func([]byte) (int, int, bool){vp8Key, h264Key} {
			if w, h, _ := read(data); w < 0 || h < 0 || w > 16384 || h > 16384 {
				t.Errorf("%dx%d", w, h)
			}
		}
		startsKey(frame.VP8, data)
		startsKey(frame.H264, data)
	})
}

// FuzzAssembler reads its input as packets; nothing may panic, hang or come out
// empty, and what is held stays bounded.
func FuzzAssembler(f *testing.F) {
	var seed []byte
	for _, p := range packetise(65530, picture(frame.VP8, 0, 3000, true), picture(frame.H264, 1, 3000, true)) {
		seed = binary.BigEndian.AppendUint16(seed, p.seq)
		seed = append(seed, byte(p.timestamp), 1, byte(min(len(p.payload), 40)))
		seed = append(seed, p.payload[:min(len(p.payload), 40)]...)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, data []byte) {
		a := newAssembler()
		now := began
		for len(data) >= 5 {
			n := min(int(data[4]), len(data)-5)
			p := received{seq: binary.BigEndian.Uint16(data), timestamp: uint32(data[2]), marker: data[3]&1 == 1, payload: bytes.Clone(data[5 : 5+n]), codec: frame.VP8, arrived: now}
			if data[3]&2 != 0 {
				p.codec = frame.H264
			}
			now = now.Add(time.Duration(data[3]>>2) * time.Millisecond)
			data = data[5+n:]
			a.push(p)
			for _, v := range a.all() {
				if len(v.Data) == 0 {
					t.Error("an empty frame")
				}
			}
			a.missing(now, 20*time.Millisecond, 0)
			a.giveUp(now, 200*time.Millisecond)
			a.needsKey()
			if len(a.gaps.list) > maxMissing || len(a.keys) > window || a.high-a.next >= window {
				t.Fatalf("%d gaps, %d keys, %d packets", len(a.gaps.list), len(a.keys), a.high-a.next)
			}
		}
	})
}

func FuzzDescription(f *testing.F) {
	f.Add("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n")
	f.Fuzz(func(_ *testing.T, text string) {
		_ = checkDescription(offerOf(text), 1)
	})
}

func always(gap) bool { return true }
