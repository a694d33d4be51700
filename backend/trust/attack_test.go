package trust_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"math/big"
	"testing"

	"parley/backend/signaling"
	"parley/backend/trust"
)

// attacks is how many the words are held against. One of them would go
// unnoticed by chance with a probability of attacks / 2^32, or 0.00000023.
const attacks = 1000

// TestSwappedDescriptionsAreSeen: whoever owns the signaling puts certificates
// of his own in both descriptions and ends DTLS on both sides. He then does the
// best that the exchange leaves him: he plays both parts himself and finishes
// either side first, or carries over what he can of the honest messages.
func TestSwappedDescriptionsAreSeen(t *testing.T) {
	ways := []func(t *testing.T, caller, callee *trust.Exchange, m middle){
		func(t *testing.T, caller, callee *trust.Exchange, m middle) {
			finish(t, caller, m.asCallee)
			finish(t, m.asCaller, callee)
		},
		func(t *testing.T, caller, callee *trust.Exchange, m middle) {
			finish(t, m.asCaller, callee)
			finish(t, caller, m.asCallee)
		},
		func(t *testing.T, caller, callee *trust.Exchange, m middle) {
			nonce := take(t, callee, *m.asCaller.Begin())
			take(t, caller, nonce)
			take(t, callee, take(t, m.asCaller, nonce))
		},
		func(t *testing.T, caller, callee *trust.Exchange, _ middle) {
			opened := take(t, caller, take(t, callee, *caller.Begin()))
			if _, err := callee.Take(opened); err == nil {
				t.Error("a commitment was opened over other certificates than its own")
			}
		},
	}
	for i := range attacks {
		caller, callee, m := inTheMiddle(t)
		ways[i%len(ways)](t, caller, callee, m)
		if caller.Words() == "" || caller.Words() == callee.Words() {
			t.Fatalf("attack %d was not seen: %q and %q", i, caller.Words(), callee.Words())
		}
	}
}

// TestUndisturbedCallsAgree is the other half: without it, words that always
// differ would pass.
func TestUndisturbedCallsAgree(t *testing.T) {
	for range attacks / 10 {
		ours, theirs := certificate(t), certificate(t)
		caller, callee := trust.New(signaling.Caller, ours, theirs), trust.New(signaling.Callee, theirs, ours)
		finish(t, caller, callee)
		if caller.Words() == "" || caller.Words() != callee.Words() {
			t.Fatalf("%q and %q", caller.Words(), callee.Words())
		}
	}
}

// middle is the one in the middle: the callee of the caller and the caller of
// the callee.
type middle struct{ asCallee, asCaller *trust.Exchange }

func inTheMiddle(t *testing.T) (caller, callee *trust.Exchange, m middle) {
	t.Helper()
	a, b, toA, toB := certificate(t), certificate(t), certificate(t), certificate(t)
	m = middle{trust.New(signaling.Callee, toA, a), trust.New(signaling.Caller, toB, b)}
	return trust.New(signaling.Caller, a, toA), trust.New(signaling.Callee, b, toB), m
}

// finish runs an exchange to its end.
func finish(t *testing.T, caller, callee *trust.Exchange) {
	t.Helper()
	take(t, callee, take(t, caller, take(t, callee, *caller.Begin())))
}

func take(t *testing.T, x *trust.Exchange, m trust.Message) (answer trust.Message) {
	t.Helper()
	got, err := x.Take(m)
	if err != nil {
		t.Fatal(err)
	}
	if got != nil {
		answer = *got
	}
	return answer
}

// certificate is the fingerprint of a fresh one, as WebRTC makes it.
func certificate(t *testing.T) trust.Fingerprint {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(der)
}
