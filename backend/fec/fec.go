// Package fec makes lost RTP packets again from packets of parity (RFC 5109,
// "ULPFEC"), without a round trip. It works on whole RTP packets and nothing
// else: what is sent when, and how much of it, is for others to say, but how
// much protects a picture (Parity) is said here.
//
//	Sender    Sent, Sent, … ▶ Parity ▶ payloads to send after them
//	Receiver  Media, Parity ▶ packets that were lost
//
// A packet of parity is the exclusive or of those that its mask names: it brings
// back one of them, where all others are there, and several packets of parity as
// many as they are independent equations of. So what can be brought back depends on
// which are lost, and not only on how many.
package fec

import (
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

const (
	fixedHeader = 12 // bytes of an RTP header that every packet has (RFC 3550, 5.1)
	fecHeader   = 10 // bytes (RFC 5109, 7.3)
	levelHeader = 4  // bytes with the short mask (RFC 5109, 7.4)
	longMask    = 4  // bytes more that the long one takes
	shortSpan   = 16 // sequence numbers that the short mask reaches

	// Span is how many sequence numbers one packet of parity reaches.
	Span = 48
	// Overhead is how many bytes longer than the longest packet that it protects
	// a packet of parity is, at most, if it has an RTP header of the same length.
	Overhead = fecHeader + levelHeader + longMask
)

// ErrMalformed is parity that cannot be read.
var ErrMalformed = errors.New("not a packet of parity (RFC 5109)")

// parity is a packet of it, read.
type parity struct {
	base uint16 // the sequence number that the mask begins with
	mask uint64 // bit n is of base+n
	xor  block
}

// block is what the exclusive or is made of: an RTP packet without what its
// receiver knows of a lost one anyway.
type block struct {
	flags     [2]byte // the header's first two bytes, without the version
	timestamp uint32
	length    uint16 // bytes after the fixed header
	body      []byte // what comes after it
}

// add is b ^= the packet.
func (b *block) add(packet []byte) {
	b.flags[0] ^= packet[0] & 0x3f
	b.flags[1] ^= packet[1]
	b.timestamp ^= binary.BigEndian.Uint32(packet[4:])
	body := packet[fixedHeader:]
	b.length ^= uint16(len(body))
	b.addBody(body)
}

// join is b ^= other.
func (b *block) join(other block) {
	b.flags[0] ^= other.flags[0]
	b.flags[1] ^= other.flags[1]
	b.timestamp ^= other.timestamp
	b.length ^= other.length
	b.addBody(other.body)
}

func (b *block) addBody(body []byte) {
	if more := len(body) - len(b.body); more > 0 {
		b.body = append(b.body, make([]byte, more)...)
	}
	subtle.XORBytes(b.body, b.body[:len(body)], body)
}

// packet is the one that a block of one is made of, if all of it is there.
func (b *block) packet(ssrc uint32, seq uint16) ([]byte, bool) {
	if int(b.length) > len(b.body) {
		return nil, false
	}
	p := make([]byte, fixedHeader, fixedHeader+int(b.length))
	p[0], p[1] = 0x80|b.flags[0], b.flags[1]
	binary.BigEndian.PutUint16(p[2:], seq)
	binary.BigEndian.PutUint32(p[4:], b.timestamp)
	binary.BigEndian.PutUint32(p[8:], ssrc)
	return append(p, b.body[:b.length]...), true
}

// marshal is the payload to send.
func (p parity) marshal() []byte {
	long := bits.Len64(p.mask) > shortSpan
	header := fecHeader + levelHeader
	if long {
		header += longMask
	}
	out := make([]byte, header, header+len(p.xor.body))
	out[0] = p.xor.flags[0]
	if long {
		out[0] |= 0x40
	}
	out[1] = p.xor.flags[1]
	binary.BigEndian.PutUint16(out[2:], p.base)
	binary.BigEndian.PutUint32(out[4:], p.xor.timestamp)
	binary.BigEndian.PutUint16(out[8:], p.xor.length)
	binary.BigEndian.PutUint16(out[10:], uint16(len(p.xor.body)))
	// The mask's first bit, the most significant one, is the base's.
	binary.BigEndian.PutUint16(out[12:], bits.Reverse16(uint16(p.mask)))
	if long {
		binary.BigEndian.PutUint32(out[14:], bits.Reverse32(uint32(p.mask>>shortSpan)))
	}
	return append(out, p.xor.body...)
}

// parse reads a payload, whose memory it shares. Of several levels it takes the
// first, as libwebrtc does: nobody sends more. The error wraps ErrMalformed.
func parse(payload []byte) (parity, error) {
	if len(payload) < fecHeader+levelHeader {
		return parity{}, fmt.Errorf("%w: it has %d bytes", ErrMalformed, len(payload))
	}
	if payload[0]&0x80 != 0 {
		return parity{}, fmt.Errorf("%w: it has an extension, which there is none of", ErrMalformed)
	}
	p := parity{
		base: binary.BigEndian.Uint16(payload[2:]),
		mask: uint64(bits.Reverse16(binary.BigEndian.Uint16(payload[12:]))),
		xor: block{
			flags:     [2]byte{payload[0] & 0x3f, payload[1]},
			timestamp: binary.BigEndian.Uint32(payload[4:]),
			length:    binary.BigEndian.Uint16(payload[8:]),
		},
	}
	body := payload[fecHeader+levelHeader:]
	if payload[0]&0x40 != 0 {
		if len(body) < longMask {
			return parity{}, fmt.Errorf("%w: its mask is cut short", ErrMalformed)
		}
		p.mask |= uint64(bits.Reverse32(binary.BigEndian.Uint32(body))) << shortSpan
		body = body[longMask:]
	}
	length := int(binary.BigEndian.Uint16(payload[10:]))
	switch {
	case length > len(body):
		return parity{}, fmt.Errorf("%w: %d of %d bytes are there", ErrMalformed, len(body), length)
	case p.mask == 0:
		return parity{}, fmt.Errorf("%w: it protects nothing", ErrMalformed)
	}
	p.xor.body = body[:length]
	return p, nil
}
