package session

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"parley/backend/config"
	"parley/backend/signaling"
	"parley/backend/signaling/firestore"
	"parley/backend/signaling/manual"
)

// sweepTimeout bounds the cleaning up after a program that was killed.
const sweepTimeout = 30 * time.Second

// rooms is the signaling of a session: it makes rooms in the way that the
// settings name, and joins wherever an invite leads.
type rooms struct {
	config config.Config
	log    *slog.Logger
	lan    *lanSignaling
	byHand signaling.Signaler

	mu     sync.Mutex
	client *firestore.Client     // nil until it is first needed
	named  []signaling.ICEServer // by the server of the room that was joined last

	open     context.Context // ends with the session
	end      context.CancelFunc
	sweeps   sync.WaitGroup
	sweeping sync.Mutex
	swept    bool // by whoever holds sweeping
}

func newRooms(c config.Config, page fs.FS, log *slog.Logger) *rooms {
	r := &rooms{
		config: c,
		log:    log,
		lan:    newLANSignaling(c, page, log),
		byHand: &manual.Signaler{},
	}
	r.open, r.end = context.WithCancel(context.Background())
	if c.Signaling == "firestore" {
		r.sweep()
	}
	return r
}

// sweep deletes, in the background, what a program that was killed left in
// Firestore; once that has succeeded it does nothing. It is called at the start,
// and again whenever Firestore has just been reached: the start may be offline.
func (r *rooms) sweep() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open.Err() != nil {
		return
	}
	r.sweeps.Go(func() {
		r.sweeping.Lock()
		defer r.sweeping.Unlock()
		if r.swept {
			return
		}
		ctx, cancel := context.WithTimeout(r.open, sweepTimeout)
		defer cancel()
		client, err := r.firestore()
		if err == nil {
			err = client.Sweep(ctx)
		}
		if r.swept = err == nil; !r.swept {
			r.log.Info("old rooms are not cleaned up yet", "err", err)
		}
	})
}

// Create makes a room in the way that the settings name.
func (r *rooms) Create(ctx context.Context) (signaling.Room, error) {
	switch r.config.Signaling {
	case "firestore":
		client, err := r.firestore()
		if err != nil {
			return nil, err
		}
		return r.reached(client.Create(ctx))
	case "manual":
		return r.byHand.Create(ctx)
	}
	return r.lan.Create(ctx)
}

// Join enters the room of an invite: one of the phone page in Firebase Hosting,
// or a bare room ID where a project is set, leads to Firestore; another link to
// a Parley on the local network.
func (r *rooms) Join(ctx context.Context, i signaling.Invite) (signaling.Room, error) {
	room, err := r.join(ctx, i)
	r.mu.Lock()
	defer r.mu.Unlock()
	if ctx.Err() == nil { // else another call may have begun
		r.named = nil
		if p, ok := room.(signaling.ICEProvider); ok && err == nil {
			r.named = p.ICEServers()
		}
	}
	return room, err
}

// iceServers are those that the server of the room named, which we have joined.
func (r *rooms) iceServers() []signaling.ICEServer {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.named
}

func (r *rooms) join(ctx context.Context, i signaling.Invite) (signaling.Room, error) {
	project := r.config.Firebase.Project != ""
	switch {
	case i.Code != "":
		return r.byHand.Join(ctx, i)
	case project && (i.Server == "" || i.Server == r.config.Firebase.Origin()):
		client, err := r.firestore()
		if err != nil {
			return nil, err
		}
		return r.reached(client.Join(ctx, i))
	}
	return r.lan.Join(ctx, i)
}

// reached sweeps where a room of Firestore has opened.
func (r *rooms) reached(room signaling.Room, err error) (signaling.Room, error) {
	if err == nil {
		r.sweep()
	}
	return room, err
}

func (r *rooms) firestore() (*firestore.Client, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.client != nil {
		return r.client, nil
	}
	client, err := openFirestore(r.config.Firebase, r.config.DataDir, r.log)
	r.client = client
	return client, err
}

func openFirestore(f config.Firebase, dir string, log *slog.Logger) (*firestore.Client, error) {
	return firestore.New(firestore.Config{
		Project:           f.Project,
		APIKey:            f.APIKey,
		Auth:              f.Auth,
		FirestoreEmulator: f.Emulator,
		AuthEmulator:      f.AuthEmulator,
		Dir:               dir,
		Page:              f.Origin(),
		Logger:            log,
	})
}

func (r *rooms) close() error {
	r.mu.Lock()
	r.end()
	r.mu.Unlock()
	r.sweeps.Wait()
	err := r.lan.close()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.client != nil {
		err = errors.Join(err, r.client.Close())
	}
	return err
}
