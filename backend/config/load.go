package config

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"
)

// What can be wrong with a configuration; test with errors.Is.
var (
	ErrFile       = errors.New("the config file cannot be read")
	ErrSyntax     = errors.New("not valid TOML")
	ErrUnknownKey = errors.New("there is no such setting")
	ErrBadValue   = errors.New("not usable")
	ErrNoHome     = errors.New("the system names no home folder")
)

// Error is one setting that cannot be used.
type Error struct {
	// Place is where it was set: "/home/ada/.config/parley/config.toml:7",
	// "variable PARLEY_LAN_HOST", "flag --lan-host". Empty: in no such place.
	Place string
	Key   string // "lan.host"; empty where no single setting is at fault
	Err   error  // the reason; wraps one of the errors above
}

func (e *Error) Error() string {
	var s strings.Builder
	for _, part := range []string{e.Place, e.Key} {
		if part != "" {
			s.WriteString(part + ": ")
		}
	}
	return s.String() + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// Load reads the file, then the environment (in the form of os.Environ), then
// those of the flags that were given. An empty path is PARLEY_CONFIG or the
// default, which need not exist; a path that was named must. flags may be nil.
// The error joins one *Error for each setting that is wrong.
func Load(path string, flags *pflag.FlagSet, environ []string) (Config, error) {
	file, named := variables(environ).configPath(path)
	load := func(data []byte) (Config, error) { return newLoader(environ).load(file, data, flags) }
	data, err := readFile(file)
	switch {
	case file == "" || !named && errors.Is(err, fs.ErrNotExist):
		return load(nil) // what is set elsewhere may do
	case err != nil:
		return Config{}, &Error{Err: err}
	}
	text, err := migrate(file, data)
	if err != nil {
		return Config{}, err
	}
	c, err := load(text)
	if string(text) == string(data) {
		return c, err
	}
	if err == nil && keep(file, data, text) == nil {
		return c, nil
	}
	// The file stays as it is, and is told of by its own lines, if they are understood.
	if old, before := load(data); (before == nil) == (err == nil) {
		return old, before
	}
	return c, err
}

func newLoader(environ []string) *loader {
	return &loader{ko: koanf.New("."), vars: environ, places: map[string]string{}}
}

// load is Load with the text of the file, which is nil where there is none.
func (l *loader) load(path string, data []byte, flags *pflag.FlagSet) (Config, error) {
	c := Default()
	c.Path, c.Read = path, data != nil
	err := errors.Join(l.file(path, data), l.environment(), l.flags(flags))
	if err != nil {
		return Config{}, err
	}
	if err := l.ko.UnmarshalWithConf("", &c, koanf.UnmarshalConf{Tag: "toml"}); err != nil {
		return Config{}, &Error{Place: c.Path, Err: fmt.Errorf("%w: %w", ErrBadValue, err)}
	}
	if err := l.servers(&c); err != nil {
		return Config{}, err
	}
	if c.DataDir == "" {
		if c.DataDir = l.vars.dataDir(); c.DataDir == "" {
			return Config{}, &Error{Key: "data_dir", Err: ErrNoHome}
		}
	}
	for _, e := range c.problems() {
		e.Place = l.place(e.Key)
		err = errors.Join(err, e)
	}
	if err != nil {
		return Config{}, err
	}
	c.places = l.places
	return c, nil
}

type loader struct {
	ko     *koanf.Koanf
	vars   variables
	places map[string]string // where each key was set last
}

// place is where key, or the table that it is missing from, was set.
func (l *loader) place(key string) string {
	for key != "" {
		if place := l.places[key]; place != "" {
			return place
		}
		key = key[:max(strings.LastIndexAny(key, ".["), 0)]
	}
	return ""
}

func (l *loader) file(path string, data []byte) error {
	if data == nil {
		return nil
	}
	values, places, err := parseFile(path, data)
	l.places = places
	if err != nil {
		return err
	}
	return l.ko.Load(parsed(values), nil)
}

func (l *loader) environment() error {
	var errs []error
	names := map[string]setting{}
	var sections []string // that variables are named by
	for _, s := range settings {
		if s.kind != tables && !s.fixed {
			names[s.variable()] = s
		}
		if section, _, nested := strings.Cut(s.key, "."); nested && !s.only {
			sections = append(sections, "PARLEY_"+strings.ToUpper(section)+"_")
		}
	}
	err := l.ko.Load(env.Provider(".", env.Opt{
		EnvironFunc: func() []string { return l.vars },
		TransformFunc: func(name, value string) (string, any) {
			if value == "" { // as good as none
				return "", nil
			}
			s, ok := names[name]
			if !ok {
				if slices.ContainsFunc(sections, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
					errs = append(errs, &Error{Place: "variable " + name, Err: ErrUnknownKey})
				}
				return "", nil
			}
			v, ok := s.kind.parse(value)
			if !ok {
				errs = append(errs, &Error{Place: "variable " + name, Key: s.key, Err: fmt.Errorf("%w: it should be %s", ErrBadValue, s.kind)})
			}
			l.places[s.key] = "variable " + name
			return s.key, v
		},
	}), nil)
	return errors.Join(append(errs, err)...)
}

func (l *loader) flags(given *pflag.FlagSet) error {
	if given == nil {
		return nil
	}
	var errs []error
	names := map[string]setting{}
	for _, s := range settings {
		if s.flag != "" {
			names[s.flag] = s
		}
	}
	err := l.ko.Load(posflag.ProviderWithFlag(given, ".", l.ko, func(f *pflag.Flag) (string, any) {
		s, ok := names[f.Name]
		if !ok || !f.Changed {
			return "", nil
		}
		v := posflag.FlagVal(given, f) // pflag has checked all but those that are text to it
		if _, isText := v.(string); isText && !s.kind.holds(v) {
			errs = append(errs, &Error{Place: "flag --" + f.Name, Key: s.key, Err: fmt.Errorf("%w: it should be %s", ErrBadValue, s.kind)})
		}
		l.places[s.key] = "flag --" + f.Name
		return s.key, v
	}), nil)
	return errors.Join(append(errs, err)...)
}

// servers puts what variables and flags say about STUN and TURN into the list:
// URLs take the place of the file's whole list; a TURN user name, credential
// or secret goes to every TURN server, so that a file need hold no secret.
func (l *loader) servers(c *Config) error {
	if l.ko.Exists("stun.urls") || l.ko.Exists("turn.urls") {
		for place := range l.places {
			if strings.HasPrefix(place, "ice.servers[") {
				delete(l.places, place)
			}
		}
		c.ICE.Servers = nil
	}
	for _, key := range []string{"stun.urls", "turn.urls"} {
		if l.ko.Exists(key) {
			l.places[fmt.Sprintf("ice.servers[%d]", len(c.ICE.Servers))] = l.places[key]
			c.ICE.Servers = append(c.ICE.Servers, ICEServer{URLs: l.ko.Strings(key)})
		}
	}
	for _, key := range []string{"turn.username", "turn.credential", "turn.secret"} {
		value, used := l.ko.String(key), false
		if value == "" {
			continue
		}
		for i := range c.ICE.Servers {
			s := &c.ICE.Servers[i]
			if !s.turn() {
				continue
			}
			used = true
			switch key {
			case "turn.username":
				s.Username = value
			case "turn.credential":
				s.Credential = Secret(value)
			default:
				s.Secret = Secret(value)
			}
		}
		if !used {
			return &Error{Place: l.places[key], Key: key, Err: fmt.Errorf("%w: no TURN server is named to use it with (TURN_URL or --turn)", ErrBadValue)}
		}
	}
	return nil
}

// parsed is a koanf.Provider of values that are there already.
type parsed map[string]any

func (p parsed) Read() (map[string]any, error) { return p, nil }
func (p parsed) ReadBytes() ([]byte, error)    { return nil, errors.ErrUnsupported }
