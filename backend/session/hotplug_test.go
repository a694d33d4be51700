package session

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/call"
)

// plugs are devices in the hands of a test.
type plugs struct {
	mu    sync.Mutex
	list  call.DeviceList
	err   error
	looks int
	hints chan struct{}
	told  []call.DeviceList
}

func cameras(names ...string) (l call.DeviceList) {
	for i, n := range names {
		l.Cameras = append(l.Cameras, call.ListedDevice{ID: n, Name: n, Default: i == 0})
	}
	return l
}

func (p *plugs) plug(names ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = cameras(names...)
}

func (p *plugs) lookout(remembered call.DeviceList) *lookout {
	l := newLookout(remembered, slog.New(slog.DiscardHandler))
	l.list = func() (call.DeviceList, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.looks++
		return p.list, p.err
	}
	l.changes = func(ctx context.Context) (<-chan struct{}, error) {
		if p.hints == nil {
			return nil, errors.ErrUnsupported
		}
		return p.hints, nil
	}
	l.told = func(list call.DeviceList) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.told = append(p.told, list)
	}
	return l
}

func (p *plugs) count() (looks, told int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.looks, len(p.told)
}

func TestDevicesAreListedWhileTheyAreUsedAndNotOtherwise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &plugs{}
		p.plug("a")
		l := p.lookout(call.DeviceList{})
		l.start(false)
		defer l.close()
		at := func(what string, looks, told int) {
			t.Helper()
			synctest.Wait()
			if gotLooks, gotTold := p.count(); gotLooks != looks || gotTold != told {
				t.Fatalf("%s: %d looks, told %d times; want %d and %d", what, gotLooks, gotTold, looks, told)
			}
		}
		time.Sleep(time.Hour)
		at("nobody uses any", 0, 0)
		l.use(true)
		l.use(true)
		at("somebody does", 1, 1)
		time.Sleep(3*lookEvery + time.Millisecond)
		at("for three more looks", 4, 1)
		p.plug("b", "a")
		time.Sleep(lookEvery)
		at("one is plugged in", 5, 2)
		l.use(false)
		time.Sleep(lookEvery)
		at("the other still uses one", 6, 2)
		l.use(false)
		time.Sleep(time.Hour)
		at("nobody does any more", 6, 2)
		l.now(context.Background())
		at("when it is asked for", 7, 2)
	})
}

func TestHintIsLookedAfterOnceItsDeviceHasSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &plugs{hints: make(chan struct{}, 1)}
		p.plug("a")
		l := p.lookout(call.DeviceList{})
		l.start(false)
		defer l.close()
		l.use(true)
		synctest.Wait()
		p.plug("a", "b")
		for range 5 { // the nodes of one device
			p.hints <- struct{}{}
			time.Sleep(settled / 4)
		}
		time.Sleep(settled)
		synctest.Wait()
		if looks, told := p.count(); looks != 2 || told != 2 {
			t.Errorf("%d looks, told %d times", looks, told)
		}
		close(p.hints) // the system tells no more: looks go on
		p.plug("b")
		time.Sleep(lookEvery)
		synctest.Wait()
		if _, told := p.count(); told != 3 {
			t.Errorf("told %d times", told)
		}
	})
}

func TestWhatWasThereIsListedAsAbsent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &plugs{}
		remembered := call.DeviceList{Cameras: []call.ListedDevice{{ID: "old", Name: "Old", Absent: true}}}
		l := p.lookout(remembered)
		if got := l.devices(); !reflect.DeepEqual(got, remembered) {
			t.Errorf("before the first look %+v", got)
		}
		p.plug("a", "b")
		l.start(true)
		defer l.close()
		l.now(context.Background())
		p.plug("b")
		l.now(context.Background())
		want := []call.ListedDevice{{ID: "b", Name: "b", Default: true}, {ID: "a", Name: "a", Absent: true}, {ID: "old", Name: "Old", Absent: true}}
		if got := l.devices().Cameras; !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
		p.mu.Lock()
		p.list, p.err = call.DeviceList{}, errors.New("no answer")
		p.mu.Unlock()
		l.now(context.Background())
		if got := l.devices().Cameras; !reflect.DeepEqual(got, want) {
			t.Errorf("a system that does not answer has unplugged: %+v", got)
		}
	})
}

func TestLookoutEndsWhileItIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &plugs{}
		l := p.lookout(call.DeviceList{})
		l.start(false)
		l.use(true)
		l.close()
		l.use(false)
		l.now(context.Background())
	})
}

func TestOnlyWhatCanBeUnpluggedIsLookedOutFor(t *testing.T) {
	for w, want := range map[call.Want]bool{
		{}:                          false,
		{Camera: true, Sound: true}: true,
		{Camera: true, Choice: call.Choice{Camera: "test"}}:                                                   false,
		{Camera: true, Choice: call.Choice{Camera: "x.Y4M"}}:                                                  false,
		{Camera: true, Choice: call.Choice{Camera: "usb"}}:                                                    true,
		{Camera: true, Sound: true, Choice: call.Choice{Camera: "test", Microphone: "test", Speaker: "none"}}: false,
		{Sound: true, Choice: call.Choice{Microphone: "a.wav", Speaker: ""}}:                                  true,
	} {
		if got := unpluggable(w); got != want {
			t.Errorf("%+v: %v", w, got)
		}
	}
}
