package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"
	"math"
	"os/exec"
	"slices"
	"testing"

	"parley/backend/frame"
	"parley/backend/media/y4m"
)

// decode has ffmpeg decode frames, and returns the pictures. The filter is
// ffmpeg's, as arguments.
func decode(t testing.TB, c frame.Codec, width, height int, frames [][]byte, filter ...string) film {
	t.Helper()
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed")
	}
	var in bytes.Buffer
	format := "h264"
	if c == frame.VP8 {
		format = "ivf"
		in.WriteString("DKIF\x00\x00\x20\x00VP80")
		for _, v := range []any{uint16(width), uint16(height), uint32(30), uint32(1), uint32(len(frames)), uint32(0)} {
			_ = binary.Write(&in, binary.LittleEndian, v)
		}
	}
	for i, f := range frames {
		if c == frame.VP8 {
			_ = binary.Write(&in, binary.LittleEndian, uint32(len(f)))
			_ = binary.Write(&in, binary.LittleEndian, uint64(i))
		}
		in.Write(f)
	}
	args := slices.Concat([]string{"-v", "warning", "-xerror", "-f", format, "-i", "-", "-fps_mode", "passthrough"}, filter,
		[]string{"-f", "yuv4mpegpipe", "-pix_fmt", "yuv420p", "-"})
	cmd := exec.Command(ffmpeg, args...)
	var out, complaints bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &out, &complaints
	if err := cmd.Run(); err != nil || complaints.Len() > 0 {
		t.Fatalf("ffmpeg: %v\n%s", err, complaints.String())
	}
	r, err := y4m.NewReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	var pictures film
	for {
		img := image.NewYCbCr(image.Rect(0, 0, r.Header.Width, r.Header.Height), image.YCbCrSubsampleRatio420)
		if err := r.ReadFrame(img); errors.Is(err, io.EOF) {
			return pictures
		} else if err != nil {
			t.Fatal(err)
		}
		pictures = append(pictures, img)
	}
}

// psnr is of luma, in dB. What looks at each pixel of a picture that is nobody
// else's takes ten times as long where the race detector watches.
//
//go:norace
func psnr(a, b *image.YCbCr) float64 {
	sum := 0.0
	for i := range a.Y {
		d := float64(a.Y[i]) - float64(b.Y[i])
		sum += d * d
	}
	return 10 * math.Log10(255*255*float64(len(a.Y))/max(sum, 1))
}

func TestFramesDecode(t *testing.T) {
	for _, size := range [][2]int{{640, 360}, {322, 182}, {16, 16}} {
		clip := newFilm(newClip(size[0], size[1], false), 20)
		for _, c := range []frame.Codec{frame.VP8, frame.H264} {
			t.Run(fmt.Sprintf("%s/%dx%d", c, size[0], size[1]), func(t *testing.T) {
				r := newRunner(t, clip, c, 1_000_000, 30)
				var frames [][]byte
				for i := range 60 {
					switch i {
					case 20:
						r.v.SetBitrate(1_500_000)
					case 40:
						r.v.Keyframe()
					}
					frames = append(frames, r.next().Data)
				}
				whole := decode(t, c, size[0], size[1], frames)
				if len(whole) != 60 {
					t.Fatalf("%d of 60 pictures", len(whole))
				}
				for i, p := range whole {
					if db := psnr(p, clip.at(i)); db < 30 {
						t.Errorf("picture %d: %.1f dB", i, db)
					}
				}
				// The key frame in the middle needs nothing of what was before.
				if rest := decode(t, c, size[0], size[1], frames[40:]); len(rest) != 20 {
					t.Errorf("%d of 20 pictures from the second key frame on", len(rest))
				}
			})
		}
	}
}
