package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	koanftoml "github.com/knadh/koanf/parsers/toml/v2"
	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// maxFileSize bounds what is read of a config file, in bytes.
const maxFileSize = 1 << 20

// readFile reads at most maxFileSize of path. The error wraps ErrFile.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	if len(data) > maxFileSize {
		return nil, fmt.Errorf("%w: %s is larger than %d bytes", ErrFile, path, maxFileSize)
	}
	return data, nil
}

// parseFile reads TOML into the values of known settings, and the place of each
// by its key ("ice.servers[0].urls"). name stands in places and errors.
func parseFile(name string, data []byte) (map[string]any, map[string]string, error) {
	if isServiceAccount(data) {
		return nil, nil, &Error{Place: name, Err: ErrServiceAccount}
	}
	values, err := koanftoml.Parser().Unmarshal(data)
	if syntax, ok := errors.AsType[*toml.DecodeError](err); ok {
		line, _ := syntax.Position()
		reason := strings.TrimPrefix(syntax.Error(), "toml: ")
		return nil, nil, &Error{Place: at(name, line), Err: fmt.Errorf("%w: %s", ErrSyntax, reason)}
	}
	if err != nil {
		return nil, nil, &Error{Place: name, Err: fmt.Errorf("%w: %w", ErrSyntax, err)}
	}
	ix := index{name: name, places: map[string]string{}, tables: map[string]int{}}
	ix.read(data)
	errs := ix.errs
	for _, s := range settings {
		if v, ok := lookup(values, s.key); ok && !s.only {
			errs = append(errs, ix.check(s, s.key, v)...)
		}
	}
	if servers, ok := lookup(values, "ice.servers"); ok && tables.holds(servers) {
		for i, server := range servers.([]any) {
			for _, s := range serverKeys {
				field := s.key[strings.LastIndex(s.key, ".")+1:]
				if v, ok := server.(map[string]any)[field]; ok {
					errs = append(errs, ix.check(s, fmt.Sprintf("ice.servers[%d].%s", i, field), v)...)
				}
			}
		}
	}
	return values, ix.places, errors.Join(errs...)
}

func (ix *index) check(s setting, key string, v any) []error {
	if s.kind.holds(v) {
		return nil
	}
	return []error{&Error{Place: ix.places[key], Key: key, Err: fmt.Errorf("%w: it should be %s", ErrBadValue, s.kind)}}
}

func at(name string, line int) string { return fmt.Sprintf("%s:%d", name, line) }

// lookup finds a.b in nested tables.
func lookup(values map[string]any, key string) (any, bool) {
	section, rest, nested := strings.Cut(key, ".")
	v, ok := values[section]
	if !nested || !ok {
		return v, ok
	}
	inner, ok := v.(map[string]any)
	if !ok {
		return nil, false
	}
	return lookup(inner, rest)
}

// index finds the line of each key, which go-toml's Unmarshal does not tell,
// and the keys that are no settings.
type index struct {
	name   string
	data   []byte
	places map[string]string
	tables map[string]int // how many of a [[table]] there have been
	errs   []error
}

func (ix *index) read(data []byte) {
	ix.data = data
	var p unstable.Parser
	p.Reset(data)
	section := ""
	for p.NextExpression() {
		n := p.Expression()
		switch n.Kind {
		case unstable.Table, unstable.ArrayTable:
			var line int
			section, line = ix.key("", n.Key())
			if n.Kind == unstable.ArrayTable {
				ix.tables[section]++
			}
			ix.known(section, line, true)
			if i := ix.tables[section]; i > 0 {
				section = fmt.Sprintf("%s[%d]", section, i-1)
			}
		case unstable.KeyValue:
			ix.value(section, n)
		}
	}
}

// value notes a key with its line, and those inside an inline table or list.
func (ix *index) value(section string, n *unstable.Node) {
	key, line := ix.key(section, n.Key())
	v := n.Value()
	if !ix.known(key, line, v.Kind == unstable.InlineTable) {
		return
	}
	switch v.Kind {
	case unstable.InlineTable:
		for it := v.Children(); it.Next(); {
			ix.value(key, it.Node())
		}
	case unstable.Array:
		i := 0
		for it := v.Children(); it.Next(); i++ {
			if it.Node().Kind != unstable.InlineTable {
				continue
			}
			for inner := it.Node().Children(); inner.Next(); {
				ix.value(fmt.Sprintf("%s[%d]", key, i), inner.Node())
			}
		}
	}
}

// key joins the parts of a dotted key behind its section and tells its line. A
// part that itself has a dot or bracket is quoted, so that it matches nothing.
func (ix *index) key(section string, parts unstable.Iterator) (key string, line int) {
	var names []string
	if section != "" {
		names = append(names, section)
	}
	for parts.Next() {
		n := parts.Node()
		name := string(n.Data)
		if strings.ContainsAny(name, ".[]") || name == "" {
			name = fmt.Sprintf("%q", name)
		}
		names = append(names, name)
		line = 1 + strings.Count(string(ix.data[:n.Raw.Offset]), "\n")
	}
	return strings.Join(names, "."), line
}

// known notes the place of key if it is a setting or, as a table, a section of
// some; if not, it is an error.
func (ix *index) known(key string, line int, table bool) bool {
	place := at(ix.name, line)
	form := key
	if i, j := strings.Index(key, "["), strings.Index(key, "]"); i > 0 && j > i {
		form = key[:i+1] + key[j:]
	}
	isKey := slices.ContainsFunc(slices.Concat(settings, serverKeys), func(s setting) bool { return s.key == form && !s.only })
	isSection := slices.ContainsFunc(settings, func(s setting) bool { return strings.HasPrefix(s.key, key+".") && !s.only })
	switch {
	case isKey, isSection && table:
		ix.places[key] = place
		return true
	case isSection:
		ix.errs = append(ix.errs, &Error{Place: place, Key: key, Err: fmt.Errorf("%w: it should be a section, [%s]", ErrBadValue, key)})
	default:
		ix.errs = append(ix.errs, &Error{Place: place, Key: key, Err: ErrUnknownKey})
	}
	return false
}
