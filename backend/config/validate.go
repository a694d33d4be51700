package config

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/pion/stun/v4"
)

// problems are what in c cannot be used, each without its Place.
func (c Config) problems() []*Error {
	var v validation
	v.check("version", c.Version == newest, "%d should be %d", c.Version, newest)
	v.oneOf("signaling", c.Signaling, "lan", "firestore", "manual")
	v.check("data_dir", filepath.IsAbs(c.DataDir), "it should be an absolute path")

	v.check("lan.address", validAddress(c.LAN.Address), `%q should be HOST:PORT with a port from 0 to 65535, such as ":7373" or "192.168.1.7:0"`, c.LAN.Address)
	v.check("lan.host", c.LAN.Host == "" || validHost(c.LAN.Host), "%q should be a host name or an IP address, without a port", c.LAN.Host)
	v.certificate(c.LAN)
	v.check("lan.room_ttl", between(time.Minute, c.LAN.RoomTTL.Duration, 7*24*time.Hour), "%s should be between 1m and 168h", c.LAN.RoomTTL)

	v.firebase(c.Firebase, c.Signaling == "firestore")

	for i, s := range c.ICE.Servers {
		v.server(fmt.Sprintf("ice.servers[%d]", i), s)
	}
	for _, name := range c.ICE.Interfaces {
		v.text("ice.interfaces", name)
		v.check("ice.interfaces", name != "", "a name in it is empty")
	}
	relay := slices.ContainsFunc(c.ICE.Servers, ICEServer.turn) || c.LAN.Relay && c.Signaling == "lan"
	v.check("ice.relay_only", !c.ICE.RelayOnly || relay, "it needs a TURN server, and none is named")

	v.text("devices.camera", c.Devices.Camera)
	v.text("devices.microphone", c.Devices.Microphone)
	v.text("devices.speaker", c.Devices.Speaker)

	v.check("video.width", even(c.Video.Width) && between(160, c.Video.Width, 3840), "%d should be an even number from 160 to 3840", c.Video.Width)
	v.check("video.height", even(c.Video.Height) && between(90, c.Video.Height, 2160), "%d should be an even number from 90 to 2160", c.Video.Height)
	v.check("video.frame_rate", between(1, c.Video.FrameRate, 60), "%d should be from 1 to 60", c.Video.FrameRate)
	v.oneOf("video.codec", c.Video.Codec, "vp8", "h264")
	return v.errs
}

type validation struct{ errs []*Error }

func (v *validation) check(key string, ok bool, reason string, args ...any) {
	if !ok {
		v.errs = append(v.errs, &Error{Key: key, Err: fmt.Errorf("%w: "+reason, append([]any{ErrBadValue}, args...)...)})
	}
}

func (v *validation) oneOf(key, value string, known ...string) {
	v.check(key, slices.Contains(known, value), "%q should be %s", value, strings.Join(known, " or "))
}

// text refuses what no device or interface is called.
func (v *validation) text(key, value string) {
	v.check(key, len(value) <= 1024 && !strings.ContainsFunc(value, unicode.IsControl), "it is too long or holds control characters")
}

func (v *validation) certificate(l LAN) {
	switch {
	case l.CertFile == "" && l.KeyFile == "":
	case l.KeyFile == "":
		v.check("lan.cert_file", false, "its key is missing: set lan.key_file (--lan-key) too")
	case l.CertFile == "":
		v.check("lan.key_file", false, "its certificate is missing: set lan.cert_file (--lan-cert) too")
	default:
		_, err := tls.LoadX509KeyPair(l.CertFile, l.KeyFile)
		v.check("lan.cert_file", err == nil, "%w", err)
	}
}

func (v *validation) server(key string, s ICEServer) {
	v.check(key+".urls", len(s.URLs) > 0, "it names no server")
	for _, raw := range s.URLs {
		uri, err := stun.ParseURI(raw)
		v.check(key+".urls", err == nil && between(1, uri.Port, 65535), "%q should be like stun:HOST, stun:HOST:PORT, turn:HOST?transport=udp or turns:HOST", raw)
	}
	if s.Secret != "" {
		v.check(key, s.turn(), "a secret is for a TURN server, and no URL is that of one")
		v.check(key, s.Username == "" && s.Credential == "", "a secret makes user names and credentials: set either it or them")
		return
	}
	v.check(key, !s.turn() || s.Username != "" && s.Credential != "", "a TURN server needs a user name and a credential, or its secret")
}

func (s ICEServer) turn() bool {
	return slices.ContainsFunc(s.URLs, func(u string) bool {
		scheme, _, _ := strings.Cut(strings.ToLower(u), ":")
		return scheme == "turn" || scheme == "turns"
	})
}

func validAddress(address string) bool {
	host, port, err := net.SplitHostPort(address)
	if err != nil || host != "" && !validHost(host) {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// validHost takes an IP address or a name of letters, digits, "-" and "_" in
// labels (RFC 1123, and the underscore that home networks have).
func validHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	name := strings.TrimSuffix(host, ".")
	for label := range strings.SplitSeq(name, ".") {
		bad := func(r rune) bool {
			return r != '-' && r != '_' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
		}
		if len(label) == 0 || len(label) > 63 || label[0] == '-' || strings.ContainsFunc(label, bad) {
			return false
		}
	}
	return len(name) <= 253
}

func between[T int | time.Duration](low, v, high T) bool { return low <= v && v <= high }
func even(n int) bool                                    { return n%2 == 0 }
