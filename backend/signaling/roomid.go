package signaling

import (
	"crypto/rand"
	"fmt"
	"strings"
)

// crockford is the alphabet of Crockford's base32: no I, L, O or U.
// https://www.crockford.com/base32.html
const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

const (
	ownLength     = 12  // characters of one of our room IDs: 60 random bits
	foreignLength = 128 // characters at most of another client's
)

// RoomID names a room. One of ours is kept as 12 lower-case characters of
// Crockford's base32 without dashes; another client's is kept as it came.
type RoomID string

// NewRoomID makes a room ID of 60 bits from crypto/rand.
func NewRoomID() RoomID {
	var b [ownLength]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand
	for i := range b {
		b[i] = crockford[b[i]&31]
	}
	return RoomID(b[:])
}

// ParseRoomID takes a room ID as a person types it: ours in any case, with or
// without dashes and spaces, with O read as 0 and I and L as 1. Anything else
// of letters, digits, "-" and "_" is another client's and is taken as it is.
// The error wraps ErrBadRoomID.
func ParseRoomID(s string) (RoomID, error) {
	s = strings.TrimSpace(s)
	if len(s) > foreignLength {
		return "", fmt.Errorf("%w: it has %d characters", ErrBadRoomID, len(s))
	}
	if id, ok := parseOwn(s); ok {
		return id, nil
	}
	if s == "" {
		return "", fmt.Errorf("%w: it is empty", ErrBadRoomID)
	}
	for _, c := range s {
		if !strings.ContainsRune("-_", c) && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return "", fmt.Errorf("%w: %q cannot be in one", ErrBadRoomID, c)
		}
	}
	return RoomID(s), nil
}

func parseOwn(s string) (RoomID, bool) {
	id := make([]byte, 0, ownLength)
	for _, c := range s {
		if 'A' <= c && c <= 'Z' { // not strings.ToLower: it makes a k of the Kelvin sign
			c += 'a' - 'A'
		}
		switch c {
		case '-', ' ':
			continue
		case 'o':
			c = '0'
		case 'i', 'l':
			c = '1'
		}
		if !strings.ContainsRune(crockford, c) || len(id) == ownLength {
			return "", false
		}
		id = append(id, byte(c))
	}
	return RoomID(id), len(id) == ownLength
}

// Own tells whether the ID is of our form, not another client's.
func (id RoomID) Own() bool {
	own, ok := parseOwn(string(id))
	return ok && own == id
}

// String is the ID as it is shown: xxxx-xxxx-xxxx for one of ours.
func (id RoomID) String() string {
	if !id.Own() {
		return string(id)
	}
	return string(id[:4] + "-" + id[4:8] + "-" + id[8:])
}
