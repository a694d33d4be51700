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

// A commit that met another one, or that the service cut short, is tried again,
// a second in all; not one that its caller gave up.
func TestCommitIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over, cancel := context.WithCancel(t.Context())
		cancel()
		for _, test := range []struct {
			ctx      context.Context
			code     codes.Code
			failures int
			want     codes.Code
		}{
			{t.Context(), codes.Aborted, 0, codes.OK},
			{t.Context(), codes.Aborted, 3, codes.OK},
			{t.Context(), codes.Aborted, 4, codes.OK},
			{t.Context(), codes.Aborted, 5, codes.Aborted},
			{t.Context(), codes.Canceled, 4, codes.OK},
			{t.Context(), codes.Canceled, 5, codes.Canceled},
			{over, codes.Canceled, 1, codes.Canceled},
			{t.Context(), codes.PermissionDenied, 1, codes.PermissionDenied},
		} {
			began, tries := time.Now(), 0
			err := interceptor{nil, new(Usage)}.unary(test.ctx, "Commit", &pb.CommitRequest{}, &pb.CommitResponse{}, nil,
				func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error {
					if tries++; tries > test.failures {
						return nil
					}
					return status.Error(test.code, "a test")
				})
			if status.Code(err) != test.want || time.Since(began) > time.Second {
				t.Errorf("%v, %d times: %v after %v", test.code, test.failures, err, time.Since(began))
			}
		}
	})
}
