package call

import (
	"errors"

	"parley/backend/trust"
)

// beginWords begins to make the words that the two users may compare. With
// another side that does not speak of them they stay empty.
func (c *Call) beginWords(a *attempt) {
	if a.exchange != nil {
		return // one try in a connection
	}
	ours, theirs, err := a.peer.Fingerprints()
	if err != nil {
		c.deps.Logger.Warn("there will be no words to compare", "err", err)
		return
	}
	a.exchange = trust.New(c.facts.role, ours, theirs)
	c.sayWords(a, a.exchange.Begin())
}

func (c *Call) takeWords(a *attempt, m trust.Message) {
	if a.exchange == nil {
		return
	}
	answer, err := a.exchange.Take(m)
	if err != nil {
		c.deps.Logger.Warn("a message about the words was refused", "err", err)
		return
	}
	c.sayWords(a, answer)
	c.facts.words = a.exchange.Words()
}

func (c *Call) sayWords(a *attempt, m *trust.Message) {
	if m != nil {
		_ = a.peer.Send(encodeMessage(controlMessage{Type: "words", Message: *m})) // an unsaid one leaves no words
	}
}

// setVerified takes our user's word for it.
func (c *Call) setVerified(verified bool) error {
	if snapshot(c.facts, c.report).Trust.Words == "" {
		return &Error{NotInCall, "verify the other side", errors.New("there are no words to compare")}
	}
	c.facts.verified = verified
	c.facts.swapped = c.facts.swapped && !verified
	return nil
}
