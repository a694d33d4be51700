package qr

import (
	"errors"
	"image"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var code = "PARLEY:" + strings.Repeat("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 12)

// picture is a screen with the code on it, in a camera's view: turned, nearer
// or farther, with little contrast and with noise.
func picture(t testing.TB, text string, degrees, scale, noise float64) *image.YCbCr {
	t.Helper()
	m, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 0, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	p := image.NewYCbCr(image.Rect(0, 0, 1280, 720), image.YCbCrSubsampleRatio420)
	random := rand.New(rand.NewPCG(1, 2))
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	size := float64(m.GetWidth())
	for y := range 720 {
		for x := range 1280 {
			dx, dy := (float64(x)-600)/scale, (float64(y)-350)/scale
			u, v := int(dx*cos+dy*sin+size/2), int(dy*cos-dx*sin+size/2)
			luma := 120.0
			if u >= 0 && v >= 0 && u < m.GetWidth() && v < m.GetHeight() {
				luma = 200
				if m.Get(u, v) {
					luma = 60
				}
			}
			p.Y[y*p.YStride+x] = uint8(min(max(luma+random.NormFloat64()*noise, 0), 255))
		}
	}
	return p
}

func TestDecode(t *testing.T) {
	for _, at := range []struct{ degrees, scale, noise float64 }{{0, 5, 0}, {0, 4, 8}, {7, 6, 8}, {-20, 5, 8}, {90, 5, 8}, {180, 7, 12}} {
		if text, err := Decode(picture(t, code, at.degrees, at.scale, at.noise)); err != nil || text != code {
			t.Errorf("%+v: %q, %v", at, text, err)
		}
	}
	empty := image.NewYCbCr(image.Rect(0, 0, 320, 240), image.YCbCrSubsampleRatio420)
	if _, err := Decode(empty); !errors.Is(err, ErrNone) {
		t.Error(err)
	}
}

func TestScanner(t *testing.T) {
	found := make(chan string, 1)
	s := NewScanner(func(text string) {
		select {
		case found <- text:
		default:
		}
	})
	p := picture(t, code, 3, 5, 4)
	for range 100 { // a camera's pictures do not wait for it
		s.Look(p)
	}
	clear(p.Y) // the camera's own memory goes on
	if text := <-found; text != code {
		t.Errorf("found %q", text)
	}
	s.Close()
	s.Close()
	s.Look(p)
}

func BenchmarkDecode(b *testing.B) {
	p := picture(b, code, 3, 5, 4)
	for b.Loop() {
		if _, err := Decode(p); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{1, 2, 3}, uint8(8))
	f.Fuzz(func(t *testing.T, luma []byte, width uint8) {
		w := max(int(width), 1)
		_, _ = Decode(&image.Gray{Pix: luma, Stride: w, Rect: image.Rect(0, 0, w, len(luma)/w)})
	})
}
