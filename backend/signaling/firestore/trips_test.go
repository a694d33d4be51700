package firestore

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/test/bufconn"

	"parley/backend/signaling"
	"parley/backend/signaling/firestore/fake"
	"parley/backend/signaling/firestore/fakeauth"
)

// trip is a round trip to Firebase, on a test's own clock.
const trip = 100 * time.Millisecond

// distant is a Firebase that is a round trip away, reached without sockets.
type distant struct {
	auth      string
	firestore *bufconn.Listener
	signIn    *fakeauth.Server
	from      time.Time // when it can be reached
}

func startDistant(t *testing.T, auth string) distant {
	t.Cleanup(func() { time.Sleep(trip) }) // what is on its way arrives
	d := distant{auth: auth, firestore: bufconn.Listen(1 << 20), signIn: fakeauth.New(testProject)}
	fake.On(t, d.firestore, auth == AuthAnonymous)
	return d
}

func (d distant) client(t *testing.T) *Client {
	c, err := New(Config{
		Project: testProject, APIKey: "key", Auth: d.auth, FirestoreEmulator: "distant", AuthEmulator: "distant",
		reach: d.reach, http: &http.Client{Transport: d},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func (d distant) reach(ctx context.Context, _ string) (net.Conn, error) {
	if time.Now().Before(d.from) {
		return nil, syscall.ECONNREFUSED
	}
	there, err := d.firestore.DialContext(ctx)
	if err != nil {
		return nil, err
	}
	ours, here := net.Pipe()
	go carry(here, there, trip/2)
	go carry(there, here, trip/2)
	return ours, nil
}

// RoundTrip implements http.RoundTripper.
func (d distant) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(trip)
	w := httptest.NewRecorder()
	w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
	d.signIn.ServeHTTP(w, r)
	return w.Result(), nil
}

// No step of a call waits for another that it does not need. A program that has
// just started:
//
//	1  signs in, and connects meanwhile
//	2  reads the room and claims its seat at once: the rules let one claim through.
//	   Where they are open it reads first, which is one more
//	3  answers; the caller hears it as the answer is confirmed
//	4  adds candidates, which the rules of old clients take after the answer only
func TestRoundTripsOneAfterTheOther(t *testing.T) {
	for auth, most := range map[string][]time.Duration{
		AuthAnonymous: {2, 3, 4},
		AuthNone:      {3, 4, 5}, // it connects, as it has nobody to sign in
	} {
		t.Run(auth, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := startDistant(t, auth)
				caller := open(t, d.client(t))
				send(t, caller, ours("offer"))
				time.Sleep(20 * time.Second) // a person opens the invite
				var began time.Time
				took := func(step int, what string) {
					t.Helper()
					got := time.Since(began)
					t.Logf("%s: %.1f round trips", what, float64(got)/float64(trip))
					if got > most[step]*trip {
						t.Errorf("%s: %v, which are more than %d round trips", what, got, most[step])
					}
				}
				began = time.Now()
				callee := enter(t, d.client(t), caller)
				want(t, callee, signaling.PresenceEvent{Present: true}, signaling.DescriptionEvent{Description: ours("offer")})
				took(0, "the seat, and the offer")
				send(t, callee, ours("answer"))
				want(t, caller, signaling.PresenceEvent{Present: true}, signaling.DescriptionEvent{Description: ours("answer")})
				took(1, "the answer at the caller")
				if err := callee.SendCandidate(within(t), host(0)); err != nil {
					t.Fatal(err)
				}
				wantCandidate(t, caller, 0)
				took(2, "a candidate that was not in the answer")
			})
		})
	}
}

// Who joins has somebody who waits there: a service that is away is waited for
// longer than with anything else.
func TestJoinWaitsForTheService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := startDistant(t, AuthAnonymous)
		caller := open(t, d.client(t))
		d.from = time.Now().Add(joinTimeout - 2*maxRedial)
		callee, err := d.client(t).Join(t.Context(), caller.Invite())
		if err != nil {
			t.Fatal(err)
		}
		leaveAtEnd(t, callee)
	})
}
