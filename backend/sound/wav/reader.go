// Package wav reads and writes sound files in the RIFF WAVE format (IBM and
// Microsoft, "Multimedia Programming Interface and Data Specifications 1.0",
// 1991; WAVEFORMATEXTENSIBLE in Microsoft's ksmedia.h).
package wav

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
)

// ErrFormat tells that a file is not a WAV file that can be read: PCM of 16, 24
// or 32 bits or float of 32, mono or stereo, 1 to 384 kHz.
var ErrFormat = errors.New("not a WAV file that can be played")

// Rate is what a Reader reads and a Writer writes, in Hz.
const Rate = 48000

const (
	formatPCM        = 1
	formatFloat      = 3
	formatExtensible = 0xfffe

	maxChunks = 100 // before the samples; there are seldom more than three
)

// Reader reads a file over and over as 48 kHz mono. It is not for several
// goroutines at once.
type Reader struct {
	file   io.ReadSeekCloser
	buffer *bufio.Reader
	format format
	left   int64 // bytes of samples until the file begins again
	one    [8]byte
	resampler
	err error
}

// format is where a file's samples are and what they are like.
type format struct {
	float           bool
	channels        int
	rate            int // Hz
	bytes           int // of one sample of one channel
	start, length   int64
	bytesPerInstant int
}

// Open opens a file. The error wraps ErrFormat or is the system's.
func Open(path string) (*Reader, error) {
	// Opening a pipe would wait for its writer.
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("open sound file: %w: it is not a file", ErrFormat)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open sound file: %w", err)
	}
	r, err := newReader(f)
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("open sound file: %w", err)
	}
	return r, nil
}

func newReader(f io.ReadSeekCloser) (*Reader, error) {
	format, err := parse(f)
	if err != nil {
		return nil, err
	}
	r := &Reader{file: f, format: format, buffer: bufio.NewReaderSize(f, 1<<14), resampler: newResampler(format.rate)}
	if err := r.rewind(); err != nil {
		return nil, err
	}
	return r, nil
}

// parse finds the format and the samples. It reads the chunks' headers only,
// and leaves the rest of what it does not know alone.
func parse(f io.ReadSeeker) (format, error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return format{}, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return format{}, err
	}
	var head [12]byte
	if _, err := io.ReadFull(f, head[:]); err != nil || string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return format{}, fmt.Errorf("%w: it does not begin as one", ErrFormat)
	}
	var found format
	at := int64(12)
	for range maxChunks {
		var chunk [8]byte
		if _, err := f.Seek(at, io.SeekStart); err != nil {
			return format{}, err
		}
		if _, err := io.ReadFull(f, chunk[:]); err != nil {
			return format{}, fmt.Errorf("%w: it holds no samples", ErrFormat)
		}
		at += 8
		length := int64(binary.LittleEndian.Uint32(chunk[4:]))
		switch string(chunk[:4]) {
		case "fmt ":
			if found, err = parseFormat(f, length); err != nil {
				return format{}, err
			}
		case "data":
			if found.channels == 0 {
				return format{}, fmt.Errorf("%w: its samples come before their format", ErrFormat)
			}
			// A program that crashed or wrote into a pipe left a length that
			// is nothing, or more than there is.
			if length == 0 || length > size-at {
				length = size - at
			}
			found.start = at
			found.length = length - length%int64(found.bytesPerInstant)
			if found.length <= 0 {
				return format{}, fmt.Errorf("%w: it holds no samples", ErrFormat)
			}
			return found, nil
		}
		at += length + length&1 // chunks are padded to even length
	}
	return format{}, fmt.Errorf("%w: too much stands before its samples", ErrFormat)
}

func parseFormat(f io.Reader, length int64) (format, error) {
	var b [40]byte
	if length < 16 {
		return format{}, fmt.Errorf("%w: its header is cut", ErrFormat)
	}
	n := min(length, int64(len(b)))
	if _, err := io.ReadFull(f, b[:n]); err != nil {
		return format{}, fmt.Errorf("%w: its header is cut", ErrFormat)
	}
	tag := binary.LittleEndian.Uint16(b[:])
	if tag == formatExtensible && n == 40 {
		tag = binary.LittleEndian.Uint16(b[24:])
	}
	bits := int(binary.LittleEndian.Uint16(b[14:]))
	found := format{
		float:    tag == formatFloat,
		channels: int(binary.LittleEndian.Uint16(b[2:])),
		rate:     int(binary.LittleEndian.Uint32(b[4:])),
		bytes:    bits / 8,
	}
	found.bytesPerInstant = found.channels * found.bytes
	switch {
	case tag == formatPCM && (bits == 16 || bits == 24 || bits == 32), tag == formatFloat && bits == 32:
	default:
		return format{}, fmt.Errorf("%w: its encoding is number %d with %d bits", ErrFormat, tag, bits)
	}
	if found.channels < 1 || found.channels > 2 {
		return format{}, fmt.Errorf("%w: it has %d channels", ErrFormat, found.channels)
	}
	if found.rate < 1000 || found.rate > 384000 {
		return format{}, fmt.Errorf("%w: its rate is %d Hz", ErrFormat, found.rate)
	}
	if align := int(binary.LittleEndian.Uint16(b[12:])); align != found.bytesPerInstant {
		return format{}, fmt.Errorf("%w: its header contradicts itself", ErrFormat)
	}
	return found, nil
}

// Read fills pcm. After an error, which it returns, it reads silence.
func (r *Reader) Read(pcm []int16) error {
	for i := range pcm {
		pcm[i] = 0
		if r.err == nil {
			pcm[i] = int16(min(max(math.RoundToEven(float64(r.resampler.next(r.instant))*32768), -32768), 32767))
		}
	}
	return r.err
}

// instant is the next sample of the file, its channels mixed, -1 to 1.
func (r *Reader) instant() float32 {
	if r.err == nil && r.left == 0 {
		r.err = r.rewind()
	}
	if r.err != nil {
		return 0
	}
	b := r.one[:r.format.bytesPerInstant]
	if _, err := io.ReadFull(r.buffer, b); err != nil {
		r.err = fmt.Errorf("read sound file: %w", err)
		return 0
	}
	r.left -= int64(len(b))
	sum := float32(0)
	for c := range r.format.channels {
		sum += r.format.sample(b[c*r.format.bytes:])
	}
	return sum / float32(r.format.channels)
}

func (f format) sample(b []byte) float32 {
	switch {
	case f.float:
		v := math.Float32frombits(binary.LittleEndian.Uint32(b))
		if !(v >= -1 && v <= 1) { // or not a number
			v = float32(math.Copysign(1, float64(v)))
		}
		return v
	case f.bytes == 2:
		return float32(int16(binary.LittleEndian.Uint16(b))) / (1 << 15)
	case f.bytes == 3:
		return float32(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)) / (1 << 31)
	default:
		return float32(int32(binary.LittleEndian.Uint32(b))) / (1 << 31)
	}
}

func (r *Reader) rewind() error {
	if _, err := r.file.Seek(r.format.start, io.SeekStart); err != nil {
		return fmt.Errorf("read sound file: %w", err)
	}
	r.buffer.Reset(r.file)
	r.left = r.format.length
	return nil
}

// Close closes the file.
func (r *Reader) Close() error { return r.file.Close() }
