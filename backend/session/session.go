// Package session is one running Parley: it joins the rooms of the house from
// a config. The window and `parley call` drive the same one.
//
//	call ◀── commands ── window, command line
//	 │ ╲
//	 │  ╲──▶ rooms ── lan (a server in here, or somebody else's), firestore, manual
//	 │
//	 ├────▶ devices ── media ──┬──────▶ peer ══ network ══ the other side
//	 │             ╲── sound ──┤◀──────  │
//	 │                         │         ▼
//	 └─ snapshots ─▶ watchers  └──▶ bridge, record
//
// Media flows past the call: it decides, and never sees a frame.
package session

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"parley/backend/bridge"
	"parley/backend/call"
	"parley/backend/config"
	"parley/backend/frame"
	"parley/backend/media"
	"parley/backend/peer"
	"parley/backend/record"
	"parley/backend/update"
)

// Options are what a session is given besides its config.
type Options struct {
	// Page is the built front end, which the LAN server shows to phones.
	Page fs.FS
	// Origins are the pages that may watch the tracks; without one there is no
	// bridge.
	Origins []string
	// Choices is the file of what was chosen in the window, from run to run; empty:
	// nothing is remembered.
	Choices string
	// Updates is where this build finds newer releases; zero where nowhere.
	Updates update.Source
	Logger  *slog.Logger
}

// Session is one running Parley.
type Session struct {
	*call.Call
	Chats   *Chats
	config  config.Config
	updates update.Source
	log     *slog.Logger
	devices *devices
	rooms   *rooms

	bridge        *bridge.Bridge // nil without a page
	local, screen *bridge.Track  // ours, and the other side's screen; nil without a page
	remote        track          // likewise

	mu       sync.Mutex
	peer     *livePeer // of the call under way
	recorder *record.Recorder

	remembered remembered
	listens    atomic.Pointer[func(call.DeviceList)] // to changes of the devices
	checking   atomic.Bool

	close func() error
}

// track is a bridge.Track that draws each picture at its time.
type track interface {
	Write(f frame.Video, present time.Time)
	Clear()
}

// Open makes a session in state idle: nothing is captured, nothing listens but
// the bridge.
func Open(c config.Config, o Options) (*Session, error) {
	s := &Session{config: c, updates: o.Updates, log: o.Logger}
	s.close = sync.OnceValue(s.shutdown)
	s.Chats = &Chats{log: o.Logger}
	if len(o.Origins) > 0 {
		b, err := bridge.Listen(bridge.Config{Origins: o.Origins, Logger: o.Logger})
		if err != nil {
			return nil, fmt.Errorf("open the bridge: %w", err)
		}
		s.bridge = b
		s.local = b.Track(bridge.Local, nil)
		s.remote = b.Track(bridge.Remote, s.requestKeyframe)
		s.screen = b.Track(bridge.Screen, s.requestScreenKeyframe)
	}
	s.devices = newDevices(c.Video, o.Logger)
	s.devices.video, s.devices.dark, s.devices.audio = s.sendVideo, s.clearVideo, s.sendAudio
	s.devices.screenOut, s.devices.needed = s.sendScreen, s.wantsVideo
	if s.local != nil {
		s.devices.mirror = (&selfView{track: s.local, log: o.Logger}).look
	}
	s.rooms = newRooms(c, o.Page, o.Logger)
	choices := s.remembered.load(o.Choices, o.Logger)
	s.devices.lookout = newLookout(choices.devices(), o.Logger)
	s.Call = call.New(call.Deps{
		Signaling:    s.rooms,
		ByHand:       s.rooms.byHand,
		NewPeer:      s.newPeer,
		Devices:      s.devices,
		Choice:       choices.over(c.Devices),
		DataSaver:    c.Video.DataSaver,
		Unmirrored:   choices.Unmirrored,
		WaitingRoom:  c.Call.WaitingRoom,
		ShowsScreens: s.bridge != nil,
		Logger:       o.Logger,
	})
	s.devices.changed, s.devices.paused = s.DevicesChanged, s.CameraPaused
	l := s.devices.lookout
	l.list, l.changes, l.told = ListDevices, media.Changes, s.devicesListed
	l.start(o.Choices != "")
	return s, nil
}

// BridgeURL is where the page gets the tracks. It holds a secret of this run.
func (s *Session) BridgeURL() string {
	if s.bridge == nil {
		return ""
	}
	return s.bridge.URL()
}

// Record writes what the other side sends to a file, until Close. It is called
// once, before the call.
func (s *Session) Record(path string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.recorder != nil {
		return errors.New("record: a recording runs already")
	}
	r, err := record.Create(path)
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	s.recorder = r
	return nil
}

// Stats is how the call under way goes; zero without one.
func (s *Session) Stats() call.Stats {
	s.mu.Lock()
	p := s.peer
	s.mu.Unlock()
	if p == nil {
		return newStats(peer.Stats{}, s.devices.soundStats())
	}
	stats := newStats(p.Stats(), s.devices.soundStats())
	stats.Video.Out.Target = s.devices.ofCamera(stats.Video.Out.Target)
	return stats
}

// Close hangs up and ends everything. It may be called twice.
func (s *Session) Close() error { return s.close() }

func (s *Session) shutdown() error {
	errs := []error{s.Call.Close(), s.rooms.close()}
	s.devices.lookout.close()
	if s.bridge != nil {
		errs = append(errs, s.bridge.Close())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.recorder != nil {
		errs = append(errs, s.recorder.Close())
	}
	return errors.Join(errs...)
}

// sendVideo takes a picture of ours to the other side.
func (s *Session) sendVideo(f frame.Video) {
	s.mu.Lock()
	p := s.peer
	s.mu.Unlock()
	if p != nil {
		_ = p.WriteVideo(f) // what cannot go out is counted in its stats
	}
}

// maxBacklog is a few pictures: what an encoder leaves out costs none that follow,
// what the connection would drop, all up to the next key frame.
const maxBacklog = 100 * time.Millisecond

// wantsVideo tells whether there is somebody who gets our pictures: not while one waits
// in a room alone, nor while there is no way to them yet, nor while somebody knocks, nor
// while it is unknown what more the connection can take, nor while what it has takes long.
func (s *Session) wantsVideo() bool {
	s.mu.Lock()
	p := s.peer
	s.mu.Unlock()
	return p != nil && p.met.Load() && !p.held.Load() && !p.Waits() && p.Backlog() < maxBacklog
}

func (s *Session) clearVideo() {
	if s.local != nil {
		s.local.Clear()
	}
}

func (s *Session) sendAudio(f frame.Audio) {
	s.mu.Lock()
	p := s.peer
	s.mu.Unlock()
	if p != nil {
		_ = p.WriteAudio(f) // likewise
	}
}

// How far a picture and its sound may part. ITU-R BT.1359 has it noticed where the sound
// is 45 ms ahead or 125 ms behind, and accepted up to 90 and 185.
const (
	// beforeSound is how long before its sound a picture is shown at most: sound waits
	// for its jitter, and no picture is to wait for that longer than it must.
	beforeSound = 20 * time.Millisecond
	// behindSound is how long after, where a picture is held so that what is sent again
	// comes in time.
	behindSound = 50 * time.Millisecond
)

// receiveVideo takes a picture of the other side's: shown about when the sound that
// belongs to it is heard. A picture that is held for longer holds its sound, too.
func (s *Session) receiveVideo(f frame.Video) {
	if s.remote != nil {
		present := f.Due
		if speaker := s.devices.speaker(); speaker != nil && !f.Captured.IsZero() {
			if !f.Due.IsZero() {
				speaker.NotBefore(f.Captured, f.Due.Add(-behindSound))
			}
			if heard, known := speaker.PlayTime(f.Captured); known {
				present = later(heard.Add(-beforeSound), earlier(f.Due, heard.Add(behindSound)))
			}
		}
		s.remote.Write(f, present)
	}
	if r := s.recording(); r != nil {
		r.Video(f)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func (s *Session) receiveAudio(f frame.Audio) {
	if speaker := s.devices.speaker(); speaker != nil {
		speaker.Play(f)
	}
	if r := s.recording(); r != nil {
		r.Audio(f)
	}
}

func (s *Session) recording() *record.Recorder {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.recorder
}

// requestKeyframe asks the other side for a key frame.
func (s *Session) requestKeyframe() {
	s.mu.Lock()
	p := s.peer
	s.mu.Unlock()
	if p != nil {
		p.RequestKeyframe()
	}
}
