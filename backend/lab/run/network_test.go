//go:build linux

package main

import (
	"net"
	"testing"
	"time"

	"parley/backend/lab/emulate"
)

// TestMoveLeavesAWay: after either side's move the other's room server is reached.
func TestMoveLeavesAWay(t *testing.T) {
	if err := emulate.Possible(); err != nil {
		t.Skip(err)
	}
	for _, s := range []scenario{moving(10 * time.Second), another(10 * time.Second)} {
		for _, sends := range []bool{false, true} {
			n, err := newNetwork(s)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := n.Close(); err != nil {
					t.Error(err)
				}
			})
			mover, stays, address := n.receiver, n.sender, senderAddress
			if sends {
				mover, stays, address = n.sender, n.receiver, receiverAddress
			}
			if err := n.unplug(mover); err != nil {
				t.Fatal(err)
			}
			var l net.Listener
			if err := stays.Do(func() (err error) {
				l, err = net.Listen("tcp4", address+":80")
				return err
			}); err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			reach := func() error {
				return mover.Do(func() error {
					c, err := net.DialTimeout("tcp4", l.Addr().String(), 3*time.Second)
					if err != nil {
						return err
					}
					return c.Close()
				})
			}
			if err := reach(); err != nil {
				t.Errorf("%s, sender %v, before: %v", s.Name, sends, err)
			}
			if err := n.move(mover, s); err != nil {
				t.Fatal(err)
			}
			if err := reach(); err != nil {
				t.Errorf("%s, sender %v, after: %v", s.Name, sends, err)
			}
		}
	}
}
