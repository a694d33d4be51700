package manual

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"parley/backend/signaling"
)

var (
	// idle are lines that say nothing where ICE, rtcp-mux and a=msid are used,
	// as every WebRTC description does (RFC 8829, section 5.2.1), and no
	// candidate follows.
	idle = regexp.MustCompile(`^a=(?:end-of-candidates|x-parley-more|rtcp:.*|ssrc:\d+ (?:msid|mslabel|label):.*)$`)
	port = regexp.MustCompile(`^(m=\w+ )[1-9]\d* `)
)

// strip makes a description's text the same where it means the same: lines end
// in a line feed, the addresses stand in the candidates alone. With bundled
// media there is one transport, so the candidates of the others are left out.
// Those that came apart from the description join the ones inside.
func strip(sdp string, apart []signaling.Candidate) (text string, kept []candidate) {
	keep := func(line string) {
		c, ok := parse(strings.TrimPrefix(line, "candidate:"))
		if ok && len(kept) < maxCandidates && !slices.ContainsFunc(kept, c.same) {
			kept = append(kept, c)
		}
	}
	var lines []string
	mids, first, n := midsOf(sdp), tagged(sdp), -1
	for line := range strings.Lines(sdp) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "m=") {
			n++
			line = port.ReplaceAllString(line, "${1}9 ")
		}
		switch {
		case line == "" || idle.MatchString(line):
		case strings.HasPrefix(line, "a=candidate:"):
			if n == first {
				keep(line[2:])
			}
		case strings.HasPrefix(line, "c="):
			lines = append(lines, "c=IN IP4 0.0.0.0")
		default:
			lines = append(lines, line)
		}
	}
	for _, c := range apart {
		of := c.SDPMid != nil && first < len(mids) && *c.SDPMid == mids[first] || c.SDPMid == nil && c.SDPMLineIndex != nil && int(*c.SDPMLineIndex) == first
		if of {
			keep(strings.TrimPrefix(c.Candidate, "a="))
		}
	}
	slices.SortStableFunc(kept, func(a, b candidate) int { return cmp.Compare(b.priority, a.priority) })
	return strings.Join(lines, "\n") + "\n", kept
}

func (c candidate) same(other candidate) bool {
	c.priority = other.priority
	return c == other
}

// dress is the way back: the candidates stand at the end of their section, and
// none will follow.
func dress(text string, candidates []candidate) string {
	var b strings.Builder
	first, n := tagged(text), -1
	end := func() {
		if n != first {
			return
		}
		for i, c := range candidates {
			b.WriteString(c.line(i) + "\r\n")
		}
		b.WriteString("a=end-of-candidates\r\n")
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "m=") {
			end()
			n++
		}
		b.WriteString(strings.TrimRight(line, "\r\n") + "\r\n")
	}
	end()
	return b.String()
}

// tagged is the number of the section whose transport all bundled ones use
// (RFC 9143, section 7.1): the first of the group, or of the description.
func tagged(sdp string) int {
	for line := range strings.Lines(sdp) {
		if rest, ok := strings.CutPrefix(line, "a=group:BUNDLE "); ok {
			if group := strings.Fields(rest); len(group) > 0 {
				return max(slices.Index(midsOf(sdp), group[0]), 0)
			}
		}
	}
	return 0
}

// midsOf are the mids of a description's sections, "" where one has none.
func midsOf(sdp string) (mids []string) {
	for line := range strings.Lines(sdp) {
		if strings.HasPrefix(line, "m=") {
			mids = append(mids, "")
		} else if mid, ok := strings.CutPrefix(line, "a=mid:"); ok && len(mids) > 0 {
			mids[len(mids)-1] = strings.TrimSpace(mid)
		}
	}
	return mids
}
