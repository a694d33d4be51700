package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"path/filepath"
	"runtime"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"parley/backend/call"
	"parley/backend/config"
	"parley/backend/frame"
	"parley/backend/media"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds what a test waits for; what it waits for takes far less.
const patience = time.Minute

var page = fs.FS(fstest.MapFS{"phone.html": {Data: []byte("<!doctype html>")}})

// open makes a session that stays on this machine, with drawn pictures and a tone.
func open(t *testing.T, adjust func(*config.Config)) *Session { return openFor(t, adjust) }

// openFor is open with pages that watch.
func openFor(t *testing.T, adjust func(*config.Config), origins ...string) *Session {
	t.Helper()
	c := config.Default()
	c.DataDir = t.TempDir()
	c.LAN.Address = "127.0.0.1:0"
	c.ICE.Interfaces = []string{loopback(t)}
	c.Devices = config.Devices{Camera: "test", Microphone: "test", Speaker: "none"}
	c.Video.Width, c.Video.Height = 320, 180
	if adjust != nil {
		adjust(&c)
	}
	s, err := Open(c, Options{Page: page, Origins: origins, Logger: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("second close: %v", err)
		}
	})
	return s
}

func loopback(t *testing.T) string {
	t.Helper()
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		if i.Flags&net.FlagLoopback != 0 {
			return i.Name
		}
	}
	t.Skip("this machine has no loopback interface")
	return ""
}

// until waits for a snapshot that is as wanted.
func until(t *testing.T, s *Session, what string, wanted func(call.Snapshot) bool) call.Snapshot {
	t.Helper()
	snapshots, stop := s.Watch()
	defer stop()
	late := time.After(patience)
	for {
		select {
		case got := <-snapshots:
			if wanted(got) {
				return got
			}
			if got.State == call.Failed {
				t.Fatalf("waiting until %s: %s", what, got.Failure.Message)
			}
		case <-late:
			t.Fatalf("not %s in time: %+v", what, s.Snapshot())
		}
	}
}

func in(state call.State) func(call.Snapshot) bool {
	return func(s call.Snapshot) bool { return s.State == state }
}

// eventually waits until the stats are as wanted.
func eventually(t *testing.T, s *Session, what string, wanted func(call.Stats) bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for {
		select {
		case <-tick.C:
			if wanted(s.Stats()) {
				return
			}
		case <-late:
			t.Fatalf("no %s: %+v", what, s.Stats())
		}
	}
}

func connect(t *testing.T, caller, callee *Session) {
	t.Helper()
	ctx := context.Background()
	if err := caller.Create(ctx); err != nil {
		t.Fatal(err)
	}
	room := until(t, caller, "waiting", in(call.Waiting))
	if err := callee.Join(ctx, room.Invite); err != nil {
		t.Fatal(err)
	}
	until(t, caller, "connected", in(call.Connected))
	until(t, callee, "connected", in(call.Connected))
}

// Who waits in a room alone, or while somebody knocks, is seen by our own page
// only: nothing is encoded.
func TestNobodyIsEncodedFor(t *testing.T) {
	for _, guarded := range []bool{false, true} {
		t.Run(fmt.Sprintf("waiting room %v", guarded), func(t *testing.T) {
			caller, callee := open(t, func(c *config.Config) { c.Call.WaitingRoom = guarded }), open(t, nil)
			unencoded := func(when string) {
				t.Helper()
				before := cameraOf(caller).Captured
				eventually(t, caller, "pictures of the camera", func(call.Stats) bool { return cameraOf(caller).Captured > before+10 })
				if n := cameraOf(caller).Encoded; n > 0 {
					t.Errorf("%s, %d pictures are encoded", when, n)
				}
			}
			ctx := context.Background()
			if err := caller.Create(ctx); err != nil {
				t.Fatal(err)
			}
			room := until(t, caller, "waiting", in(call.Waiting))
			unencoded("alone in the room")
			if err := callee.Join(ctx, room.Invite); err != nil {
				t.Fatal(err)
			}
			if guarded {
				until(t, caller, "knocked at", in(call.Knocking))
				unencoded("with somebody at the door")
				if err := caller.LetIn(ctx); err != nil {
					t.Fatal(err)
				}
			}
			for _, s := range []*Session{caller, callee} {
				eventually(t, s, "picture of the other side", func(s call.Stats) bool { return s.Video.In.Frames > 10 })
			}
			for range 2 { // one is being sent, one waits
				caller.sendVideo(frame.Video{Codec: frame.VP8, Key: true, Data: make([]byte, 1<<20), Timestamp: 1})
			}
			if caller.wantsVideo() {
				t.Error("a picture is encoded while one waits that takes seconds")
			}
		})
	}
}

// cameraOf is how the camera goes; zero where none runs.
func cameraOf(s *Session) media.Stats {
	s.devices.mu.Lock()
	defer s.devices.mu.Unlock()
	if s.devices.camera == nil {
		return media.Stats{}
	}
	return s.devices.camera.Stats()
}

func TestTwoSessionsSeeAndHearEachOther(t *testing.T) {
	for _, tt := range []struct{ caller, callee, sent frame.Codec }{
		{"vp8", "vp8", "vp8"},
		{"h264", "h264", "h264"},
		{"vp8", "h264", "h264"}, // the callee decides
	} {
		t.Run(string(tt.caller+" calls "+tt.callee), func(t *testing.T) {
			caller := open(t, func(c *config.Config) { c.Video.Codec = string(tt.caller) })
			callee := open(t, func(c *config.Config) { c.Video.Codec = string(tt.callee) })
			connect(t, caller, callee)
			for _, s := range []*Session{caller, callee} {
				eventually(t, s, "picture of the other side", func(s call.Stats) bool {
					return s.Video.In.Frames > 30 && s.Video.In.Width == 320 && s.Video.In.Height == 180
				})
				eventually(t, s, "tone of the other side", func(s call.Stats) bool {
					return s.Audio.In.Packets > 20 && s.Audio.In.Level > -30 && s.Audio.In.Level < -10
				})
				if got := s.Stats(); got.Video.In.Codec != tt.sent || got.Path != "direct" {
					t.Errorf("codec %s, path %s", got.Video.In.Codec, got.Path)
				}
			}
		})
	}
}

func TestHangUpReachesTheOtherSideAndLeavesNothing(t *testing.T) {
	caller, callee := open(t, nil), open(t, nil)
	for range 2 { // and another call can follow
		connect(t, caller, callee)
		if err := callee.HangUp(context.Background()); err != nil {
			t.Fatal(err)
		}
		ended := until(t, caller, "ended", in(call.Ended))
		if ended.Reason != call.OtherHungUp {
			t.Errorf("reason %s", ended.Reason)
		}
		for _, s := range []*Session{caller, callee} {
			released := until(t, s, "without devices", func(s call.Snapshot) bool {
				return s.Camera.Name == "" && s.Microphone.Name == ""
			})
			if released.State != call.Ended {
				t.Errorf("state %s", released.State)
			}
		}
		if rooms := caller.rooms.lan.server.Rooms(); rooms != 0 {
			t.Errorf("%d rooms are left", rooms)
		}
	}
}

func TestMuteAndCameraOffAreSeenByTheOtherSide(t *testing.T) {
	caller, callee := open(t, nil), open(t, nil)
	connect(t, caller, callee)
	ctx := context.Background()
	eventually(t, callee, "tone", func(s call.Stats) bool { return s.Audio.In.Level > -30 })
	if err := caller.SetMicrophone(ctx, false); err != nil {
		t.Fatal(err)
	}
	if err := caller.SetCamera(ctx, false); err != nil {
		t.Fatal(err)
	}
	until(t, callee, "told", func(s call.Snapshot) bool { return !s.Other.MicrophoneOn && !s.Other.CameraOn })
	until(t, caller, "released", func(s call.Snapshot) bool { return s.Camera.Name == "" })
	eventually(t, callee, "silence", func(s call.Stats) bool { return s.Audio.In.Level < -60 })
	if err := caller.SetCamera(ctx, true); err != nil {
		t.Fatal(err)
	}
	frames := callee.Stats().Video.In.Frames
	eventually(t, callee, "picture again", func(s call.Stats) bool { return s.Video.In.Frames > frames+10 })
}

func TestCallWithoutAnyDevice(t *testing.T) {
	none := func(c *config.Config) {
		c.Devices = config.Devices{Camera: "none", Microphone: "none", Speaker: "none"}
	}
	caller, callee := open(t, none), open(t, nil)
	connect(t, caller, callee)
	eventually(t, caller, "picture", func(s call.Stats) bool { return s.Video.In.Frames > 10 })
	until(t, callee, "told", func(s call.Snapshot) bool { return !s.Other.MicrophoneOn && !s.Other.CameraOn })
}

func TestThirdIsTurnedAway(t *testing.T) {
	caller, callee, third := open(t, nil), open(t, nil), open(t, nil)
	connect(t, caller, callee)
	invite := caller.Snapshot().Invite
	if err := third.Join(context.Background(), invite); err != nil {
		t.Fatal(err)
	}
	failed := untilFailed(t, third)
	if failed.Failure.Code != call.RoomFull {
		t.Errorf("code %s", failed.Failure.Code)
	}
	if err := callee.HangUp(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := third.Join(context.Background(), invite); err != nil {
		t.Fatal(err)
	}
	if failed := untilFailed(t, third); failed.Failure.Code != call.RoomNotFound {
		t.Errorf("code %s", failed.Failure.Code)
	}
}

func untilFailed(t *testing.T, s *Session) call.Snapshot {
	t.Helper()
	snapshots, stop := s.Watch()
	defer stop()
	late := time.After(patience)
	for {
		select {
		case got := <-snapshots:
			if got.State == call.Failed {
				return got
			}
		case <-late:
			t.Fatalf("not failed in time: %+v", s.Snapshot())
		}
	}
}

func TestOwnRoomIsToldApart(t *testing.T) {
	s := open(t, nil)
	ctx := context.Background()
	if err := s.Create(ctx); err != nil {
		t.Fatal(err)
	}
	invite := until(t, s, "waiting", in(call.Waiting)).Invite
	if e, ok := errors.AsType[*call.Error](s.Join(ctx, invite)); !ok || e.Code != call.OwnRoom {
		t.Errorf("joining the own room: %v", e)
	}
	if err := s.HangUp(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestServerThatCannotStart(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	s := open(t, func(c *config.Config) { c.LAN.Address = taken.Addr().String() })
	if err := s.Create(context.Background()); err != nil {
		t.Fatal(err)
	}
	if failed := untilFailed(t, s); failed.Failure.Code != call.NoServer {
		t.Errorf("code %s: %s", failed.Failure.Code, failed.Failure.Message)
	}
}

func TestSecondCallBeginsAfresh(t *testing.T) {
	caller, callee := open(t, nil), open(t, nil)
	connect(t, caller, callee)
	eventually(t, callee, "picture", func(s call.Stats) bool { return s.Video.In.Frames > 30 })
	ctx := context.Background()
	if err := callee.HangUp(ctx); err != nil {
		t.Fatal(err)
	}
	until(t, caller, "ended", in(call.Ended))
	connect(t, caller, callee) // at once, while the old connection is being closed
	eventually(t, callee, "picture", func(s call.Stats) bool { return s.Video.In.Frames > 30 && s.Video.Out.Target > 0 })
}

func TestNobodyAnswersAtTheInvite(t *testing.T) {
	s := open(t, nil)
	if err := s.Join(context.Background(), "https://127.0.0.1:1/#room=k3j4-55zz-9abc"); err != nil {
		t.Fatal(err)
	}
	if failed := untilFailed(t, s); failed.Failure.Code != call.Unreachable {
		t.Errorf("code %s: %s", failed.Failure.Code, failed.Failure.Message)
	}
}

func TestRecordingOfACall(t *testing.T) {
	caller, callee := open(t, nil), open(t, nil)
	path := filepath.Join(t.TempDir(), "call.webm")
	if err := callee.Record(path); err != nil {
		t.Fatal(err)
	}
	connect(t, caller, callee)
	eventually(t, callee, "picture", func(s call.Stats) bool { return s.Video.In.Frames > 60 })
	if err := callee.Close(); err != nil {
		t.Fatal(err)
	}
	probe(t, path)
	if err := open(t, nil).Record(filepath.Join(t.TempDir(), "no", "such", "folder.webm")); err == nil {
		t.Error("recording into a folder that is not there")
	}
}

func TestDefaultPortGivesWay(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the default address listens on every interface, which asks the firewall elsewhere")
	}
	// Both take the default port or, where it is taken, a free one.
	useDefault := func(c *config.Config) { c.LAN.Address, c.LAN.Host = config.DefaultLANAddress, "127.0.0.1" }
	first, second := open(t, useDefault), open(t, useDefault)
	for _, s := range []*Session{first, second} {
		if err := s.Create(context.Background()); err != nil {
			t.Fatal(err)
		}
		until(t, s, "waiting", in(call.Waiting))
	}
	if a, b := first.rooms.lan.server.Port(), second.rooms.lan.server.Port(); a == b {
		t.Errorf("both on port %s", a)
	}
}

func TestDataSaverHoldsBothSidesDown(t *testing.T) {
	caller := open(t, func(c *config.Config) { c.Video.DataSaver = true })
	callee := open(t, nil)
	connect(t, caller, callee)
	for _, s := range []*Session{caller, callee} {
		eventually(t, s, "small target", func(s call.Stats) bool { return s.Video.Out.Target == 300_000 })
	}
	if callee.Snapshot().DataSaver {
		t.Error("the other side's data saver counts as its own")
	}
	if err := caller.SetDataSaver(context.Background(), false); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Session{caller, callee} {
		eventually(t, s, "larger target", func(s call.Stats) bool { return s.Video.Out.Target > 300_000 })
	}
}
