package manual

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"parley/backend/signaling"
)

// fixtures are real descriptions: made by the phone's page in Chromium 156 and
// Firefox 153, and by backend/peer, on one interface with an IPv4 and an IPv6
// address, for each other; of 29 November 2026, with the screen's place in them.
func fixtures(t testing.TB) (names []string) {
	t.Helper()
	files, err := filepath.Glob("testdata/*.sdp")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d fixtures, %v", len(files), err)
	}
	for _, f := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(f), ".sdp"))
	}
	return names
}

func TestCodesAreSmallAndWhole(t *testing.T) {
	for _, name := range fixtures(t) {
		d := fixture(t, name)
		code, sum, err := pack(d, nil, 12345)
		if err != nil {
			t.Fatal(err)
		}
		size := encoding.DecodedLen(len(code) - len(prefix))
		t.Logf("%-28s %5d bytes of SDP, %3d of code, %3d characters", name, len(d.SDP), size, len(code))
		if size >= 600 {
			t.Errorf("%s: %d bytes", name, size)
		}
		p, err := unpack(code)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if p.stamp != 12345 || p.sum != sum || p.description.Type != d.Type {
			t.Errorf("%s: %d, %d, %s", name, p.stamp, p.sum, p.description.Type)
		}
		if want, got := lines(d.SDP), lines(p.description.SDP); !slices.Equal(want, got) {
			t.Errorf("%s came back as\n%s", name, p.description.SDP)
		}
		// The candidates that can be used, once each, in their order.
		_, want := strip(d.SDP, nil)
		_, got := strip(p.description.SDP, nil)
		if len(want) != 2 || len(got) != len(want) {
			t.Fatalf("%s: %d candidates of %d", name, len(got), len(want))
		}
		for i := range want {
			if !got[i].same(want[i]) {
				t.Errorf("%s: %v for %v", name, got[i], want[i])
			}
		}
	}
}

// A browser that the dictionary does not know still fits into one QR code.
func TestAnUnknownBrowser(t *testing.T) {
	d := fixture(t, "chromium-offer")
	d.SDP = strings.NewReplacer("goog-remb", "other-feedback", "rtp-hdrext", "rtp-other", "H264", "H269", "profile-level-id", "profile-other").Replace(d.SDP)
	code, _, err := pack(d, nil, 0)
	if err != nil || len(code) > 1000 {
		t.Errorf("%d characters, %v", len(code), err)
	}
}

func TestCandidates(t *testing.T) {
	for line, want := range map[string]string{
		"1 1 udp 2122260223 192.0.2.1 5000 typ host generation 0":             "candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host",
		"1 1 UDP 1 fd00::2 1 typ host":                                        "candidate:1 1 udp 2130706431 fd00::2 1 typ host",
		"1 1 udp 1 0b229939-1fbf-4d6f-aa47-7e7b311c1c7a.local 65535 typ host": "candidate:1 1 udp 2130706431 0b229939-1fbf-4d6f-aa47-7e7b311c1c7a.local 65535 typ host",
		"1 1 udp 1 198.51.100.1 9 typ srflx raddr 10.0.0.1 rport 4":           "candidate:1 1 udp 1694498815 198.51.100.1 9 typ srflx raddr 0.0.0.0 rport 0",
		"1 1 udp 1 2001:db8::1 9 typ relay raddr 10.0.0.1 rport 4":            "candidate:1 1 udp 16777215 2001:db8::1 9 typ relay raddr :: rport 0",
		"1 1 tcp 1 192.0.2.1 443 typ host tcptype passive":                    "candidate:1 1 tcp 2116026367 192.0.2.1 443 typ host tcptype passive",
		"1 1 tcp 1 192.0.2.1 9 typ host tcptype active":                       "",
		"1 2 udp 1 192.0.2.1 9 typ host":                                      "",
		"1 1 udp 1 computer.example 9 typ host":                               "",
		"1 1 udp 1 fe80::1%eth0 9 typ host":                                   "",
		"1 1 udp 1 192.0.2.1 70000 typ host":                                  "",
		"1 1 udp 1 192.0.2.1 9 typ other":                                     "",
		"1 1 udp":                                                             "",
	} {
		c, ok := parse(line)
		if !ok {
			if want != "" {
				t.Errorf("%q is left out", line)
			}
			continue
		}
		r := reader{rest: c.append(nil)}
		if got := r.candidate().line(0); got != "a="+want || r.failed || len(r.rest) > 0 {
			t.Errorf("%q comes back as %q", line, got)
		}
	}
}

// golden.json is also read by the page's tests: each side reads the other's.
type golden struct{ Codes []goldenCode }

type goldenCode struct {
	Name, By, Code, Type, SDP string
	Stamp, Sum                uint32
}

func TestGolden(t *testing.T) {
	if os.Getenv("PARLEY_GOLDEN") != "" {
		writeGolden(t)
	}
	data, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	by := map[string]int{}
	for _, c := range g.Codes {
		by[c.By]++
		p, err := unpack(c.Code)
		if err != nil || p != (packet{signaling.Description{Type: c.Type, SDP: c.SDP}, c.Stamp, c.Sum}) {
			t.Errorf("%s by %s: %v", c.Name, c.By, err)
		}
	}
	if by["go"] < 10 || by["page"] < 10 {
		t.Errorf("codes by each side: %v", by)
	}
}

// writeGolden keeps what the page made.
func writeGolden(t *testing.T) {
	t.Helper()
	var g golden
	if data, err := os.ReadFile("testdata/golden.json"); err == nil {
		_ = json.Unmarshal(data, &g)
	}
	g.Codes = slices.DeleteFunc(g.Codes, func(c goldenCode) bool { return c.By == "go" })
	for _, name := range fixtures(t) {
		code, sum, err := pack(fixture(t, name), nil, 29_700_000)
		if err != nil {
			t.Fatal(err)
		}
		p, _ := unpack(code)
		g.Codes = append(g.Codes, goldenCode{name, "go", code, p.description.Type, p.description.SDP, p.stamp, sum})
	}
	data, _ := json.MarshalIndent(g, "", " ")
	if err := os.WriteFile("testdata/golden.json", append(data, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
}

func FuzzUnpack(f *testing.F) {
	for _, name := range fixtures(f) {
		code, _, err := pack(fixture(f, name), nil, 1)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(code)
	}
	f.Add("PARLEY:")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := unpack(text)
		if err != nil {
			if !errors.Is(err, signaling.ErrBadCode) {
				t.Fatal(err)
			}
			return
		}
		if err := p.description.ValidateLater(); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzContent goes past the checksum.
func FuzzContent(f *testing.F) {
	for _, name := range fixtures(f) {
		code, _, err := pack(fixture(f, name), nil, 1)
		if err != nil {
			f.Fatal(err)
		}
		b, err := read(code)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[2 : len(b)-sumSize])
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		code, _ := seal(content)
		p, err := unpack(code)
		if err != nil && !errors.Is(err, signaling.ErrBadCode) || err == nil && p.description.ValidateLater() != nil {
			t.Fatal(p, err)
		}
	})
}

// Run it with -fuzzminimizetime=1x: go test else spends up to a minute on making
// each new input smaller, which looks like a stall with seeds of 5 kB.
func FuzzPack(f *testing.F) {
	for _, name := range fixtures(f) {
		f.Add(fixture(f, name).SDP)
	}
	f.Add("v=0\r\ns=$a $$ \u00e4\r\na=ice-ufrag:$b\r\na=ice-pwd:123456789\r\na=x:10000000000000000000\r\n")
	f.Add("v=0\r\na=ice-ufrag:00000000\r\na=cname:18446744073709551615\r\nm=audio 0 x 0\r\na=ice-pwd:0123456789\r\n")
	f.Fuzz(func(t *testing.T, sdp string) {
		d := signaling.Description{Type: "offer", SDP: sdp}
		if d.ValidateLater() != nil {
			t.Skip()
		}
		code, _, err := pack(d, nil, 7)
		if errors.Is(err, signaling.ErrTooLarge) {
			t.Skip()
		}
		p, err := unpack(code)
		if err != nil {
			t.Fatal(err)
		}
		if want, got := lines(sdp), lines(p.description.SDP); !slices.Equal(want, got) {
			t.Fatalf("%q came back as %q", want, got)
		}
	})
}
