package firestore

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"math"
	"sync/atomic"
	"time"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"parley/backend/signaling"
	"parley/backend/signaling/firestore/auth"
)

const (
	endpoint = "firestore.googleapis.com:443"
	// maxRedial is the longest pause between two tries to connect again, and so
	// how soon a listener hears that the network is back.
	maxRedial = 3 * time.Second
	// A network that went away without a word is noticed after both of these,
	// which are those of Google's own mobile clients.
	keepaliveTime    = 30 * time.Second
	keepaliveTimeout = 10 * time.Second
	// currentWithin is how soon a listener is told the present state. A service
	// that was restarted may never do so (seen with the emulator), so the
	// listener is opened again then. One that is only slow needs longer each
	// time, up to maxCurrent.
	currentWithin = 8 * time.Second
	maxCurrent    = time.Minute
	// A commit that met another one is told to try again (Aborted), which takes
	// 1 s in all.
	contended = 100 * time.Millisecond
	maxTries  = 5
)

// dial makes the connection, which opens when it is first used. A user's token
// goes with each call; without a user none does.
func dial(cfg Config, user *auth.User) (*grpc.ClientConn, error) {
	target, transport := endpoint, credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12})
	if cfg.FirestoreEmulator != "" {
		target, transport = "passthrough:///"+cfg.FirestoreEmulator, insecure.NewCredentials()
	}
	b := backoff.DefaultConfig
	b.BaseDelay, b.MaxDelay = 200*time.Millisecond, maxRedial
	i := interceptor{user, cfg.Usage}
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: b, MinConnectTimeout: 5 * time.Second}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: keepaliveTime, Timeout: keepaliveTimeout}),
		// A call whose network is away waits for it, as long as its context lasts, and
		// is back with it; the library's own pauses grow to a minute.
		grpc.WithDefaultCallOptions(grpc.WaitForReady(true),
			grpc.MaxCallRecvMsgSize(math.MaxInt32)), // Firestore bounds what it sends
		grpc.WithUnaryInterceptor(i.unary),
		grpc.WithStreamInterceptor(i.stream),
	}
	if cfg.reach != nil {
		options = append(options, grpc.WithContextDialer(cfg.reach))
	}
	return grpc.NewClient(target, options...)
}

// interceptor gives each call its token, takes back one that was refused, and
// counts. It is not a PerRPCCredentials: those are asked for a token before an
// error can be told from the network's, and only over TLS.
type interceptor struct {
	user  *auth.User
	usage *Usage
}

// sign adds the token. A failure to sign in is told as it is.
func (i interceptor) sign(ctx context.Context) (_ context.Context, token string, err error) {
	if i.user == nil {
		return ctx, "", nil
	}
	token, _, err = i.user.Token(ctx)
	if err != nil {
		return ctx, "", err
	}
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token), token, nil
}

// rejected takes a refused token back.
func (i interceptor) rejected(token string, err error) bool {
	if i.user == nil || status.Code(err) != codes.Unauthenticated {
		return false
	}
	i.user.Reject(token)
	return true
}

func (i interceptor) unary(ctx context.Context, method string, request, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	for try := 1; ; try++ {
		signed, token, err := i.sign(ctx)
		if err != nil {
			return err
		}
		err = invoke(signed, method, request, reply, cc, opts...)
		if err == nil {
			i.usage.request(request)
		}
		if again := status.Code(err) == codes.Aborted || wasCut(ctx, err); again && try < maxTries {
			select { // somebody else's commit was under way
			case <-time.After(time.Duration(try) * contended):
				continue
			case <-ctx.Done():
				return err
			}
		}
		if !i.rejected(token, err) || try >= 2 {
			return err
		}
	}
}

func (i interceptor) stream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	signed, token, err := i.sign(ctx)
	for desc.ClientStreams && errors.Is(err, signaling.ErrUnreachable) && ctx.Err() == nil {
		select { // a listener is back with the network, see below
		case <-time.After(maxRedial):
		case <-ctx.Done():
		}
		signed, token, err = i.sign(ctx)
	}
	if err != nil {
		return nil, err
	}
	signed, cancel := context.WithCancel(signed)
	s, err := open(signed, desc, cc, method, opts...)
	if err != nil {
		cancel()
		i.rejected(token, err)
		return nil, err
	}
	w := &watched{ClientStream: s, interceptor: i, token: token, method: method, usage: &streamUsage{usage: i.usage}, cancel: cancel}
	if p, ok := ctx.Value(patienceKey{}).(*atomic.Int64); ok {
		w.patience = p
		w.deaf = time.AfterFunc(time.Duration(p.Load()), cancel)
	}
	return w, nil
}

// patienceKey is the context's *atomic.Int64: how long, in ns, the listener's
// next stream has for telling the present state.
type patienceKey struct{}

// patiently makes a context for one listener.
func patiently(ctx context.Context) context.Context {
	p := new(atomic.Int64)
	p.Store(int64(currentWithin))
	return context.WithValue(ctx, patienceKey{}, p)
}

// watched sees what a stream brings.
type watched struct {
	grpc.ClientStream
	interceptor interceptor
	token       string
	method      string
	usage       *streamUsage
	cancel      context.CancelFunc
	deaf        *time.Timer // a listener's, until it is told the present state
	patience    *atomic.Int64
}

func (w *watched) RecvMsg(m any) error {
	err := w.ClientStream.RecvMsg(m)
	if err != nil {
		w.cancel()
		if w.deaf != nil && !w.deaf.Stop() && status.Code(err) == codes.Canceled {
			w.patience.Store(int64(min(2*time.Duration(w.patience.Load()), maxCurrent)))
			return status.Error(codes.Unavailable, "the listener was told nothing") // it is opened again
		}
		w.interceptor.rejected(w.token, err)
		if errors.Is(err, io.EOF) {
			w.usage.ended(w.method)
		}
		return err
	}
	if r, ok := m.(*pb.ListenResponse); ok && w.deaf != nil && r.GetTargetChange().GetTargetChangeType() == pb.TargetChange_CURRENT {
		w.deaf.Stop()
		w.deaf = nil
		w.patience.Store(int64(currentWithin))
	}
	w.usage.received(m)
	return nil
}
