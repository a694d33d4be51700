package record

import (
	"encoding/binary"
	"math"
)

// IDs of EBML (RFC 8794) and Matroska (RFC 9559) elements.
const (
	idEBML            = 0x1A45DFA3
	idEBMLVersion     = 0x4286
	idEBMLReadVersion = 0x42F7
	idMaxIDLength     = 0x42F2
	idMaxSizeLength   = 0x42F3
	idDocType         = 0x4282
	idDocVersion      = 0x4287
	idDocReadVersion  = 0x4285
	idVoid            = 0xEC

	idSegment      = 0x18538067
	idSeekHead     = 0x114D9B74
	idSeek         = 0x4DBB
	idSeekID       = 0x53AB
	idSeekPosition = 0x53AC

	idInfo           = 0x1549A966
	idTimestampScale = 0x2AD7B1
	idDuration       = 0x4489
	idMuxingApp      = 0x4D80
	idWritingApp     = 0x5741

	idTracks       = 0x1654AE6B
	idTrackEntry   = 0xAE
	idTrackNumber  = 0xD7
	idTrackUID     = 0x73C5
	idTrackType    = 0x83
	idFlagLacing   = 0x9C
	idCodecID      = 0x86
	idCodecPrivate = 0x63A2
	idSeekPreRoll  = 0x56BB
	idVideo        = 0xE0
	idPixelWidth   = 0xB0
	idPixelHeight  = 0xBA
	idAudio        = 0xE1
	idSampling     = 0xB5
	idChannels     = 0x9F

	idCluster     = 0x1F43B675
	idTimestamp   = 0xE7
	idSimpleBlock = 0xA3

	idCues               = 0x1C53BB6B
	idCuePoint           = 0xBB
	idCueTime            = 0xB3
	idCueTrackPositions  = 0xB7
	idCueTrack           = 0xF7
	idCueClusterPosition = 0xF1
)

// unknownSize is the size of an element that ends where its parent does, or
// where one of its own level begins (RFC 8794, 6.2). It has 8 bytes, as the size
// has that takes its place.
var unknownSize = []byte{0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// size8 is a size in 8 bytes.
func size8(n int64) []byte {
	return binary.BigEndian.AppendUint64(nil, 1<<56|uint64(n))
}

func appendID(b []byte, id uint32) []byte {
	for shift := 24; shift >= 0; shift -= 8 {
		if id>>shift != 0 {
			b = append(b, byte(id>>shift))
		}
	}
	return b
}

// appendSize appends a size in as few bytes as it needs.
func appendSize(b []byte, n int) []byte {
	length := 1
	for n >= 1<<(7*length)-1 {
		length++
	}
	for i := length - 1; i >= 0; i-- {
		c := byte(n >> (8 * i))
		if i == length-1 {
			c |= 1 << (8 - length)
		}
		b = append(b, c)
	}
	return b
}

// element is an element of bytes, or of other elements.
func element(id uint32, parts ...[]byte) []byte {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	b := appendSize(appendID(make([]byte, 0, n+12), id), n)
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

func text(id uint32, s string) []byte { return element(id, []byte(s)) }

// number is an unsigned integer in as few bytes as it needs.
func number(id uint32, n uint64) []byte {
	b := binary.BigEndian.AppendUint64(nil, n)
	for len(b) > 1 && b[0] == 0 {
		b = b[1:]
	}
	return element(id, b)
}

// number8 is one in 8 bytes.
func number8(id uint32, n uint64) []byte {
	return element(id, binary.BigEndian.AppendUint64(nil, n))
}

func float(id uint32, f float64) []byte {
	return element(id, binary.BigEndian.AppendUint64(nil, math.Float64bits(f)))
}

// void fills n bytes, at least 2 and at most 128.
func void(n int) []byte {
	b := make([]byte, n)
	b[0], b[1] = idVoid, 0x80|byte(n-2)
	return b
}
