package trust

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"parley/backend/signaling"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

// vectors are what the phone's page is held against, too.
type vectors struct {
	Exchanges []exchangeVector `json:"exchanges"`
	Named     []namedVector    `json:"named"`
}

type exchangeVector struct {
	Caller      string `json:"caller"` // fingerprints
	Callee      string `json:"callee"`
	CallerNonce string `json:"callerNonce"`
	CalleeNonce string `json:"calleeNonce"`
	Commit      string `json:"commit"`
	Words       string `json:"words"`
}

type namedVector struct {
	SDP   string `json:"sdp"`
	Named string `json:"named"`
}

const vectorFile = "testdata/vectors.json"

func readVectors(t *testing.T) (v vectors) {
	t.Helper()
	text, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVectors(t *testing.T) {
	v := readVectors(t)
	for i, e := range v.Exchanges {
		caller := newExchange(signaling.Caller, fingerprint(t, e.Caller), fingerprint(t, e.Callee), decode(t, e.CallerNonce))
		callee := newExchange(signaling.Callee, fingerprint(t, e.Callee), fingerprint(t, e.Caller), decode(t, e.CalleeNonce))
		if got := caller.Begin().Commit; got != e.Commit && !*update {
			t.Errorf("%d: commit %s, want %s", i, got, e.Commit)
		}
		run(t, caller, callee)
		if caller.Words() != callee.Words() {
			t.Errorf("%d: %q and %q", i, caller.Words(), callee.Words())
		}
		if caller.Words() != e.Words && !*update {
			t.Errorf("%d: words %q, want %q", i, caller.Words(), e.Words)
		}
		v.Exchanges[i].Commit, v.Exchanges[i].Words = caller.Begin().Commit, caller.Words()
	}
	for i, n := range v.Named {
		if got := Named(n.SDP); got != n.Named && !*update {
			t.Errorf("named in %q: %q, want %q", n.SDP, got, n.Named)
		}
		v.Named[i].Named = Named(n.SDP)
	}
	if *update {
		text, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(vectorFile, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// run is an exchange that nobody disturbs.
func run(t *testing.T, caller, callee *Exchange) {
	t.Helper()
	if callee.Begin() != nil {
		t.Error("a callee has nothing to commit to")
	}
	nonce, err := callee.Take(*caller.Begin())
	if err != nil {
		t.Fatal(err)
	}
	opened, err := caller.Take(*nonce)
	if err != nil {
		t.Fatal(err)
	}
	if last, err := callee.Take(*opened); err != nil || last != nil {
		t.Fatalf("%v, %v", last, err)
	}
}

func TestWordListIsThePublishedOne(t *testing.T) {
	if got := inWords([]byte{0xe5, 0x82, 0x94, 0xf2, 0xe9, 0xa2, 0x27, 0x48}); got != "topmost Istanbul Pluto vagabond treadmill Pacific brackish dictator" {
		t.Errorf("said %q", got) // the example of Wikipedia's "PGP word list"
	}
	seen := map[string]bool{}
	for _, word := range append(append([]string{}, even...), odd...) {
		seen[strings.ToLower(word)] = true
	}
	if len(even) != 256 || len(odd) != 256 || len(seen) != 512 {
		t.Errorf("%d and %d words, %d of them different", len(even), len(odd), len(seen))
	}
}

func TestWordsDependOnEverything(t *testing.T) {
	words := func(caller, callee byte, nonces ...byte) string {
		x := newExchange(signaling.Caller, Fingerprint{caller}, Fingerprint{callee}, bytes.Repeat(nonces[:1], 32))
		if _, err := x.Take(Message{Nonce: strings.Repeat(hex.EncodeToString(nonces[1:]), 32)}); err != nil {
			t.Fatal(err)
		}
		return x.Words()
	}
	seen := map[string]bool{}
	for _, w := range []string{words(1, 2, 3, 4), words(9, 2, 3, 4), words(1, 9, 3, 4), words(1, 2, 9, 4), words(1, 2, 3, 9), words(2, 1, 3, 4), words(1, 2, 4, 3)} {
		if seen[w] || len(strings.Fields(w)) != Bits/8 {
			t.Errorf("%q", w)
		}
		seen[w] = true
	}
}

// What comes out of order gives nobody a second guess.
func TestOneTry(t *testing.T) {
	nonce := Message{Nonce: strings.Repeat("00", 32)}
	pair := func() (caller, callee *Exchange) {
		ours, theirs := Fingerprint{1}, Fingerprint{2}
		return New(signaling.Caller, ours, theirs), New(signaling.Callee, theirs, ours)
	}

	caller, callee := pair()
	if _, err := callee.Take(nonce); !errors.Is(err, ErrOrder) {
		t.Errorf("a nonce before the commitment: %v", err)
	}
	if _, err := caller.Take(*caller.Begin()); !errors.Is(err, ErrOrder) {
		t.Errorf("our own commitment: %v", err)
	}
	run(t, caller, callee)
	was := caller.Words()
	for _, x := range []*Exchange{caller, callee} {
		for _, m := range []Message{nonce, {Commit: nonce.Nonce}, {}} {
			if answer, err := x.Take(m); answer != nil || !errors.Is(err, ErrOrder) || x.Words() != was {
				t.Errorf("after the end: %v, %v, %q", answer, err, x.Words())
			}
		}
	}

	caller, callee = pair()
	if _, err := callee.Take(*caller.Begin()); err != nil {
		t.Fatal(err)
	}
	if answer, err := callee.Take(*caller.Begin()); answer != nil || !errors.Is(err, ErrOrder) {
		t.Errorf("a second commitment: %v, %v", answer, err)
	}
	if _, err := callee.Take(nonce); !errors.Is(err, ErrBroken) {
		t.Errorf("another nonce than was committed to: %v", err)
	}
	if _, err := callee.Take(Message{Nonce: hex.EncodeToString(caller.ours)}); err == nil || callee.Words() != "" {
		t.Errorf("the right nonce after the wrong one: %v, %q", err, callee.Words())
	}
}

func fingerprint(t *testing.T, text string) Fingerprint {
	t.Helper()
	return Fingerprint(decode(t, text))
}

func decode(t *testing.T, text string) []byte {
	t.Helper()
	b, err := value(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return b
}

// Whatever comes, an exchange makes four words or none, and never from a nonce
// that was not committed to.
func FuzzTake(f *testing.F) {
	good := strings.Repeat("0f", 32)
	f.Add(true, good, good, good)
	f.Add(false, good, good, "")
	f.Add(false, "", "zz", strings.Repeat("0F", 32))
	f.Fuzz(func(t *testing.T, isCaller bool, commit, nonce, again string) {
		role := signaling.Callee
		if isCaller {
			role = signaling.Caller
		}
		x := New(role, Fingerprint{1}, Fingerprint{2})
		for _, m := range []Message{{Commit: commit}, {Nonce: nonce}, {Nonce: again}, {commit, nonce}} {
			before := x.Words()
			_, err := x.Take(m)
			now := x.Words()
			if err != nil && now != before {
				t.Errorf("%q made words in spite of %v", m, err)
			}
			if now != "" && len(strings.Fields(now)) != Bits/8 {
				t.Errorf("words %q", now)
			}
			if !isCaller && now != "" { // nobody finds a commitment's nonce by chance
				t.Errorf("%q was taken for the nonce of %q", m.Nonce, commit)
			}
		}
	})
}

func FuzzNamed(f *testing.F) {
	for _, s := range []string{"", "v=0\r\na=fingerprint:sha-256 AA\r\n", "a=FINGERPRINT:x\na=fingerprint:y\r a=fingerprint:x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sdp string) {
		named := Named(sdp)
		if Named(named) != named || Named(sdp+"\n"+sdp) != named {
			t.Errorf("%q of %q", named, sdp)
		}
		if strings.Contains(strings.ToLower(sdp), "fingerprint") == (named == "") {
			t.Errorf("%q of %q", named, sdp)
		}
	})
}
