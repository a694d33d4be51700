package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// ErrNotHere tells of a setting that is not changed in the file, or not by a
// program.
var ErrNotHere = errors.New("it cannot be changed here")

// Change is one setting to write into the config file.
type Change struct {
	Key   string
	Value string // as a variable has it
	Unset bool   // take the key out: what is set elsewhere, or the default, holds again
}

// Edit changes settings in the config file that Load would read, which need not
// exist, and leaves all other lines in it as they were. All changes are made or
// none; with an error the file is as before. It returns the file's path.
//
// The error wraps ErrNoHome, ErrFile, ErrUnknownKey, ErrNotHere or what Load
// says of the file with the changes.
func Edit(path string, environ []string, changes ...Change) (string, error) {
	path, _ = variables(environ).configPath(path)
	if path == "" {
		return "", ErrNoHome
	}
	old, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		old, err = fmt.Appendf(nil, "version = %d\n", newest), nil
	}
	if err != nil {
		return path, &Error{Err: err}
	}
	migrated, err := migrate(path, old)
	if err != nil {
		return path, err
	}
	if _, _, err := parseFile(path, migrated); errors.Is(err, ErrSyntax) || errors.Is(err, ErrServiceAccount) {
		return path, err
	}
	data := string(migrated)
	for _, c := range changes {
		value, err := c.value(path)
		if err != nil {
			return path, err
		}
		if data, err = edit(data, c.Key, value); err != nil {
			return path, &Error{Place: path, Key: c.Key, Err: err}
		}
	}
	if err := worse(path, environ, string(migrated), data, changes); err != nil {
		return path, err
	}
	if string(migrated) != string(old) {
		return path, keep(path, old, []byte(data))
	}
	return path, writeFile(path, []byte(data))
}

// value is what the file is to hold, in the types of TOML; nil takes it out.
func (c Change) value(path string) (any, error) {
	i := slices.IndexFunc(settings, func(s setting) bool { return s.key == c.Key })
	if i < 0 {
		return nil, &Error{Key: c.Key, Err: ErrUnknownKey}
	}
	s := settings[i]
	switch {
	case s.fixed:
		return nil, &Error{Key: c.Key, Err: fmt.Errorf("%w: Parley keeps it itself", ErrNotHere)}
	case s.only:
		return nil, &Error{Key: c.Key, Err: fmt.Errorf("%w: the variable %s sets it; in the file, [[ice.servers]] does", ErrNotHere, s.variable())}
	case s.kind == tables:
		return nil, &Error{Key: c.Key, Err: fmt.Errorf("%w: write its [[%s]] sections into %s", ErrNotHere, c.Key, path)}
	case c.Unset:
		return nil, nil
	}
	v, ok := s.kind.parse(c.Value)
	if s.kind == list && c.Value == "" {
		v, ok = []any{}, true
	}
	if !ok || !utf8.ValidString(c.Value) {
		return nil, &Error{Key: c.Key, Err: fmt.Errorf("%w: it should be %s", ErrBadValue, s.kind)}
	}
	return v, nil
}

// worse tells why a file must not be changed like this: it would not be read. What
// was wrong in it before, with other settings, may still be wrong.
func worse(path string, environ []string, old, text string, changes []Change) (refused error) {
	faults := func(text string) []*Error {
		_, err := newLoader(environ).load(path, []byte(text), nil)
		return errorsIn(err)
	}
	before := faults(old)
	for _, e := range faults(text) {
		known := slices.ContainsFunc(before, func(b *Error) bool { return b.Key == e.Key && b.Err.Error() == e.Err.Error() })
		ours := slices.ContainsFunc(changes, func(c Change) bool { return c.Key == e.Key })
		if ours || !known {
			refused = errors.Join(refused, e)
		}
	}
	return refused
}

// errorsIn are all *Error of a joined error.
func errorsIn(err error) (found []*Error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			found = append(found, errorsIn(e)...)
		}
		return found
	}
	if e, ok := errors.AsType[*Error](err); ok {
		found = append(found, e)
	}
	return found
}

// edit gives a key of a TOML text a value, in its own line, or takes its line
// out (nil), so that comments and all else stay as they are. The error is that
// of a text whose author sets the key in a way that has no line of its own.
func edit(text, key string, value any) (string, error) {
	before, err := leaves(text)
	if err != nil {
		return "", err
	}
	if was, there := before[key]; there && reflect.DeepEqual(was, value) || !there && value == nil {
		return text, nil
	}
	delete(before, key)
	if value != nil {
		before[key] = value
	}
	for _, candidate := range candidates(text, key, value) {
		// The parser judges what a candidate says, so that none has to know all of TOML.
		if after, err := leaves(candidate); err == nil && maps.EqualFunc(before, after, func(a, b any) bool { return reflect.DeepEqual(a, b) }) {
			return candidate, nil
		}
	}
	return "", fmt.Errorf("%w: it stands in one line with others; write it by hand", ErrNotHere)
}

// leaves are the values of a text by their whole keys.
func leaves(text string) (map[string]any, error) {
	var values map[string]any
	if err := toml.Unmarshal([]byte(text), &values); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	found := map[string]any{}
	var walk func(prefix string, in map[string]any)
	walk = func(prefix string, in map[string]any) {
		for name, v := range in {
			if strings.ContainsAny(name, ".[]") || name == "" {
				name = fmt.Sprintf("%q", name)
			}
			if inner, isTable := v.(map[string]any); isTable {
				walk(prefix+name+".", inner)
			} else {
				found[prefix+name] = v
			}
		}
	}
	walk("", values)
	return found, nil
}

// candidates are texts that may be text with the value, the likeliest first.
func candidates(text, key string, value any) (texts []string) {
	l := layoutOf(text)
	at, there := l.values[key]
	switch {
	case there && value == nil:
		return []string{text[:at.line] + text[at.next:]}
	case there:
		return []string{text[:at.start] + literal(value) + text[at.end:]}
	}
	newline := "\n"
	if strings.Contains(text, "\r\n") {
		newline = "\r\n"
	}
	put := func(offset int, lines ...string) {
		before := text[:offset]
		if before != "" && !strings.HasSuffix(before, "\n") {
			before += newline
		}
		texts = append(texts, before+strings.Join(lines, newline)+newline+text[offset:])
	}
	section, name := "", key
	if i := strings.LastIndex(key, "."); i >= 0 {
		section, name = key[:i], key[i+1:]
	}
	if end, there := l.ends[section]; there {
		put(end, name+" = "+literal(value))
	}
	if section != "" {
		if strings.TrimSpace(text) == "" {
			put(len(text), "["+section+"]", name+" = "+literal(value))
		} else {
			put(len(text), "", "["+section+"]", name+" = "+literal(value))
		}
	}
	put(l.ends[""], key+" = "+literal(value))
	return texts
}

// layout is where things stand in a TOML text.
type layout struct {
	values map[string]span
	ends   map[string]int // behind the last line of a section; "" is the top
}

// span is one value, in bytes: its line begins at line, the next one at next.
type span struct{ line, start, end, next int }

func layoutOf(text string) layout {
	l := layout{values: map[string]span{}, ends: map[string]int{"": 0}}
	ix := index{data: []byte(text), places: map[string]string{}, tables: map[string]int{}}
	var p unstable.Parser
	p.Reset(ix.data)
	section := ""
	for p.NextExpression() {
		n := p.Expression()
		switch n.Kind {
		case unstable.Table, unstable.ArrayTable:
			section, _ = ix.key("", n.Key())
			if n.Kind == unstable.ArrayTable {
				ix.tables[section]++
			}
			if i := ix.tables[section]; i > 0 {
				section = fmt.Sprintf("%s[%d]", section, i-1)
			}
			_, end := keyAt(n)
			l.ends[section] = lineEnd(text, end)
		case unstable.KeyValue:
			l.ends[section] = l.value(text, &ix, section, n, false)
		}
	}
	return l
}

// value notes where a value is, and those in an inline table; it returns where
// the line behind it begins.
func (l layout) value(text string, ix *index, section string, n *unstable.Node, inline bool) (next int) {
	key, _ := ix.key(section, n.Key())
	begin, end := keyAt(n)
	behind := text[end+strings.IndexByte(text[end:], '=')+1:]
	s := span{line: strings.LastIndexByte(text[:begin], '\n') + 1}
	s.start = len(text) - len(strings.TrimLeft(behind, " \t"))
	s.end = s.start + valueLength(text[s.start:], inline)
	s.next = lineEnd(text, s.end)
	l.values[key] = s
	if v := n.Value(); v.Kind == unstable.InlineTable {
		for it := v.Children(); it.Next(); {
			l.value(text, ix, key, it.Node(), true)
		}
	}
	return s.next
}

// keyAt is where an expression's key begins, and its last part ends or nearly so.
func keyAt(n *unstable.Node) (begin, end int) {
	begin = -1
	for parts := n.Key(); parts.Next(); {
		raw := parts.Node().Raw
		if begin < 0 {
			begin = int(raw.Offset)
		}
		end = int(raw.Offset + raw.Length)
	}
	return begin, end
}

func lineEnd(text string, from int) int {
	if i := strings.IndexByte(text[from:], '\n'); i >= 0 {
		return from + i + 1
	}
	return len(text)
}

// valueLength is how long the value is that a valid text begins with.
func valueLength(text string, inline bool) int {
	depth := 0
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '"' || c == '\'':
			i += stringLength(text[i:])
		case c == '#' && depth > 0:
			i = lineEnd(text, i)
		case depth == 0 && (c == '\n' || c == '\r' || c == '#' || inline && (c == ',' || c == '}')):
			return len(strings.TrimRight(text[:i], " \t"))
		case c == '[' || c == '{':
			depth++
			i++
		case c == ']' || c == '}':
			depth--
			i++
		default:
			i++
		}
		if depth == 0 && i > 0 && strings.ContainsRune(`"']}`, rune(text[i-1])) {
			return i
		}
	}
	return len(strings.TrimRight(text, " \t"))
}

// stringLength is how long the string is that text begins with (TOML 1.0, "String").
func stringLength(text string) int {
	quote := text[:1]
	if long := strings.Repeat(quote, 3); strings.HasPrefix(text, long) {
		quote = long
	}
	for i := len(quote); i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote[0] == '"':
			i++
		case strings.HasPrefix(text[i:], quote):
			i += len(quote)
			for len(quote) == 3 && i < len(text) && text[i] == quote[0] { // it may end with quotes of its own
				i++
			}
			return i
		}
	}
	return len(text)
}

// literal is a value as TOML has it.
func literal(value any) string {
	if s, ok := value.(string); ok && !strings.ContainsFunc(s, func(r rune) bool {
		return r == '"' || r == '\\' || unicode.IsControl(r)
	}) {
		return `"` + s + `"`
	}
	if items, ok := value.([]any); ok {
		var all []string
		for _, item := range items {
			all = append(all, literal(item))
		}
		return "[" + strings.Join(all, ", ") + "]"
	}
	text, err := toml.Marshal(map[string]any{"x": value})
	if err != nil {
		return err.Error() // no candidate with it is taken
	}
	return strings.TrimSpace(strings.TrimPrefix(string(text), "x = "))
}

// writeFile puts data in the place of path's content, at once or not at all. A
// link stays one. What may hold a secret is read by its user alone.
func writeFile(path string, data []byte) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".config-*") // 0600
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFile, errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}
