package desktop

import (
	"context"

	"parley/backend/signaling"
)

// Crash is bound to the webview: the call that a crash ended, and the room that
// was lost with its other side, can be taken up again.
type Crash struct {
	Dir     string // see RememberCalls
	Session interface {
		Reopen(ctx context.Context, invite string) error
		Reopenable(invite string) bool
	}
	Explain func(error) error // as the page reads it
}

// Offer is a call to take up again.
type Offer struct {
	Role   signaling.Role `json:"role"`
	Invite string         `json:"invite"`
	// Reopens: the room that was made can be opened again under its invite.
	Reopens bool `json:"reopens"`
}

// LastCall is the call in which the Parley before crashed; null where in none.
func (c *Crash) LastCall() *Offer {
	last, ok := RecallCall(c.Dir)
	if !ok {
		return nil
	}
	return &Offer{Role: last.Role, Invite: last.Invite, Reopens: c.Reopens(last.Role, last.Invite)}
}

// ForgetLastCall is the answer no.
func (c *Crash) ForgetLastCall() { ForgetCall(c.Dir) }

// Reopens tells whether Reopen makes the same room.
func (c *Crash) Reopens(role signaling.Role, invite string) bool {
	return role == signaling.Caller && c.Session.Reopenable(invite)
}

// Reopen opens a room of ours again, under the invite that was sent.
func (c *Crash) Reopen(invite string) error {
	return c.Explain(c.Session.Reopen(context.Background(), invite))
}
