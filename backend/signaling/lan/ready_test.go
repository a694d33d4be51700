package lan

import (
	"context"
	"errors"
	"testing"
	"time"
)

// patient is a connection whose other end says nothing yet.
type patient struct {
	connection
	waits time.Duration
}

var errQuiet = errors.New("it said nothing")

func (p *patient) read(_ context.Context, timeout time.Duration) (message, error) {
	p.waits = timeout
	return message{}, errQuiet
}

// TestAPageMayConnectAhead: a page connects when it is opened, and keeps that for
// 25 s (readyFor in lan.ts). Its user is to have the room by the first message.
func TestAPageMayConnectAhead(t *testing.T) {
	s := listen(t, Config{})
	p := &patient{}
	if _, _, err := s.seat(t.Context(), p, "192.0.2.1:1"); !errors.Is(err, errQuiet) {
		t.Fatal(err)
	}
	if p.waits < 30*time.Second {
		t.Errorf("the server waits %v for the first message", p.waits)
	}
}
