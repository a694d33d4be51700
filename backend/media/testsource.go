package media

import (
	"image"
	"io"
	"time"

	"parley/backend/media/i420"
	"parley/backend/media/testcard"
)

// testSource draws the test card in real time.
type testSource struct {
	card          *testcard.Card
	raw           *image.YCbCr // for pictures of another size
	conv          i420.Converter
	width, height int
	fps           int
	pace          *pacer
}

func newTestSource(width, height, fps int) source {
	w, h := fit(width, height, width, height)
	return &testSource{card: testcard.New(w, h), raw: image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420), width: w, height: h, fps: fps, pace: newPacer(float64(fps))}
}

func (s *testSource) name() string     { return "Test picture" }
func (s *testSource) size() (int, int) { return s.width, s.height }
func (s *testSource) rate() float64    { return float64(s.fps) }
func (s *testSource) live() bool       { return false }

func (s *testSource) next(dst *image.YCbCr) (time.Time, error) {
	due, ok := s.pace.wait()
	if !ok {
		return time.Time{}, io.EOF
	}
	if dst.Rect.Size() == s.raw.Rect.Size() {
		s.card.Draw(dst, due)
		return due, nil
	}
	s.card.Draw(s.raw, due)
	return due, s.conv.Convert(dst, s.raw)
}

func (s *testSource) close() error {
	s.pace.stop()
	return nil
}
