package manual

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"parley/backend/signaling"
)

// What is random in a description does not compress: it is taken out of the
// text, once each, and carried as bytes. In the text "$a" is the first value,
// "$b" the second, and "$$" a dollar.
const maxValues = 26

// The forms of a value.
const (
	fingerprint = iota // 32 bytes in upper-case hexadecimal with colons
	uuid               // 16 bytes (RFC 9562)
	number32           // decimal
	number64           // decimal
	hexText            // lower-case hexadecimal; length in bytes, bytes
	base64Text         // letters, digits, + and /; length in characters, 6 bits each
	forms
)

var random = regexp.MustCompile(`\$` +
	`|\b[0-9A-F]{2}(?::[0-9A-F]{2}){31}\b` +
	`|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b` +
	`|(?:ice-ufrag:|ice-pwd:|cname:)[A-Za-z0-9+/]{4,255}` +
	`|\b[1-9][0-9]{7,18}\b`)

// takeValues takes the random parts out of a text.
func takeValues(text string) (rest string, values []string) {
	rest = random.ReplaceAllStringFunc(text, func(found string) string {
		if found == "$" {
			return "$$"
		}
		name := ""
		if strings.Contains(found, "ice-") || strings.Contains(found, "cname") {
			name, found, _ = strings.Cut(found, ":")
			name += ":"
		}
		i := slices.Index(values, found)
		if i < 0 && len(values) == maxValues {
			return name + found
		}
		if i < 0 {
			i, values = len(values), append(values, found)
		}
		return name + "$" + string(rune('a'+i))
	})
	return rest, values
}

var reference = regexp.MustCompile(`\$.?`)

// putValues is the way back.
func putValues(text string, values []string) (string, error) {
	var err error
	whole := reference.ReplaceAllStringFunc(text, func(found string) string {
		if found == "$$" {
			return "$"
		}
		if len(found) == 2 && found[1] >= 'a' && int(found[1]-'a') < len(values) {
			return values[found[1]-'a']
		}
		err = damaged("its text names a value that is not there")
		return ""
	})
	if len(whole) > signaling.MaxSDP {
		err = fmt.Errorf("%w: %w", signaling.ErrBadCode, signaling.ErrTooLarge)
	}
	return whole, err
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

var isHex = regexp.MustCompile(`^(?:[0-9a-f]{2})+$`)

func appendValue(b []byte, v string) []byte {
	n, err := strconv.ParseUint(v, 10, 64)
	switch {
	case err == nil && v[0] != '0' && n < 1<<32:
		return binary.BigEndian.AppendUint32(append(b, number32), uint32(n))
	case err == nil && v[0] != '0':
		return binary.BigEndian.AppendUint64(append(b, number64), n)
	case strings.Contains(v, ":"):
		return appendHex(append(b, fingerprint), strings.ReplaceAll(v, ":", ""))
	case strings.Contains(v, "-"):
		return appendHex(append(b, uuid), strings.ReplaceAll(v, "-", ""))
	case isHex.MatchString(v):
		return appendHex(append(b, hexText, byte(len(v)/2)), v)
	}
	b = append(b, base64Text, byte(len(v)))
	bits, held := uint(0), 0
	for _, c := range []byte(v) {
		bits, held = bits<<6|uint(strings.IndexByte(alphabet, c)), held+6
		if held >= 8 {
			held -= 8
			b = append(b, byte(bits>>held))
		}
	}
	if held > 0 {
		b = append(b, byte(bits<<(8-held)))
	}
	return b
}

func appendHex(b []byte, digits string) []byte {
	b, _ = hex.AppendDecode(b, []byte(digits)) // hexadecimal by the pattern it matched
	return b
}

func (r *reader) value() string {
	switch r.byte() {
	case fingerprint:
		digits := strings.ToUpper(hex.EncodeToString(r.take(32)))
		var s strings.Builder
		for i := 0; i < len(digits); i += 2 {
			s.WriteString(":" + digits[i:i+2])
		}
		return s.String()[1:]
	case uuid:
		return r.uuid()
	case number32:
		return strconv.FormatUint(uint64(binary.BigEndian.Uint32(r.take(4))), 10)
	case number64:
		return strconv.FormatUint(binary.BigEndian.Uint64(r.take(8)), 10)
	case hexText:
		return hex.EncodeToString(r.take(int(r.byte())))
	case base64Text:
		n := int(r.byte())
		b := append(slices.Clip(r.take((n*6+7)/8)), 0)
		s := make([]byte, n)
		for i := range s {
			two := uint(b[i*6/8])<<8 | uint(b[i*6/8+1])
			s[i] = alphabet[two>>(10-i*6%8)&63]
		}
		return string(s)
	}
	r.failed = true
	return ""
}

func (r *reader) uuid() string {
	d := hex.EncodeToString(r.take(16))
	return d[:8] + "-" + d[8:12] + "-" + d[12:16] + "-" + d[16:20] + "-" + d[20:]
}
