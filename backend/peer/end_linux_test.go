package peer_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"parley/backend/call"
	"parley/backend/frame"
	"parley/backend/peer"
	"parley/backend/relay"
	"parley/backend/signaling"
	"parley/backend/signaling/lan"
)

// What tells this binary that it is one end of somebody's test.
const (
	roleVariable   = "PARLEY_TEST_END"    // "server", "caller" or "callee"
	inviteVariable = "PARLEY_TEST_INVITE" // of the room, or for the caller of the server
	setupVariable  = "PARLEY_TEST_SETUP"
)

// setup is what all ends of a call are told, as JSON.
type setup struct {
	Server    string // IP address of the room server, and of a relay beside it
	ICE       []signaling.ICEServer
	RelayOnly bool
}

const (
	relayPort = "3478"
	hangUp    = "hang up" // a line that a side is told
)

var relaySecret = []byte("a secret of these tests")

// report is a line that an end prints.
type report struct {
	State  call.State  `json:",omitempty"`
	Why    call.Reason `json:",omitempty"`
	Invite string      `json:",omitempty"`
	// Got is when this was, or a picture came, Sent when that was made, in ms since 1970.
	Got, Sent int64 `json:",omitempty"`
	// Network is what was told of this machine's: "kept" or "gone".
	Network string `json:",omitempty"`
}

var printing sync.Mutex

func printReport(r report) {
	printing.Lock()
	defer printing.Unlock()
	b, _ := json.Marshal(r)
	_, _ = os.Stdout.Write(append(b, '\n'))
}

// TestEnd is no test: other tests run it in processes of its own. It ends with
// its standard input.
func TestEnd(t *testing.T) {
	role := os.Getenv(roleVariable)
	if role == "" {
		t.Skip("it is a part of other tests")
	}
	var s setup
	if err := json.Unmarshal([]byte(os.Getenv(setupVariable)), &s); err != nil {
		t.Fatal(err)
	}
	i, _ := signaling.ParseInvite(os.Getenv(inviteVariable)) // the server has none
	if role == "server" {
		serve(t, s)
	} else {
		talk(t, role, s, i)
	}
	os.Exit(0)
}

func serve(t *testing.T, where setup) {
	at := where.Server + ":" + relayPort
	r, err := relay.Start(relay.Options{UDP: at, TCP: at, PublicIPs: []netip.Addr{netip.MustParseAddr(where.Server)}, Secret: relaySecret})
	if err != nil {
		t.Fatal(err)
	}
	s, err := lan.Listen(context.Background(), lan.Config{Host: where.Server, Address: where.Server + ":0"})
	if err != nil {
		t.Fatal(err)
	}
	i := s.Invite(signaling.NewRoomID()) // for where the server is
	printReport(report{Invite: i.String()})
	_, _ = io.Copy(io.Discard, os.Stdin)
	_ = s.Close()
	_ = r.Close()
}

func talk(t *testing.T, role string, s setup, i signaling.Invite) {
	log := slog.New(slog.DiscardHandler)
	if os.Getenv("PARLEY_TEST_LOG") != "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})).With("end", role)
	}
	camera := &pictures{}
	c := call.New(call.Deps{
		Signaling: lan.NewClient(lan.ClientConfig{Server: i.Server, Fingerprint: i.Fingerprint, Logger: log}),
		NewPeer: func(o call.PeerOptions, h call.PeerHandlers) (call.Peer, error) {
			p, err := peer.New(peer.Config{ICEServers: s.ICE, RelayOnly: s.RelayOnly, Logger: log}, o.Role, peer.Handlers{
				Candidate: h.Candidate,
				Transport: func(s peer.Transport) { h.Transport(call.Transport(s)) },
				Network: func(gone bool) {
					printReport(report{Network: map[bool]string{false: "kept", true: "gone"}[gone]})
					h.Network(gone)
				},
				Open:     h.Open,
				Message:  h.Message,
				Keyframe: camera.refresh,
				Video: func(f frame.Video) {
					printReport(report{Got: time.Now().UnixMilli(), Sent: camera.made(f.Timestamp)})
				},
			})
			camera.start(p)
			return p, err
		},
		Devices: camera,
		Logger:  log,
	})
	snapshots, stop := c.Watch()
	defer stop()
	go func() {
		invite := ""
		for s := range snapshots {
			printReport(report{State: s.State, Why: s.Reason, Got: time.Now().UnixMilli()})
			if s.State == call.Waiting && s.Invite != invite {
				invite = s.Invite
				printReport(report{Invite: invite})
			}
		}
	}()
	var err error
	if role == "caller" {
		err = c.Create(context.Background())
	} else {
		err = c.Join(context.Background(), os.Getenv(inviteVariable))
	}
	if err != nil {
		t.Error(err)
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if lines.Text() == hangUp {
			_ = c.HangUp(context.Background()) // the next report tells
		}
	}
	_ = c.Close()
}

// pictures is a camera whose pictures say when they were made.
type pictures struct {
	mu  sync.Mutex
	key bool
}

func (c *pictures) Apply(context.Context, call.Want) call.Report { return call.Report{} }
func (c *pictures) Mute(bool)                                    {}
func (c *pictures) Limit(int)                                    {}

func (c *pictures) refresh() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.key = true
}

// start writes 20 small pictures a second for as long as the process runs.
func (c *pictures) start(p *peer.Peer) {
	c.refresh()
	go func() {
		for now := range time.Tick(50 * time.Millisecond) {
			c.mu.Lock()
			key := c.key
			c.key = false
			c.mu.Unlock()
			data := []byte{0x11, 0x02, 0x00, 1, 1, 1, 1}
			if key {
				data = append([]byte{0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x02}, data...)
			}
			f := frame.Video{Codec: frame.VP8, Key: key, Width: 1280, Height: 720, Data: data, Captured: now, Timestamp: uint32(now.UnixMilli() * 90)}
			if p.WriteVideo(f) != nil && key {
				c.refresh()
			}
			_ = p.WriteAudio(frame.Audio{Data: []byte{0xf8}, Captured: now, Timestamp: uint32(now.UnixMilli() * 48)}) // while there is no way, it is lost
		}
	}()
}

// made is when the picture with this RTP timestamp was, to the nearest turn of
// its 32 bits.
func (c *pictures) made(timestamp uint32) int64 {
	now := time.Now().UnixMilli()
	return now - int64(int32(uint32(now*90)-timestamp))/90
}
