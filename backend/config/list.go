package config

import (
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Source is what set a setting.
type Source string

// The sources, the later ones before the earlier.
const (
	FromDefault  Source = "default"
	FromFile     Source = "file"
	FromVariable Source = "variable"
	FromFlag     Source = "flag"
)

// Item is one setting as it is in force.
type Item struct {
	Key     string `json:"key"`
	Value   any    `json:"value"` // in the types of TOML, secrets redacted; null for one that goes into another
	Default any    `json:"default"`
	Source  Source `json:"source"`
	// Place is where it was set, as in Error; empty for a default.
	Place string `json:"place,omitempty"`
	Help  string `json:"help"`
	Kind  string `json:"kind"` // what a value of it looks like
	// Variable and Flag are its other names; empty where it has none.
	Variable string `json:"variable,omitempty"`
	Flag     string `json:"flag,omitempty"`
	// Editable: Edit can change it, though a variable or a flag may stand over it.
	Editable bool `json:"editable"`
}

// List is every setting there is, in the order of the file.
func (c Config) List() []Item {
	values, defaults := c.tree(), Default().tree()
	var items []Item
	for _, s := range settings {
		item := Item{
			Key:      s.key,
			Help:     strings.ReplaceAll(s.help, "`", ""),
			Kind:     string(s.kind),
			Flag:     s.flag,
			Editable: !s.only && !s.fixed && s.kind != tables,
		}
		if !s.fixed && s.kind != tables {
			item.Variable = s.variable()
		}
		item.Value, _ = lookup(values, s.key)
		item.Default, _ = lookup(defaults, s.key)
		item.Source, item.Place = c.from(s.key)
		items = append(items, item)
	}
	return items
}

// from is what set a setting, and where.
func (c Config) from(key string) (Source, string) {
	place := c.places[key]
	if key == "ice.servers" && place == "" {
		place = c.places["ice.servers[0]"]
	}
	switch {
	case place == "":
		return FromDefault, ""
	case strings.HasPrefix(place, c.Path+":"):
		return FromFile, place
	case strings.HasPrefix(place, "flag "):
		return FromFlag, place
	}
	return FromVariable, place
}

// tree is c as the TOML parser gives it.
func (c Config) tree() (values map[string]any) {
	text, err := toml.Marshal(c)
	if err == nil {
		err = toml.Unmarshal(text, &values)
	}
	if err != nil {
		panic(err) // it holds nothing that TOML does not
	}
	return values
}

// Explained is c as a config file that tells of each setting what it means and
// where it comes from, without its secrets.
func (c Config) Explained() string {
	var b, later, elsewhere strings.Builder
	section := ""
	flush := func() {
		b.WriteString(later.String())
		later.Reset()
	}
	for _, item := range c.List() {
		from := string(item.Source)
		if item.Place != "" {
			from = strings.TrimPrefix(item.Place, c.Path+":")
			if item.Source == FromFile {
				from = "line " + from
			}
		}
		dot := strings.LastIndex(item.Key, ".")
		if in := item.Key[:max(dot, 0)]; in != section && item.Value != nil {
			flush()
			section = in
			fmt.Fprintf(&b, "\n[%s]\n", section)
		}
		servers, isTables := item.Value.([]any)
		isTables = isTables && item.Kind == string(tables)
		switch {
		case item.Value == nil && !strings.HasPrefix(item.Key, "ice."):
			names := item.Variable
			if item.Flag != "" {
				names += ", --" + item.Flag
			}
			fmt.Fprintf(&elsewhere, "#   %s (%s): %s\n", item.Key, names, item.Help)
		case isTables, item.Value == nil:
			fmt.Fprintf(&later, "# %s\n# ice.servers: %d  # %s\n", item.Help, len(servers), from)
			for _, server := range servers {
				text, err := toml.Marshal(server)
				if err != nil {
					panic(err) // likewise
				}
				fmt.Fprintf(&later, "\n[[%s]]\n%s", item.Key, text)
			}
		default:
			fmt.Fprintf(&b, "# %s\n%s = %s  # %s\n", item.Help, item.Key[dot+1:], literal(item.Value), from)
		}
	}
	flush()
	fmt.Fprintf(&b, "\n# As variables and flags only; what they say stands in ice.servers:\n%s", elsewhere.String())
	return b.String()
}
