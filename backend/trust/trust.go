// Package trust makes the words by which two people find out that nobody sits
// between them. A signaling service that swaps the certificates' fingerprints
// in the descriptions can stand in the middle of a call; it cannot make both
// sides see the same words.
//
//	caller                                   callee
//	commit: hash of nonce A  ──────────────▶
//	                         ◀──────────────  nonce B
//	nonce A                  ──────────────▶  fits the commitment?
//
//	words = hash(caller's fingerprint, callee's, nonce A, nonce B), 32 bits of it
//
// The messages travel inside of the call's own data channel, so whoever is in
// the middle must play the callee to one side and the caller to the other. It
// has to choose its last nonce on each side before it learns the honest one,
// and certificates are fixed before both. So computing power does not help: it
// has one guess in 2^32 for each call, and a call whose words differ is seen.
// Words of the fingerprints alone would fall to a search for certificates:
// 2^32 hashes, less than a second's work.
//
// This is S. Vaudenay's scheme ("Secure Communications over Insecure Channels
// Based on Short Authenticated Strings", CRYPTO 2005), as ZRTP has it (RFC
// 6189, sections 4.4.1.1 and 7).
package trust

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"

	"parley/backend/signaling"
)

// Bits is how much of the hash the words say.
const Bits = 32

// What the hashes are of, so that none can stand for another.
const (
	ofCommit = "parley words 1: commit"
	ofWords  = "parley words 1: words"
)

// Errors of Take.
var (
	// ErrOrder is a message that is not the next one. It changes nothing.
	ErrOrder = errors.New("the message is not the next of the exchange")
	// ErrBroken is a nonce that is none, or not the one committed to. There are
	// no words in this call: another try would be another guess.
	ErrBroken = errors.New("the nonce is not the one that was committed to")
)

// Fingerprint is the SHA-256 of a DTLS certificate's DER (RFC 8122, section 5).
type Fingerprint = [sha256.Size]byte

// Message is one of the three messages, in hexadecimal: one field is there.
type Message struct {
	Commit string `json:"commit,omitempty"`
	Nonce  string `json:"nonce,omitempty"`
}

// Exchange is one side's part of the exchange in one connection.
type Exchange struct {
	role  signaling.Role
	bound []byte // the certificates that the connection has
	ours  []byte // nonce
	next  step
	hash  []byte // that the caller is committed to
	words string
}

// step is what an exchange waits for.
type step int

const (
	theirCommit step = iota
	theirNonce
	nothing
)

// New begins an exchange over the certificates that DTLS has verified. The
// caller sends what Begin gives; the callee has nothing to send.
func New(role signaling.Role, ours, theirs Fingerprint) *Exchange {
	nonce := make([]byte, sha256.Size)
	_, _ = rand.Read(nonce) // it never fails
	return newExchange(role, ours, theirs, nonce)
}

func newExchange(role signaling.Role, ours, theirs Fingerprint, nonce []byte) *Exchange {
	x := &Exchange{role: role, bound: append(theirs[:], ours[:]...), ours: nonce}
	if role == signaling.Caller {
		x.bound = append(ours[:], theirs[:]...)
		x.next = theirNonce
	}
	return x
}

// Begin is the caller's commitment; nil for the callee.
func (x *Exchange) Begin() *Message {
	if x.role != signaling.Caller {
		return nil
	}
	return &Message{Commit: hex.EncodeToString(x.commitTo(x.ours))}
}

// Take takes the other side's next message and gives the answer to it, if there
// is one.
func (x *Exchange) Take(m Message) (*Message, error) {
	switch {
	case x.next == theirCommit && m.Commit != "":
		x.next = nothing
		hash, err := value(m.Commit)
		if err != nil {
			return nil, err
		}
		x.hash, x.next = hash, theirNonce
		return &Message{Nonce: hex.EncodeToString(x.ours)}, nil
	case x.next == theirNonce && m.Nonce != "" && m.Commit == "":
		x.next = nothing
		theirs, err := value(m.Nonce)
		if err != nil {
			return nil, err
		}
		if x.role == signaling.Caller {
			x.words = x.say(x.ours, theirs)
			return &Message{Nonce: hex.EncodeToString(x.ours)}, nil
		}
		if subtle.ConstantTimeCompare(x.commitTo(theirs), x.hash) == 0 {
			return nil, ErrBroken
		}
		x.words = x.say(theirs, x.ours)
		return nil, nil
	}
	return nil, ErrOrder
}

// Words are what both people should see, four with spaces between; empty until
// the exchange is done.
func (x *Exchange) Words() string { return x.words }

func (x *Exchange) commitTo(nonce []byte) []byte { return hash(ofCommit, x.bound, nonce) }

func (x *Exchange) say(caller, callee []byte) string {
	return inWords(hash(ofWords, x.bound, caller, callee)[:Bits/8])
}

// hash is of parts that have one length each.
func hash(of string, parts ...[]byte) []byte {
	h := sha256.New()
	h.Write([]byte(of))
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// value is a hash or a nonce that was sent.
func value(text string) ([]byte, error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != sha256.Size {
		return nil, ErrBroken
	}
	return b, nil
}
