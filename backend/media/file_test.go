package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/backend/media/y4m"
)

// writeFile writes a y4m file whose picture n is all grey of 40n.
func writeFile(t *testing.T, rate string, w, h, frames int, colour string) string {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "YUV4MPEG2 W%d H%d %s Ip A1:1 %s\n", w, h, rate, colour)
	for n := range frames {
		b.WriteString("FRAME\n")
		b.Write(bytes.Repeat([]byte{byte(40 * n)}, w*h))
		b.Write(bytes.Repeat([]byte{128}, (w+1)/2*((h+1)/2)*2))
	}
	path := filepath.Join(t.TempDir(), "clip.y4m")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFilePlaysInRealTimeAndLoops(t *testing.T) {
	for _, size := range [][2]int{{64, 48}, {65, 49}} {
		path := writeFile(t, "F20:1", size[0], size[1], 4, "C420mpeg2")
		v, frames, failed := start(t, Options{Camera: path})
		f := wait(t, frames, "frame")
		for range 10 { // the file has four
			next := wait(t, frames, "frame")
			if gap := next.Captured.Sub(f.Captured); gap < 49*time.Millisecond {
				t.Errorf("frames %v apart at 20 a second", gap)
			}
			f = next
		}
		if f.Width != 64 || f.Height != 48 {
			t.Errorf("size %dx%d of %v", f.Width, f.Height, size)
		}
		if v.Name() != "clip.y4m" || len(failed) > 0 {
			t.Errorf("name %q", v.Name())
		}
		_ = v.Close()
	}
}

// A film with noise, from its file: what the encoders are measured with is what
// a file gives.
func TestFileGivesEachPictureAsItIs(t *testing.T) {
	pan := newFilm(newPan(320, 180), 5)
	var b bytes.Buffer
	b.WriteString("YUV4MPEG2 W320 H180 F300:1\n")
	for _, p := range pan {
		b.WriteString("FRAME\n")
		b.Write(slices.Concat(p.Y, p.Cb, p.Cr))
	}
	path := filepath.Join(t.TempDir(), "pan.y4m")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	src, err := openFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got := image.NewYCbCr(image.Rect(0, 0, 320, 180), image.YCbCrSubsampleRatio420)
	for n := range 2 * len(pan) {
		if _, err := src.next(got); err != nil {
			t.Fatal(err)
		}
		want := pan[n%len(pan)]
		if !bytes.Equal(got.Y, want.Y) || !bytes.Equal(got.Cb, want.Cb) || !bytes.Equal(got.Cr, want.Cr) {
			t.Errorf("picture %d is another one", n)
		}
	}
	if err := src.close(); err != nil {
		t.Error(err)
	}
}

func TestLargeFileIsScaledDown(t *testing.T) {
	path := writeFile(t, "F30:1", 400, 200, 2, "")
	_, frames, _ := start(t, Options{Camera: path, Width: 200, Height: 200})
	if f := wait(t, frames, "frame"); f.Width != 200 || f.Height != 100 {
		t.Errorf("%dx%d", f.Width, f.Height)
	}
}

func TestBadFilesAreRefused(t *testing.T) {
	_, err := Start(context.Background(), Options{Camera: filepath.Join(t.TempDir(), "none.y4m")})
	if !errors.Is(err, ErrBadFile) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	dir := filepath.Join(t.TempDir(), "dir.y4m")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(context.Background(), Options{Camera: dir}); !errors.Is(err, ErrBadFile) {
		t.Errorf("folder: %v", err)
	}
	for name, tc := range map[string]struct{ text, says string }{
		"empty":       {"", "line 1: the file ends"},
		"not y4m":     {"RIFF....AVI\n", "line 1: it does not begin"},
		"4:4:4":       {"YUV4MPEG2 W64 H48 F30:1 C444\n", `line 1: colour space "444"`},
		"huge":        {"YUV4MPEG2 W999999 H999999 F30:1\n", "line 1: the size 999999x999999"},
		"no pictures": {"YUV4MPEG2 W64 H48 F30:1\n", "frame 1: the file has no pictures"},
		"cut short":   {"YUV4MPEG2 W64 H48 F30:1\nFRAME\nabc", "frame 1: the file ends"},
	} {
		path := filepath.Join(t.TempDir(), "bad.y4m")
		if err := os.WriteFile(path, []byte(tc.text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Start(context.Background(), Options{Camera: path})
		if !errors.Is(err, ErrBadFile) || !errors.Is(err, y4m.ErrFormat) || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFileThatBreaksOffFails(t *testing.T) {
	path := writeFile(t, "F60:1", 64, 48, 3, "")
	if err := os.Truncate(path, 12_000); err != nil {
		t.Fatal(err)
	}
	_, frames, failed := start(t, Options{Camera: path, FrameRate: 60})
	wait(t, frames, "frame")
	if err := wait(t, failed, "failure"); !errors.Is(err, ErrBadFile) || !strings.Contains(err.Error(), "frame 3") {
		t.Errorf("got %v", err)
	}
}
