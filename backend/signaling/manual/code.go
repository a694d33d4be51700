package manual

import (
	"bytes"
	"compress/flate"
	_ "embed"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"strings"

	"parley/backend/signaling"
)

// A code is "PARLEY:" and base32 (RFC 4648, without padding) of
//
//	length    2  of all that follows, the checksum too
//	head      1  version<<4 | kind
//	stamp     4  offer: when it was made, minutes since 1970; answer: the offer's checksum
//	values       how many, then each: its form and its bytes (values.go)
//	candidates   how many, then each (candidate.go)
//	text         the rest of the description, deflated (RFC 1951) with dictionary.txt
//	checksum  4  CRC-32 (IEEE) of all before it
//
// Numbers are big-endian. Base32 stands in a QR code's alphanumeric mode, which
// takes 5.5 bits a character, survives chat programs that read * and _ as
// formatting, and may be typed in either case.
const (
	prefix  = "PARLEY:"
	version = 1
	// maxText is how many characters a code may have: what one QR code holds
	// (ISO/IEC 18004, version 40-L, alphanumeric).
	maxText  = 4296
	headSize = 2 + 1 + 4
	sumSize  = 4
)

// dictionary is what the descriptions of Parley, Chromium and Firefox have in
// common. A change of it is a new version of the code.
//
//go:embed dictionary.txt
var dictionary string

var encoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// packet is a code's content.
type packet struct {
	description signaling.Description
	stamp       uint32 // see above
	sum         uint32 // names the code: what an answer's stamp is
}

// pack makes a code of a description, with the candidates in it and apart from
// it, and gives the code's checksum too. The error wraps signaling.ErrTooLarge.
func pack(d signaling.Description, apart []signaling.Candidate, stamp uint32) (string, uint32, error) {
	rest, candidates := strip(d.SDP, apart)
	rest, values := takeValues(rest)
	kind := byte(0)
	if d.Type == "answer" {
		kind = 1
	}
	b := []byte{version<<4 | kind}
	b = binary.BigEndian.AppendUint32(b, stamp)
	b = append(b, byte(len(values)))
	for _, v := range values {
		b = appendValue(b, v)
	}
	b = append(b, byte(len(candidates)))
	for _, c := range candidates {
		b = c.append(b)
	}
	var deflated bytes.Buffer
	w, _ := flate.NewWriterDict(&deflated, flate.BestCompression, []byte(dictionary)) // fails for a bad level only
	_, _ = io.WriteString(w, rest)
	_ = w.Close()
	b = append(b, deflated.Bytes()...)
	if encoding.EncodedLen(2+len(b)+sumSize)+len(prefix) > maxText {
		return "", 0, fmt.Errorf("%w: the %s does not fit into a code", signaling.ErrTooLarge, d.Type)
	}
	code, sum := seal(b)
	return code, sum, nil
}

// seal puts the length before a code's content and the checksum behind it.
func seal(content []byte) (code string, sum uint32) {
	b := binary.BigEndian.AppendUint16(nil, uint16(len(content)+sumSize)) // at most maxText
	b = append(b, content...)
	sum = crc32.ChecksumIEEE(b)
	return prefix + encoding.EncodeToString(binary.BigEndian.AppendUint32(b, sum)), sum
}

// unpack reads a code as a person pastes it: with white space in it, in either
// case, or as the link that it came in. The error wraps signaling.ErrBadCode.
func unpack(text string) (packet, error) {
	b, err := read(text)
	if err != nil {
		return packet{}, err
	}
	body, end := b[:len(b)-sumSize], b[len(b)-sumSize:]
	p := packet{stamp: binary.BigEndian.Uint32(b[3:]), sum: binary.BigEndian.Uint32(end)}
	switch b[2] & 15 {
	case 0:
		p.description.Type = "offer"
	case 1:
		p.description.Type = "answer"
	default:
		return packet{}, damaged("of no known kind")
	}
	in := reader{rest: body[headSize:]}
	values := make([]string, in.byte())
	for i := range values {
		values[i] = in.value()
	}
	candidates := make([]candidate, in.byte())
	for i := range candidates {
		candidates[i] = in.candidate()
	}
	if in.failed {
		return packet{}, damaged("its parts do not fit")
	}
	// A description of the largest size and one more: then it is refused below.
	inflated, err := io.ReadAll(io.LimitReader(flate.NewReaderDict(bytes.NewReader(in.rest), []byte(dictionary)), signaling.MaxSDP+1))
	if err != nil {
		return packet{}, damaged("its text does not unpack")
	}
	p.description.SDP, err = putValues(string(inflated), values)
	if err != nil {
		return packet{}, err
	}
	p.description.SDP = dress(p.description.SDP, candidates)
	if err := p.description.ValidateLater(); err != nil {
		return packet{}, fmt.Errorf("%w: %w", signaling.ErrBadCode, err)
	}
	return p, nil
}

// read gives a code's bytes, once its checksum holds.
func read(text string) ([]byte, error) {
	code, err := signaling.ParseCode(text)
	if err != nil {
		return nil, err
	}
	if len(code) > maxText {
		return nil, fmt.Errorf("%w: it is longer than any code: was it pasted twice?", signaling.ErrBadCode)
	}
	b, err := encoding.DecodeString(code[len(prefix):])
	if at := strings.IndexFunc(code[len(prefix):], func(c rune) bool { return !isBase32(c) }); at >= 0 {
		return nil, fmt.Errorf("%w: %q cannot be in one", signaling.ErrBadCode, []rune(code[len(prefix)+at:])[0])
	}
	if err != nil || len(b) < headSize+sumSize { // base32 takes whole groups only
		return nil, cut()
	}
	switch n := int(binary.BigEndian.Uint16(b)) + 2; {
	case n < headSize+sumSize:
		return nil, damaged("its length is wrong")
	case len(b) < n:
		return nil, cut()
	case len(b) > n:
		return nil, fmt.Errorf("%w: there is something behind its end: was it pasted twice?", signaling.ErrBadCode)
	}
	sum := binary.BigEndian.Uint32(b[len(b)-sumSize:])
	if crc32.ChecksumIEEE(b[:len(b)-sumSize]) != sum {
		return nil, damaged("its checksum is wrong")
	}
	if b[2]>>4 != version {
		return nil, fmt.Errorf("%w: it is of another version of Parley: both sides need the same", signaling.ErrBadCode)
	}
	return b, nil
}

func isBase32(c rune) bool { return 'A' <= c && c <= 'Z' || '2' <= c && c <= '7' }

func damaged(why string) error {
	return fmt.Errorf("%w: %s: copy it again, or scan it", signaling.ErrBadCode, why)
}

func cut() error {
	return fmt.Errorf("%w: its end is missing: copy it again, from its beginning to its very end", signaling.ErrBadCode)
}

// reader takes a code's fields; past its end, or at what cannot be, it fails
// and gives zeros.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) take(n int) []byte {
	if n > len(r.rest) {
		r.failed = true
		return make([]byte, n)
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) byte() byte { return r.take(1)[0] }
