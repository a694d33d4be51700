package manual

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// candidate is one ICE candidate (RFC 8839, section 5.1) without what the other
// side does not need or can derive: foundation, priority and related address.
//
//	how      1  kind | transport<<2 | address<<4
//	address  4, 16, or the 16 bytes of an mDNS name's UUID
//	port     2
type candidate struct {
	kind      byte // an index of kinds
	transport byte // an index of transports
	address   netip.Addr
	name      string // UUID.local; then there is no address
	port      uint16
	priority  uint32 // for the order only: a code keeps it and not the figures
}

var (
	kinds = []string{"host", "srflx", "prflx", "relay"}
	// preferences are RFC 8445's, section 5.1.2.2, in the order of kinds.
	preferences = []uint32{126, 100, 110, 0}
	transports  = []string{"udp", "passive", "so"} // tcp by its type: RFC 6544
	mdns        = regexp.MustCompile(`^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.local$`)
)

const maxCandidates = 24 // in a code: more than three interfaces have

// parse reads a candidate's line, behind "a=candidate:". False is one that the
// other side cannot use: of RTCP, which is sent with RTP, of active TCP, which
// nobody connects to, or with a host name.
func parse(line string) (c candidate, ok bool) {
	f := strings.Fields(line)
	if len(f) < 8 || f[1] != "1" || f[6] != "typ" {
		return c, false
	}
	kind := slices.Index(kinds, f[7])
	transport := 0
	if !strings.EqualFold(f[2], "udp") {
		i := slices.Index(f, "tcptype")
		if i < 0 || i+1 == len(f) {
			return c, false
		}
		transport = slices.Index(transports[1:], f[i+1]) + 1
		if transport == 0 {
			return c, false
		}
	}
	priority, err := strconv.ParseUint(f[3], 10, 32)
	port, errPort := strconv.ParseUint(f[5], 10, 16)
	if kind < 0 || err != nil || errPort != nil || port == 0 {
		return c, false
	}
	c = candidate{kind: byte(kind), transport: byte(transport), port: uint16(port), priority: uint32(priority)}
	if m := mdns.FindStringSubmatch(f[4]); m != nil {
		c.name = f[4]
		return c, true
	}
	c.address, err = netip.ParseAddr(f[4])
	return c, err == nil && c.address.Zone() == ""
}

func (c candidate) append(b []byte) []byte {
	how := c.kind | c.transport<<2
	switch {
	case c.name != "":
		b = appendHex(append(b, how|2<<4), strings.ReplaceAll(strings.TrimSuffix(c.name, ".local"), "-", ""))
	case c.address.Is4():
		b = append(append(b, how), c.address.AsSlice()...)
	default:
		b = append(append(b, how|1<<4), c.address.AsSlice()...)
	}
	return binary.BigEndian.AppendUint16(b, c.port)
}

func (r *reader) candidate() (c candidate) {
	how := r.byte()
	c.kind, c.transport = how&3, how>>2&3
	switch how >> 4 {
	case 0:
		c.address = netip.AddrFrom4([4]byte(r.take(4)))
	case 1:
		c.address = netip.AddrFrom16([16]byte(r.take(16)))
	case 2:
		c.name = r.uuid() + ".local"
	default:
		r.failed = true
	}
	c.port = binary.BigEndian.Uint16(r.take(2))
	r.failed = r.failed || int(c.transport) >= len(transports)
	return c
}

// line is the nth candidate as SDP. Its priority is derived by RFC 8445,
// section 5.1.2.1, from its kind and place; each has a foundation of its own.
func (c candidate) line(n int) string {
	address, family := c.name, "0.0.0.0"
	if address == "" {
		address = c.address.String()
		if c.address.Is6() {
			family = "::"
		}
	}
	local := 65535 - uint32(n)
	protocol := "udp"
	if c.transport > 0 {
		protocol, local = "tcp", local>>3 // RFC 6544, section 4.2: below all UDP
	}
	s := fmt.Sprintf("a=candidate:%d 1 %s %d %s %d typ %s", n+1, protocol, preferences[c.kind]<<24|local<<8|255, address, c.port, kinds[c.kind])
	if c.kind > 0 { // RFC 8839 wants them; their values are for debugging only
		s += " raddr " + family + " rport 0"
	}
	if c.transport > 0 {
		s += " tcptype " + transports[c.transport]
	}
	return s
}
