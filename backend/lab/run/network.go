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
)

// network is the two hosts of a call and what is between them.
type network struct {
	sender, receiver *emulate.Host
	link             *emulate.Link // nil between NATs
	others           []*emulate.Host
	signaling        string // where the receiver reaches the sender's room server
	ice              iceServers
}

// iceServers are what both sides are told, besides nothing at all. The phone page
// is told by the Parley that it joins.
type iceServers struct {
	stun, secret string
	turn         []string
}

func newNetwork(s scenario) (n *network, err error) {
	n = &network{signaling: senderAddress}
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
	return n, nil
}

// Close ends the link and the hosts.
func (n *network) Close() error {
	var errs []error
	if n.link != nil {
		errs = append(errs, n.link.Close())
	}
	for _, h := range append([]*emulate.Host{n.sender, n.receiver}, n.others...) {
		if h != nil {
			errs = append(errs, h.Close())
		}
	}
	return errors.Join(errs...)
}
