package record

import (
	"bytes"
	"encoding/binary"
)

// NAL unit types (ITU-T H.264, table 7-1).
const (
	nalSPS       = 7
	nalPPS       = 8
	nalDelimiter = 9
)

// nals splits an access unit in Annex B form.
func nals(data []byte) (list [][]byte) {
	start := bytes.Index(data, []byte{0, 0, 1})
	if start < 0 {
		return nil
	}
	data = data[start+3:]
	for {
		next := bytes.Index(data, []byte{0, 0, 1})
		nal := data
		if next >= 0 {
			nal = data[:next]
		}
		if nal = bytes.TrimRight(nal, "\x00"); len(nal) > 0 { // also the first byte of a long start code
			list = append(list, nal)
		}
		if next < 0 {
			return list
		}
		data = data[next+3:]
	}
}

// lengthPrefixed is an access unit as Matroska has it: each NAL unit after its
// length (ISO/IEC 14496-15, 5.3.4.2). Parameter sets stay inside, for they
// change with the picture's size.
func lengthPrefixed(data []byte) []byte {
	out := make([]byte, 0, len(data)+16)
	for _, nal := range nals(data) {
		if nal[0]&31 == nalDelimiter {
			continue
		}
		out = binary.BigEndian.AppendUint32(out, uint32(len(nal)))
		out = append(out, nal...)
	}
	return out
}

// avcC is the AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1) of a key
// frame; nil if it has no parameter sets.
func avcC(key []byte) []byte {
	var sps, pps []byte
	for _, nal := range nals(key) {
		switch {
		case nal[0]&31 == nalSPS && sps == nil:
			sps = nal
		case nal[0]&31 == nalPPS && pps == nil:
			pps = nal
		}
	}
	if len(sps) < 4 || len(sps) > 1<<16-1 || len(pps) == 0 || len(pps) > 1<<16-1 {
		return nil
	}
	b := []byte{1, sps[1], sps[2], sps[3], 0xff, 0xe1} // lengths of 4 bytes; one SPS
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(sps))), sps...)
	b = append(b, 1)
	return append(binary.BigEndian.AppendUint16(b, uint16(len(pps))), pps...)
}
