package signaling

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
)

// codePrefix begins every code of package manual. A room ID has no colon.
const codePrefix = "PARLEY:"

// ParseCode takes a call code as a person pastes it, in either case and with
// white space in it, or the link https://PAGE/#code=… that carries one, and
// gives it without them. It does not look into it: package manual does. The
// error wraps ErrBadCode.
func ParseCode(s string) (string, error) {
	s = strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) || unicode.Is(unicode.Cf, c) { // chat programs add zero-width characters
			return -1
		}
		return c
	}, s)
	if _, fragment, ok := strings.Cut(s, "#"); ok {
		q, err := url.ParseQuery(fragment)
		if err != nil || q.Get("code") == "" {
			return "", fmt.Errorf("%w: no code behind the #", ErrBadCode)
		}
		s = q.Get("code")
	}
	if s = upper(s); !strings.HasPrefix(s, codePrefix) {
		return "", fmt.Errorf("%w: one begins with %s: copy it from its beginning", ErrBadCode, codePrefix)
	}
	for _, c := range s[len(codePrefix):] {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return "", fmt.Errorf("%w: %q cannot be in one", ErrBadCode, c)
		}
	}
	return s, nil
}

// upper is ASCII's upper case: strings.ToUpper makes an S of other letters too.
func upper(s string) string {
	return strings.Map(func(c rune) rune {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		return c
	}, s)
}

// IsCode tells whether what a user entered is meant as a code, whole or not,
// and not as a room's ID or link.
func IsCode(s string) bool {
	s = strings.TrimSpace(s)
	if _, fragment, ok := strings.Cut(s, "#"); ok {
		return strings.HasPrefix(fragment, "code=")
	}
	return strings.HasPrefix(upper(s), codePrefix)
}
