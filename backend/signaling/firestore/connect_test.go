package firestore

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"parley/backend/signaling"
)

// Whoever opens a first room does not wait for the connection after the
// sign-in: both take round trips, and neither needs the other.
func TestConnectsWhileItSignsIn(t *testing.T) {
	service, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	connected := make(chan struct{})
	go func() {
		if conn, err := service.Accept(); err == nil {
			close(connected)
			conn.Close()
		}
	}()
	signIn := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // else nobody sees that the client went away
		select {
		case <-connected:
			http.Error(w, `{"error":{"message":"ADMIN_ONLY_OPERATION"}}`, http.StatusBadRequest)
		case <-r.Context().Done():
		}
	}))
	defer signIn.Close()
	c, err := New(Config{
		Project: testProject, APIKey: "key",
		FirestoreEmulator: service.Addr().String(), AuthEmulator: strings.TrimPrefix(signIn.URL, "http://"),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Create(within(t)); !errors.Is(err, signaling.ErrRefused) {
		t.Errorf("the sign-in, which waits for the connection: %v", err)
	}
}
