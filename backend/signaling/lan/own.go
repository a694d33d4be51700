package lan

import (
	"context"
	"errors"
	"fmt"

	"parley/backend/signaling"
	"parley/backend/signaling/memory"
)

// ownSignaler is the server's own desktop: its rooms are here, others' are
// where their invites say.
type ownSignaler struct {
	server *Server
	here   *memory.Signaler
	away   *Client
}

func newOwnSignaler(s *Server) *ownSignaler {
	return &ownSignaler{
		server: s,
		here:   memory.NewSignaler(s.hub, s.Invite),
		away:   NewClient(ClientConfig{Logger: s.log}),
	}
}

func (o *ownSignaler) Create(ctx context.Context) (signaling.Room, error) { return o.here.Create(ctx) }

func (o *ownSignaler) Join(ctx context.Context, i signaling.Invite) (signaling.Room, error) {
	// The room's ID, of 60 random bits, says whether it is here. An address may
	// be an old one of ours, and a certificate that of two programs, on one
	// data folder or its copy.
	room, err := o.here.Join(ctx, i)
	switch {
	case !errors.Is(err, signaling.ErrRoomNotFound) || i.Server == o.server.Origin():
		return room, err
	case i.Server == "":
		return nil, fmt.Errorf("join room: %w", signaling.ErrNoServer)
	}
	return o.away.Join(ctx, i)
}
