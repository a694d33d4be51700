package session

import (
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/backend/call"
	"parley/backend/peer"
	"parley/backend/sound"
)

var writeGolden = flag.Bool("update", false, "write testdata anew")

// fill gives each number under v another value, so that two that were mixed up
// show.
func fill(v reflect.Value, n *int64) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case reflect.Int, reflect.Int64:
		*n++
		v.SetInt(*n)
		if v.Type() == reflect.TypeFor[time.Duration]() {
			v.SetInt(*n * int64(time.Millisecond))
		}
	case reflect.Uint64:
		*n++
		v.SetUint(uint64(*n))
	case reflect.Float64:
		*n++
		v.SetFloat(float64(*n))
	}
}

func TestStatsAreThoseOfPeerAndSound(t *testing.T) {
	var p peer.Stats
	var s sound.Stats
	var n int64
	fill(reflect.ValueOf(&p).Elem(), &n)
	fill(reflect.ValueOf(&s).Elem(), &n)
	p.Video.In.Codec, p.Video.Out.Codec, p.Path, p.Protocol = "vp8", "h264", peer.PathRelay, "tls"
	got, err := json.MarshalIndent(newStats(p, s), "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/stats.json"
	if *writeGolden {
		if err := os.WriteFile(golden, append(got, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(string(want)) != string(got) {
		t.Errorf("stats are (write them with -update if that is right)\n%s", got)
	}
}

// keys are the names of a JSON object's values, with those of the objects around
// them.
func keys(object map[string]any, around string) (all []string) {
	for key, value := range object {
		if inner, ok := value.(map[string]any); ok {
			all = append(all, keys(inner, around+key+".")...)
		} else {
			all = append(all, around+key)
		}
	}
	return all
}

func TestEveryFigureIsInTheReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(readme), "| key of `stats`")
	table, _, _ = strings.Cut(table, "\n\n")
	told := map[string]bool{}
	for _, row := range strings.Split(table, "\n")[2:] {
		for i, part := range strings.Split(strings.Split(row, "|")[1], "`") {
			if i%2 == 1 {
				told[part] = true
			}
		}
	}
	data, err := json.Marshal(call.Stats{})
	if err != nil {
		t.Fatal(err)
	}
	var object map[string]any
	if err := json.Unmarshal(data, &object); err != nil {
		t.Fatal(err)
	}
	there := keys(object, "")
	for _, key := range there {
		if !told[key] {
			t.Errorf("%s is not in README.md", key)
		}
		delete(told, key)
	}
	if len(there) < 30 {
		t.Errorf("only %d figures", len(there))
	}
	for key := range told {
		t.Errorf("README.md has %s, which is not there", key)
	}
}
