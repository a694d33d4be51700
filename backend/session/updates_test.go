package session

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"parley/backend/config"
	"parley/backend/update"
)

// listOfReleases is where a session looks for releases, and whoever comes there.
// Nobody is answered.
func listOfReleases(t *testing.T, s *Session) <-chan net.Conn {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	came := make(chan net.Conn)
	go func() {
		defer close(came)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			came <- conn
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		for conn := range came {
			conn.Close()
			t.Error("it looked again")
		}
	})
	key := append([]byte("Ed"), make([]byte, 8+32)...) // a public key of minisign's: its number, and itself
	s.updates = update.Source{Version: "1.2.3", Manifest: "https://" + listener.Addr().String(), Key: base64.StdEncoding.EncodeToString(key)}
	return came
}

func TestUpdatesAreNotLookedForInACall(t *testing.T) {
	s := open(t, nil)
	came := listOfReleases(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Updates(ctx, func(r update.Release) { t.Errorf("found %v", r) })
	}()
	conn := <-came
	defer conn.Close()
	if err := s.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Well before the look ends by itself, for want of a TLS handshake.
	if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the look went on in the call")
	}
	cancel()
	<-done
}

func TestUpdatesCanBeTurnedOff(t *testing.T) {
	s := open(t, func(c *config.Config) { c.Update.Check = false })
	came := listOfReleases(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		if conn, ok := <-came; ok {
			t.Error("it looked")
			conn.Close()
			cancel()
		}
	}()
	s.Updates(ctx, func(r update.Release) { t.Errorf("found %v", r) })
}
