// Package y4m reads YUV4MPEG2 files: raw pictures behind one header line, as
// ffmpeg and mjpegtools write them (yuv4mpeg(5)). It reads 8-bit 4:2:0, which
// needs no conversion on its way to an encoder.
package y4m

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
	"strconv"
	"strings"
)

// ErrFormat is what all errors about the content of a file match; they are of
// type *Error.
var ErrFormat = errors.New("not a y4m file that can be read")

// Error tells what is wrong and where.
type Error struct {
	// Frame is 0 for the first line of the file, and else counts from 1.
	Frame int
	Why   string
}

func (e *Error) Error() string {
	if e.Frame == 0 {
		return "line 1: " + e.Why
	}
	return fmt.Sprintf("frame %d: %s", e.Frame, e.Why)
}

// Is makes every Error match ErrFormat.
func (e *Error) Is(target error) bool { return target == ErrFormat }

// What a header may claim: enough for any camera, and no more memory than 100 MB.
const (
	maxSide = 8192
	maxLine = 1024
	maxRate = 300
)

// Header is the first line of a file.
type Header struct {
	Width, Height int // pixels
	// RateNum and RateDen are the frames a second as a fraction; 0:0 in the
	// file, unknown, is 30:1 here.
	RateNum, RateDen int
	// Colour is the C parameter: 420jpeg, 420mpeg2, 420paldv or 420; they
	// differ only in where the chroma samples sit. Empty means 420jpeg.
	Colour string
}

// Rate is frames a second.
func (h Header) Rate() float64 { return float64(h.RateNum) / float64(h.RateDen) }

// Reader reads one picture after the other.
type Reader struct {
	Header Header
	in     *bufio.Reader
	frame  int
}

// NewReader reads the header. Its errors match ErrFormat, or are in's.
func NewReader(in io.Reader) (*Reader, error) {
	r := &Reader{in: bufio.NewReaderSize(in, 64<<10)}
	line, err := r.line()
	if err != nil {
		return nil, err
	}
	r.Header, err = parseHeader(line)
	return r, err
}

// ReadFrame reads the next picture into img, which must be 4:2:0 of the
// header's size. After the last one it returns io.EOF.
func (r *Reader) ReadFrame(img *image.YCbCr) error {
	if img.SubsampleRatio != image.YCbCrSubsampleRatio420 || img.Rect.Dx() != r.Header.Width || img.Rect.Dy() != r.Header.Height {
		return fmt.Errorf("read y4m frame into %v %v: wrong size", img.Rect.Size(), img.SubsampleRatio)
	}
	r.frame++
	if _, err := r.in.Peek(1); err != nil {
		return err // io.EOF between frames is the end
	}
	line, err := r.line()
	if err != nil {
		return err
	}
	if line != "FRAME" && !strings.HasPrefix(line, "FRAME ") {
		return &Error{r.frame, "does not begin with FRAME"}
	}
	w, h := r.Header.Width, r.Header.Height
	if err := r.plane(img.Y, img.YStride, w, h); err != nil {
		return err
	}
	if err := r.plane(img.Cb, img.CStride, (w+1)/2, (h+1)/2); err != nil {
		return err
	}
	return r.plane(img.Cr, img.CStride, (w+1)/2, (h+1)/2)
}

func (r *Reader) plane(pix []byte, stride, w, h int) error {
	if stride == w { // all at once, of which the most does not go through in's buffer
		stride, w, h = w*h, w*h, 1
	}
	for y := range h {
		if _, err := io.ReadFull(r.in, pix[y*stride:y*stride+w]); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return &Error{r.frame, "the file ends in the middle of the picture"}
			}
			return err
		}
	}
	return nil
}

// line reads up to the line feed, without it.
func (r *Reader) line() (string, error) {
	var line []byte
	for len(line) <= maxLine {
		part, err := r.in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return string(bytes.TrimSuffix(line, []byte("\n"))), nil
		case errors.Is(err, io.EOF):
			return "", &Error{r.frame, "the file ends in the middle of a line"}
		case !errors.Is(err, bufio.ErrBufferFull):
			return "", err
		}
	}
	return "", &Error{r.frame, "the line is too long"}
}

func parseHeader(line string) (Header, error) {
	bad := func(format string, a ...any) (Header, error) {
		return Header{}, &Error{0, fmt.Sprintf(format, a...)}
	}
	if len(line) > maxLine {
		return bad("the line is too long")
	}
	fields := strings.Fields(line)
	if len(fields) == 0 || fields[0] != "YUV4MPEG2" {
		return bad("it does not begin with YUV4MPEG2")
	}
	var h Header
	for _, f := range fields[1:] {
		value := f[1:]
		var err error
		switch f[0] {
		case 'W':
			h.Width, err = strconv.Atoi(value)
		case 'H':
			h.Height, err = strconv.Atoi(value)
		case 'F':
			num, den, _ := strings.Cut(value, ":")
			if h.RateNum, err = strconv.Atoi(num); err == nil {
				h.RateDen, err = strconv.Atoi(den)
			}
		case 'C':
			h.Colour = value
		} // I(nterlacing), A(spect) and X (comments) change nothing here
		if err != nil {
			return bad("%q is not a number", f)
		}
	}
	switch h.Colour {
	case "", "420", "420jpeg", "420mpeg2", "420paldv":
	default:
		return bad("colour space %q is not supported, only 8-bit 4:2:0 (ffmpeg: -pix_fmt yuv420p)", h.Colour)
	}
	if h.Width < 1 || h.Height < 1 || h.Width > maxSide || h.Height > maxSide {
		return bad("the size %dx%d is not between 1x1 and %dx%d", h.Width, h.Height, maxSide, maxSide)
	}
	if h.RateNum == 0 && h.RateDen == 0 {
		h.RateNum, h.RateDen = 30, 1
	}
	if h.RateNum < 1 || h.RateDen < 1 || h.Rate() > maxRate || h.Rate() < 0.1 {
		return bad("the frame rate %d:%d is not between 1:10 and %d:1", h.RateNum, h.RateDen, maxRate)
	}
	return h, nil
}
