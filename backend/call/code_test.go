package call

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/signaling"
)

// byHand makes rooms that take codes.
type byHand struct{ *world }

type codeRoom struct{ *fakeRoom }

func (b byHand) Create(ctx context.Context) (signaling.Room, error) {
	r, err := b.open(ctx, signaling.Invite{})
	if err != nil {
		return nil, err
	}
	return codeRoom{r.(*fakeRoom)}, nil
}

func (r codeRoom) TakeCode(_ context.Context, code string) error {
	if code != "good" {
		return fmt.Errorf("%w: cut", signaling.ErrBadCode)
	}
	r.events <- signaling.DescriptionEvent{Description: signaling.Description{Type: "answer", SDP: "v=0"}}
	return nil
}

func newWorldByHand() *world {
	w := &world{}
	w.call = New(Deps{Signaling: w, ByHand: byHand{w}, NewPeer: w.newPeer, Devices: &w.devices, Logger: slog.New(slog.DiscardHandler)})
	return w
}

func TestCallerByHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldByHand()
		defer w.call.Close()
		ctx := t.Context()
		if err := w.call.EnterCode(ctx, "good"); codeOf(err) != NotInCall {
			t.Errorf("a code without a call: %v", err)
		}
		if err := w.call.CreateByHand(ctx); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		w.room().events <- signaling.CodeEvent{Code: "offer"}
		synctest.Wait()
		if s := w.call.Snapshot(); s.State != Waiting || s.Code != "offer" {
			t.Fatalf("%+v", s)
		}
		if err := w.call.EnterCode(ctx, "goo"); codeOf(err) != BadCode || w.call.Snapshot().State != Waiting {
			t.Errorf("a cut code: %v, then %v", err, w.call.Snapshot().State)
		}
		if err := w.call.EnterCode(ctx, "good"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if s := w.call.Snapshot(); s.State != Connecting {
			t.Errorf("%+v", s)
		}
		if err := w.call.EnterCode(ctx, "good"); codeOf(err) != NotInCall {
			t.Errorf("a second code: %v", err)
		}
	})
}

// The callee's user has to carry the answer back: that takes longer than any
// network does.
func TestCalleeByHandIsPatient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldByHand()
		defer w.call.Close()
		if err := w.call.command(t.Context(), begin{role: signaling.Callee, invite: signaling.Invite{Code: "offer"}}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		w.room().events <- signaling.DescriptionEvent{Description: signaling.Description{Type: "offer", SDP: "v=0"}}
		w.room().events <- signaling.CodeEvent{Code: "answer"}
		time.Sleep(codeTimeout - time.Second) // virtual
		if s := w.call.Snapshot(); s.State != Connecting || s.Code != "answer" {
			t.Fatalf("%+v", s)
		}
		time.Sleep(2 * time.Second) // virtual
		if s := w.call.Snapshot(); s.State != Failed || s.Failure.Code != NoConnection {
			t.Errorf("%+v", s)
		}
	})
}

func codeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

// settledRoom counts how often it was told that no candidate is needed any more.
type settledRoom struct {
	*fakeRoom
	settled *int
}

func (r settledRoom) Settled() { *r.settled++ }

func TestConnectedCallSettlesItsRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{}
		settled := 0
		w.call = New(Deps{Signaling: settling{w, &settled}, NewPeer: w.newPeer, Devices: &w.devices, Logger: slog.New(slog.DiscardHandler)})
		defer w.call.Close()
		if err := w.call.Create(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if settled != 0 {
			t.Error("before anybody came")
		}
		w.room().events <- signaling.DescriptionEvent{Description: signaling.Description{Type: "answer", SDP: "v=0"}}
		synctest.Wait()
		w.peer().Transport(TransportConnected)
		synctest.Wait()
		if settled != 1 {
			t.Errorf("settled %d times", settled)
		}
	})
}

type settling struct {
	*world
	settled *int
}

func (s settling) Create(ctx context.Context) (signaling.Room, error) {
	r, err := s.open(ctx, signaling.Invite{Room: "000000000000"})
	if err != nil {
		return nil, err
	}
	return settledRoom{r.(*fakeRoom), s.settled}, nil
}
