package media

import (
	"fmt"
	"image"
	"runtime"
	"testing"
	"time"

	"parley/backend/frame"
)

// film is a clip drawn beforehand, and played forth and back.
type film []*image.YCbCr

func newFilm(c *clip, pictures int) film {
	f := make(film, pictures)
	for i := range f {
		f[i] = image.NewYCbCr(image.Rect(0, 0, c.width, c.height), image.YCbCrSubsampleRatio420)
		c.draw(f[i], i, begin.Add(time.Duration(i)*time.Second/30))
	}
	return f
}

func (f film) at(n int) *image.YCbCr {
	if n %= 2*len(f) - 2; n >= len(f) {
		n = 2*len(f) - 2 - n
	}
	return f[n]
}

var begin = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// runner encodes a film as fast as it goes, on a clock of its own.
type runner struct {
	t    testing.TB
	v    *Video
	enc  *encoding
	film film
	rate int
	n    int
}

func newRunner(t testing.TB, f film, c frame.Codec, bitrate, rate int) *runner {
	size := f[0].Rect.Size()
	return newRunnerWith(t, f, Options{Width: size.X, Height: size.Y, FrameRate: rate, Codec: c, Bitrate: bitrate})
}

func newRunnerWith(t testing.TB, f film, o Options) *runner {
	o, err := o.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	src := newTestSource(o.Width, o.Height, o.FrameRate)
	v := newVideo(o, src)
	r := &runner{t: t, v: v, enc: v.encoding, film: f, rate: o.FrameRate}
	t.Cleanup(func() {
		r.enc.close()
		_ = src.close()
	})
	return r
}

// announce sets the rate that the encoder is built for.
func (r *runner) announce(rate float64) {
	for i := range r.enc.ladder.formats {
		r.enc.ladder.formats[i].rate = rate
	}
}

func (r *runner) next() frame.Video {
	p := &picture{YCbCr: r.film.at(r.n), captured: begin.Add(time.Duration(r.n) * time.Second / time.Duration(r.rate))}
	r.n++
	f, err := r.enc.encode(p)
	if err != nil {
		r.t.Fatal(err)
	}
	return f
}

// measured is what seconds of film became.
type measured struct {
	bitrate              float64 // bit/s
	frames, keys, missed int
}

func (r *runner) run(seconds int) (m measured) {
	bytes := 0
	for range seconds * r.rate {
		f := r.next()
		bytes += len(f.Data)
		if len(f.Data) == 0 {
			m.missed++
			continue
		}
		m.frames++
		if f.Key {
			m.keys++
		}
	}
	m.bitrate = float64(bytes*8) / float64(seconds)
	return m
}

// What a picture is ahead of a target that falls is paid for: the first of a call is
// several times as much of what a narrow link takes as of the guess that it was made with.
func TestFallIsPaidFor(t *testing.T) {
	const from, to = 2_500_000, 60_000
	r := newRunner(t, newFilm(newPan(640, 360), 30), frame.VP8, from, 30)
	ahead := len(r.next().Data) * 8
	r.v.SetBitrate(to)
	m := r.run(1)
	t.Logf("%d bits ahead, then %d frames in a second", ahead, m.frames)
	if ahead < to || m.frames > 20 {
		t.Errorf("%d bits ahead, then %d frames in a second", ahead, m.frames)
	}
	if m = r.run(4); m.frames < 100 || m.bitrate < to*8/10 {
		t.Errorf("%d frames in the four seconds after it, %.0f bit/s of %d", m.frames, m.bitrate, to)
	}
}

// A picture that was taken before the bitrate fell is left out: at the size that it has
// it was as large as before the fall, where there was a sixth of the room.
func TestPicturesFromBeforeAFallAreLeftOut(t *testing.T) {
	r := newRunner(t, newFilm(newPan(640, 360), 5), frame.VP8, 560_000, 30)
	take := func(p *image.YCbCr) frame.Video {
		t.Helper()
		f, err := r.enc.take(&picture{YCbCr: p, captured: begin.Add(time.Duration(r.n) * time.Second / 30)})
		if err != nil {
			t.Fatal(err)
		}
		r.n++
		return f
	}
	if f := take(r.film.at(0)); len(f.Data) == 0 {
		t.Fatal("no picture before it")
	}
	r.n += 60 // what it cost is paid for
	r.v.SetBitrate(40_000)
	if f := take(r.film.at(1)); len(f.Data) != 0 {
		t.Errorf("%d bytes at %dx%d", len(f.Data), f.Width, f.Height)
	}
	if f := take(newFilm(newPan(320, 180), 2).at(0)); !f.Key {
		t.Error("no picture after it")
	}
}

// The target is held within 10 % after two seconds, and no frame is dropped for
// it, where the picture can be had at this rate.
func TestBitrateIsHeld(t *testing.T) {
	pan360, pan720, noise360 := newFilm(newPan(640, 360), 30), newFilm(newPan(1280, 720), 30), newFilm(newClip(640, 360, true), 30)
	for _, tc := range []struct {
		name    string
		film    film
		bitrate int
		rate    int
	}{
		{"noise 360p", noise360, 150_000, 30},
		{"noise 360p", noise360, 600_000, 30},
		{"pan 360p", pan360, 300_000, 30},
		{"pan 360p", pan360, 600_000, 30},
		{"pan 360p", pan360, 600_000, 15}, // slower than announced: see below
		{"pan 360p", pan360, 1_200_000, 30},
		{"pan 360p", pan360, 2_500_000, 30},
		{"pan 720p", pan720, 600_000, 30},
		{"pan 720p", pan720, 2_500_000, 30},
	} {
		for _, c := range []frame.Codec{frame.VP8, frame.H264} {
			t.Run(fmt.Sprintf("%s/%s/%d/%d", c, tc.name, tc.bitrate, tc.rate), func(t *testing.T) {
				r := newRunner(t, tc.film, c, tc.bitrate, tc.rate)
				r.announce(30)
				start := r.run(2)
				m := r.run(5)
				if off := m.bitrate/float64(tc.bitrate) - 1; off < -0.1 || off > 0.1 {
					t.Errorf("%.0f bit/s is off by %.0f %%", m.bitrate, 100*off)
				}
				if m.missed > 0 || start.keys+m.keys != 1 {
					t.Errorf("first %+v, then %+v", start, m)
				}
			})
		}
	}
}

// Where the picture cannot be had at the target even at its coarsest, frames
// are dropped and the target is held all the same.
func TestTooLowBitrateIsHeldByDroppingFrames(t *testing.T) {
	pan := newFilm(newPan(1280, 720), 30)
	for _, c := range []frame.Codec{frame.VP8, frame.H264} {
		r := newRunner(t, pan, c, 150_000, 30)
		start := r.run(3)
		m := r.run(6)
		if m.bitrate > 165_000 || m.missed == 0 || m.frames == 0 || start.keys+m.keys != 1 {
			t.Errorf("%s: %+v", c, m)
		}
		// It does not last: with enough bitrate the drops end.
		r.v.SetBitrate(2_000_000)
		r.run(2)
		if m := r.run(1); m.missed > 0 {
			t.Errorf("%s after the rise: %+v", c, m)
		}
	}
}

// A picture that is simple does not fill a high target.
func TestSimplePictureStaysBelow(t *testing.T) {
	card := newFilm(newClip(1280, 720, false), 30)
	for _, c := range []frame.Codec{frame.VP8, frame.H264} {
		for _, bitrate := range []int{300_000, 2_500_000} {
			r := newRunner(t, card, c, bitrate, 30)
			r.run(2)
			if m := r.run(4); m.bitrate > 1.1*float64(bitrate) || m.missed > 0 {
				t.Errorf("%s at %d: %+v", c, bitrate, m)
			}
		}
	}
}

func TestBitrateChangesWithoutAKeyFrame(t *testing.T) {
	pan := newFilm(newPan(640, 360), 30)
	for _, c := range []frame.Codec{frame.VP8, frame.H264} {
		r := newRunner(t, pan, c, 600_000, 30)
		r.run(2)
		for _, bitrate := range []int{1_500_000, 300_000, 2_000_000, 600_000} {
			r.v.SetBitrate(bitrate)
			change := r.run(2)
			m := r.run(3)
			if off := m.bitrate/float64(bitrate) - 1; off < -0.1 || off > 0.1 {
				t.Errorf("%s to %d: off by %.0f %%", c, bitrate, 100*off)
			}
			if change.keys+m.keys > 0 {
				t.Errorf("%s to %d: %d key frames", c, bitrate, change.keys+m.keys)
			}
		}
	}
}

func TestKeyFramesComeOnDemandOnly(t *testing.T) {
	// A cut in the middle tempts an encoder to a key frame.
	cut := film{newFilm(newPan(320, 180), 2)[0], newFilm(newClip(320, 180, true), 2)[1]}
	for _, c := range []frame.Codec{frame.VP8, frame.H264} {
		r := newRunner(t, cut, c, 600_000, 30)
		if f := r.next(); !f.Key {
			t.Errorf("%s begins without", c)
		}
		if m := r.run(20); m.keys > 0 {
			t.Errorf("%s: %d key frames of its own", c, m.keys)
		}
		r.v.Keyframe()
		if f := r.next(); !f.Key {
			t.Errorf("%s: asked for, and not there", c)
		}
		if m := r.run(3); m.keys > 0 {
			t.Errorf("%s: more than asked for", c)
		}
	}
}

func TestMemoryStaysFlat(t *testing.T) {
	pan := newFilm(newPan(320, 180), 30)
	for _, c := range []frame.Codec{frame.VP8, frame.H264} {
		r := newRunner(t, pan, c, 300_000, 30)
		r.run(1)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		const seconds = 5
		m := r.run(seconds)
		runtime.ReadMemStats(&after)
		// The frames themselves, rounded up to size classes, and the little that
		// comes with each.
		allowed := uint64(m.bitrate/8*seconds*1.25) + uint64(m.frames)*1000
		if got := after.TotalAlloc - before.TotalAlloc; got > allowed {
			t.Errorf("%s: %d bytes allocated for %d frames, want %d at most", c, got, m.frames, allowed)
		}
	}
}
