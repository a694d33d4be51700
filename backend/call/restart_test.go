package call

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/signaling"
)

var (
	laterOffer  = signaling.DescriptionEvent{Description: signaling.Description{Type: "offer", SDP: "later"}}
	laterAnswer = signaling.DescriptionEvent{Description: signaling.Description{Type: "answer", SDP: "later"}}
)

func TestSilenceIsRestarted(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		connect(t, w)
		began := time.Now()
		w.peer().Transport(TransportDisconnected)
		expect(t, w.wait(), Reconnecting)
		w.peer().Transport(TransportConnecting) // the peer's answer to the restart
		pass(reconnectTimeout - time.Millisecond)
		want := []time.Duration{time.Second, 4 * time.Second, 10 * time.Second, 22 * time.Second}
		if got := w.peer().restartsAfter(began); !slices.Equal(got, want) {
			t.Errorf("restarts at %v, want %v", got, want)
		}
		if got := w.room().said(); !slices.Equal(got[1:], slices.Repeat([]string{"later offer"}, 4)) {
			t.Errorf("the room was told %v", got)
		}
		w.room().happen(laterAnswer)
		w.peer().Transport(TransportConnected)
		expect(t, w.wait(), Connected)
		pass(time.Hour)
		if got := w.peer().restarted(); got != 4 {
			t.Errorf("%d restarts though connected", got)
		}
	})
}

func TestAShortSilenceIsNot(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		connect(t, w)
		for range 5 {
			w.peer().Transport(TransportDisconnected)
			pass(restartAfter - time.Millisecond)
			w.peer().Transport(TransportConnected)
			w.wait()
		}
		pass(time.Hour)
		if got := w.peer().restarted(); got != 0 {
			t.Errorf("%d restarts", got)
		}
	})
}

// A network that is dark takes signaling along: the way that there was comes back
// with it, and is not given up before it had time to.
func TestADarkNetworkIsWaitedFor(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		connect(t, w)
		for _, length := range []time.Duration{3 * time.Second, 20 * time.Second} {
			w.room().darken(true)
			pass(700 * time.Millisecond) // until the peer notices
			w.peer().Transport(TransportDisconnected)
			pass(length)
			expect(t, w.wait(), Reconnecting)
			w.room().darken(false)
			pass(darkAgain - time.Millisecond)
			w.peer().Transport(TransportConnected)
			expect(t, w.wait(), Connected)
		}
		pass(time.Hour)
		if got := w.peer().restarted(); got != 0 {
			t.Errorf("%d restarts", got)
		}

		w.room().darken(true)
		pass(700 * time.Millisecond)
		w.peer().Transport(TransportDisconnected)
		pass(5 * time.Second)
		heard := time.Now()
		w.room().darken(false)
		pass(time.Second)
		w.wait()
		if got := w.peer().restartsAfter(heard); len(got) != 1 || got[0] > darkAgain {
			t.Errorf("the way does not come back, and restarts are at %v", got)
		}
	})
}

// Where our own network has changed, the way does not come back.
func TestAnotherDarkNetworkIsNotWaitedFor(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		connect(t, w)
		w.room().darken(true)
		pass(2 * time.Second)
		w.peer().Transport(TransportDisconnected)
		began := time.Now()
		w.peer().Network(true)
		w.wait()
		if got := w.peer().restartsAfter(began); !slices.Equal(got, []time.Duration{0}) {
			t.Errorf("restarts at %v", got)
		}
	})
}

// A changed network is acted on at once, and again and again with pauses.
func TestChangedNetwork(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		_ = w.call.Create(ctx)
		w.wait()
		w.peer().Network(true) // before there is a connection there is nothing to do
		connectOpened(t, w)
		w.peer().Network(false) // another address came; ours is still there
		pass(time.Minute)
		if got := w.peer().restarted(); got != 0 {
			t.Errorf("%d restarts though the way is there", got)
		}
		began := time.Now()
		w.peer().Network(true)
		w.wait()
		w.peer().Transport(TransportConnecting)
		expect(t, w.wait(), Reconnecting)
		if got := w.peer().restartsAfter(began); !slices.Equal(got, []time.Duration{0}) {
			t.Errorf("restarts at %v", got)
		}
		got := w.room().said()
		slices.Sort(got) // the loop redials, the sender sends
		if !slices.Equal(got, []string{"later offer", "offer", "redial", "redial", "redial"}) {
			t.Errorf("the room was told %v", got)
		}
		for range 100 {
			pass(10 * time.Millisecond)
			w.peer().Network(true)
			w.wait()
		}
		if got := w.peer().restarted(); got > 3 {
			t.Errorf("%d restarts within a second", got)
		}
		w.peer().Transport(TransportConnected)
		expect(t, w.wait(), Connected)
	})
}

// connectOpened is connect for a call that waits.
func connectOpened(t *testing.T, w *world) {
	t.Helper()
	w.room().happen(answer)
	w.wait()
	w.peer().Transport(TransportConnected)
	expect(t, w.wait(), Connected)
}

func TestUserIsAsked(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		connect(t, w)
		if e, ok := errors.AsType[*Error](w.call.KeepTrying(ctx)); !ok || e.Code != NotInCall {
			t.Errorf("without a question: %v", e)
		}
		w.peer().Transport(TransportDisconnected)
		for range 3 {
			pass(30*time.Second - time.Millisecond)
			if s := w.wait(); s.State != Reconnecting || s.Asking {
				t.Fatalf("too early: %+v", s)
			}
			pass(time.Millisecond)
			if s := w.wait(); s.State != Reconnecting || !s.Asking {
				t.Fatalf("not asked: %+v", s)
			}
			pass(time.Hour) // nobody answers
			if s := w.wait(); !s.Asking {
				t.Fatalf("%+v", s)
			}
			before := w.peer().restarted()
			if err := w.call.KeepTrying(ctx); err != nil {
				t.Fatal(err)
			}
			if s := w.wait(); s.Asking || w.peer().restarted() != before+1 {
				t.Fatalf("nothing is tried: %+v", s)
			}
		}
		w.peer().Transport(TransportConnected)
		s := w.wait()
		expect(t, s, Connected)
		if s.Asking {
			t.Error("asked though connected")
		}
		w.peer().Transport(TransportDisconnected)
		pass(reconnectTimeout)
		if err := w.call.HangUp(ctx); err != nil {
			t.Fatal(err)
		}
		if s := w.wait(); s.Reason != HungUp || s.Asking {
			t.Errorf("%+v", s)
		}
	})
}

// Nobody answers for a day: the offers have an end.
func TestRestartsAreBounded(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		connect(t, w)
		w.peer().Transport(TransportDisconnected)
		pass(24 * time.Hour)
		if got := w.peer().restarted(); got != maxRestarts {
			t.Errorf("%d restarts, want %d", got, maxRestarts)
		}
		w.peer().Network(false) // the network is another: once more
		synctest.Wait()
		pass(10 * time.Second)
		if got := w.peer().restarted(); got != maxRestarts+1 {
			t.Errorf("%d restarts after the network changed", got)
		}
	})
}

// An old client answers no later offer: none is made, and the call waits for it
// as long as it did.
func TestOldOtherSide(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		connect(t, w)
		w.peer().noRestart = errors.New("it cannot")
		w.peer().Transport(TransportDisconnected)
		pass(reconnectTimeout - time.Second)
		expect(t, w.wait(), Reconnecting)
		w.peer().Transport(TransportConnected)
		expect(t, w.wait(), Connected)
		if got := w.room().said(); !slices.Equal(got, []string{"offer"}) {
			t.Errorf("the room was told %v", got)
		}
	})
}

func TestLaterDescriptionsOfTheOtherSide(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		connect(t, w)
		w.room().happen(laterOffer)
		w.wait()
		w.peer().Transport(TransportConnecting)
		w.peer().Candidate(signaling.Candidate{Candidate: "c"})
		expect(t, w.wait(), Reconnecting)
		pass(restartAgain - time.Millisecond)
		if got := w.room().said(); !slices.Equal(got, []string{"offer", "later answer", "c"}) || w.peer().restarted() != 0 {
			t.Errorf("the room was told %v", got)
		}
		pass(time.Millisecond) // it had its time
		w.wait()
		if got := w.peer().restarted(); got != 1 {
			t.Errorf("%d restarts", got)
		}
		w.peer().Transport(TransportConnected)
		w.room().happen(signaling.DescriptionEvent{Description: signaling.Description{Type: "offer", SDP: "bad"}})
		expect(t, w.wait(), Connected)
	})
}

// While signaling is away only the newest offer waits to be sent.
func TestOnlyTheNewestOfferIsSent(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.set(func() { w.sendSlow = 9 * time.Second })
		_ = w.call.Create(ctx)
		pass(10 * time.Second)
		connectOpened(t, w)
		for range 4 {
			w.peer().Network(true)
			w.wait()
			w.peer().Transport(TransportConnecting)
			w.peer().Candidate(signaling.Candidate{Candidate: "c"})
			w.wait()
			pass(2 * time.Second)
			w.peer().Transport(TransportConnected)
			w.wait()
		}
		pass(time.Minute)
		said := slices.DeleteFunc(w.room().said(), func(s string) bool { return s == "redial" })
		if !slices.Equal(said, []string{"offer", "later offer", "later offer", "c"}) {
			t.Errorf("the room was told %v", said)
		}
	})
}
