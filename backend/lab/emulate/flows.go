//go:build linux

package emulate

import (
	"encoding/binary"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Flow is what one connection through a link did since Begin: the packets of one
// protocol between two ports.
type Flow struct {
	Protocol int    // as in IPv4: 6 is TCP, 17 UDP
	Low, Up  uint16 // its ports, the lower one first
	Bytes    []int  // that arrived, in each 100 ms
}

// flowKey is a flow of either direction.
type flowKey struct {
	protocol byte
	low, up  uint16
}

// flowOf reads a flow from an IPv4 packet; false where it has none.
func flowOf(packet []byte) (flowKey, bool) {
	if len(packet) < 20 || packet[0]>>4 != 4 {
		return flowKey{}, false
	}
	header := int(packet[0]&15) * 4
	protocol := packet[9]
	if protocol != unix.IPPROTO_TCP && protocol != unix.IPPROTO_UDP || len(packet) < header+4 {
		return flowKey{}, false
	}
	a, b := binary.BigEndian.Uint16(packet[header:]), binary.BigEndian.Uint16(packet[header+2:])
	return flowKey{protocol, min(a, b), max(a, b)}, true
}

// countFlow counts a packet that arrived. The caller holds mu.
func (d *direction) countFlow(packet []byte, bin int) {
	key, ok := flowOf(packet)
	if !ok {
		return
	}
	for len(d.flows[key]) <= bin {
		d.flows[key] = append(d.flows[key], 0)
	}
	d.flows[key][bin] += len(packet)
}

// Flows are those from a (0) or b (1) to the other end, the largest first.
func (l *Link) Flows(from int) []Flow {
	d := l.directions[from]
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []Flow
	for key, bytes := range d.flows {
		list = append(list, Flow{int(key.protocol), key.low, key.up, slices.Clone(bytes)})
	}
	total := func(f Flow) (n int) {
		for _, b := range f.Bytes {
			n += b
		}
		return n
	}
	slices.SortFunc(list, func(a, b Flow) int { return total(b) - total(a) })
	return list
}

// Farther puts the flow that uses a port that much farther away, each way: of
// several through one link, each may have a round trip of its own.
func (l *Link) Farther(port uint16, extra time.Duration) {
	for _, d := range l.directions {
		d.mu.Lock()
		d.farther[port] = extra
		d.mu.Unlock()
	}
}

// extra is what Farther said for a packet's flow.
func (d *direction) extra(packet []byte) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.farther) == 0 {
		return 0
	}
	key, _ := flowOf(packet)
	return max(d.farther[key.low], d.farther[key.up])
}
