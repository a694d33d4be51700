package signaling

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// How large a message may be, in bytes. A real offer has 3 to 10 KiB.
const (
	MaxSDP       = 64 << 10
	MaxCandidate = 1 << 10
	maxMid       = 64
	maxUfrag     = 256 // RFC 8839, section 5.4
)

// Validate checks the first description that the peer on the given seat sends:
// the caller's is an offer, the callee's an answer. Every adapter calls it or
// ValidateLater, both ways. The error wraps ErrTooLarge or ErrBadMessage.
func (d Description) Validate(from Role) error {
	if err := d.ValidateLater(); err != nil {
		return err
	}
	if want := map[Role]string{Caller: "offer", Callee: "answer"}[from]; want == "" || d.Type != want {
		return fmt.Errorf("%w: the %s does not begin with a description of the type %s", ErrBadMessage, from, d.Type)
	}
	return nil
}

// ValidateLater checks a description that follows the first two: either seat
// sends offers and answers then. The error is as Validate's.
func (d Description) ValidateLater() error {
	switch {
	case len(d.SDP) > MaxSDP:
		return fmt.Errorf("%w: a description of %d bytes, where %d may be", ErrTooLarge, len(d.SDP), MaxSDP)
	case d.Type != "offer" && d.Type != "answer":
		return fmt.Errorf("%w: there is no description of the type %.20q", ErrBadMessage, d.Type)
	case !strings.HasPrefix(d.SDP, "v=0\r\n") && !strings.HasPrefix(d.SDP, "v=0\n"):
		return fmt.Errorf("%w: the %s does not begin with v=0", ErrBadMessage, d.Type)
	case !utf8.ValidString(d.SDP) || strings.ContainsRune(d.SDP, 0):
		return fmt.Errorf("%w: the %s is not text", ErrBadMessage, d.Type)
	}
	return nil
}

// Validate checks a candidate. An empty one is the end of the candidates
// (RFC 8838, section 13). The error wraps ErrTooLarge or ErrBadMessage.
func (c Candidate) Validate() error {
	for _, f := range []struct {
		name  string
		value *string
		limit int
	}{
		{"candidate", &c.Candidate, MaxCandidate},
		{"sdpMid", c.SDPMid, maxMid},
		{"usernameFragment", c.UsernameFragment, maxUfrag},
	} {
		if f.value == nil {
			continue
		}
		if len(*f.value) > f.limit {
			return fmt.Errorf("%w: %s of %d bytes, where %d may be", ErrTooLarge, f.name, len(*f.value), f.limit)
		}
		if !isLine(*f.value) {
			return fmt.Errorf("%w: %s is not one line of text", ErrBadMessage, f.name)
		}
	}
	if c.Candidate == "" {
		return nil
	}
	if !strings.HasPrefix(c.Candidate, "candidate:") && !strings.HasPrefix(c.Candidate, "a=candidate:") {
		return fmt.Errorf("%w: a candidate begins with candidate:", ErrBadMessage)
	}
	if c.SDPMid == nil && c.SDPMLineIndex == nil {
		return fmt.Errorf("%w: a candidate names its media by sdpMid or sdpMLineIndex", ErrBadMessage)
	}
	return nil
}

// isLine tells that s can stand in a line of SDP without ending it.
func isLine(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, c := range s {
		if c < ' ' || c == 0x7f {
			return false
		}
	}
	return true
}
