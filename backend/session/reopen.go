package session

import (
	"context"

	"parley/backend/signaling"
)

// Reopenable tells whether Reopen can make the room of an invite of ours anew: the
// server of a room in the local network is in this program, those of others
// deleted it.
func (s *Session) Reopenable(invite string) bool {
	i, err := signaling.ParseInvite(invite)
	return err == nil && s.config.Signaling == "lan" && i.Code == "" && i.Server != "" && i.Server != s.config.Firebase.Origin()
}

// Reopen makes a room of ours once more, after a crash or when the other side was
// lost: with the same ID, and at the same address where that can be had, so that
// the invite that was sent is good. Else it is as Create.
func (s *Session) Reopen(ctx context.Context, invite string) error {
	if !s.Reopenable(invite) {
		return s.Create(ctx)
	}
	i, err := signaling.ParseInvite(invite)
	if err != nil {
		return err
	}
	if s.Snapshot().State.Live() { // it would be the next call's
		return s.Create(ctx)
	}
	s.rooms.lan.revives(&i)
	if err := s.Create(ctx); err != nil {
		s.rooms.lan.revives(nil)
		return err
	}
	return nil
}
