package signaling_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"parley/backend/signaling"
)

func TestRoomID(t *testing.T) {
	seen := make(map[signaling.RoomID]bool)
	for range 1000 {
		id := signaling.NewRoomID()
		if !id.Own() || len(id) != 12 || seen[id] {
			t.Fatalf("made %q", id)
		}
		seen[id] = true
		shown := id.String()
		if len(shown) != 14 || shown[4] != '-' || shown[9] != '-' {
			t.Fatalf("%q is shown as %q", id, shown)
		}
		for _, form := range []string{string(id), shown, strings.ToUpper(shown), " " + shown + "\n", strings.ReplaceAll(shown, "-", " "),
			strings.NewReplacer("0", "O", "1", "l").Replace(shown), strings.NewReplacer("0", "o", "1", "I").Replace(strings.ToUpper(string(id)))} {
			if got, err := signaling.ParseRoomID(form); err != nil || got != id {
				t.Fatalf("%q is read as %q, %v", form, got, err)
			}
		}
	}
}

// invites.json is also read by the page's tests: both sides take the same.
func TestGolden(t *testing.T) {
	data, err := os.ReadFile("testdata/invites.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Rooms                                []struct{ In, ID, Shown string }
		Invites                              []struct{ In, Room, Server, Out string }
		Codes                                []struct{ In, Code string }
		BadRooms, BadInvites, BadRoomInvites []string
		BadCodes                             []string
	}
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	for _, r := range golden.Rooms {
		id, err := signaling.ParseRoomID(r.In)
		if err != nil || string(id) != r.ID || id.String() != r.Shown || id.Own() != (len(r.Shown) == 14) {
			t.Errorf("%q is read as %q, %v", r.In, id, err)
		}
	}
	for _, r := range append(golden.BadRooms, strings.Repeat("Z", 129)) {
		if id, err := signaling.ParseRoomID(r); !errors.Is(err, signaling.ErrBadRoomID) {
			t.Errorf("%q is read as %q, %v", r, id, err)
		}
	}
	for _, r := range golden.Invites {
		i, err := signaling.ParseInvite(r.In)
		if err != nil || string(i.Room) != r.Room || i.Server != r.Server || i.String() != r.Out {
			t.Errorf("%q is read as %q, %v", r.In, i, err)
		}
	}
	hostile := []string{"https:///#room=abc", "https://h/#room=abc&cert=" + cert + "%", "https://h\\@evil/#room=abc",
		"https://h/#room=abc&" + strings.Repeat("x", 2048)}
	for _, r := range append(golden.BadInvites, hostile...) {
		if i, err := signaling.ParseInvite(r); !errors.Is(err, signaling.ErrBadInvite) {
			t.Errorf("%q is read as %q, %v", r, i, err)
		}
	}
	for _, r := range golden.Codes {
		if i, err := signaling.ParseInvite(r.In); err != nil || i.Code != r.Code || i.String() != r.Code || i.Room != "" {
			t.Errorf("%q is read as %q, %v", r.In, i, err)
		}
	}
	for _, r := range golden.BadCodes {
		if i, err := signaling.ParseInvite(r); !errors.Is(err, signaling.ErrBadCode) {
			t.Errorf("%q is read as %q, %v", r, i, err)
		}
	}
	for _, r := range golden.BadRoomInvites {
		if i, err := signaling.ParseInvite(r); !errors.Is(err, signaling.ErrBadRoomID) {
			t.Errorf("%q is read as %q, %v", r, i, err)
		}
	}
}

// The installers have systems open links of the scheme "parley:" with this
// program; codes begin with the same word.
func TestParseSchemeLink(t *testing.T) {
	link := "https://192.168.1.7:7373/#room=0123-4567-89ab&cert=" + cert
	for in, want := range map[string]string{
		"parley:0123-4567-89ab":                 "0123-4567-89ab",
		"PARLEY:O123456789AB":                   "0123-4567-89ab",
		"parley://0123-4567-89ab":               "0123-4567-89ab",
		" parley://0123-4567-89ab/\n":           "0123-4567-89ab", // as Windows hands it on
		"parley://aBcDeFgHiJkLmNoPqRsT":         "aBcDeFgHiJkLmNoPqRsT",
		"parley:" + link:                        link,
		"Parley://" + link:                      link,
		"parley:http://localhost:5000/#room=ab": "http://localhost:5000/#room=ab",
		"parley:https://h/#code=PARLEY:ABC234":  "PARLEY:ABC234",
		"parley:PARLEY:ABC234":                  "PARLEY:ABC234",
		"parley://PARLEY:ABC234/":               "PARLEY:ABC234",
		"parley:abc234":                         "PARLEY:ABC234",
	} {
		if i, err := signaling.ParseInvite(in); err != nil || i.String() != want {
			t.Errorf("%q is read as %q, %v; want %q", in, i, err, want)
		}
	}
	for in, want := range map[string]error{
		"parley://":                               signaling.ErrBadRoomID,
		"parley:///":                              signaling.ErrBadRoomID,
		"parley://a b":                            signaling.ErrBadRoomID,
		"parley://--config=x y":                   signaling.ErrBadRoomID,
		"parley://h/#room=abc":                    signaling.ErrBadInvite,
		"parley:https://h/":                       signaling.ErrBadInvite,
		"parley:http://h/#room=abc":               signaling.ErrBadInvite,
		"parley:https://h/#room=a/b":              signaling.ErrBadRoomID,
		"parley://file:///etc/passwd#room=a":      signaling.ErrBadInvite,
		"parley://parley://0123-4567-89ab":        signaling.ErrBadCode,
		"parley:parley:parley:0123-4567-89ab":     signaling.ErrBadCode,
		"https://h/#code=PARLEY:0123456789AB":     signaling.ErrBadCode,
		"parley:https://h/#code=" + "PARLEY%3A//": signaling.ErrBadCode,
	} {
		if i, err := signaling.ParseInvite(in); !errors.Is(err, want) || i.String() != "" {
			t.Errorf("%q is read as %q, %v; want %v", in, i, err, want)
		}
	}
}

const cert = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

func FuzzParseRoomID(f *testing.F) {
	for _, s := range []string{"0123-4567-89ab", "oIl123456789", "foreign_ID-1", "", "ä", "a b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := signaling.ParseRoomID(s)
		if err != nil {
			if !errors.Is(err, signaling.ErrBadRoomID) || id != "" {
				t.Fatalf("%q, %v", id, err)
			}
			return
		}
		if again, err := signaling.ParseRoomID(id.String()); err != nil || again != id {
			t.Fatalf("%q is read as %q, shown as %q, and that is read as %q, %v", s, id, id.String(), again, err)
		}
		if strings.Trim(string(id), "-_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			t.Fatalf("%q is read as %q", s, id)
		}
	})
}

func FuzzParseInvite(f *testing.F) {
	for _, s := range []string{"0123-4567-89ab", "https://h:1/#room=0123-4567-89ab&cert=" + cert, "https://[::1]/#room=x", "https://u@h/#room=x", "a:b", "parley:x", "https://h/#code=PARLEY:X",
		"parley:0123456789ab", "parley://0123-4567-89ab/", "parley:https://h/#room=x&cert=" + cert, "parley://PARLEY:X", "parley://parley://x", "https://h/#code=PARLEY://x", "0#code=PARLEY:#"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		i, err := signaling.ParseInvite(s)
		if err != nil {
			if !errors.Is(err, signaling.ErrBadInvite) && !errors.Is(err, signaling.ErrBadRoomID) && !errors.Is(err, signaling.ErrBadCode) {
				t.Fatal(err)
			}
			return
		}
		again, err := signaling.ParseInvite(i.String())
		if err != nil || again.String() != i.String() {
			t.Fatalf("%q is read as %q, and that as %q, %v", s, i, again, err)
		}
	})
}

func TestValidate(t *testing.T) {
	text := func(s string) *string { return &s }
	line := uint16(1)
	for _, test := range []struct {
		d    signaling.Description
		from signaling.Role
		want error
	}{
		{signaling.Description{Type: "offer", SDP: "v=0\r\n"}, signaling.Caller, nil},
		{signaling.Description{Type: "answer", SDP: "v=0\no=-"}, signaling.Callee, nil},
		{signaling.Description{Type: "answer", SDP: "v=0\r\n"}, signaling.Caller, signaling.ErrBadMessage},
		{signaling.Description{Type: "offer", SDP: "v=0\r\n"}, "", signaling.ErrBadMessage},
		{signaling.Description{SDP: "v=0\r\n"}, "", signaling.ErrBadMessage},
		{signaling.Description{Type: "offer"}, signaling.Caller, signaling.ErrBadMessage},
		{signaling.Description{Type: "offer", SDP: "v=01\r\n"}, signaling.Caller, signaling.ErrBadMessage},
		{signaling.Description{Type: "offer", SDP: "v=0\r\n\x00"}, signaling.Caller, signaling.ErrBadMessage},
		{signaling.Description{Type: "offer", SDP: "v=0\r\n\xff"}, signaling.Caller, signaling.ErrBadMessage},
		{signaling.Description{Type: "offer", SDP: "v=0\r\n" + strings.Repeat("a", signaling.MaxSDP-5)}, signaling.Caller, nil},
		{signaling.Description{Type: "offer", SDP: "v=0\r\n" + strings.Repeat("a", signaling.MaxSDP)}, signaling.Caller, signaling.ErrTooLarge},
	} {
		if err := test.d.Validate(test.from); !errors.Is(err, test.want) || test.want == nil && err != nil {
			t.Errorf("%.40q from %q: %v", test.d, test.from, err)
		}
	}
	for _, test := range []struct {
		c    signaling.Candidate
		want error
	}{
		{signaling.Candidate{Candidate: "candidate:1 1 udp 1 10.0.0.1 9 typ host", SDPMid: text("0")}, nil},
		{signaling.Candidate{Candidate: "a=candidate:1", SDPMLineIndex: &line}, nil},
		{signaling.Candidate{}, nil},
		{signaling.Candidate{Candidate: "candidate:1"}, signaling.ErrBadMessage},
		{signaling.Candidate{Candidate: "hello", SDPMid: text("0")}, signaling.ErrBadMessage},
		{signaling.Candidate{Candidate: "candidate:1\r\na=b", SDPMid: text("0")}, signaling.ErrBadMessage},
		{signaling.Candidate{Candidate: "candidate:1", SDPMid: text("0\n")}, signaling.ErrBadMessage},
		{signaling.Candidate{Candidate: "candidate:1\xff", SDPMid: text("0")}, signaling.ErrBadMessage},
		{signaling.Candidate{Candidate: "candidate:" + strings.Repeat("1", 1024), SDPMid: text("0")}, signaling.ErrTooLarge},
		{signaling.Candidate{Candidate: "candidate:1", SDPMid: text(strings.Repeat("1", 65))}, signaling.ErrTooLarge},
		{signaling.Candidate{Candidate: "candidate:1", SDPMid: text("0"), UsernameFragment: text(strings.Repeat("1", 257))}, signaling.ErrTooLarge},
	} {
		if err := test.c.Validate(); !errors.Is(err, test.want) || test.want == nil && err != nil {
			t.Errorf("%.60q: %v", test.c.Candidate, err)
		}
	}
}

func TestOther(t *testing.T) {
	if signaling.Caller.Other() != signaling.Callee || signaling.Callee.Other() != signaling.Caller || signaling.Role("x").Other() != "" {
		t.Error("the seats are not across from each other")
	}
}
