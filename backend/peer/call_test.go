package peer

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/frame"
	"parley/backend/signaling"
)

// Both ends send; what comes out is what went in, whole and in order, whatever
// codecs the two prefer.
func TestFramesBothWays(t *testing.T) {
	vp8, h264 := frame.VP8, frame.H264
	for _, c := range []struct {
		caller, callee []frame.Codec
		want           frame.Codec
	}{
		{[]frame.Codec{vp8, h264}, []frame.Codec{vp8, h264}, vp8},
		{[]frame.Codec{vp8, h264}, []frame.Codec{h264, vp8}, h264},
		{[]frame.Codec{h264, vp8}, []frame.Codec{vp8, h264}, vp8},
		{[]frame.Codec{h264, vp8}, []frame.Codec{h264, vp8}, h264},
		{[]frame.Codec{vp8, h264}, []frame.Codec{h264}, h264},
		{[]frame.Codec{h264}, []frame.Codec{vp8, h264}, h264},
	} {
		t.Run(fmt.Sprintf("%v-%v", c.caller, c.callee), func(t *testing.T) {
			caller, callee := newEnd(t, signaling.Caller, nil, c.caller...), newEnd(t, signaling.Callee, nil, c.callee...)
			connect(t, caller, callee)
			for _, way := range [][2]*end{{caller, callee}, {callee, caller}} {
				from, to := way[0], way[1]
				if got := get(t, from.codec, "codec"); got != c.want {
					t.Fatalf("sends %s, want %s", got, c.want)
				}
				get(t, from.keyframe, "key frame request on connecting")
				if err := from.WriteVideo(picture(other(c.want), 0, 10, true)); !errors.Is(err, ErrWrongCodec) {
					t.Errorf("another codec: %v", err)
				}
				var sent []frame.Video
				for n := range 20 {
					f := picture(c.want, n, 1+n*n*8, n == 0)
					if err := from.WriteVideo(f); err != nil {
						t.Fatal(err)
					}
					sent = append(sent, f)
					if got := get(t, to.video, "frame"); !same(got, f) {
						t.Fatalf("frame %d: came %d bytes, key %v, ts %d, %dx%d; sent %d bytes, key %v, ts %d", n,
							len(got.Data), got.Key, got.Timestamp, got.Width, got.Height, len(f.Data), f.Key, f.Timestamp)
					}
				}
				if s := from.Stats().Video.Out; s.Frames != len(sent) || s.Dropped != 1 || s.Codec != c.want || s.Width != 1280 {
					t.Errorf("out %+v", s)
				}
				if s := to.Stats().Video.In; s.Frames != len(sent) || s.Width != 1280 || s.Height != 720 || s.Lost != 0 {
					t.Errorf("in %+v", s)
				}
			}
			if s := caller.Stats(); s.Path != PathDirect {
				t.Errorf("path %q", s.Path)
			}
		})
	}
}

func other(c frame.Codec) frame.Codec {
	if c == frame.VP8 {
		return frame.H264
	}
	return frame.VP8
}

func TestAudioAndCapturedTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		caller, callee := networkPair(t, time.Millisecond, func(string, []byte) bool { return false })
		until(t, caller.codec, frame.VP8)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		captured := map[uint32]time.Time{}
		sentVideo := 0
		var audio, video bool
		for n := 0; !audio || !video; n++ {
			<-tick.C
			// The sound was captured 70 ms ago: longer than anything sent it takes.
			f := frame.Audio{Data: []byte{0xf8, byte(n)}, Timestamp: uint32(n) * 960, Captured: time.Now().Add(-70 * time.Millisecond)}
			captured[f.Timestamp] = f.Captured
			if err := caller.WriteAudio(f); err != nil {
				t.Fatal(err)
			}
			if n%2 == 0 {
				v := picture(frame.VP8, sentVideo, 500, sentVideo == 0)
				v.Timestamp = uint32(n) * 1800 // as the sound's, in its own ticks
				v.Captured = captured[f.Timestamp]
				if caller.WriteVideo(v) == nil {
					sentVideo++
				}
			}
			got := get(t, callee.audio, "audio")
			if len(got.Data) != 2 || got.Data[0] != 0xf8 || got.Arrived.IsZero() {
				t.Fatalf("audio %+v", got)
			}
			if !got.Captured.IsZero() {
				audio = true
				if d := got.Captured.Sub(captured[got.Timestamp]).Abs(); d > 15*time.Millisecond {
					t.Errorf("sound: captured time is off by %v", d)
				}
			}
			select {
			case v := <-callee.video:
				if !v.Captured.IsZero() {
					video = true
					if d := v.Captured.Sub(captured[v.Timestamp/90*48]).Abs(); d > 15*time.Millisecond {
						t.Errorf("picture: captured time is off by %v", d)
					}
				}
			default:
			}
			if n > 500 {
				t.Fatal("no sender report came")
			}
		}
		if s := caller.Stats().Audio.Out; s.Packets == 0 || s.Dropped != 0 {
			t.Errorf("audio out %+v", s)
		}
		for _, bad := range [][]byte{nil, make([]byte, 5000)} {
			if err := caller.WriteAudio(frame.Audio{Data: bad}); !errors.Is(err, ErrTooLarge) {
				t.Errorf("%d bytes of audio: %v", len(bad), err)
			}
		}
	})
}

func TestControlChannel(t *testing.T) {
	caller, callee := newEnd(t, signaling.Caller, nil), newEnd(t, signaling.Callee, nil)
	if err := caller.Send([]byte("early")); !errors.Is(err, ErrNotOpen) {
		t.Errorf("send before open: %v", err)
	}
	connect(t, caller, callee)
	get(t, caller.open, "open channel")
	get(t, callee.open, "open channel")
	for i := range 20 {
		for _, e := range []*end{caller, callee} {
			if err := e.Send(fmt.Appendf(nil, `{"n":%d}`, i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := range 20 {
		for _, e := range []*end{caller, callee} {
			if got, want := get(t, e.message, "message"), fmt.Sprintf(`{"n":%d}`, i); got != want {
				t.Fatalf("got %s, want %s", got, want)
			}
		}
	}
	large := bytes.Repeat([]byte{'x'}, MaxMessage)
	if err := caller.Send(large); err != nil {
		t.Fatal(err)
	}
	if got := get(t, callee.message, "large message"); got != string(large) {
		t.Errorf("large message has %d bytes", len(got))
	}
	if err := caller.Send(append(large, 'x')); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large a message: %v", err)
	}
}

// A flood of messages is dropped, and the connection goes on.
func TestControlChannelFlood(t *testing.T) {
	caller, callee := newPair(t)
	get(t, caller.open, "open channel")
	for range 20 * messageBurst {
		if err := caller.Send([]byte("{}")); err != nil && !errors.Is(err, ErrBusy) {
			t.Fatal(err)
		}
	}
	// Messages get through again as time allows for them.
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	late := time.After(patience)
	for got, after := 0, false; !after; {
		select {
		case <-again.C:
			_ = caller.Send([]byte("after")) // busy at worst
		case m := <-callee.message:
			got++
			after = m == "after"
		case <-late:
			t.Fatal("no message after the flood")
		}
		if got > 10*messageBurst {
			t.Fatal("the flood gets through")
		}
	}
	if err := caller.WriteAudio(frame.Audio{Data: []byte{1}, Captured: time.Now()}); err != nil {
		t.Error(err)
	}
	get(t, callee.audio, "sound after the flood")
}

// Candidates that come before the description are kept and used.
func TestCandidatesBeforeDescription(t *testing.T) {
	caller, callee := newEnd(t, signaling.Caller, nil), newEnd(t, signaling.Callee, nil)
	offer, err := caller.Offer(ctx(t))
	if err != nil {
		t.Fatal(err)
	}
	_, candidates := splitCandidates(offer.SDP)
	if len(candidates) == 0 {
		t.Fatal("our own interfaces' candidates are not in the offer")
	}
	for _, c := range candidates {
		if err := callee.AddCandidate(c); err != nil {
			t.Fatal(err)
		}
	}
	offer.SDP = withoutCandidates(offer.SDP)
	answer, err := callee.Answer(ctx(t), offer)
	if err != nil {
		t.Fatal(err)
	}
	answer.SDP = withoutCandidates(answer.SDP)
	if err := caller.SetAnswer(ctx(t), answer); err != nil {
		t.Fatal(err)
	}
	if err := callee.AddCandidate(signaling.Candidate{}); err != nil {
		t.Errorf("the end of candidates: %v", err)
	}
	until(t, caller.transport, TransportConnected)
	until(t, callee.transport, TransportConnected)
	select {
	case c := <-caller.candidates:
		t.Errorf("said again, apart from the offer: %v", c)
	default:
	}
}

func withoutCandidates(sdp string) string {
	var kept []string
	for line := range strings.Lines(sdp) {
		if !strings.HasPrefix(line, "a=candidate") && !strings.HasPrefix(line, "a=end-of") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// A wrong word is refused by name, and the right one after it is still taken.
func TestWrongWords(t *testing.T) {
	caller, callee := newEnd(t, signaling.Caller, nil), newEnd(t, signaling.Callee, nil)
	c := ctx(t)
	expect := func(what string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	expect("answer before offer", caller.SetAnswer(c, signaling.Description{Type: "answer", SDP: "v=0"}), ErrUnexpected)
	_, err := callee.Offer(c)
	expect("offer of a callee", err, ErrUnexpected)
	_, err = caller.Answer(c, signaling.Description{})
	expect("answer of a caller", err, ErrUnexpected)
	offer, err := caller.Offer(c)
	if err != nil {
		t.Fatal(err)
	}
	_, err = caller.Offer(c)
	expect("second offer", err, ErrUnexpected)
	bad := []string{"", "v=0", "hello", strings.Repeat("a=x\r\n", 100_000), strings.ReplaceAll(offer.SDP, "a=fingerprint", "a=finger"),
		strings.ReplaceAll(offer.SDP, "a=ice-ufrag", "a=x"), strings.ReplaceAll(offer.SDP, "a=mid:", "a=x:"), offer.SDP[:len(offer.SDP)/2]}
	// Every cut before the second section's mid, whether it falls within a line or between two.
	for cut := range strings.LastIndex(offer.SDP, "a=mid:") + len("a=mid:") {
		if cut%37 == 0 || strings.HasSuffix(offer.SDP[:cut], "\r\n") {
			bad = append(bad, offer.SDP[:cut])
		}
	}
	for i, sdp := range bad {
		_, err := callee.Answer(c, signaling.Description{Type: "offer", SDP: sdp})
		expect(fmt.Sprintf("bad offer %d", i), err, ErrBadDescription)
	}
	_, err = callee.Answer(c, signaling.Description{Type: "answer", SDP: offer.SDP})
	expect("wrong type", err, ErrBadDescription)
	answer, err := callee.Answer(c, offer)
	if err != nil {
		t.Fatal(err)
	}
	_, err = callee.Answer(c, offer)
	expect("answer twice", err, ErrUnexpected)
	for i, sdp := range bad {
		expect(fmt.Sprintf("bad answer %d", i), caller.SetAnswer(c, signaling.Description{Type: "answer", SDP: sdp}), ErrBadDescription)
	}
	if err := caller.SetAnswer(c, answer); err != nil {
		t.Fatal(err)
	}
	expect("second answer", caller.SetAnswer(c, answer), ErrUnexpected)
	for _, bad := range []string{"nonsense", "candidate:1 1 udp x", "candidate:" + strings.Repeat("1 ", 2000)} {
		expect("candidate", caller.AddCandidate(signaling.Candidate{Candidate: bad}), ErrBadCandidate)
	}
	expect("foreign candidate", caller.AddCandidate(signaling.Candidate{Candidate: "candidate:1 1 udp 2130706431 127.0.0.1 9 typ host ufrag other"}), nil)
	expect("hidden candidate", caller.AddCandidate(signaling.Candidate{Candidate: "candidate:1 1 udp 2130706431 8c9bfb2e-5b0a-4d0e-a7f6-0c9b5d2a3e11.local 9 typ host"}), nil)
	for range maxCandidates {
		err = caller.AddCandidate(signaling.Candidate{Candidate: "candidate:1 1 udp 2130706431 127.0.0.1 9 typ host"})
	}
	expect("too many candidates", err, ErrTooManyCandidates)
	until(t, caller.transport, TransportConnected)
	until(t, callee.transport, TransportConnected)
}

func TestNoCommonCodec(t *testing.T) {
	caller, callee := newEnd(t, signaling.Caller, nil, frame.VP8), newEnd(t, signaling.Callee, nil, frame.H264)
	offer, err := caller.Offer(ctx(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := callee.Answer(ctx(t), offer); !errors.Is(err, ErrNoCommonCodec) {
		t.Fatal(err)
	}
}

func TestBadConfig(t *testing.T) {
	for name, c := range map[string]Config{
		"codec":    {Codecs: []frame.Codec{"vp9000"}},
		"server":   {ICEServers: []ICEServer{{URLs: []string{"http://x"}}}},
		"no login": {ICEServers: []ICEServer{{URLs: []string{"turn:127.0.0.1:3478"}}}},
	} {
		if p, err := New(c, signaling.Caller, Handlers{}); !errors.Is(err, ErrBadConfig) {
			t.Errorf("%s: %v", name, err)
			_ = p.Close()
		}
	}
	if _, err := New(Config{}, "", Handlers{}); !errors.Is(err, ErrBadConfig) {
		t.Errorf("role: %v", err)
	}
}

func TestHangUpIsNoticed(t *testing.T) {
	caller, callee := newPair(t)
	start := time.Now()
	if err := caller.Close(); err != nil {
		t.Fatal(err)
	}
	until(t, callee.transport, TransportClosed)
	t.Logf("noticed after %v", time.Since(start).Round(time.Millisecond))
	if err := callee.Send([]byte("x")); !errors.Is(err, ErrNotOpen) {
		t.Errorf("send to nobody: %v", err)
	}
	if _, err := caller.Offer(ctx(t)); !errors.Is(err, ErrClosed) {
		t.Errorf("offer after close: %v", err)
	}
	for what, err := range map[string]error{
		"candidate": caller.AddCandidate(signaling.Candidate{Candidate: "candidate:1 1 udp 2130706431 127.0.0.1 9 typ host"}),
		"video":     caller.WriteVideo(picture(frame.VP8, 0, 10, true)),
		"audio":     caller.WriteAudio(frame.Audio{Data: []byte{1}}),
		"message":   caller.Send(nil),
	} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s after close: %v", what, err)
		}
	}
	_ = caller.Stats()
	caller.RequestKeyframe()
	if err := caller.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

// Close comes at any moment, from several sides, and leaves nothing behind.
func TestCloseAtAnyTime(t *testing.T) {
	steps := []func(t *testing.T, caller, callee *end) bool{
		func(*testing.T, *end, *end) bool { return true },
		func(t *testing.T, a, _ *end) bool { _, err := a.Offer(ctx(t)); return err == nil },
		func(t *testing.T, a, b *end) bool {
			o, err := a.Offer(ctx(t))
			if err == nil {
				_, err = b.Answer(ctx(t), o)
			}
			return err == nil
		},
		func(t *testing.T, a, b *end) bool {
			o, err := a.Offer(ctx(t))
			if err == nil {
				if o, err = b.Answer(ctx(t), o); err == nil {
					err = a.SetAnswer(ctx(t), o)
				}
			}
			return err == nil
		},
		func(t *testing.T, a, b *end) bool { connect(t, a, b); return true },
		func(t *testing.T, a, b *end) bool {
			connect(t, a, b)
			for n := range 50 {
				_ = a.WriteVideo(picture(frame.VP8, n, 20000, n == 0))
				_ = b.WriteAudio(frame.Audio{Data: []byte{1, 2, 3}})
			}
			return true
		},
	}
	for i, step := range steps {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			caller, callee := newEnd(t, signaling.Caller, nil), newEnd(t, signaling.Callee, nil)
			if !step(t, caller, callee) {
				t.Fatal("the step did not work")
			}
			var wg sync.WaitGroup
			for _, e := range []*end{caller, callee, caller, callee} {
				wg.Go(func() { _ = e.Close() })
				wg.Go(func() { _ = e.WriteVideo(picture(frame.VP8, 0, 100, true)); _ = e.Stats() })
			}
			wg.Wait()
		})
	}
	t.Run("while describing", func(t *testing.T) {
		caller := newEnd(t, signaling.Caller, nil)
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = caller.Offer(ctx(t)) })
		wg.Go(func() { _ = caller.Close() })
		wg.Wait()
	})
}

func offerOf(sdp string) signaling.Description {
	return signaling.Description{Type: "offer", SDP: sdp}
}
