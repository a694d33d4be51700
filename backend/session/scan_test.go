package session

import (
	"context"
	"errors"
	"image"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"parley/backend/call"
	"parley/backend/config"
)

// film is a y4m file of one still picture: a QR code that fills most of it.
func film(t *testing.T, text string) string {
	t.Helper()
	const width, height = 640, 480
	m, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, height, height, nil)
	if err != nil {
		t.Fatal(err)
	}
	p := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	for i := range p.Y {
		p.Y[i] = 235
	}
	for y := range height {
		for x := range height {
			if m.Get(x, y) {
				p.Y[p.YOffset(x+(width-height)/2, y)] = 16
			}
		}
	}
	for i := range p.Cb {
		p.Cb[i], p.Cr[i] = 128, 128
	}
	path := filepath.Join(t.TempDir(), "film.y4m")
	data := []byte("YUV4MPEG2 W640 H480 F30:1 Ip A1:1 C420jpeg\n")
	for range 3 {
		data = append(data, "FRAME\n"...)
		data = append(append(append(data, p.Y...), p.Cb...), p.Cr...)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func scanning(t *testing.T, camera string) *Session {
	t.Helper()
	c := config.Default()
	c.DataDir, c.Devices.Camera, c.Devices.Microphone, c.Devices.Speaker = t.TempDir(), camera, "none", "none"
	s, err := Open(c, Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestScanReadsAnInviteThroughTheCamera(t *testing.T) {
	const link = "https://192.168.1.7:7373/#room=0123-4567-89ab"
	s := scanning(t, film(t, link))
	if text, err := s.Scan(t.Context()); err != nil || text != link {
		t.Errorf("got %q, %v", text, err)
	}
	if s.Snapshot().Preview {
		t.Error("the preview goes on after the scan")
	}
}

// A code of another program is passed by; a scan that is stopped lets the camera go.
func TestScanPassesByWhatIsNotOurs(t *testing.T) {
	s := scanning(t, film(t, "WIFI:S:home;P:secret;;"))
	ctx, stop := context.WithTimeout(t.Context(), listenTime)
	defer stop()
	if text, err := s.Scan(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %q, %v", text, err)
	}
	if s.Snapshot().Preview {
		t.Error("the preview goes on after the scan")
	}
}

func TestScanWithoutACamera(t *testing.T) {
	s := scanning(t, filepath.Join(t.TempDir(), "missing.y4m"))
	if _, err := s.Scan(t.Context()); err == nil || !hasCode(err, call.BadDevice) {
		t.Errorf("got %v", err)
	}
	if err := s.SetCamera(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Scan(t.Context()); err == nil || !hasCode(err, call.NoCamera) {
		t.Errorf("camera off: got %v", err)
	}
}

func hasCode(err error, code call.Code) bool {
	e, ok := errors.AsType[*call.Error](err)
	return ok && e.Code == code
}
