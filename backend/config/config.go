// Package config is what a user may set, and where Parley keeps its files.
//
//	defaults ─▶ config.toml ─▶ environment ─▶ flags ─▶ Config ─▶ checked
//
// A later source wins, setting by setting; settings.go lists them all. A value
// that cannot be used is refused with the place it came from (file and line,
// variable or flag) and the reason, never guessed at.
package config

import (
	"log/slog"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// DefaultLANAddress is where the LAN server listens unless told otherwise. It
// is one fixed port, so that a firewall rule or a bookmark stays good. Only this
// address may give way to a free port where it is taken; one that the user
// named is used as it is or refused.
const DefaultLANAddress = ":7373"

// Config is everything that can be set. Load makes one that is valid.
type Config struct {
	// Version is the file's: see migrations.
	Version int `toml:"version"`
	// Signaling names the way in which the two sides find each other: "lan",
	// "firestore" or "manual".
	Signaling string `toml:"signaling"`
	// DataDir is the folder for what Parley makes and keeps: the LAN
	// server's certificate and key. It may not exist yet.
	DataDir string `toml:"data_dir"`

	Call     Call     `toml:"call"`
	LAN      LAN      `toml:"lan"`
	Firebase Firebase `toml:"firebase"`
	ICE      ICE      `toml:"ice"`
	Devices  Devices  `toml:"devices"`
	Video    Video    `toml:"video"`
	Log      Log      `toml:"log"`
	Update   Update   `toml:"update"`

	// Path is the file that was read, or that would be if it existed.
	Path string `toml:"-"`
	// Read tells whether it existed.
	Read bool `toml:"-"`

	places map[string]string // where each setting was set, by its key
}

// Call is how a call goes.
type Call struct {
	// WaitingRoom: whoever comes into a room of ours waits to be let in.
	WaitingRoom bool `toml:"waiting_room"`
}

// LAN is the room server inside the app.
type LAN struct {
	// Address is where it listens, host:port; an empty host is every
	// interface, port 0 a free one. See DefaultLANAddress.
	Address string `toml:"address"`
	// Host is the name or IP address that invite links carry. Empty: the
	// machine's own address on the network.
	Host string `toml:"host"`
	// CertFile and KeyFile are the user's own certificate chain and key (PEM).
	// Both empty: a certificate is made once and kept in DataDir.
	CertFile string `toml:"cert_file"`
	KeyFile  string `toml:"key_file"`
	// Relay starts a relay with the first room, for those who join it and for
	// us: where a network lets TCP through and no UDP, say.
	Relay bool `toml:"relay"`
	// RoomTTL is how long after its making a room may still be entered.
	RoomTTL Duration `toml:"room_ttl"`
}

// Firebase is the project whose Cloud Firestore holds the rooms. None of it is
// secret: the security rules decide who may do what.
type Firebase struct {
	Project string `toml:"project"` // its ID
	APIKey  string `toml:"api_key"` // of its web app
	// Auth is who we are to it: "anonymous" (a Firebase Auth user without a
	// name) or "none", for open rules.
	Auth string `toml:"auth"`
	// Page is the origin of the phone page, which invite links carry. Empty:
	// Firebase Hosting's own, https://PROJECT.web.app.
	Page string `toml:"page"`
	// Emulator and AuthEmulator are host:port of the Firebase emulators, for tests.
	Emulator     string `toml:"emulator"`
	AuthEmulator string `toml:"auth_emulator"`
}

// ICE is how the two sides may reach each other (RFC 8445).
type ICE struct {
	// Servers are the STUN and TURN servers. None is needed on a LAN.
	Servers []ICEServer `toml:"servers"`
	// Interfaces are the network interfaces to use; empty means all.
	Interfaces []string `toml:"interfaces"`
	// RelayOnly sends everything through a TURN server, which hides our
	// addresses from the other side. It needs one in Servers.
	RelayOnly bool `toml:"relay_only"`
}

// ICEServer is one server under its URLs, with what it asks for.
type ICEServer struct {
	// URLs are stun:, stuns: (RFC 7064), turn: or turns: (RFC 7065) URIs.
	URLs []string `toml:"urls"`
	// Username and Credential are needed by turn: and turns:, unless there is a
	// Secret.
	Username   string `toml:"username,omitempty"`
	Credential Secret `toml:"credential,omitempty"`
	// Secret is the TURN server's own, from which time-limited credentials are
	// made for each call, for us and for whoever we invite
	// (draft-uberti-behave-turn-rest-00).
	Secret Secret `toml:"secret,omitempty"`
}

// Devices are what to see, hear and be heard with. Empty is the system's
// default. Whether they exist is found out when they are opened.
type Devices struct {
	// Camera is a name or ID, FILE.y4m, "test" or "none".
	Camera string `toml:"camera"`
	// Microphone is a name or ID, FILE.wav, "test" or "none".
	Microphone string `toml:"microphone"`
	// Speaker is a name or ID, FILE.wav to write, or "none".
	Speaker string `toml:"speaker"`
}

// Video is the picture that is sent; a slow network or machine sends less.
type Video struct {
	Width     int `toml:"width"`      // pixels, even
	Height    int `toml:"height"`     // pixels, even
	FrameRate int `toml:"frame_rate"` // frames/s
	// Codec is the one to prefer, "vp8" or "h264"; the other side decides
	// with what it can play.
	Codec string `toml:"codec"`
	// DataSaver: calls begin with the data saver on.
	DataSaver bool `toml:"data_saver"`
}

// Log is what Parley says about itself on standard error.
type Log struct {
	Level slog.Level `toml:"level"`
}

// Update is whether the window tells of newer releases.
type Update struct {
	// Check looks for one at most once a day, and never during a call.
	Check bool `toml:"check"`
}

// Default is the configuration of somebody who has set nothing. Its DataDir
// and Path are empty: Load finds them.
func Default() Config {
	return Config{
		Version:   newest,
		Signaling: "lan",
		LAN:       LAN{Address: DefaultLANAddress, RoomTTL: Duration{12 * time.Hour}},
		Firebase:  Firebase{Auth: "anonymous"},
		Video:     Video{Width: 1280, Height: 720, FrameRate: 30, Codec: "vp8"},
		Log:       Log{Level: slog.LevelWarn},
		Update:    Update{Check: true},
	}
}

// String is c as a config file, without its secrets.
func (c Config) String() string {
	text, err := toml.Marshal(c)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Secret is a string that prints, logs and marshals as "[redacted]". Convert it
// to a string to use it.
type Secret string

const redacted = "[redacted]"

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString keeps %#v from showing it.
func (s Secret) GoString() string { return `"` + s.String() + `"` }

// MarshalText keeps JSON and TOML from showing it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue keeps slog from showing it.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Duration is a time.Duration that is written as "90s" or "12h".
type Duration struct{ time.Duration }

// UnmarshalText reads the form of time.ParseDuration.
func (d *Duration) UnmarshalText(text []byte) (err error) {
	d.Duration, err = time.ParseDuration(string(text))
	return err
}

// MarshalText writes the form of time.Duration.String.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }
