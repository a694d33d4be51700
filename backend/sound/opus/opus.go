// Package opus encodes and decodes Opus (RFC 6716) with libopus: 48 kHz, mono
// out for a voice, stereo in for whatever comes.
package opus

// #include "libopus.h"
import "C"

import (
	"errors"
	"fmt"
	"unsafe"

	// Only for the static libopus that it links, the same for Linux, Windows
	// and macOS.
	_ "github.com/pion/mediadevices/pkg/codec/opus"
)

const (
	// Rate is the sampling rate of both directions in Hz, and of RTP's clock
	// for Opus (RFC 7587, 4.1).
	Rate = 48000
	// FrameSize is how many samples one encoded packet holds: 20 ms. LongFrame is
	// 40 ms, of which half as many headers go with a voice.
	FrameSize = Rate / 50
	LongFrame = 2 * FrameSize
	// MaxPacket bounds an encoded packet in bytes (RFC 6716, 3.2.1: a frame).
	MaxPacket = 1275
	// MaxFrame is how many samples of each channel a packet can hold: 120 ms.
	MaxFrame = Rate * 120 / 1000
)

// ErrClosed is what a closed Encoder or Decoder answers.
var ErrClosed = errors.New("opus: closed")

// An Error is libopus' own.
type Error int

func (e Error) Error() string { return "opus: " + C.GoString(C.opus_strerror(C.int(e))) }

func check(op string, code C.int) error {
	if code < 0 {
		return fmt.Errorf("%s: %w", op, Error(code))
	}
	return nil
}

// Encoder encodes one voice. It is not for several goroutines at once.
type Encoder struct{ c *C.OpusEncoder }

// EncoderOptions is how a voice is encoded.
type EncoderOptions struct {
	Bitrate    int // bit/s, as a mean
	Complexity int // 0 (least CPU) to 10
}

// NewEncoder makes an encoder of 48 kHz mono voice with in-band FEC, which
// takes effect as soon as SetLoss expects loss.
func NewEncoder(o EncoderOptions) (*Encoder, error) {
	var code C.int
	c := C.opus_encoder_create(Rate, 1, C.APPLICATION_VOIP, &code)
	if c == nil {
		return nil, check("make encoder", code)
	}
	e := &Encoder{c}
	for _, set := range []struct {
		request C.int
		value   int
	}{
		{C.SET_BITRATE, o.Bitrate},
		{C.SET_COMPLEXITY, o.Complexity},
		{C.SET_SIGNAL, C.SIGNAL_VOICE},
		{C.SET_INBAND_FEC, 1},
	} {
		if err := e.set(set.request, set.value); err != nil {
			e.Close()
			return nil, err
		}
	}
	return e, nil
}

func (e *Encoder) set(request C.int, value int) error {
	if e.c == nil {
		return ErrClosed
	}
	return check("set up encoder", C.encoder_set(e.c, request, C.int32_t(value)))
}

// SetLoss tells the encoder how many of a hundred packets get lost, so that it
// spends bits on in-band FEC accordingly.
func (e *Encoder) SetLoss(percent int) error {
	return e.set(C.SET_PACKET_LOSS_PERC, min(max(percent, 0), 100))
}

// SetBitrate tells the encoder how much to make from now on, bit/s as a mean.
func (e *Encoder) SetBitrate(bitrate int) error { return e.set(C.SET_BITRATE, bitrate) }

// SetDTX lets the encoder send next to nothing where it hears no voice (RFC
// 6716, 2.1.9). It takes a steady tone or music for no voice after a second:
// switch it on in silence alone.
func (e *Encoder) SetDTX(on bool) error {
	if on {
		return e.set(C.SET_DTX, 1)
	}
	return e.set(C.SET_DTX, 0)
}

// Reset forgets what was encoded: nothing of it is in the next packet.
func (e *Encoder) Reset() error {
	if e.c == nil {
		return ErrClosed
	}
	return check("reset encoder", C.encoder_reset(e.c))
}

// Encode encodes FrameSize or LongFrame samples and returns how many bytes of packet it
// filled. A packet of two bytes or fewer is DTX and need not be sent.
func (e *Encoder) Encode(pcm []int16, packet []byte) (int, error) {
	if e.c == nil {
		return 0, ErrClosed
	}
	if len(pcm) != FrameSize && len(pcm) != LongFrame || len(packet) == 0 {
		return 0, fmt.Errorf("opus: encode %d samples into %d bytes", len(pcm), len(packet))
	}
	n := C.opus_encode(e.c, (*C.int16_t)(&pcm[0]), C.int(len(pcm)), (*C.uchar)(&packet[0]), C.int32_t(len(packet)))
	return max(int(n), 0), check("encode", C.int(n))
}

// Close frees the encoder.
func (e *Encoder) Close() {
	if e.c != nil {
		C.opus_encoder_destroy(e.c)
		e.c = nil
	}
}

// Decoder decodes into 48 kHz stereo, interleaved; a mono packet sounds the
// same on both sides. It is not for several goroutines at once.
type Decoder struct{ c *C.OpusDecoder }

// NewDecoder makes a decoder.
func NewDecoder() (*Decoder, error) {
	var code C.int
	c := C.opus_decoder_create(Rate, 2, &code)
	if c == nil {
		return nil, check("make decoder", code)
	}
	return &Decoder{c}, nil
}

// Decode decodes one packet into pcm, which has room for MaxFrame stereo
// samples, and returns how many there are of each channel.
func (d *Decoder) Decode(packet []byte, pcm []int16) (int, error) {
	if len(packet) == 0 {
		return 0, errors.New("opus: decode an empty packet")
	}
	return d.decode("decode", packet, pcm, 0)
}

// Recover decodes what packet holds of the one before it (in-band FEC, RFC
// 6716, 2.1.7) and conceals where it holds nothing. It fills pcm, whose length
// is that of the lost packet: a multiple of 2.5 ms.
func (d *Decoder) Recover(packet []byte, pcm []int16) error {
	_, err := d.decode("recover", packet, pcm, 1)
	return err
}

// Conceal fills pcm, a multiple of 2.5 ms, with what might have come (PLC).
func (d *Decoder) Conceal(pcm []int16) error {
	_, err := d.decode("conceal", nil, pcm, 0)
	return err
}

// Reset forgets what was decoded, as for another sender.
func (d *Decoder) Reset() error {
	if d.c == nil {
		return ErrClosed
	}
	return check("reset decoder", C.decoder_reset(d.c))
}

func (d *Decoder) decode(op string, packet []byte, pcm []int16, fec C.int) (int, error) {
	if d.c == nil {
		return 0, ErrClosed
	}
	if len(pcm) < 2 {
		return 0, fmt.Errorf("opus: %s into %d samples", op, len(pcm))
	}
	n := C.opus_decode(d.c, (*C.uchar)(unsafe.SliceData(packet)), C.int32_t(len(packet)),
		(*C.int16_t)(&pcm[0]), C.int(len(pcm)/2), fec)
	return max(int(n), 0), check(op, n)
}

// Close frees the decoder.
func (d *Decoder) Close() {
	if d.c != nil {
		C.opus_decoder_destroy(d.c)
		d.c = nil
	}
}
