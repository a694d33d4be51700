package signaling

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// ICEServer is a STUN or TURN server, in the shape of RTCIceServer
// (https://www.w3.org/TR/webrtc/#dom-rtciceserver).
type ICEServer struct {
	URLs       []string `json:"urls"`               // RFC 7064, RFC 7065
	Username   string   `json:"username,omitempty"` // TURN only
	Credential string   `json:"credential,omitempty"`
}

// ICEProvider is a Room whose server names STUN and TURN servers for the call
// in it. They are valid, and at most MaxICEServers.
type ICEProvider interface {
	ICEServers() []ICEServer
}

// How much a room's server may say of ICE servers. Each URL is asked from each
// of our addresses, so that more would be slow.
const (
	MaxICEServers = 8
	maxICEURLs    = 8
	maxICEURL     = 512 // bytes
	maxICELogin   = 508 // bytes, of a user name (RFC 8489, section 14.3) and of a credential
)

// Turn tells whether one of the server's URLs is that of a relay.
func (s ICEServer) Turn() bool {
	for _, u := range s.URLs {
		if strings.HasPrefix(strings.ToLower(u), "turn") {
			return true
		}
	}
	return false
}

// Validate checks a server that somebody else names. The error wraps
// ErrBadMessage, and holds nothing of the credential.
func (s ICEServer) Validate() error {
	if len(s.URLs) == 0 || len(s.URLs) > maxICEURLs {
		return fmt.Errorf("%w: an ICE server with %d URLs, where 1 to %d may be", ErrBadMessage, len(s.URLs), maxICEURLs)
	}
	for _, u := range s.URLs {
		if !isICEURL(u) {
			return fmt.Errorf("%w: not the URL of an ICE server", ErrBadMessage)
		}
	}
	for _, login := range []string{s.Username, s.Credential} {
		if len(login) > maxICELogin || !isLine(login) {
			return fmt.Errorf("%w: an ICE server's user name or credential is too long, or not one line of text", ErrBadMessage)
		}
	}
	if s.Turn() && (s.Username == "" || s.Credential == "") {
		return fmt.Errorf("%w: a TURN server without a user name or a credential", ErrBadMessage)
	}
	return nil
}

// ValidICEServers are those of list that can be used. A call does without the
// others: a newer server may name what this program does not know.
func ValidICEServers(list []ICEServer) []ICEServer {
	var valid []ICEServer
	for _, s := range list {
		if len(valid) < MaxICEServers && s.Validate() == nil {
			valid = append(valid, s)
		}
	}
	return valid
}

// isICEURL takes stun:HOST[:PORT], and turn: likewise with ?transport=udp or
// tcp; stuns: and turns: are their forms over TLS.
func isICEURL(u string) bool {
	scheme, rest, found := strings.Cut(u, ":")
	if !found || len(u) > maxICEURL {
		return false
	}
	switch strings.ToLower(scheme) {
	case "stun", "stuns":
	case "turn", "turns":
		var query string
		if rest, query, found = strings.Cut(rest, "?"); found && query != "transport=udp" && query != "transport=tcp" {
			return false
		}
	default:
		return false
	}
	var host, port string
	if inside, bracketed := strings.CutPrefix(rest, "["); bracketed {
		host, rest, found = strings.Cut(inside, "]")
		ip, err := netip.ParseAddr(host)
		if !found || err != nil || !ip.Is6() || ip.Zone() != "" {
			return false
		}
		port, found = strings.CutPrefix(rest, ":")
		if !found && rest != "" {
			return false
		}
	} else if host, port, found = strings.Cut(rest, ":"); !isHostName(host) {
		return false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return !found || err == nil && n > 0
}

// isHostName takes an IPv4 address or a name (RFC 1123, and the underscore that
// home networks have).
func isHostName(host string) bool {
	for _, c := range host {
		if c != '.' && c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return host != "" && len(host) <= 253
}
