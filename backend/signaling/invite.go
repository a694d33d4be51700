package signaling

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// Invite is all that the other side needs to come in.
type Invite struct {
	Room RoomID
	// Server is the origin of the server that holds the room, such as
	// "https://192.168.1.7:8443"; empty where the joiner's own setting says.
	Server string
	// Fingerprint is the SHA-256 of the server's certificate (DER), which a
	// joining desktop pins; empty where the web's own trust is enough.
	Fingerprint []byte
	// Code is an offer carried by hand (package manual); then nothing else is
	// here.
	Code string
}

// String is the invite as a link: https://host:port/#room=…&cert=…. Both stand
// in the fragment, which a browser sends to nobody. An invite without a server
// is its room ID, one carried by hand its code.
func (i Invite) String() string {
	if i.Code != "" {
		return i.Code
	}
	if i.Server == "" {
		return i.Room.String()
	}
	link := i.Server + "/#room=" + i.Room.String()
	if len(i.Fingerprint) > 0 {
		link += "&cert=" + base64.RawURLEncoding.EncodeToString(i.Fingerprint)
	}
	return link
}

// ParseInvite takes a room ID, an invite link, a call code or a link that
// carries one, each also behind the scheme "parley:" with or without "//". The
// error wraps ErrBadRoomID, ErrBadInvite or ErrBadCode.
func ParseInvite(s string) (Invite, error) {
	s = cutScheme(strings.TrimSpace(s))
	if IsCode(s) {
		code, err := ParseCode(s)
		if err == nil && cutScheme(code) != code {
			return Invite{}, fmt.Errorf("%w: behind the # stands a room ID", ErrBadCode)
		}
		return Invite{Code: code}, err
	}
	if !strings.Contains(s, ":") && !strings.ContainsAny(s, "/#") {
		id, err := ParseRoomID(s)
		return Invite{Room: id}, err
	}
	if len(s) > 2048 {
		return Invite{}, fmt.Errorf("%w: it has %d characters", ErrBadInvite, len(s))
	}
	u, err := url.Parse(s)
	if err != nil || !isWeb(u) || u.User != nil || !isHost(u) {
		return Invite{}, fmt.Errorf("%w: it should begin with https:// and a host", ErrBadInvite)
	}
	q, err := url.ParseQuery(u.EscapedFragment())
	if err != nil || q.Get("room") == "" {
		return Invite{}, fmt.Errorf("%w: no room after the #; was the whole link copied?", ErrBadInvite)
	}
	id, err := ParseRoomID(q.Get("room"))
	if err != nil {
		return Invite{}, err
	}
	i := Invite{Room: id, Server: u.Scheme + "://" + strings.TrimSuffix(u.Host, ":")}
	if cert := q.Get("cert"); cert != "" {
		i.Fingerprint, err = base64.RawURLEncoding.Strict().DecodeString(cert)
		if err != nil || len(i.Fingerprint) != 32 {
			return Invite{}, fmt.Errorf("%w: its certificate fingerprint is cut or changed", ErrBadInvite)
		}
	}
	return i, nil
}

// cutScheme is s without the scheme "parley:" of the links that installers have
// the system open with this program, and without the "//" that may follow and
// the "/" that systems then add. What else begins so is a call code and stays.
func cutScheme(s string) string {
	if !strings.HasPrefix(upper(s), codePrefix) {
		return s
	}
	rest := s[len(codePrefix):]
	if named, ok := strings.CutPrefix(rest, "//"); ok {
		return strings.TrimSuffix(named, "/")
	}
	_, own := parseOwn(rest) // too short for a code
	if own || strings.HasPrefix(rest, "https://") || strings.HasPrefix(rest, "http://") || strings.HasPrefix(upper(rest), codePrefix) {
		return rest
	}
	return s
}

// isWeb tells whether a browser gives the page at u a camera: over https, and
// over plain http on this machine, as when a site is tried out.
func isWeb(u *url.URL) bool {
	name := u.Hostname()
	return u.Scheme == "https" || u.Scheme == "http" && (name == "localhost" || name == "127.0.0.1")
}

// isHost tells whether a link's host is one that a browser goes to as well:
// net/url takes more, and dials this machine where the name is left out.
func isHost(u *url.URL) bool {
	name, port := u.Hostname(), u.Port()
	if _, err := strconv.ParseUint(port, 10, 16); port != "" && err != nil {
		return false
	}
	if ip, err := netip.ParseAddr(name); err == nil {
		return ip.Zone() == "" // another machine's zones say nothing here
	}
	for _, c := range name {
		if !strings.ContainsRune("-._", c) && !unicode.In(c, unicode.Letter, unicode.Mark, unicode.Digit) {
			return false
		}
	}
	return name != ""
}
