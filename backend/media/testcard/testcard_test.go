package testcard

import (
	"image"
	"testing"
	"time"
)

var noon = time.Date(2026, 1, 1, 12, 34, 56, 789e6, time.UTC)

func draw(c *Card, w, h int, at time.Time) *image.YCbCr {
	img := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	c.Draw(img, at)
	return img
}

// read is the clock as a camera would see it: each segment is lit or not.
func read(c *Card, img *image.YCbCr) string {
	unit := c.clock.Dy() / 10
	text := []byte(layout)
	for i := range text {
		if text[i] != 'd' {
			continue
		}
		var lit uint8
		for s, p := range place {
			x := c.clock.Min.X + (i*6*2+p.Min.X+p.Max.X)*unit/2
			y := c.clock.Min.Y + (p.Min.Y+p.Max.Y)*unit/2
			if img.Y[img.YOffset(x, y)] > 128 {
				lit |= 1 << s
			}
		}
		for digit, segs := range segments {
			if segs == lit {
				text[i] = byte('0' + digit)
			}
		}
	}
	return string(text)
}

func TestClockCanBeRead(t *testing.T) {
	for _, size := range [][2]int{{1280, 720}, {320, 180}, {1920, 1080}} {
		c := New(size[0], size[1])
		for _, at := range []time.Time{noon, noon.Add(10 * time.Hour), noon.Add(-1 * time.Second)} {
			if got, want := read(c, draw(c, size[0], size[1], at)), at.Format("15:04:05.000"); got != want {
				t.Errorf("%v: reads %s, want %s", size, got, want)
			}
		}
	}
}

func TestPictureMovesAndLeavesNoTrace(t *testing.T) {
	c := New(640, 360)
	img := draw(c, 640, 360, noon)
	first := string(img.Y) + string(img.Cb)
	c.Draw(img, noon.Add(time.Second/30))
	moved := 0
	for i, y := range img.Y[c.track.Min.Y*img.YStride:] {
		if y != first[c.track.Min.Y*img.YStride+i] {
			moved++
		}
	}
	if moved < 20 {
		t.Errorf("only %d pixels moved", moved)
	}
	c.Draw(img, noon)
	if string(img.Y)+string(img.Cb) != first {
		t.Error("the same moment looks different")
	}
}

func TestAnySizeIsDrawn(t *testing.T) {
	for w := 2; w < 140; w += 6 {
		for h := 2; h < 100; h += 6 {
			draw(New(w, h), w, h, noon)
		}
	}
}

// BenchmarkDraw reports the share of a core that 30 pictures a second take.
func BenchmarkDraw(b *testing.B) {
	c := New(1280, 720)
	img := draw(c, 1280, 720, noon)
	for b.Loop() {
		c.Draw(img, noon)
	}
	b.ReportMetric(b.Elapsed().Seconds()*30/float64(b.N), "s/video-s")
}
