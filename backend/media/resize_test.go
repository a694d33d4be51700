package media

import (
	"context"
	"fmt"
	"image"
	"os"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/mediadevices/pkg/codec"

	"parley/backend/frame"
)

// sizes are the films that a runner's ladder asks for.
type sizes map[image.Point]film

// take encodes the next picture in the size and at the rate of the ladder.
func (r *runner) take(s sizes) (n int, f frame.Video) {
	want := r.enc.ladder.format()
	size := image.Pt(want.width, want.height)
	if s[size] == nil {
		s[size] = r.film.scaled(r.t, size.X, size.Y)
	}
	n = r.n
	f, err := r.enc.take(&picture{YCbCr: s[size].at(n), captured: begin.Add(time.Duration(n) * time.Second / 30)})
	if err != nil {
		r.t.Fatal(err)
	}
	r.n += int(30 / want.rate)
	return n, f
}

// The frames of a call whose bandwidth falls and comes back decode one and all,
// show the film, and hold a key frame for each change of size and no other.
func TestSizeFollowsTheBitrate(t *testing.T) {
	talk := newTalk(640, 360, 30)
	for _, c := range []frame.Codec{frame.VP8, frame.H264} {
		t.Run(string(c), func(t *testing.T) {
			r := newRunner(t, talk, c, 600_000, 30)
			small := sizes{}
			var frames [][]byte
			var shown []int
			var path string
			keys := 0
			var last image.Point
			for _, target := range []int{600_000, 90_000, 40_000, 0, 60_000, 1_000_000} {
				r.v.SetBitrate(target)
				bytes := 0
				for end := r.n + 8*30; r.n < end; {
					n, f := r.take(small)
					if len(f.Data) == 0 {
						continue
					}
					frames, shown = append(frames, f.Data), append(shown, n)
					if r.n > end-4*30 {
						bytes += len(f.Data)
					}
					if size := image.Pt(f.Width, f.Height); size != last {
						path += fmt.Sprint(size)
						if last = size; !f.Key {
							t.Errorf("%v begins without a key frame", size)
						}
					}
					if f.Key {
						keys++
					}
				}
				if got := bytes * 8 / 4; got > target*11/10 {
					t.Errorf("%d bit/s of %d", got, target)
				}
				if paused := r.v.Stats().Paused; paused != (target == 0) {
					t.Errorf("paused at %d bit/s: %v", target, paused)
				}
			}
			if want := "(640,360)(480,270)(320,180)(640,360)"; path != want || keys != 4 {
				t.Errorf("sizes %s with %d key frames, want %s", path, keys, want)
			}
			same := r.film.scaled(t, 320, 180)
			whole := decode(t, c, 640, 360, frames, "-vf", "scale=320:180:flags=area")
			if len(whole) != len(frames) {
				t.Fatalf("%d of %d pictures", len(whole), len(frames))
			}
			sum := 0.0
			for i, p := range whole {
				sum += psnr(p, same.at(shown[i]))
			}
			if db := sum / float64(len(whole)); db < 30 {
				t.Errorf("%.1f dB", db)
			}
		})
	}
}

// slow is an encoder that takes long over each picture, on the bubble's clock.
type slow struct{ codec.ReadCloser }

func (s slow) Read() (data []byte, release func(), err error) {
	time.Sleep(30 * time.Millisecond)
	return s.ReadCloser.Read()
}

// Pictures that take nearly all the time until the next one get smaller, whatever the
// bitrate allows; those that take none do not.
func TestSizeFollowsTheEncodeTime(t *testing.T) {
	for _, hard := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			r := newRunner(t, newFilm(newPan(640, 360), 2), frame.VP8, 2_500_000, 30)
			small, width := sizes{}, 640
			r.take(small)
			if hard {
				r.enc.enc, width = slow{r.enc.enc}, 480
			}
			for r.n < 4*30 {
				r.take(small)
			}
			if got := r.enc.ladder.format().width; got != width {
				t.Errorf("an encoder that takes long (%v): %d pixels wide, want %d", hard, got, width)
			}
		})
	}
}

// Five hundred changes of size leave no memory behind, neither Go's nor the
// encoders' own.
func TestSizeChangesDoNotLeak(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("resident memory is read from /proc")
	}
	large := newFilm(newPan(320, 180), 2)
	small := large.scaled(t, 160, 90)
	for _, c := range []frame.Codec{frame.VP8, frame.H264} {
		r := newRunner(t, large, c, 20_000_000, 30) // no picture is left out
		change := func(times int) {
			for n := range times {
				r.film = large
				if n%2 == 0 {
					r.film = small
				}
				if f := r.next(); !f.Key {
					t.Fatalf("%s: no key frame after a change of size", c)
				}
				r.next()
			}
		}
		change(100)
		before := resident(t)
		change(500)
		// Each picture of the larger size that stayed would be 43 MB; malloc keeps a
		// few for itself.
		if grown := resident(t) - before; grown > 16<<20 {
			t.Errorf("%s: %d kB more after 500 changes", c, grown>>10)
		}
	}
}

// resident is the process's memory after a collection, in bytes.
func resident(t *testing.T) int {
	t.Helper()
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	var size, pages int
	if _, err := fmt.Sscan(string(text), &size, &pages); err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// A whole video at a bitrate that falls away: it pauses, says so once, and goes
// on by itself.
func TestVideoPausesAndGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		paused, frames := make(chan bool, 10), make(chan frame.Video, 10_000)
		v, err := Start(context.Background(), Options{
			Camera: Test, Width: 640, Height: 360, Bitrate: 1_000_000,
			Out:    func(f frame.Video) { frames <- f },
			Paused: func(p bool) { paused <- p },
		})
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		if f := <-frames; f.Width != 640 || !f.Key {
			t.Errorf("begins with %dx%d, key frame %v", f.Width, f.Height, f.Key)
		}
		v.SetBitrate(60_000)
		time.Sleep(5 * time.Second)
		if s := v.Stats(); s.Width != 320 || s.Height != 180 || s.FrameRate < 14 || s.FrameRate > 16 || s.Paused {
			t.Errorf("at 60 kbit/s: %+v", s)
		}
		v.SetBitrate(10_000)
		if !<-paused {
			t.Error("goes on before it paused")
		}
		synctest.Wait()
		before := len(frames)
		time.Sleep(5 * time.Second)
		if s := v.Stats(); len(frames) != before || !s.Paused || s.FrameRate != 0 {
			t.Errorf("while paused: %d frames, %+v", len(frames)-before, s)
		}
		v.SetBitrate(1_000_000)
		if <-paused {
			t.Error("paused twice")
		}
		time.Sleep(5 * time.Second)
		if s := v.Stats(); s.Width != 640 || s.Paused || s.KeyFrames != 3 || len(paused) > 0 {
			t.Errorf("at 1 Mbit/s again: %+v", s)
		}
	})
}

// What nobody takes is not encoded, and seen all the same; who comes begins with a
// key frame.
func TestVideoThatNobodyNeeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var needed atomic.Bool
		var seen atomic.Int64
		frames := make(chan frame.Video, 10_000)
		v, err := Start(context.Background(), Options{
			Camera: Test, Width: 640, Height: 360, Bitrate: 1_000_000,
			Out:    func(f frame.Video) { frames <- f },
			Needed: needed.Load,
			Look:   func(*image.YCbCr) { seen.Add(1) },
		})
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		time.Sleep(2 * time.Second) // of the bubble's
		if n := seen.Load(); n < 50 || len(frames) > 0 {
			t.Errorf("%d pictures are seen, and %d encoded", n, len(frames))
		}
		needed.Store(true)
		if f := <-frames; f.Width != 640 || !f.Key {
			t.Errorf("begins with %dx%d, key frame %v", f.Width, f.Height, f.Key)
		}
	})
}

// Who comes between two pictures gets the last one, at once and as a key frame, and
// then the next ones.
func TestWhoComesDoesNotWaitForThePicture(t *testing.T) {
	for _, c := range []frame.Codec{frame.VP8, frame.H264} {
		t.Run(string(c), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var needed atomic.Bool
				frames := make(chan frame.Video, 10_000)
				v, err := Start(context.Background(), Options{
					Camera: Test, Width: 640, Height: 360, Bitrate: 1_000_000, Codec: c,
					Out:    func(f frame.Video) { frames <- f },
					Needed: needed.Load,
				})
				if err != nil {
					t.Fatal(err)
				}
				defer v.Close()
				time.Sleep(time.Second + 5*time.Millisecond)
				v.Keyframe()
				synctest.Wait()
				if len(frames) > 0 {
					t.Error("nobody needs it, and there is a frame")
				}
				needed.Store(true)
				came := time.Now()
				v.Keyframe()
				first := <-frames
				if waited := time.Since(came); !first.Key || waited > 0 {
					t.Errorf("the first frame comes after %v, key frame %v", waited, first.Key)
				}
				v.Keyframe()
				last := first.Timestamp
				for range 30 {
					f := <-frames
					if step := f.Timestamp - last; f.Key || step < 2900 || step > 3100 {
						t.Fatalf("then one %d ticks later, key frame %v", step, f.Key)
					}
					last = f.Timestamp
				}
			})
		})
	}
}

// BenchmarkResize is what a change of size down and up costs, with the key frame
// of each. Building the encoder anew is the way for both codecs: reconfiguring
// libvpx (vpx_codec_enc_config_set) makes a key frame as well, and took longer
// (38 ms for both changes, against 28).
func BenchmarkResize(b *testing.B) {
	large := newFilm(newPan(1280, 720), 2)
	small := large.scaled(b, 640, 360)
	for _, c := range []frame.Codec{frame.VP8, frame.H264} {
		b.Run(string(c), func(b *testing.B) {
			r := newRunner(b, large, c, 20_000_000, 30)
			for b.Loop() {
				r.film = small
				r.next()
				r.film = large
				r.next()
			}
		})
	}
}
