package media

import (
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"time"

	"parley/backend/media/i420"
	"parley/backend/media/y4m"
)

// fileSource plays a y4m file in real time, over and over.
type fileSource struct {
	path string
	file *os.File
	in   *y4m.Reader
	raw  *image.YCbCr // for pictures that are to be scaled or cropped
	conv i420.Converter
	pace *pacer
}

func openFile(path string) (source, error) {
	// A named pipe could not be rewound, and opening it may block for ever.
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: %s is not a regular file", ErrBadFile, filepath.Base(path))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadFile, err)
	}
	s := &fileSource{path: path, file: f}
	if err := s.begin(); err != nil {
		_ = f.Close()
		return nil, s.bad(err)
	}
	h := s.in.Header
	s.raw = image.NewYCbCr(image.Rect(0, 0, h.Width, h.Height), image.YCbCrSubsampleRatio420)
	// The first picture is read now: a file without one is refused here.
	if err = s.read(s.raw); err == nil {
		err = s.begin()
	}
	if err != nil {
		_ = f.Close()
		return nil, s.bad(err)
	}
	s.pace = newPacer(h.Rate())
	return s, nil
}

func (s *fileSource) bad(err error) error {
	return fmt.Errorf("%w: %s: %w", ErrBadFile, filepath.Base(s.path), err)
}

func (s *fileSource) begin() error {
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	in, err := y4m.NewReader(s.file)
	s.in = in
	return err
}

// read reads the next picture, after the last one the first.
func (s *fileSource) read(img *image.YCbCr) error {
	err := s.in.ReadFrame(img)
	if errors.Is(err, io.EOF) {
		if err = s.begin(); err == nil {
			err = s.in.ReadFrame(img)
		}
		if errors.Is(err, io.EOF) {
			err = &y4m.Error{Frame: 1, Why: "the file has no pictures"}
		}
	}
	return err
}

func (s *fileSource) name() string     { return filepath.Base(s.path) }
func (s *fileSource) size() (int, int) { return s.in.Header.Width, s.in.Header.Height }
func (s *fileSource) rate() float64    { return s.in.Header.Rate() }
func (s *fileSource) live() bool       { return false }

func (s *fileSource) next(dst *image.YCbCr) (time.Time, error) {
	due, ok := s.pace.wait()
	if !ok {
		return time.Time{}, io.EOF
	}
	img := s.raw
	if dst.Rect.Size() == img.Rect.Size() {
		img = dst
	}
	err := s.read(img)
	if err == nil && img != dst {
		err = s.conv.Convert(dst, img)
	}
	if err != nil {
		return time.Time{}, s.bad(err)
	}
	return due, nil
}

// close lets next end; the file may be in use until then, and closing it then
// is an error of next that nobody sees.
func (s *fileSource) close() error {
	s.pace.stop()
	return s.file.Close()
}
