package session

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"parley/backend/config"
	"parley/backend/signaling"
	"parley/backend/signaling/firestore"
	"parley/backend/signaling/firestore/fake"
	"parley/backend/signaling/firestore/fakeauth"
)

// A room that a killed program left behind is swept also where the next start
// could not reach Firebase: as soon as a room was made or joined.
func TestWhatWasLeftBehindIsSweptAfterAnOfflineStart(t *testing.T) {
	const project = "demo-sweep"
	for name, enter := range map[string]func(context.Context, *rooms, signaling.Invite) (signaling.Room, error){
		"create": func(ctx context.Context, r *rooms, _ signaling.Invite) (signaling.Room, error) { return r.Create(ctx) },
		"join": func(ctx context.Context, r *rooms, i signaling.Invite) (signaling.Room, error) {
			return r.Join(ctx, signaling.Invite{Room: i.Room})
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			service, users := fake.Start(t, true), fakeauth.Start(t, project)
			client := func(dir string) *firestore.Client {
				c, err := firestore.New(firestore.Config{
					Project: project, APIKey: "demo-key", FirestoreEmulator: service.Host, AuthEmulator: users.Host, Dir: dir,
				})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { c.Close() })
				return c
			}
			made := func(c *firestore.Client) signaling.Room {
				room, err := c.Create(ctx)
				if err != nil {
					t.Fatal(err)
				}
				return room
			}
			dir := t.TempDir()
			left := made(client(dir)) // as by a program that is killed now
			defer func() { _ = left.Leave(ctx) }()
			other := made(client(t.TempDir()))
			defer func() { _ = other.Leave(ctx) }()

			users.Refuse("BACKEND_ERROR")
			r := newRooms(config.Config{
				Signaling: "firestore", DataDir: dir,
				Firebase: config.Firebase{Project: project, APIKey: "demo-key", Auth: "anonymous", Emulator: service.Host, AuthEmulator: users.Host},
			}, nil, slog.New(slog.DiscardHandler))
			r.sweeps.Wait()
			if n := len(service.Documents()); n != 2 {
				t.Fatalf("%d rooms", n)
			}
			users.Refuse("")
			room, err := enter(ctx, r, other.Invite())
			if err != nil {
				t.Fatal(err)
			}
			r.sweeps.Wait()
			for _, path := range service.Documents() {
				if path == "rooms/"+string(left.Invite().Room) {
					t.Error("the room is still there")
				}
			}
			if err := room.Leave(ctx); err != nil {
				t.Error(err)
			}
			if err := r.close(); err != nil {
				t.Error(err)
			}
			r.sweep() // a room may open while the session ends
		})
	}
}
