package bridge

import (
	"fmt"
	"image"
	"os"
	"slices"
	"testing"
	"time"

	"parley/backend/frame"
)

// show is a bridge whose remote track a real browser shows.
type show struct {
	*browser
	bridge  *Bridge
	track   *Track
	encoder *encoder
}

func startShow(t testing.TB, engine string) *show {
	t.Helper()
	if testing.Short() {
		t.Skip("browsers are left out by -short")
	}
	br := startBrowser(t, engine)
	b, err := Listen(Config{Origins: []string{br.url}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	s := &show{browser: br, bridge: b, encoder: &encoder{keyframes: make(chan struct{}, 1)}}
	s.track = b.Track(Remote, s.encoder.needKeyframe)
	s.encoder.track = s.track
	s.connect()
	return s
}

func (s *show) connect() {
	s.t.Helper()
	s.run(nil, fmt.Sprintf(`
		window.heard = [];
		window.view = stage.connect(%q);
		window.detach = view.attach('remote', document.getElementById('remote'), {
			size: (w, h) => heard.push(w + 'x' + h),
			live: (yes) => heard.push(yes),
		});
		window.now = () => view.stats().tracks.remote;
	`, s.bridge.URL()))
}

// untilColour waits until the middle of the canvas has the colour.
func (s *show) untilColour(r, g, b int) {
	s.t.Helper()
	s.run(nil, fmt.Sprintf(`await until(() => {
		const p = pixel('remote');
		return [%d, %d, %d].every((x, i) => Math.abs(p[i] - x) < 70);
	})`, r, g, b))
}

// untilMore waits until more pictures are drawn.
func (s *show) untilMore(n int) {
	s.t.Helper()
	s.run(nil, fmt.Sprintf(`const n = now().drawn + %d; await until(() => now().drawn >= n)`, n))
}

func TestInBrowsers(t *testing.T) {
	for engine := range engines {
		t.Run(engine, func(t *testing.T) {
			s := startShow(t, engine)
			red := encode(t, frame.VP8, 320, 240, "color=c=red:s=%dx%d:r=30:d=1")
			blue := encode(t, frame.VP8, 640, 360, "color=c=blue:s=%dx%d:r=30:d=1")
			green := encode(t, frame.H264, 480, 272, "color=c=lime:s=%dx%d:r=30:d=1")
			t.Run("changes", func(t *testing.T) { testChanges(t, s.in(t), red, blue, green) })
			t.Run("present time", func(t *testing.T) { testPresent(t, s.in(t), red) })
			t.Run("corrupt frame", func(t *testing.T) { testCorrupt(t, s.in(t), red) })
			t.Run("busy page", func(t *testing.T) { testBusy(t, s.in(t), red) })
			t.Run("hidden page", func(t *testing.T) { testHidden(t, s.in(t), red) })
			t.Run("detached", func(t *testing.T) { testDetached(t, s.in(t), red) })
			t.Run("cut off", func(t *testing.T) { testCutOff(t, s.in(t), red) })
			t.Run("pixels", func(t *testing.T) { testPixels(t, s.in(t)) })
			t.Run("reload", func(t *testing.T) { testReload(t, s.in(t), red) })
		})
	}
}

// in is the show with its failures in t.
func (s *show) in(t *testing.T) *show {
	br := &browser{t: t, url: s.url, loaded: s.loaded, todo: s.todo, answer: s.answer}
	return &show{browser: br, bridge: s.bridge, track: s.track, encoder: s.encoder}
}

// testChanges goes from codec to codec and from size to size.
func testChanges(t *testing.T, s *show, red, blue, green []frame.Video) {
	var support struct {
		OK  bool
		Why string
	}
	if s.run(&support, `return stage.supported()`); !support.OK {
		t.Fatal(support.Why)
	}
	halt := s.encoder.play(s.t, red, 0)
	s.untilColour(255, 0, 0)
	halt()
	halt = s.encoder.play(s.t, blue, 0)
	s.untilColour(0, 0, 255)
	halt()
	halt = s.encoder.play(s.t, green, 0)
	s.untilColour(0, 255, 0)
	halt()
	s.track.Clear()
	s.untilColour(0, 0, 0)
	var heard []any
	s.run(&heard, `return heard`)
	t.Log("heard:", heard)
	if heard[len(heard)-1] != false {
		t.Error("Clear was not told")
	}
	for _, size := range []string{"320x240", "640x360", "480x272"} {
		if !slices.Contains(heard, any(size)) {
			t.Errorf("size %s was not told", size)
		}
	}
	if s := s.track.Stats(); s.DecoderErrors > 0 {
		t.Errorf("%+v", s)
	}
}

// testPresent has frames drawn at their time, whatever the machine: for the
// refresh (16 ms) that follows the drawing, and never for an earlier one.
func testPresent(t *testing.T, s *show, clip []frame.Video) {
	s.track.late = window{}
	s.encoder.play(s.t, clip, 100*time.Millisecond)
	s.untilMore(45)
	st := s.track.Stats()
	t.Logf("late p50 %v, p95 %v", st.LateP50, st.LateP95)
	if st.LateP50 < -(16+12)*time.Millisecond {
		t.Errorf("half of the pictures were drawn %v early", -st.LateP50)
	}
}

// testCorrupt has the picture go on after key frames of noise: of VP8, which
// engines draw as well as they can, and of H.264 in a profile that there is
// not, which none takes.
func testCorrupt(t *testing.T, s *show, clip []frame.Video) {
	noise := clip[0]
	noise.Data = make([]byte, 5000)
	copy(noise.Data, clip[0].Data[:10]) // the frame tag and the size: RFC 6386, 9.1
	for i := range noise.Data[10:] {
		noise.Data[10+i] = byte(i * i >> 3)
	}
	nonsense := frame.Video{
		Codec: frame.H264, Key: true, Width: 320, Height: 240,
		Data: []byte{0, 0, 0, 1, 0x67, 1, 0, 1, 0xff, 0xff, 0, 0, 0, 1, 0x68, 0xff, 0xff, 0, 0, 0, 1, 0x65, 0xff, 0xff, 0xff},
	}
	for _, bad := range []frame.Video{noise, nonsense} {
		halt := s.encoder.play(s.t, clip, 0)
		s.untilMore(5)
		halt()
		before := s.track.Stats().DecoderErrors
		s.track.Write(bad, time.Time{})
		halt = s.encoder.play(s.t, clip, 0)
		s.untilMore(30)
		s.untilColour(255, 0, 0)
		halt()
		errors := s.track.Stats().DecoderErrors - before
		t.Logf("%s: %d decoder errors", bad.Codec, errors)
		if bad.Codec == frame.H264 && errors == 0 {
			t.Error("the decoder took nonsense")
		}
	}
}

// testBusy has a page that does nothing else for a while.
func testBusy(t *testing.T, s *show, clip []frame.Video) {
	s.encoder.play(s.t, clip, 0)
	s.untilMore(5)
	before := s.track.Stats()
	s.run(nil, `const end = performance.now() + 2500; while (performance.now() < end);`)
	s.untilMore(30)
	if after := s.track.Stats(); after.Dropped == before.Dropped {
		t.Errorf("nothing was dropped: %+v", after)
	}
}

// testHidden has a page that decodes nothing while it is hidden, yet is told
// that the track lives.
func testHidden(t *testing.T, s *show, clip []frame.Video) {
	s.encoder.play(s.t, clip, 0)
	s.untilMore(5)
	var drawn int
	s.run(&drawn, `
		Object.defineProperty(document, 'hidden', { value: true, configurable: true });
		document.dispatchEvent(new Event('visibilitychange'));
		const before = now();
		await until(() => now().received > before.received + 60);
		if (!now().live) throw new Error('not live');
		const drawn = now().drawn - before.drawn;
		delete document.hidden;
		document.dispatchEvent(new Event('visibilitychange'));
		return drawn;
	`)
	if drawn != 0 {
		t.Errorf("%d pictures were drawn on a hidden page", drawn)
	}
	s.untilMore(5)
}

// testDetached moves the track from one canvas to another.
func testDetached(_ *testing.T, s *show, clip []frame.Video) {
	s.encoder.play(s.t, clip, 0)
	s.untilMore(5)
	s.run(nil, `
		detach();
		const before = now();
		await until(() => now().received > before.received + 10);
		if (now().drawn !== before.drawn) throw new Error('drawn on nothing');
		const lives = [];
		const other = view.attach('remote', document.getElementById('local'), { live: (x) => lives.push(x) });
		await until(() => pixel('local')[0] > 200);
		detach = view.attach('remote', document.getElementById('remote'), {
			size: (w, h) => heard.push(w + 'x' + h),
			live: (yes) => heard.push(yes),
		});
		other();
		if (lives.join() !== 'true') throw new Error('live: ' + lives);
	`)
	s.untilMore(5)
}

// testCutOff breaks the connection: the page comes back by itself.
func testCutOff(t *testing.T, s *show, clip []frame.Video) {
	s.encoder.play(s.t, clip, 0)
	s.untilMore(5)
	s.bridge.mu.Lock()
	c := s.bridge.client
	s.bridge.mu.Unlock()
	c.end(os.ErrClosed)
	until(t, "page came back", func() bool {
		s.bridge.mu.Lock()
		defer s.bridge.mu.Unlock()
		return s.bridge.client != nil && s.bridge.client != c
	})
	s.untilMore(5)
}

// testPixels has pictures that are not encoded drawn as they are, at the size in
// which they are shown.
func testPixels(t *testing.T, s *show) {
	local := s.bridge.Track(Local, nil)
	s.run(nil, `
		window.lives = [];
		window.small = document.getElementById('local');
		window.leave = view.attach('local', small, { live: (yes) => lives.push(yes) });
	`)
	until(t, "size", func() bool { return local.Shown() == image.Pt(320, 180) })
	s.run(nil, `small.style.width = '200px'`)
	until(t, "smaller size", func() bool { return local.Shown() == image.Pt(200, 180) })
	pixels := make([]byte, 4*200*112)
	for i := range 200 * 112 {
		copy(pixels[4*i:], []byte{10, 200, byte(i % 200), 255})
	}
	local.Write(frame.Video{Codec: frame.RGBA, Key: true, Data: pixels, Width: 200, Height: 112}, time.Time{})
	s.run(nil, `
		await until(() => view.stats().tracks.local.drawn > 0);
		const got = [...small.getContext('2d').getImageData(150, 111, 1, 1).data].join();
		if (small.width !== 200 || small.height !== 112 || got !== '10,200,150,255')
			throw new Error(small.width + 'x' + small.height + ': ' + got);
		Object.defineProperty(document, 'hidden', { value: true, configurable: true });
		document.dispatchEvent(new Event('visibilitychange'));
	`)
	until(t, "hidden page", func() bool { return local.Shown() == image.Point{} })
	s.run(nil, `
		delete document.hidden;
		document.dispatchEvent(new Event('visibilitychange'));
	`)
	until(t, "page that is seen", func() bool { return local.Shown() == image.Pt(200, 180) })
	s.run(nil, `
		leave();
		if (lives.join() !== 'true') throw new Error('live: ' + lives);
	`)
	until(t, "detached", func() bool { return local.Shown() == image.Point{} })
	if st := local.Stats(); st.Drawn != 1 {
		t.Errorf("%+v", st)
	}
}

// testReload loads the page anew.
func testReload(_ *testing.T, s *show, clip []frame.Video) {
	s.encoder.play(s.t, clip, 0)
	s.untilMore(5)
	s.reload()
	s.connect()
	s.untilMore(5)
	s.untilColour(255, 0, 0)
}
