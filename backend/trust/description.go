package trust

import (
	"slices"
	"strings"
)

// Named is what a session description says of its side's certificate: each
// line about a fingerprint once, in order and in lower case. A side keeps its
// certificate for the whole of a connection, so a later description in which
// this differs is not its own, and must not be followed.
//
// It counts every line that speaks of a fingerprint in any way: parsers differ
// in what they take for the attribute, and none may see one that is missed here.
func Named(sdp string) string {
	var lines []string
	for line := range strings.FieldsFuncSeq(sdp, func(r rune) bool { return r == '\r' || r == '\n' }) {
		line = strings.ToLower(strings.TrimSpace(line))
		if strings.Contains(line, "fingerprint") {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return strings.Join(slices.Compact(lines), "\n")
}
