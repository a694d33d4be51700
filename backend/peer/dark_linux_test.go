package peer_test

import (
	"fmt"
	"testing"
	"time"

	"parley/backend/call"
	"parley/backend/relay"
	"parley/backend/signaling"
)

// relayed has the ends of a call meet at the relay beside the room server and
// nowhere else, over UDP or TCP.
func (n *testNet) relayed(transport string) {
	username, password := relay.Credentials(relaySecret, "test", time.Hour)
	n.RelayOnly = true
	n.ICE = []signaling.ICEServer{{
		URLs:     []string{fmt.Sprintf("turn:%s:%s?transport=%s", n.Server, relayPort, transport)},
		Username: username, Credential: password,
	}}
}

// A blackout on the way to a relay over TCP is said and outlived as any other, and
// the call can be ended in it.
func TestBlackoutOverTCP(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a quarter of a minute")
	}
	t.Parallel()
	n := newNet(t)
	n.relayed("tcp")
	caller, callee := n.inCall()
	var said []time.Duration
	n.measure("blackout of 5 s over TCP", backWithin, func() { said = n.blackout(5*time.Second, caller, callee) }, caller, callee)

	n.black(true)
	began := time.Now()
	for _, h := range []*host{caller, callee} {
		said = append(said, h.says(call.Reconnecting, 5*time.Second, began))
	}
	figures(t, `"reconnecting" over TCP`, said, sayWithin)
	caller.tell(hangUp)
	caller.await("the end", 2*time.Second, func(r report) bool { return r.State == call.Ended })
	for _, h := range []*host{caller, callee} {
		h.end(5 * time.Second)
	}
}
