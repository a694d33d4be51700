package call

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"

	"parley/backend/signaling"
	"parley/backend/trust"
)

// attempt is what one attempt at a call holds: a room, a peer, and the queue
// between them. Only the loop touches it.
type attempt struct {
	ctx    context.Context // ends with the attempt
	cancel context.CancelFunc
	log    *slog.Logger

	peer Peer
	room signaling.Room // nil until it is open

	// Our description goes out first, then our candidates in order: an old
	// caller drops candidates that are there before the answer.
	queue     []send
	described bool         // the description is in the queue
	outbox    chan send    // to the sender; nil until the room is open
	newest    atomic.Int64 // generation: what is older need not be sent any more

	restarts restarts
	held     bool // no media flows
	knocked  bool // it was waited for an answer to a knock

	named    string          // the other side's certificate, as its first description has it
	exchange *trust.Exchange // nil until the control channel is open
}

// send is one message for the room: a description or a candidate.
type send struct {
	description *signaling.Description
	candidate   signaling.Candidate
	generation  int64 // 0 belongs to the first description
}

// outboxSize is more than the candidates of any host: 2 for each address, and relays.
const outboxSize = 256

// newAttempt makes the peer, and begins to open the room and, as caller, to
// write the offer.
func (c *Call) newAttempt(b begin) (*attempt, error) {
	a := &attempt{log: c.deps.Logger}
	a.ctx, a.cancel = context.WithCancel(context.Background())
	of := func(e event) { c.post(ofAttempt{a, e}) }

	c.run(func() {
		ctx, cancel := context.WithTimeout(a.ctx, roomTimeout)
		defer cancel()
		var opened roomOpened
		switch {
		case b.byHand:
			opened.room, opened.err = c.deps.ByHand.Create(ctx)
		case b.role == signaling.Caller:
			opened.room, opened.err = c.deps.Signaling.Create(ctx)
		default:
			opened.room, opened.err = c.deps.Signaling.Join(ctx, b.invite)
		}
		of(opened)
	})

	peer, err := c.deps.NewPeer(PeerOptions{Role: b.role, Patient: patient(b.role, c.facts.byHand)}, PeerHandlers{
		Candidate: func(s signaling.Candidate) { of(candidate{s}) },
		Transport: func(t Transport) { of(transport{t}) },
		Network:   func(gone bool) { of(network{gone}) },
		Open:      func() { of(channelOpen{}) },
		Message:   func(data []byte) { of(message{data}) },
	})
	if err != nil {
		return a, err
	}
	a.peer = peer
	if b.role == signaling.Caller {
		ctx, cancel := context.WithTimeout(a.ctx, describeTimeout)
		defer cancel()
		offer, err := peer.Offer(ctx)
		if err != nil {
			return a, err
		}
		a.sendDescription(offer)
	}
	return a, nil
}

// enter begins to listen and to write in the room that has opened.
func (c *Call) enter(a *attempt, room signaling.Room) {
	a.room = room
	a.outbox = make(chan send, outboxSize)
	c.run(func() {
		for e := range room.Events() {
			c.post(ofAttempt{a, roomEvent{e}})
		}
	})
	c.run(func() { c.send(a) })
	a.flush()
	if c.facts.role == signaling.Callee {
		c.after(a, offerTimeout, func(f facts) (over, bool) {
			return over{failure: &Error{NoOffer, "wait for the caller", errors.New("the caller never said how to connect")}}, !f.answered
		})
	}
}

// send brings messages to the room, one after the other, until the attempt ends.
func (c *Call) send(a *attempt) {
	for {
		select {
		case m := <-a.outbox:
			if a.overtaken(m) {
				continue
			}
			ctx, cancel := context.WithTimeout(a.ctx, sendTimeout)
			var err error
			if m.description != nil {
				err = a.room.SendDescription(ctx, *m.description)
			} else {
				err = a.room.SendCandidate(ctx, m.candidate)
			}
			cancel()
			switch {
			case err != nil && m.description != nil:
				c.post(ofAttempt{a, sendFailed{err, m.generation}})
			case err != nil:
				c.deps.Logger.Debug("a candidate could not be sent", "err", err)
			case m.description != nil:
				c.post(ofAttempt{a, described{m.generation}})
			}
		case <-a.ctx.Done():
			return
		}
	}
}

func (a *attempt) sendDescription(d signaling.Description) {
	a.queue = append([]send{{description: &d}}, a.queue...)
	a.described = true
	a.flush()
}

// sendLater sends an offer or answer that follows the first two. What is not
// sent yet of the later ones before it, and of candidates, need not be.
func (a *attempt) sendLater(d signaling.Description) {
	a.queue = append(a.queue, send{description: &d, generation: a.newest.Add(1)})
	a.flush()
}

func (a *attempt) sendCandidate(s signaling.Candidate) {
	a.queue = append(a.queue, send{candidate: s, generation: a.newest.Load()})
	a.flush()
}

// flush hands what may go out to the sender.
func (a *attempt) flush() {
	if a.outbox == nil || !a.described {
		return
	}
	for _, m := range a.queue {
		select {
		case a.outbox <- m:
		default:
			a.squeeze(m)
		}
	}
	a.queue = nil
}

// squeeze hands m to the sender though the outbox is full. What is overtaken
// makes room; then candidates give way, of which a host with so many can spare
// some, the latest first: the best ones are found first.
func (a *attempt) squeeze(m send) {
	var waiting []send
	for len(a.outbox) > 0 {
		select {
		case next := <-a.outbox:
			waiting = append(waiting, next)
		default: // the sender was faster
		}
	}
	waiting = slices.DeleteFunc(append(waiting, m), a.overtaken)
	for i := len(waiting) - 1; i >= 0 && len(waiting) > cap(a.outbox); i-- {
		if waiting[i].description == nil {
			a.log.Debug("a candidate is left out: too many wait to be sent")
			waiting = slices.Delete(waiting, i, i+1)
		}
	}
	for _, w := range waiting {
		a.outbox <- w // the first, the newest, and candidates up to its size
	}
}

// overtaken tells that a message need not be sent any more. The first
// description must: a room takes no later one before it.
func (a *attempt) overtaken(m send) bool {
	first := m.description != nil && m.generation == 0
	return m.generation < a.newest.Load() && !first
}

// release lets go of all that the attempt holds. The other side is told; if it
// was us who hung up, also on the control channel, which is the faster way.
func (c *Call) release(a *attempt, goodbye bool) {
	a.cancel()
	if a.room != nil {
		c.leave(a.room)
	}
	if a.peer == nil {
		return
	}
	c.run(func() {
		if goodbye {
			_ = a.peer.Send(encodeMessage(controlMessage{Type: "bye"})) // without a channel the room tells it
		}
		if err := a.peer.Close(); err != nil {
			c.deps.Logger.Warn("close the connection", "err", err)
		}
	})
}

func (c *Call) leave(room signaling.Room) {
	c.run(func() {
		ctx, cancel := context.WithTimeout(context.Background(), leaveTimeout)
		defer cancel()
		if err := room.Leave(ctx); err != nil {
			c.deps.Logger.Debug("leave the room, which will expire by itself", "err", err)
		}
	})
}
