package firestore

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

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

// A commit that met another one is tried again, a second in all.
func TestContentionIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for failures, want := range map[int]codes.Code{0: codes.OK, 3: codes.OK, 4: codes.OK, 5: codes.Aborted} {
			began, tries := time.Now(), 0
			err := interceptor{nil, new(Usage)}.unary(t.Context(), "Commit", &pb.CommitRequest{}, &pb.CommitResponse{}, nil,
				func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error {
					if tries++; tries > failures {
						return nil
					}
					return status.Error(codes.Aborted, "too much contention on these documents")
				})
			if status.Code(err) != want || time.Since(began) > time.Second {
				t.Errorf("%d failures: %v after %v", failures, err, time.Since(began))
			}
		}
	})
}
