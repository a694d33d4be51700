package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
)

// ErrFull tells that a file has reached the 4 GiB that its header can tell of.
var ErrFull = errors.New("the sound file is full")

const headerSize = 44

// Writer writes 16-bit PCM at 48 kHz. The header is brought up to date once a
// second, so that a crash leaves a file that plays. It is not for several
// goroutines at once.
type Writer struct {
	file     *os.File
	channels int
	length   uint32 // bytes of samples written
	told     uint32 // of them, those the header tells of
	buffer   []byte
	err      error // the first, which the rest repeat
}

// Create makes a file; one that is there is replaced.
func Create(path string, channels int) (*Writer, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("make sound file: %w", err)
	}
	w := &Writer{file: f, channels: channels}
	if err := w.header(); err != nil {
		_ = f.Close()
		return nil, err
	}
	return w, nil
}

func (w *Writer) header() error {
	b := make([]byte, 0, headerSize)
	le := binary.LittleEndian
	align := uint16(2 * w.channels)
	b = append(b, "RIFF"...)
	b = le.AppendUint32(b, headerSize-8+w.length)
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 16)
	b = le.AppendUint16(b, formatPCM)
	b = le.AppendUint16(b, uint16(w.channels))
	b = le.AppendUint32(b, Rate)
	b = le.AppendUint32(b, Rate*uint32(align))
	b = le.AppendUint16(b, align)
	b = le.AppendUint16(b, 16)
	b = append(b, "data"...)
	b = le.AppendUint32(b, w.length)
	w.told = w.length
	if _, err := w.file.WriteAt(b, 0); err != nil {
		return fmt.Errorf("write sound file: %w", err)
	}
	return nil
}

// Write adds interleaved samples.
func (w *Writer) Write(pcm []int16) error {
	if w.err != nil {
		return w.err
	}
	w.buffer = w.buffer[:0]
	for _, v := range pcm {
		w.buffer = binary.LittleEndian.AppendUint16(w.buffer, uint16(v))
	}
	if uint64(w.length)+uint64(len(w.buffer)) > 1<<32-1-headerSize {
		w.err = ErrFull
		return w.err
	}
	if _, err := w.file.WriteAt(w.buffer, headerSize+int64(w.length)); err != nil {
		w.err = fmt.Errorf("write sound file: %w", err)
		return w.err
	}
	w.length += uint32(len(w.buffer))
	if w.length-w.told >= Rate*2*uint32(w.channels) {
		w.err = w.header()
	}
	return w.err
}

// Close brings the header up to date and closes the file.
func (w *Writer) Close() error {
	if errors.Is(w.err, os.ErrClosed) {
		return nil
	}
	err := w.err
	if err == nil {
		err = w.header()
	}
	if e := w.file.Close(); err == nil && e != nil {
		err = fmt.Errorf("close sound file: %w", e)
	}
	w.err = os.ErrClosed
	return err
}
