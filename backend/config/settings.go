package config

import (
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// setting is one thing that can be set, and by what names.
type setting struct {
	key  string // in the file, with the sections before it
	kind kind
	flag string // empty: none
	env  string // empty: PARLEY_ and the key in capitals
	only bool   // environment and flags only: no such key in the file
	// fixed: in the file only, and written by Parley alone.
	fixed bool
	def   string // the default, as --help shows it
	help  string // `WORD` names the value in --help
}

// settings is the one list of them: the file's keys, the variables and the flags.
var settings = []setting{
	{key: "version", kind: number, fixed: true, help: "the form of this file, by which a later Parley knows its age"},
	{key: "signaling", kind: text, flag: "signaling", def: "lan", help: "how the two sides find each other, `WAY`: lan, firestore or manual"},
	{key: "data_dir", kind: text, help: "folder for what Parley makes and keeps"},
	{key: "call.waiting_room", kind: truth, flag: "waiting-room", help: "whoever joins your room sees and hears nothing until you let them in"},
	{key: "lan.address", kind: text, flag: "lan-address", def: DefaultLANAddress, help: "listen on `HOST:PORT` for the other side; the default gives way to a free port where it is taken"},
	{key: "lan.host", kind: text, flag: "lan-host", help: "name or IP `ADDRESS` to put in invite links (default: this machine's address on the network)"},
	{key: "lan.cert_file", kind: text, flag: "lan-cert", help: "your own certificate, a PEM `FILE` (default: one is made and kept)"},
	{key: "lan.key_file", kind: text, flag: "lan-key", help: "its private key, a PEM `FILE`"},
	{key: "lan.relay", kind: truth, flag: "lan-relay", help: "relay for those who join, where the network blocks the direct way"},
	{key: "lan.room_ttl", kind: duration, help: "how long a room may be entered"},
	{key: "firebase.project", kind: text, help: "ID of the Firebase project that holds the rooms"},
	{key: "firebase.api_key", kind: text, help: "API key of its web app"},
	{key: "firebase.auth", kind: text, help: "anonymous or none"},
	{key: "firebase.page", kind: text, help: "origin of the phone page"},
	{key: "firebase.emulator", kind: text, env: "PARLEY_FIRESTORE_EMULATOR", help: "host:port of a Firestore emulator"},
	{key: "firebase.auth_emulator", kind: text, env: "PARLEY_AUTH_EMULATOR", help: "host:port of a Firebase Auth emulator"},
	{key: "ice.servers", kind: tables, help: "STUN and TURN servers, each with its urls, and for TURN a username and credential, or its secret"},
	{key: "ice.interfaces", kind: list, flag: "interface", help: "use only this network interface, `NAME`; may be repeated"},
	{key: "ice.relay_only", kind: truth, flag: "relay-only", help: "send everything through the TURN server"},
	{key: "stun.urls", kind: list, flag: "stun", env: "STUN_URL", only: true, help: "STUN server, `URL` such as stun:stun.example.org; may be repeated"},
	{key: "turn.urls", kind: list, flag: "turn", env: "TURN_URL", only: true, help: "TURN server, `URL` such as turns:turn.example.org; may be repeated"},
	{key: "turn.username", kind: text, flag: "turn-username", env: "TURN_USERNAME", only: true, help: "`NAME` at the TURN server"},
	{key: "turn.credential", kind: text, flag: "turn-credential", env: "TURN_CREDENTIAL", only: true, help: "`PASSWORD` at the TURN server; other users of this machine can read flags, so better set TURN_CREDENTIAL"},
	{key: "turn.secret", kind: text, env: "TURN_SECRET", only: true, help: "secret of the TURN server"},
	{key: "devices.camera", kind: text, flag: "camera", help: "`CAMERA`: a name, FILE.y4m, test or none (default: the system's)"},
	{key: "devices.microphone", kind: text, flag: "microphone", help: "`MICROPHONE`: a name, FILE.wav, test or none (default: the system's)"},
	{key: "devices.speaker", kind: text, flag: "speaker", help: "`SPEAKER`: a name, FILE.wav to write, or none (default: the system's)"},
	{key: "video.width", kind: number, help: "width of the picture, pixels"},
	{key: "video.height", kind: number, help: "height of the picture, pixels"},
	{key: "video.frame_rate", kind: number, help: "pictures a second"},
	{key: "video.codec", kind: text, flag: "codec", def: "vp8", help: "`CODEC` to prefer: vp8 or h264"},
	{key: "video.data_saver", kind: truth, flag: "data-saver", help: "send, and ask for, 300 kbit/s of picture at most"},
	{key: "update.check", kind: truth, help: "tell of newer releases"},
	{key: "log.level", kind: level, flag: "log-level", def: "warn", help: "say what happens on standard error, from `LEVEL` up: debug, info, warn or error"},
}

// serverKeys are the keys of one [[ice.servers]].
var serverKeys = []setting{
	{key: "ice.servers[].urls", kind: list},
	{key: "ice.servers[].username", kind: text},
	{key: "ice.servers[].credential", kind: text},
	{key: "ice.servers[].secret", kind: text},
}

func (s setting) variable() string {
	if s.env != "" {
		return s.env
	}
	return "PARLEY_" + strings.ToUpper(strings.ReplaceAll(s.key, ".", "_"))
}

// AddFlags gives fs the flag of each setting that has one.
func AddFlags(fs *pflag.FlagSet) {
	for _, s := range settings {
		switch {
		case s.flag == "":
		case s.kind == truth:
			fs.Bool(s.flag, false, s.help)
		case s.kind == list:
			fs.StringSlice(s.flag, nil, s.help)
		default:
			fs.String(s.flag, s.def, s.help)
		}
	}
}

// kind is the type of a setting's value.
type kind string

const (
	text     kind = "text in quotes"
	number   kind = "a whole number"
	truth    kind = "true or false"
	list     kind = "a list of texts"
	duration kind = `a length of time in quotes, such as "90s" or "12h"`
	level    kind = `"debug", "info", "warn" or "error"`
	tables   kind = "one or more [[ice.servers]] sections"
)

// holds tells whether v, as the TOML parser gives it, is of this kind.
func (k kind) holds(v any) bool {
	switch k {
	case number:
		_, ok := v.(int64)
		return ok
	case truth:
		_, ok := v.(bool)
		return ok
	case list:
		return all(v, func(v any) bool { _, ok := v.(string); return ok })
	case tables:
		return all(v, func(v any) bool { _, ok := v.(map[string]any); return ok })
	}
	s, ok := v.(string)
	if !ok {
		return false
	}
	switch k {
	case duration:
		_, err := time.ParseDuration(s)
		return err == nil
	case level:
		var l slog.Level
		return !strings.ContainsAny(s, "+-") && l.UnmarshalText([]byte(s)) == nil
	}
	return true
}

func all(v any, ok func(any) bool) bool {
	items, isList := v.([]any)
	for _, item := range items {
		if !ok(item) {
			return false
		}
	}
	return isList
}

// parse reads a value as a variable or a flag has it, in the types of holds.
func (k kind) parse(s string) (any, bool) {
	var v any = s
	switch k {
	case number:
		n, err := strconv.ParseInt(s, 10, 64)
		return n, err == nil
	case truth:
		b, err := strconv.ParseBool(s)
		return b, err == nil
	case list:
		items := []any{}
		for item := range strings.SplitSeq(s, ",") {
			items = append(items, strings.TrimSpace(item))
		}
		v = items
	}
	return v, k.holds(v)
}
