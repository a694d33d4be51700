// Package firestore keeps rooms in Cloud Firestore, where a room ID works
// anywhere. It speaks the schema of the clients that are out there (schema.go)
// and is an ordinary user of Firebase: what it may do, build/firebase's rules say.
//
//	caller                      rooms/{room}                       callee
//	Create ── callerUid, expireAt ──▶ ·
//	SendDescription ── offer ───────▶ ·
//	SendCandidate ── alone: into the offer, once in a while ──▶ ·
//	PresenceEvent ◀─────────── calleeUid ◀── Join: reads and claims at once
//	DescriptionEvent ◀──────── answer ◀───── SendDescription
//	SendCandidate ──▶ callerCandidates/{} ⇄ calleeCandidates/{} ◀── SendCandidate
//	Settled: nothing more is written        Settled
//	Leave ── deletes candidates and room ──▶ ·  ───────▶ LeftEvent
//
// Firestore charges for each document that is read, written or deleted: hence
// the candidates in the offer, and the deleting without asking what is there.
package firestore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"parley/backend/signaling"
	"parley/backend/signaling/firestore/auth"
)

// The ways to be somebody: Config.Auth.
const (
	AuthAnonymous = "anonymous" // an anonymous user of Firebase Authentication
	AuthNone      = "none"      // nobody, for rules that are open to all
)

// Config is what a Client needs; a zero field is its default.
type Config struct {
	Project           string
	APIKey            string // of a web app; not needed with AuthNone
	Auth              string // AuthAnonymous
	FirestoreEmulator string // host:port, spoken to in the clear
	AuthEmulator      string // host:port
	Dir               string // keeps the sign-in and the rooms left behind; empty: nothing is kept
	Page              string // origin of the phone page, for invites; https://PROJECT.web.app
	Usage             *Usage // counts documents; nil: one of the Client's own
	Logger            *slog.Logger

	clock      func() time.Time // this machine's; time.Now
	ttl        time.Duration    // how long a room lives without being renewed; 1 h
	foldAfter  time.Duration    // how long a candidate waits for others to go into the offer with; 500 ms
	noAnswer   time.Duration    // how long after its claim a callee may take to answer; 30 s
	doubtAfter time.Duration    // how soon the two are connected, or listeners are not relied on; 3 s

	// The network of a test.
	reach func(context.Context, string) (net.Conn, error) // to Firestore
	http  *http.Client                                    // to Firebase Authentication
}

const (
	defaultTTL   = time.Hour // the rules allow 2 h
	defaultFold  = 500 * time.Millisecond
	defaultDoubt = 3 * time.Second
	// defaultNoAnswer is as long as a callee waits for the offer (package call).
	defaultNoAnswer = 30 * time.Second
	// opTimeout bounds each operation: the library waits as long as its
	// context for a network that is away.
	opTimeout = 10 * time.Second
	// joinTimeout is longer: somebody waits there, and on a narrow link or at a
	// service that has just begun the first answers take their time.
	joinTimeout  = 20 * time.Second
	leaveTimeout = 5 * time.Second
)

// Client opens rooms in one project. It is a signaling.Signaler.
type Client struct {
	cfg       Config
	conn      *grpc.ClientConn
	store     *firestore.Client
	user      *auth.User // nil: nobody
	guest     string     // the ID of nobody, in place of a user's
	time      serverClock
	leftovers leftovers

	mu    sync.Mutex
	seats map[signaling.RoomID]signaling.Role // taken by us
}

// New makes a Client. It connects and signs in when a room is first opened.
func New(cfg Config) (*Client, error) {
	if cfg.Auth == "" {
		cfg.Auth = AuthAnonymous
	}
	if cfg.Page == "" {
		cfg.Page = "https://" + cfg.Project + ".web.app"
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Usage == nil {
		cfg.Usage = new(Usage)
	}
	if cfg.clock == nil {
		cfg.clock = time.Now
	}
	if cfg.ttl <= 0 {
		cfg.ttl = defaultTTL
	}
	if cfg.foldAfter <= 0 {
		cfg.foldAfter = defaultFold
	}
	if cfg.doubtAfter <= 0 {
		cfg.doubtAfter = defaultDoubt
	}
	if cfg.noAnswer <= 0 {
		cfg.noAnswer = defaultNoAnswer
	}
	c := &Client{cfg: cfg, guest: "guest-" + rand.Text(), seats: make(map[signaling.RoomID]signaling.Role)}
	c.time.here = cfg.clock
	if cfg.Dir != "" {
		c.leftovers.dir = filepath.Join(cfg.Dir, "rooms-"+cfg.Project)
	}
	switch cfg.Auth {
	case AuthNone:
	case AuthAnonymous:
		c.user = auth.New(auth.Config{
			Project: cfg.Project, APIKey: cfg.APIKey, Emulator: cfg.AuthEmulator, Dir: cfg.Dir, HTTP: cfg.http, Logger: cfg.Logger,
		}, c.time.observe)
	default:
		return nil, fmt.Errorf("open Firestore: there is no way to sign in that is named %q", cfg.Auth)
	}
	var err error
	if c.conn, err = dial(cfg, c.user); err != nil {
		return nil, fmt.Errorf("open Firestore: %w", err)
	}
	c.store, err = firestore.NewClient(context.Background(), cfg.Project, option.WithGRPCConn(c.conn))
	if err != nil {
		return nil, fmt.Errorf("open Firestore: %w", errors.Join(err, c.conn.Close()))
	}
	return c, nil
}

// Close ends the connection, and logs what was used of the project's quota.
// Leave the rooms first.
func (c *Client) Close() error {
	used := c.cfg.Usage.Documents()
	c.cfg.Logger.Debug("documents of Firestore", "read", used.Reads, "written", used.Writes, "deleted", used.Deletes)
	return c.store.Close()
}

// Check signs in and asks the database for a room that nobody has made. It
// tells how far this machine's clock is ahead of Firebase's, which calls do not
// depend on. The error wraps auth.ErrSignInOff, auth.ErrBadKey or one of
// package signaling's.
func (c *Client) Check(ctx context.Context) (ahead time.Duration, err error) {
	bounded, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	db, err := c.open(bounded)
	if err == nil {
		_, err = db.getRoom(bounded, db.room(signaling.NewRoomID()))
	}
	if err != nil && status.Code(err) != codes.NotFound {
		return 0, fmt.Errorf("reach Firestore: %w", named(ctx, err))
	}
	return c.time.ahead(), nil
}

// Sweep deletes the rooms that this user made and that a killed program left
// behind. It also signs in, so that the first room need not wait for that: call
// it in the background at the start.
func (c *Client) Sweep(ctx context.Context) error {
	db, err := c.open(ctx)
	if err != nil {
		return fmt.Errorf("sweep rooms: %w", named(ctx, err))
	}
	var errs []error
	for _, id := range c.leftovers.list(c.isOurs) {
		err := c.sweep(ctx, db, id)
		if err != nil {
			errs = append(errs, fmt.Errorf("sweep room: %w", named(ctx, err)))
		}
	}
	return errors.Join(errs...)
}

// sweep deletes one room. A refusal is final: it is gone, or the user that made
// it is no more, and it expires by itself.
func (c *Client) sweep(ctx context.Context, db database, id signaling.RoomID) error {
	ctx, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	err := db.deleteRoom(ctx, db.room(id))
	if code := status.Code(err); err != nil && code != codes.PermissionDenied && code != codes.NotFound {
		return err
	}
	return c.leftovers.remove(id)
}

// open signs in while it connects, and says what the rest needs to write.
func (c *Client) open(ctx context.Context) (database, error) {
	c.conn.Connect()
	db := database{client: c.store, uid: c.guest, time: &c.time}
	if c.user != nil {
		_, uid, err := c.user.Token(ctx)
		if err != nil {
			return db, err
		}
		db.uid = uid
	}
	return db, nil
}

// Create makes a room, for as long as an hour without anybody else in it.
func (c *Client) Create(ctx context.Context) (signaling.Room, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("create room: %w", err)
	}
	bounded, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	r, err := c.create(bounded)
	if err != nil {
		return nil, fmt.Errorf("create room: %w", named(ctx, err))
	}
	return r, nil
}

func (c *Client) create(ctx context.Context) (*room, error) {
	db, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	id := signaling.NewRoomID()
	ref := db.room(id)
	if !c.time.known() {
		// Nobody has told the time yet: a look at what is not there does.
		if _, err := db.getRoom(ctx, ref); err != nil && status.Code(err) != codes.NotFound {
			return nil, err
		}
	}
	c.take(id, signaling.Caller) // before a sweep of our own may see it
	if err := c.leftovers.add(id); err != nil {
		c.cfg.Logger.Warn("a room that is left behind will not be swept", "err", err)
	}
	expireAt := c.time.now().Add(c.cfg.ttl)
	wrote, err := db.createRoom(ctx, ref, expireAt)
	if err != nil {
		c.giveUp(id)
		return nil, err // it may be there: the next start sweeps it
	}
	return newRoom(c, db, ref, signaling.Caller, seat{
		state: roomState{callerUID: db.uid, expireAt: expireAt}, changed: wrote,
	}), nil
}

func (c *Client) invite(id signaling.RoomID) signaling.Invite {
	return signaling.Invite{Room: id, Server: c.cfg.Page}
}

// take notes that a seat is ours; false where one in this room is already.
func (c *Client) take(id signaling.RoomID, role signaling.Role) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seats[id] != "" {
		return false
	}
	c.seats[id] = role
	return true
}

func (c *Client) giveUp(id signaling.RoomID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.seats, id)
}

func (c *Client) isOurs(id signaling.RoomID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seats[id] != ""
}
