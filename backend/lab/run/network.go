//go:build linux

package main

import (
	"errors"

	"parley/backend/lab/emulate"
)

const (
	senderAddress   = "10.77.0.1"
	receiverAddress = "10.77.0.2"
	movedAddress    = "10.77.0.3"
	spareSender     = "10.79.0.1"
	spareReceiver   = "10.79.0.2"
)

// network is the two hosts of a call and what is between them.
type network struct {
	sender, receiver *emulate.Host
	link             *emulate.Link // nil between NATs
	others           []*emulate.Host
	links            []*emulate.Link
	spare            *emulate.Link // another link, see scenario.Another; nil without one
	signaling        string        // where the receiver reaches the sender's room server
	other            string        // where the sender reaches the receiver's
	ice              iceServers
}

// iceServers are what both sides are told, besides nothing at all. The phone page
// is told by the Parley that it joins.
type iceServers struct {
	stun, secret string
	turn         []string
}

func newNetwork(s scenario) (n *network, err error) {
	if s.NAT != "" {
		return newNATs(s.NAT, s.NAT, s.Forth[0].Delay/2)
	}
	n = &network{signaling: senderAddress, other: receiverAddress}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
		}
	}()
	if n.sender, err = emulate.NewHost("sender"); err != nil {
		return n, err
	}
	if n.receiver, err = emulate.NewHost("receiver"); err != nil {
		return n, err
	}
	n.link, err = emulate.NewLink(
		emulate.End{Host: n.sender, Device: "net0", Address: senderAddress + "/24", Out: s.Forth},
		emulate.End{Host: n.receiver, Device: "net0", Address: receiverAddress + "/24", Out: s.Back}, 1)
	if err != nil {
		return n, err
	}
	for _, h := range []*emulate.Host{n.sender, n.receiver} {
		if err = h.Run("ip", "route", "add", "default", "dev", "net0"); err != nil {
			return n, err
		}
	}
	if s.Another {
		n.spare, err = emulate.NewLink(
			emulate.End{Host: n.sender, Device: "net1", Address: spareSender + "/24", Out: s.Forth},
			emulate.End{Host: n.receiver, Device: "net1", Address: spareReceiver + "/24", Out: s.Back}, 3)
	}
	return n, err
}

// unplug makes the spare link one that a side does not have yet.
func (n *network) unplug(h *emulate.Host) error {
	if n.spare == nil {
		return nil
	}
	return h.Run("ip", "link", "set", "net1", "down")
}

// move takes a side's address away, or its whole interface, and gives it another.
func (n *network) move(h *emulate.Host, s scenario) error {
	address, gateway := receiverAddress, spareSender
	if h == n.sender {
		address, gateway = senderAddress, spareReceiver
	}
	if !s.Another {
		return h.Address("net0", address+"/24", movedAddress+"/24")
	}
	return errors.Join(
		h.Run("ip", "link", "set", "net0", "down"),
		h.Run("ip", "link", "set", "net1", "up"),
		h.Run("ip", "route", "replace", "default", "via", gateway))
}

// environ is what a Parley of this network has in its environment.
func (s iceServers) environ() []string {
	if s.secret == "" {
		return nil
	}
	return []string{"TURN_SECRET=" + s.secret}
}

// Close ends the link and the hosts.
func (n *network) Close() error {
	var errs []error
	for _, l := range append([]*emulate.Link{n.link, n.spare}, n.links...) {
		if l != nil {
			errs = append(errs, l.Close())
		}
	}
	for _, h := range append([]*emulate.Host{n.sender, n.receiver}, n.others...) {
		if h != nil {
			errs = append(errs, h.Close())
		}
	}
	return errors.Join(errs...)
}
