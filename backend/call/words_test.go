package call

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"parley/backend/signaling"
	"parley/backend/trust"
)

// say is what the other side says about the words.
func say(t *testing.T, m *trust.Message) []byte {
	t.Helper()
	text, err := json.Marshal(controlMessage{Type: "words", Message: *m})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// heard is the last that the peer was told about them.
func (p *fakePeer) heard(t *testing.T) (m trust.Message) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, text := range p.sent {
		if strings.Contains(text, `"type":"words"`) {
			m = trust.Message{}
			if err := json.Unmarshal([]byte(text), &m); err != nil {
				t.Fatal(err)
			}
		}
	}
	return m
}

// agree opens the channel and makes the words, as the callee does.
func agree(t *testing.T, w *world) string {
	t.Helper()
	p := w.peer()
	ours, theirs := trust.Fingerprint{1}, trust.Fingerprint{2}
	w.set(func() { p.certificates = [2]trust.Fingerprint{ours, theirs} })
	p.Open()
	w.wait()
	x := trust.New(signaling.Callee, theirs, ours)
	nonce, err := x.Take(p.heard(t))
	if err != nil {
		t.Fatal(err)
	}
	p.Message(say(t, nonce))
	s := w.wait()
	if _, err := x.Take(p.heard(t)); err != nil {
		t.Fatal(err)
	}
	if s.Trust.Words == "" || s.Trust.Words != x.Words() {
		t.Fatalf("we see %q, they see %q", s.Trust.Words, x.Words())
	}
	return x.Words()
}

func TestWordsAreMadeAndVerified(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		connect(t, w)
		if err := w.call.SetVerified(ctx, true); codeOf(err) != NotInCall {
			t.Errorf("verified without words: %v", err)
		}
		words := agree(t, w)
		if err := w.call.SetVerified(ctx, true); err != nil {
			t.Fatal(err)
		}
		if s := w.wait(); !s.Trust.Verified || s.Trust.Words != words {
			t.Errorf("%+v", s.Trust)
		}
		w.peer().Open() // and nothing new is begun
		w.peer().Message([]byte(`{"type":"words","nonce":"00"}`))
		if s := w.wait(); !s.Trust.Verified || s.Trust.Words != words {
			t.Errorf("after more of it: %+v", s.Trust)
		}
		if err := w.call.SetVerified(ctx, false); err != nil || w.wait().Trust.Verified {
			t.Errorf("taken back: %v", err)
		}
		_ = w.call.HangUp(ctx)
		if s := w.wait(); s.Trust != (Trust{}) {
			t.Errorf("after the call: %+v", s.Trust)
		}
		connect(t, w)
		if s := w.wait(); s.Trust != (Trust{}) {
			t.Errorf("in the next call: %+v", s.Trust)
		}
	})
}

func TestAnotherCertificateInTheCallIsRefusedAndShouted(t *testing.T) {
	later := func(sdp string) signaling.Event {
		return signaling.DescriptionEvent{Description: signaling.Description{Type: "offer", SDP: sdp}}
	}
	inWorld(t, func(t *testing.T, w *world) {
		_ = w.call.Create(ctx)
		w.wait()
		first := signaling.Description{Type: "answer", SDP: "v=0\r\na=fingerprint:sha-256 AA:BB\r\n"}
		w.room().happen(signaling.DescriptionEvent{Description: first})
		w.wait()
		w.peer().Transport(TransportConnected)
		words := agree(t, w)
		_ = w.call.SetVerified(ctx, true)

		w.room().happen(later("v=0\r\na=fingerprint:SHA-256 aa:bb\r\na=fingerprint:sha-256 AA:BB\r\n"))
		if s := w.wait(); s.Trust != (Trust{Words: words, Verified: true}) || len(w.peer().renegotiated) != 1 {
			t.Errorf("an honest later offer: %+v, %v", s.Trust, w.peer().renegotiated)
		}
		for _, sdp := range []string{"v=0\r\na=fingerprint:sha-256 AA:CC\r\n", "v=0\r\n", first.SDP + "a=fingerprint:sha-1 AA\r\n"} {
			_ = w.call.SetVerified(ctx, true)
			w.room().happen(later(sdp))
			s := w.wait()
			if s.Trust != (Trust{Words: words, Swapped: true}) || s.State != Connected {
				t.Errorf("%q: %s, %+v", sdp, s.State, s.Trust)
			}
		}
		if got := w.peer().renegotiated; len(got) != 1 {
			t.Errorf("followed: %v", got)
		}
		_ = w.call.SetVerified(ctx, true)
		if s := w.wait(); s.Trust != (Trust{Words: words, Verified: true}) {
			t.Errorf("compared again: %+v", s.Trust)
		}
	})
}

func TestNoWords(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		connect(t, w)
		w.peer().Message([]byte(`{"type":"words","commit":"00"}`)) // before the channel was open
		p := w.peer()
		w.set(func() { p.noWords = errors.New("no certificate") })
		p.Open()
		w.peer().Message([]byte(`{"type":"words","commit":"00"}`))
		if s := w.wait(); s.Trust != (Trust{}) || s.State != Connected {
			t.Errorf("%s, %+v", s.State, s.Trust)
		}
	})
}
