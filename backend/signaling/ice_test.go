package signaling

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestICEServersThatMayBe(t *testing.T) {
	for _, test := range []struct {
		url  string
		want bool
	}{
		{"stun:stun.example.org", true},
		{"STUN:10.0.0.1:3478", true},
		{"stuns:[2001:db8::1]:5349", true},
		{"turn:turn.example.org:3478?transport=udp", true},
		{"turns:turn.example.org:443?transport=tcp", true},
		{"turn:[::1]", true},
		{"turn:home_box:1", true},
		{"", false},
		{"stun:", false},
		{"stun:stun.example.org?transport=udp", false}, // RFC 7064 has no query
		{"turn:h?transport=sctp", false},
		{"turn:h?transport=udp&x=1", false},
		{"turn:h:0", false},
		{"turn:h:65536", false},
		{"turn:h:", false},
		{"turn:h:1:2", false},
		{"turn://h", false},
		{"turn:user@h", false},
		{"turn:[::1", false},
		{"turn:[::1]x", false},
		{"turn:[10.0.0.1]", false},
		{"turn:[fe80::1%eth0]", false},
		{"turn:h\r\nx", false},
		{"https:example.org", false},
		{"file:///etc/passwd", false},
		{"turn:" + strings.Repeat("h.", 300), false},
	} {
		s := ICEServer{URLs: []string{test.url}, Username: "u", Credential: "p"}
		if err := s.Validate(); (err == nil) != test.want || err != nil && !errors.Is(err, ErrBadMessage) {
			t.Errorf("%q: %v", test.url, err)
		}
	}
}

func TestICEServerIsCheckedAsAWhole(t *testing.T) {
	stun, turn := []string{"stun:h"}, []string{"stun:h", "turn:h"}
	for name, test := range map[string]struct {
		server ICEServer
		want   bool
	}{
		"without a login":    {ICEServer{URLs: stun}, true},
		"of a relay":         {ICEServer{URLs: turn}, false},
		"without a password": {ICEServer{URLs: turn, Username: "u"}, false},
		"whole":              {ICEServer{URLs: turn, Username: "u", Credential: "p"}, true},
		"no URL":             {ICEServer{}, false},
		"too many URLs":      {ICEServer{URLs: make([]string, 9)}, false},
		"long":               {ICEServer{URLs: turn, Username: strings.Repeat("u", 509), Credential: "p"}, false},
		"two lines":          {ICEServer{URLs: turn, Username: "u", Credential: "p\nq"}, false},
	} {
		err := test.server.Validate()
		if (err == nil) != test.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	list := []ICEServer{{URLs: []string{"gopher:h"}}}
	for range 2 * MaxICEServers {
		list = append(list, ICEServer{URLs: stun})
	}
	if got := ValidICEServers(list); len(got) != MaxICEServers || got[0].URLs[0] != "stun:h" {
		t.Errorf("%d of %d are taken: %v", len(got), len(list), got)
	}
}

func FuzzICEServers(f *testing.F) {
	f.Add([]byte(`[{"urls":["stun:h"]},{"urls":["turn:[::1]:1?transport=tcp"],"username":"1:a","credential":"c"}]`))
	f.Add([]byte(`[{"urls":["turn:h:99999"],"username":"\u0000"}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var list []ICEServer
		if json.Unmarshal(data, &list) != nil {
			return
		}
		valid := ValidICEServers(list)
		if len(valid) > MaxICEServers {
			t.Fatalf("%d servers", len(valid))
		}
		for _, s := range valid {
			if len(s.URLs) == 0 || len(s.URLs) > maxICEURLs || s.Turn() && (s.Username == "" || s.Credential == "") {
				t.Errorf("%+v", s)
			}
			for _, text := range append([]string{s.Username, s.Credential}, s.URLs...) {
				if strings.ContainsAny(text, "\r\n\x00") || len(text) > maxICEURL {
					t.Errorf("%q", text)
				}
			}
		}
	})
}
