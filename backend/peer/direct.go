package peer

import (
	"maps"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/stun/v4"
	"github.com/pion/webrtc/v4"

	"parley/backend/signaling"
)

// A call begins on a relay where that is found first, and moves to a direct way when
// one is. pion checks no more pairs once it has selected one, and nominates no second;
// so the caller, who nominates, does that itself: it checks, answers a check with one
// of its own (RFC 8445, 7.3.1.4), nominates what was answered, and has pion select the
// pair as checks does. A browser follows the greater nomination
// (draft-thatcher-ice-renomination-01), pion the pair of the higher priority.
const (
	directPace   = 50 * time.Millisecond // between two checks (RFC 8445, 14.2)
	directWithin = 15 * time.Second      // a browser checks each pair of dozens in turn
	nominateFor  = time.Second           // one direct way
	maxDirect    = 16                    // addresses of the other side
	// directPriority is that of a peer-reflexive candidate (RFC 8445, 5.1.2.1).
	directPriority = 110<<24 | 65535<<8 | 255
)

// directWay is a pair that no relay is part of.
type directWay struct {
	from *checkedConn
	to   netip.AddrPort
}

// heardOf is a direct way by which a check came, or was answered.
type heardOf struct {
	directWay
	answered bool
}

func (k *checks) add(c *checkedConn) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sockets[c] = true
}

func (k *checks) remove(c *checkedConn) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.sockets, c)
}

// tell leaves out what nobody waits for.
func (k *checks) tell(h heardOf) {
	select {
	case k.direct <- h:
	default:
	}
}

// authentic tells whether an answer is the other side's: what we ask ourselves pion
// does not look at.
func (k *checks) authentic(b []byte) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	m := &stun.Message{Raw: slices.Clone(b)}
	return m.Decode() == nil && stun.MessageIntegrity(k.password).Check(m) == nil
}

// ways are all that there may be to some addresses.
func (k *checks) ways(to []netip.AddrPort) (list []directWay) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for c := range maps.Keys(k.sockets) {
		at, ok := c.LocalAddr().(*net.UDPAddr)
		for _, far := range to {
			if ok && at.AddrPort().Addr().Unmap().Is4() == far.Addr().Is4() {
				list = append(list, directWay{c, far})
			}
		}
	}
	return list
}

// selected notes a pair that pion has selected, and whether a relay is part of it.
func (p *Peer) selected(pair *webrtc.ICECandidatePair) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.using = netip.AddrPort{}
	if ip, err := netip.ParseAddr(pair.Remote.Address); err == nil {
		p.using = netip.AddrPortFrom(ip.Unmap(), pair.Remote.Port)
	}
	p.checks.selected(pair.Local.Typ == webrtc.ICECandidateTypeRelay || slices.Contains(p.far, farAddress{p.using, true}))
}

// farAddress is where one of the other side's candidates is.
type farAddress struct {
	at    netip.AddrPort
	relay bool
}

// noteAddress keeps a candidate's address, under the lock of negotiation.
func (p *Peer) noteAddress(c signaling.Candidate) {
	candidate, err := ice.UnmarshalCandidate(c.Candidate)
	if err != nil || !candidate.NetworkType().IsUDP() || len(p.far) >= maxCandidates {
		return
	}
	ip, err := netip.ParseAddr(candidate.Address())
	if err != nil {
		return // a .local name
	}
	far := farAddress{netip.AddrPortFrom(ip.Unmap(), uint16(candidate.Port())), candidate.Type() == ice.CandidateTypeRelay}
	p.far = append(p.far, far)
	if far.relay && far.at == p.using {
		p.checks.selected(true) // it was heard from before it was told of
	}
}

// farAddresses are those of the other side that lead to it directly, and to its relays.
func (p *Peer) farAddresses() (direct, relays []netip.AddrPort) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.far {
		switch {
		case f.relay:
			relays = append(relays, f.at)
		case len(direct) < maxDirect:
			direct = append(direct, f.at)
		}
	}
	return direct, relays
}

// leaveRelays looks for a direct way whenever a relay was taken into use, until Close.
func (p *Peer) leaveRelays() {
	for {
		select {
		case <-p.checks.relay:
			p.leaveRelay()
		case <-p.done:
			return
		}
	}
}

// leaveRelay ends when the call has left the relay, or directWithin.
func (p *Peer) leaveRelay() {
	for len(p.checks.direct) > 0 {
		<-p.checks.direct // of the relay before
	}
	tick := time.NewTicker(directPace)
	defer tick.Stop()
	late := time.NewTimer(directWithin)
	defer late.Stop()
	var chosen directWay // the one that is nominated
	var until time.Time
	for n, nomination := 0, uint32(1); p.checks.relayed.Load(); {
		direct, relays := p.farAddresses()
		select {
		case <-p.done:
			return
		case <-late.C:
			p.checks.relayed.Store(false)
			return
		case h := <-p.checks.direct:
			switch {
			case chosen.from != nil || slices.Contains(relays, unmapped(h.to)):
			case h.answered:
				chosen, until = h.directWay, time.Now().Add(nominateFor)
				nomination++
				p.check(chosen, nomination)
			default:
				p.check(h.directWay, 0)
			}
			continue
		case now := <-tick.C:
			if chosen.from != nil && now.After(until) {
				chosen = directWay{}
			}
		}
		if chosen.from != nil {
			p.check(chosen, nomination)
		} else if ways := p.checks.ways(direct); len(ways) > 0 {
			p.check(ways[n%len(ways)], 0)
			n++
		}
	}
}

// check sends a check by a way; of a nomination more than 0 it tells the other side
// to use the way.
func (p *Peer) check(w directWay, nomination uint32) {
	p.saying.Lock() // not from pion: its description must not be read while another is made
	ours := p.ufrag
	p.saying.Unlock()
	p.mu.Lock()
	theirs := p.later.theirs.SDP
	p.mu.Unlock()
	what := []stun.Setter{
		stun.BindingRequest, stun.TransactionID,
		stun.NewUsername(sdpValue(theirs, "ice-ufrag") + ":" + ours),
		ice.AttrControlling(1), // it tells only who does, and is compared with who does, too
		ice.PriorityAttr(directPriority),
	}
	if nomination > 0 {
		what = append(what, ice.UseCandidate(), ice.Nomination(nomination))
	}
	m, err := stun.Build(append(what, stun.NewShortTermIntegrity(sdpValue(theirs, "ice-pwd")), stun.Fingerprint)...)
	if err != nil {
		return // a name that is too long
	}
	w.from.asked.left(m.Raw, w.to, nomination > 0)
	_, _ = w.from.UDPConn.WriteTo(m.Raw, net.UDPAddrFromAddrPort(w.to)) // the next one may
}
