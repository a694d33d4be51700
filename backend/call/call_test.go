package call

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/signaling"
)

var ctx = context.Background()

const joinable = "k3j4-55zz-9abc"

var (
	offer  = signaling.DescriptionEvent{Description: signaling.Description{Type: "offer", SDP: "v=0"}}
	answer = signaling.DescriptionEvent{Description: signaling.Description{Type: "answer", SDP: "v=0"}}
)

func TestDecide(t *testing.T) {
	caller := facts{role: signaling.Caller}
	with := func(f facts, change func(*facts)) facts { change(&f); return f }
	for _, tt := range []struct {
		name string
		f    facts
		want State
	}{
		{"nothing", facts{}, Idle},
		{"begun", caller, Preparing},
		{"room without our offer", with(caller, func(f *facts) { f.roomOpen = true }), Preparing},
		{"room with our offer", with(caller, func(f *facts) { f.roomOpen, f.described = true, true }), Waiting},
		{"joined, no offer yet", facts{role: signaling.Callee, roomOpen: true}, Waiting},
		{"answered", with(caller, func(f *facts) { f.roomOpen, f.described, f.answered = true, true, true }), Connecting},
		{"connected", with(caller, func(f *facts) { f.wasConnected, f.transport = true, TransportConnected }), Connected},
		{"behind the door", with(caller, func(f *facts) { f.wasConnected, f.transport, f.door = true, TransportConnected, shut }), Knocking},
		{"let in", with(caller, func(f *facts) { f.wasConnected, f.transport, f.door = true, TransportConnected, opened }), Connected},
		{"silence behind the door", with(caller, func(f *facts) { f.wasConnected, f.transport, f.door = true, TransportFailed, shut }), Reconnecting},
		{"silence", with(caller, func(f *facts) { f.wasConnected, f.transport = true, TransportDisconnected }), Reconnecting},
		{"ICE gave up", with(caller, func(f *facts) { f.wasConnected, f.transport = true, TransportFailed }), Reconnecting},
		{"ended wins over connected", with(caller, func(f *facts) { f.wasConnected, f.transport, f.reason = true, TransportConnected, HungUp }), Ended},
		{"failure wins over all", with(caller, func(f *facts) { f.reason, f.failure = HungUp, &Error{} }), Failed},
	} {
		if got := decide(tt.f); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// inWorld runs a test in a bubble of its own time, where a goroutine that is
// left behind is an error.
func inWorld(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		test(t, w)
		if err := w.call.Close(); err != nil {
			t.Error(err)
		}
		if err := w.call.Close(); err != nil {
			t.Errorf("second Close: %v", err)
		}
		if rooms, peers := w.held(); rooms+peers > 0 {
			t.Errorf("after Close %d rooms and %d peers are held", rooms, peers)
		}
		if runs := w.devices.running(); runs != (Want{}) {
			t.Errorf("after Close the devices run: %+v", runs)
		}
	})
}

func expect(t *testing.T, s Snapshot, want State) {
	t.Helper()
	if s.State != want {
		t.Fatalf("state %s (%s%s), want %s", s.State, s.Reason, s.Failure.Code, want)
	}
}

func connect(t *testing.T, w *world) {
	t.Helper()
	if err := w.call.Create(ctx); err != nil {
		t.Fatal(err)
	}
	expect(t, w.wait(), Waiting)
	w.room().happen(answer)
	expect(t, w.wait(), Connecting)
	w.peer().Transport(TransportConnected)
	expect(t, w.wait(), Connected)
}

func TestCallerConnectsAndHangsUp(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		connect(t, w)
		s := w.call.Snapshot()
		if s.Room != "0000-0000-0000" || s.Invite != "https://here/#room=0000-0000-0000" || !s.Other.Present {
			t.Errorf("snapshot %+v", s)
		}
		room, peer := w.room(), w.peer()
		if err := w.call.HangUp(ctx); err != nil {
			t.Fatal(err)
		}
		s = w.wait()
		expect(t, s, Ended)
		if s.Reason != HungUp || s.Room != "" {
			t.Errorf("snapshot %+v", s)
		}
		if !room.left || !peer.closed || w.devices.running() != (Want{}) {
			t.Error("something is held after the hang-up")
		}
		if last := peer.sent[len(peer.sent)-1]; last != `{"type":"bye"}` {
			t.Errorf("last words %s", last)
		}
		if e, ok := errors.AsType[*Error](w.call.HangUp(ctx)); !ok || e.Code != NotInCall {
			t.Errorf("second hang-up: %v", e)
		}
	})
}

func TestCalleeAnswersBeforeItsCandidates(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		if err := w.call.Join(ctx, joinable); err != nil {
			t.Fatal(err)
		}
		expect(t, w.wait(), Waiting)
		w.peer().Candidate(signaling.Candidate{Candidate: "1"})
		w.room().happen(signaling.CandidateEvent{})
		w.room().happen(signaling.DescriptionEvent{Description: signaling.Description{Type: "offer"}})
		expect(t, w.wait(), Waiting) // an empty offer is none
		w.room().happen(offer)
		expect(t, w.wait(), Connecting)
		w.peer().Candidate(signaling.Candidate{Candidate: "2"})
		w.wait()
		if got := w.room().said(); !slices.Equal(got, []string{"answer", "1", "2"}) {
			t.Errorf("sent %v", got)
		}
		if w.peer().early != 1 {
			t.Error("the early candidate was lost")
		}
	})
}

func TestSecondAnswerIsIgnored(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		connect(t, w)
		w.room().happen(answer)
		w.room().happen(signaling.DescriptionEvent{Description: signaling.Description{Type: "answer", SDP: "bad"}})
		expect(t, w.wait(), Connected)
		if w.peer().answers != 1 {
			t.Errorf("%d answers set", w.peer().answers)
		}
	})
}

func TestFailuresHaveCodesAndAnotherCallCanBegin(t *testing.T) {
	for _, tt := range []struct {
		name string
		code Code
		do   func(w *world)
	}{
		{"not found", RoomNotFound, func(w *world) { w.openErr = fmt.Errorf("join: %w", signaling.ErrRoomNotFound) }},
		{"full", RoomFull, func(w *world) { w.openErr = signaling.ErrRoomFull }},
		{"expired", RoomExpired, func(w *world) { w.openErr = signaling.ErrExpired }},
		{"own room", OwnRoom, func(w *world) { w.openErr = signaling.ErrOwnRoom }},
		{"room ID alone", NeedLink, func(w *world) { w.openErr = signaling.ErrNoServer }},
		{"no network", Unreachable, func(w *world) { w.openErr = signaling.ErrUnreachable }},
		{"another server", Untrusted, func(w *world) { w.openErr = signaling.ErrUntrusted }},
		{"signaling hangs", Unreachable, func(w *world) { w.openSlow = time.Hour }},
		{"no peer", Internal, func(w *world) { w.peerErr = errors.New("none") }},
		{"caller never offers", NoOffer, func(*world) {}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				tt.do(w)
				if err := w.call.Join(ctx, joinable); err != nil {
					t.Fatal(err)
				}
				pass(offerTimeout)
				s := w.wait()
				expect(t, s, Failed)
				if s.Failure.Code != tt.code {
					t.Errorf("code %s, want %s (%s)", s.Failure.Code, tt.code, s.Failure.Message)
				}
				if rooms, peers := w.held(); rooms+peers > 0 || w.devices.running() != (Want{}) {
					t.Error("something is held after the failure")
				}
				w.set(func() { w.openErr, w.openSlow, w.peerErr = nil, 0, nil })
				connect(t, w)
			})
		})
	}
}

func TestBadInviteChangesNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		connect(t, w)
		for text, code := range map[string]Code{"0000-0000-0000": OwnRoom, "": BadRoomID, "a b!": BadRoomID, "https://x/": BadInvite, joinable: InCall} {
			if e, ok := errors.AsType[*Error](w.call.Join(ctx, text)); !ok || e.Code != code {
				t.Errorf("join %q: %v, want %s", text, e, code)
			}
		}
		expect(t, w.wait(), Connected)
	})
}

func TestBadAnswerFails(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		_ = w.call.Create(ctx)
		w.wait()
		w.room().happen(signaling.DescriptionEvent{Description: signaling.Description{Type: "answer", SDP: "bad"}})
		s := w.wait()
		expect(t, s, Failed)
		if s.Failure.Code != BadDescription {
			t.Error(s.Failure)
		}
	})
}

func TestRoomExpiresWhileWaiting(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		_ = w.call.Create(ctx)
		w.wait()
		w.room().happen(signaling.ClosedEvent{Err: signaling.ErrExpired})
		s := w.wait()
		expect(t, s, Failed)
		if s.Failure.Code != RoomExpired {
			t.Error(s.Failure)
		}
	})
}

func TestNoWayIsFoundInTime(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		_ = w.call.Create(ctx)
		w.wait()
		w.room().happen(answer)
		w.wait()
		pass(connectTimeout)
		s := w.wait()
		expect(t, s, Failed)
		if s.Failure.Code != NoConnection {
			t.Error(s.Failure)
		}
	})
}

func TestCallOutlivesItsSignaling(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		connect(t, w)
		w.room().happen(signaling.PresenceEvent{Dropped: true})
		w.room().happen(signaling.ClosedEvent{Err: signaling.ErrUnreachable})
		pass(time.Hour)
		expect(t, w.wait(), Connected)
		// A break of long ago says nothing about this one.
		w.peer().Transport(TransportDisconnected)
		expect(t, w.wait(), Reconnecting)
	})
}

func TestOtherSideGoes(t *testing.T) {
	for _, tt := range []struct {
		name   string
		reason Reason
		do     func(w *world)
	}{
		{"hangs up in the room", OtherHungUp, func(w *world) { w.room().happen(signaling.LeftEvent{}) }},
		{"says bye", OtherHungUp, func(w *world) { w.peer().Message([]byte(`{"type":"bye"}`)) }},
		{"closes the connection", OtherHungUp, func(w *world) { w.peer().Transport(TransportClosed) }},
		{"is killed, seen by the room first", OtherLost, func(w *world) {
			w.room().happen(signaling.PresenceEvent{Dropped: true})
			w.peer().Transport(TransportDisconnected)
		}},
		{"is killed, seen by the media first", OtherLost, func(w *world) {
			w.peer().Transport(TransportDisconnected)
			w.wait()
			w.room().happen(signaling.PresenceEvent{Dropped: true})
		}},
		{"was our server too, and is killed", OtherLost, func(w *world) {
			w.room().happen(signaling.ClosedEvent{Err: signaling.ErrUnreachable})
			w.peer().Transport(TransportDisconnected)
		}},
		{"falls silent for good, without an answer to later offers", OtherLost, func(w *world) {
			w.peer().noRestart = errors.New("it cannot")
			w.peer().Transport(TransportDisconnected)
			w.wait()
			w.peer().Transport(TransportFailed)
			pass(reconnectTimeout)
		}},
		{"falls silent and its room is gone", OtherLost, func(w *world) {
			w.peer().Transport(TransportDisconnected)
			pass(time.Second)
			w.room().happen(signaling.ClosedEvent{Err: signaling.ErrRoomGone})
			pass(reconnectTimeout)
		}},
		{"is asked about when its room goes", OtherLost, func(w *world) {
			w.peer().Transport(TransportDisconnected)
			pass(reconnectTimeout)
			w.room().happen(signaling.ClosedEvent{Err: signaling.ErrRoomGone})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				connect(t, w)
				tt.do(w)
				s := w.wait()
				expect(t, s, Ended)
				if s.Reason != tt.reason {
					t.Errorf("reason %s, want %s", s.Reason, tt.reason)
				}
				if rooms, peers := w.held(); rooms+peers > 0 || w.devices.running() != (Want{}) {
					t.Error("something is held")
				}
			})
		})
	}
}

func TestOtherSideThatOnlyFellSilentIsWaitedFor(t *testing.T) {
	for name, event := range map[string]signaling.Event{
		"no word from it":   signaling.PresenceEvent{},
		"the room expired":  signaling.ClosedEvent{Err: signaling.ErrExpired},
		"the room was gone": signaling.ClosedEvent{Err: signaling.ErrRoomGone},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				connect(t, w)
				w.peer().Transport(TransportDisconnected)
				w.room().happen(event)
				pass(reconnectTimeout - time.Second)
				expect(t, w.wait(), Reconnecting)
				w.peer().Transport(TransportConnected)
				expect(t, w.wait(), Connected)
			})
		})
	}
}

func TestSendThatFailsAfterConnectingHarmsNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.set(func() { w.sendSlow, w.sendErr = 5*time.Second, signaling.ErrUnreachable })
		_ = w.call.Join(ctx, joinable)
		w.wait()
		w.room().happen(offer)
		w.wait()
		w.peer().Transport(TransportConnected)
		pass(time.Minute)
		expect(t, w.wait(), Connected)
	})
}

func TestCommandIsAnsweredAfterItsSnapshot(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		for range 300 {
			if err := w.call.Create(ctx); err != nil {
				t.Fatal(err)
			}
			if s := w.call.Snapshot(); !s.State.Live() {
				t.Fatalf("%s right after Create", s.State)
			}
			if err := w.call.HangUp(ctx); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestSilenceThatEndsInTime(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		connect(t, w)
		for range 3 { // each loss has the whole time to mend
			w.peer().Transport(TransportDisconnected)
			pass(reconnectTimeout - time.Second)
			expect(t, w.wait(), Reconnecting)
			w.peer().Transport(TransportConnected)
			expect(t, w.wait(), Connected)
		}
		pass(time.Hour)
		expect(t, w.wait(), Connected)
	})
}

func TestHangUpWhileTheRoomOpens(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.set(func() { w.openSlow = time.Second }) // opens although nobody wants it any more
		_ = w.call.Create(ctx)
		w.wait()
		if err := w.call.HangUp(ctx); err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Second)
		expect(t, w.wait(), Ended)
		if rooms, _ := w.held(); rooms > 0 {
			t.Error("a room is left behind")
		}
	})
}

func TestWatcherGetsTheSnapshotOfNowFirstAndNeverMissesTheLast(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		snapshots, stop := w.call.Watch()
		expect(t, <-snapshots, Idle)
		for i := range 3 * watchBacklog {
			_ = w.call.SetMicrophone(ctx, i%2 == 1)
		}
		_ = w.call.SetMicrophone(ctx, false)
		w.wait()
		stop()
		stop()
		var last Snapshot
		for s := range snapshots {
			last = s
		}
		if last.Microphone.On {
			t.Error("the last snapshot was missed")
		}
	})
}

func TestAfterClose(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		connect(t, w)
		_ = w.call.Close()
		if err := w.call.Create(ctx); err == nil {
			t.Error("a call began after Close")
		}
		snapshots, stop := w.call.Watch()
		defer stop()
		expect(t, <-snapshots, Ended)
		if _, ok := <-snapshots; ok {
			t.Error("snapshots go on after Close")
		}
	})
}
