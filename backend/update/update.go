// Package update tells whether there is a newer Parley. It downloads and
// installs nothing: the user is told, and a page opens where they ask for it.
//
//	manifest, manifest.minisig ─▶ read ─▶ signature ─▶ version ─▶ Release
//	                               │         │            └─ ErrOlder
//	                               │         └─ ErrForeignKey, ErrSignature
//	                               └─ ErrUnreachable, ErrTooLarge, ErrInsecure
//
// The manifest is JSON, signed with minisign (https://jedisct1.github.io/minisign/).
// Nothing of it is looked at before its signature holds against the public key
// that this program was built with; a program built without one never asks.
package update

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"aead.dev/minisign"
)

// Why a release is not told; test with errors.Is.
var (
	// ErrOff: this program cannot look: it has no key, no address or no
	// released version of its own to compare with.
	ErrOff         = errors.New("this build does not look for newer releases")
	ErrInsecure    = errors.New("the address is not https")
	ErrUnreachable = errors.New("the list of releases cannot be read")
	ErrTooLarge    = errors.New("the list of releases is too large")
	ErrForeignKey  = errors.New("the list of releases is signed with another key")
	ErrSignature   = errors.New("the signature of the list of releases does not fit it")
	ErrManifest    = errors.New("the list of releases cannot be understood")
	// ErrOlder: the manifest names a version older than this one, or older than
	// one that it named before: somebody shows us an old list.
	ErrOlder = errors.New("the list of releases is older than what is known")
)

// Release is a released Parley.
type Release struct {
	Version string `json:"version"` // such as "1.4.0"
	Page    string `json:"page"`    // where it can be downloaded, https
}

// Source is what a build knows about its releases; the linker sets it.
type Source struct {
	Version  string // this program's own
	Manifest string // URL of the manifest; its signature is at the same with ".minisig"
	Key      string // minisign's public key, its second line
}

// Check tells why this build cannot look for releases: nil, or ErrOff wrapped
// with what is missing.
func (s Source) Check() error {
	_, _, err := s.parse()
	return err
}

func (s Source) parse() (own version, key minisign.PublicKey, err error) {
	switch {
	case s.Key == "":
		return own, key, fmt.Errorf("%w: it has no key to check them with", ErrOff)
	case s.Manifest == "":
		return own, key, fmt.Errorf("%w: it has no address to ask", ErrOff)
	}
	if own, err = parseVersion(s.Version); err != nil {
		return own, key, fmt.Errorf("%w: %q is no released version", ErrOff, s.Version)
	}
	if err := key.UnmarshalText([]byte(s.Key)); err != nil {
		return own, key, fmt.Errorf("%w: its key is no minisign key: %w", ErrOff, err)
	}
	if !secure(s.Manifest) {
		return own, key, fmt.Errorf("%w: %w: %s", ErrOff, ErrInsecure, s.Manifest)
	}
	return own, key, nil
}

// signed is a manifest as it was fetched, and as it is kept.
type signed struct {
	Manifest  string `json:"manifest"`
	Signature string `json:"signature"`
}

// open checks the signature, and only then reads the manifest.
func (s signed) open(key minisign.PublicKey) (Release, error) {
	var sig minisign.Signature
	if err := sig.UnmarshalText([]byte(s.Signature)); err != nil {
		return Release{}, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if sig.KeyID != key.ID() {
		return Release{}, fmt.Errorf("%w: %016X, not %016X", ErrForeignKey, sig.KeyID, key.ID())
	}
	if !minisign.Verify(key, []byte(s.Manifest), []byte(s.Signature)) {
		return Release{}, ErrSignature
	}
	var r Release
	if err := json.Unmarshal([]byte(s.Manifest), &r); err != nil {
		return Release{}, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	if _, err := parseVersion(r.Version); err != nil {
		return Release{}, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	if !secure(r.Page) {
		return Release{}, fmt.Errorf("%w: the download page: %w", ErrManifest, ErrInsecure)
	}
	return r, nil
}

// secure tells whether nobody between can change what an address gives. There is
// no exception for this machine: a redirect to it would have us call, unasked,
// what listens here.
func secure(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil
}

// version is major, minor and patch (https://semver.org); releases have no more.
type version [3]uint32

func parseVersion(text string) (v version, err error) {
	parts := strings.Split(strings.TrimPrefix(text, "v"), ".")
	if len(parts) != len(v) {
		return v, fmt.Errorf("%.40q is no version like 1.4.0", text)
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil || part != strconv.FormatUint(n, 10) {
			return v, fmt.Errorf("%.40q is no version like 1.4.0", text)
		}
		v[i] = uint32(n)
	}
	return v, nil
}

// before tells whether v is older than w.
func (v version) before(w version) bool {
	for i := range v {
		if v[i] != w[i] {
			return v[i] < w[i]
		}
	}
	return false
}
