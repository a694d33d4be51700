package y4m

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
	"os/exec"
	"strings"
	"testing"
	"testing/iotest"
)

func TestHeader(t *testing.T) {
	for line, want := range map[string]Header{
		"YUV4MPEG2 W1280 H720 F30:1 Ip A1:1 C420jpeg XYSCSS=420JPEG": {1280, 720, 30, 1, "420jpeg"},
		"YUV4MPEG2 W64 H48 F30000:1001":                              {64, 48, 30000, 1001, ""},
		"YUV4MPEG2 H48 W65 F0:0 C420mpeg2":                           {65, 48, 30, 1, "420mpeg2"},
		"YUV4MPEG2  W64  H48 F25:1 C420paldv ":                       {64, 48, 25, 1, "420paldv"},
		"YUV4MPEG2 W64 H48 C420":                                     {64, 48, 30, 1, "420"},
	} {
		r, err := NewReader(strings.NewReader(line + "\n"))
		if err != nil || r.Header != want {
			t.Errorf("%q: %+v, %v", line, r.Header, err)
		}
	}
}

func TestBadHeadersAreRefused(t *testing.T) {
	for line, says := range map[string]string{
		"":                                        "does not begin",
		"YUV4MPEG W1 H1":                          "does not begin",
		"YUV4MPEG2":                               "size 0x0",
		"YUV4MPEG2 W64":                           "size 64x0",
		"YUV4MPEG2 W-4 H4":                        "size -4x4",
		"YUV4MPEG2 Wx H4":                         `"Wx" is not a number`,
		"YUV4MPEG2 W99999999999999999999 H4":      "not a number",
		"YUV4MPEG2 W2000000000 H2000000000":       "size",
		"YUV4MPEG2 W64 H48 F30":                   "not a number",
		"YUV4MPEG2 W64 H48 F30:0":                 "frame rate",
		"YUV4MPEG2 W64 H48 F1:1000000":            "frame rate",
		"YUV4MPEG2 W64 H48 F1000000:1":            "frame rate",
		"YUV4MPEG2 W64 H48 C422":                  `"422" is not supported`,
		"YUV4MPEG2 W64 H48 C420p10":               `"420p10" is not supported`,
		"YUV4MPEG2 W64 H48 Cmono":                 `"mono" is not supported`,
		"YUV4MPEG2 X" + strings.Repeat("x", 5000): "too long",
	} {
		_, err := NewReader(strings.NewReader(line + "\n"))
		var e *Error
		if !errors.Is(err, ErrFormat) || !errors.As(err, &e) || !strings.HasPrefix(err.Error(), "line 1: ") || !strings.Contains(err.Error(), says) {
			t.Errorf("%.40q: %v", line, err)
		}
	}
}

func clip(w, h, frames int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "YUV4MPEG2 W%d H%d F25:1\n", w, h)
	for n := range frames {
		b.WriteString("FRAME Ip\n")
		for i := range w*h + 2*((w+1)/2*((h+1)/2)) {
			b.WriteByte(byte(n + i))
		}
	}
	return b.Bytes()
}

func TestFramesAreRead(t *testing.T) {
	for _, size := range [][2]int{{8, 6}, {7, 5}, {1, 1}} {
		w, h := size[0], size[1]
		// One byte at a time: no frame comes whole from a pipe.
		r, err := NewReader(iotest.OneByteReader(bytes.NewReader(clip(w, h, 3))))
		if err != nil {
			t.Fatal(err)
		}
		img := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
		c := (w + 1) / 2 * ((h + 1) / 2)
		for n := range 3 {
			if err := r.ReadFrame(img); err != nil {
				t.Fatal(err)
			}
			if img.Y[0] != byte(n) || img.Cb[0] != byte(n+w*h) || img.Cr[0] != byte(n+w*h+c) || img.Cr[c-1] != byte(n+w*h+2*c-1) {
				t.Errorf("%v frame %d: planes are mixed up", size, n)
			}
		}
		if err := r.ReadFrame(img); !errors.Is(err, io.EOF) {
			t.Errorf("at the end: %v", err)
		}
	}
}

func TestBrokenFramesAreTold(t *testing.T) {
	whole := clip(8, 6, 2)
	second := bytes.LastIndex(whole, []byte("FRAME"))
	wrong := bytes.Clone(whole)
	wrong[second] = 'X'
	lost := errors.New("disk on fire")
	for name, tc := range map[string]struct {
		in   io.Reader
		want error
		says string
	}{
		"cut in the picture": {bytes.NewReader(whole[:len(whole)-1]), ErrFormat, "frame 2: the file ends in the middle of the picture"},
		"cut in the line":    {bytes.NewReader(whole[:second+3]), ErrFormat, "frame 2: the file ends in the middle of a line"},
		"no FRAME":           {bytes.NewReader(wrong), ErrFormat, "frame 2: does not begin with FRAME"},
		"reader's own error": {io.MultiReader(bytes.NewReader(whole[:len(whole)-9]), iotest.ErrReader(lost)), lost, "disk on fire"},
	} {
		r, err := NewReader(tc.in)
		if err != nil {
			t.Fatal(err)
		}
		img := image.NewYCbCr(image.Rect(0, 0, 8, 6), image.YCbCrSubsampleRatio420)
		if err := r.ReadFrame(img); err != nil {
			t.Fatalf("%s: first frame: %v", name, err)
		}
		if err := r.ReadFrame(img); !errors.Is(err, tc.want) || err.Error() != tc.says {
			t.Errorf("%s: %v", name, err)
		}
	}
	r, err := NewReader(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.ReadFrame(image.NewYCbCr(image.Rect(0, 0, 6, 6), image.YCbCrSubsampleRatio420)); err == nil {
		t.Error("read into a picture of another size")
	}
}

func TestReadsWhatFfmpegWrites(t *testing.T) {
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed")
	}
	out, err := exec.Command(ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc=size=161x91:rate=30000/1001", "-frames:v", "3", "-pix_fmt", "yuv420p", "-f", "yuv4mpegpipe", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewReader(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	if h := r.Header; h.Width != 161 || h.Height != 91 || h.RateNum != 30000 || h.RateDen != 1001 {
		t.Errorf("%+v", h)
	}
	img := image.NewYCbCr(image.Rect(0, 0, 161, 91), image.YCbCrSubsampleRatio420)
	for n := 0; ; n++ {
		if err := r.ReadFrame(img); errors.Is(err, io.EOF) && n == 3 {
			return
		} else if err != nil {
			t.Fatalf("frame %d: %v", n, err)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add(clip(4, 2, 2))
	f.Add([]byte("YUV4MPEG2 W8192 H8192 F1:1 C420\nFRAME\n"))
	f.Add([]byte("YUV4MPEG2 F0:0 W1 H1\nFRAME Xa=b\nabc"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := NewReader(bytes.NewReader(data))
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Errorf("header: %v", err)
			}
			return
		}
		h := r.Header
		if h.Width*h.Height > 1<<16 {
			return
		}
		img := image.NewYCbCr(image.Rect(0, 0, h.Width, h.Height), image.YCbCrSubsampleRatio420)
		for {
			if err := r.ReadFrame(img); errors.Is(err, io.EOF) {
				return
			} else if err != nil {
				if !errors.Is(err, ErrFormat) {
					t.Errorf("frame: %v", err)
				}
				return
			}
		}
	})
}
